"""What Package.swift asks for from elsewhere."""

import json
import unittest

from support import CLONE, Machine


class Manifest(unittest.TestCase):
    def manifest(self, **environment):
        with Machine() as machine:
            temporary = str(machine.folder)
            result = machine.run("swift", "package", "dump-package", TMPDIR=temporary, **environment)
            return json.loads(result.stdout[result.stdout.index("{"):])

    def test_the_daemon_needs_nothing_from_elsewhere(self):
        """The daemon alone needs no package from elsewhere, and so no network"""
        self.assertEqual(self.manifest(FIELDPOST_DAEMON_ONLY="1")["dependencies"], [])

    def test_versions_are_exact(self):
        """What the tool has from elsewhere has one exact version, so that the same commit is the same program later"""
        found = [each["sourceControl"][0] for each in self.manifest()["dependencies"]]
        self.assertEqual([each["identity"] for each in found], ["swift-argument-parser"])
        for each in found:
            self.assertIn("exact", each["requirement"], each)

    def test_architecture_has_the_modules(self):
        """ARCHITECTURE.md's table of modules is that of Package.swift"""
        page = (CLONE / "ARCHITECTURE.md").read_text()
        shown = page.split("<!-- modules -->\n")[1].split("<!-- /modules -->")[0]
        self.assertEqual(shown, self.table(self.manifest()))

    def table(self, manifest):
        """Of the modules below Sources, each with what it may import."""
        lines = ["| module | may import |", "|---|---|"]
        for target in manifest["targets"]:
            if target["type"] not in ("regular", "executable") or target.get("path"):
                continue
            names = [next(iter(each.values()))[0] for each in target["dependencies"]]
            uses = ", ".join(f"`{name}`" for name in names)
            lines.append(f"| `{target['name']}` | {uses} |")
        return "\n".join(lines) + "\n"
