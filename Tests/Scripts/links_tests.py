"""The documentation's links lead somewhere."""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(\s*([^)\s]+)\s*\)")
HEADING = re.compile(r"^#{1,6} +(.*?)\s*$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|^    .*?$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def anchor(heading: str) -> str:
    """As hosts of git repositories make them."""
    text = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return text.replace(" ", "-")


def pages() -> list[pathlib.Path]:
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "*.md"], check=True, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


class Links(unittest.TestCase):
    def test_they_lead_to_files_and_headings(self):
        """every link of the documentation leads to a file of the project, and to a heading in it"""
        broken = []
        for page in pages():
            for link in LINK.findall(CODE.sub("", page.read_text())):
                if "://" in link or link.startswith("mailto:"):
                    continue
                path, _, name = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                if not target.exists() or not target.is_relative_to(ROOT):
                    broken.append(f"{page.relative_to(ROOT)}: {link}: no such file")
                elif name and name not in map(anchor, HEADING.findall(target.read_text())):
                    broken.append(f"{page.relative_to(ROOT)}: {link}: no such heading")
        self.assertEqual(broken, [])

    def test_there_are_links(self):
        """the pattern finds links"""
        self.assertEqual(LINK.findall("see [it](docs/mqtt.md#topics), and [on](#x)"), ["docs/mqtt.md#topics", "#x"])
        self.assertEqual(anchor("What `fieldpost spool` does, and when"), "what-fieldpost-spool-does-and-when")
