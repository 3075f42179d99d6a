"""What Package.swift asks for from elsewhere."""

import json
import unittest

from support import Machine


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
