"""The comparison of deploy/bench."""

import importlib.machinery
import importlib.util
import unittest

from support import CLONE

loader = importlib.machinery.SourceFileLoader("compare", str(CLONE / "Tests/Benchmarks/compare"))
compare = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare", loader))
loader.exec_module(compare)


class Compare(unittest.TestCase):
    def worse(self, name, former, now, unit="KiB"):
        return compare.table({name: (former, unit)}, {name: (now, unit)})[1]

    def test_worse(self):
        """A figure is worse by more than a fifth, and by more than the noise of its unit; of rates, less is worse"""
        self.assertEqual(self.worse("resident", 10_000, 12_100), ["resident"])
        self.assertEqual(self.worse("resident", 10_000, 11_900), [])
        self.assertEqual(self.worse("backlog", 100, 300), [])
        self.assertEqual(self.worse("wear-up", 0, 21, "bytes/reading"), ["wear-up"])
        self.assertEqual(self.worse("drain", 0.5, 0.39, "of a C loop"), ["drain"])
        self.assertEqual(self.worse("drain", 0.5, 0.9, "of a C loop"), [])

    def test_new_figure(self):
        """A figure that the last release did not have is shown, and is not worse"""
        lines, worse = compare.table({}, {"resident": (10_500.0, "KiB")})
        self.assertEqual((worse, lines[1].split()), ([], ["resident", "-", "10500", "KiB"]))
