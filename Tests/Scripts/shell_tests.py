"""shellcheck has nothing to say against any script."""

import shutil
import subprocess
import unittest

from support import CLONE


def scripts():
    """All of the project's that a shell reads, by their first line, or by their name where others source them."""
    listed = subprocess.run(["git", "-C", CLONE, "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        path = CLONE / name
        if not path.is_file():
            continue
        first = path.read_bytes()[:60].split(b"\n")[0]
        if first.startswith(b"#!") and (first.endswith(b"/bash") or first.endswith(b"/sh") or name.endswith(".sh")):
            yield name
        elif name.endswith(".sh"):
            yield name


class Shell(unittest.TestCase):
    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck(self):
        """shellcheck has nothing to say against any script"""
        names = sorted(scripts())
        self.assertGreater(len(names), 40)
        result = subprocess.run(["shellcheck", "-x", "-f", "gcc", *names], cwd=CLONE, capture_output=True, text=True)
        self.assertEqual(result.stdout, "")
