"""What is shown while a build or the tests run, and of their failure."""

import os
import re
import unittest

from support import CLONE, Machine, Terminal

FAILED = """◇ Test "Good" started.
✔ Test "Good" passed after 0.001 seconds.
◇ Test case passing 2 arguments value → "hunter2", text → "A password
of two lines" to a test
✘ Test "Bad" recorded an issue at BadTests.swift:44:5: Expectation failed: story.sees → false
↳ the daemon says nothing
✘ Test "Bad" failed after 0.5 seconds with 1 issue.
✘ Test run with 2 tests failed after 0.6 seconds with 1 issue."""

BUILT = """[1/707] Compiling Telemetry Time.swift
[12/707] Compiling Spool Ring.swift
/x/Sources/Spool/Ring.swift:3:5: error: cannot find 'x' in scope
    |     `- error: cannot find 'x' in scope
/x/Sources/Spool/Ring.swift:3:5: error: cannot find 'x' in scope"""


def tells(machine, text, status, wait=":"):
    (machine.folder / "text").write_text(text + "\n")
    machine.stand_in("swift", script=f"cat {machine.folder}/text; {wait}; exit {status}")


class Progress(unittest.TestCase):
    def run_script(self, machine, script):
        return machine.run("bash", "-c", f'. deploy/prepare.sh; LOGS={machine.folder}/logs; {script}', "deploy/test")

    def test_of_failed_tests_what_matters(self):
        """Of failed tests only what failed is shown, with the path of the whole log, which is kept"""
        with Machine() as machine:
            tells(machine, FAILED, 1)
            result = self.run_script(machine, 'run_tests 1m "$LOGS/tests"; echo passed')
            lines = result.stdout.splitlines()
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertEqual([line for line in lines if line[0] not in "✘↳"],
                             [f"deploy/test: tests failed; the whole log is {machine.folder}/logs/tests"])
            self.assertEqual(len(lines), 5, result.stdout)
            self.assertIn('✔ Test "Good" passed', (machine.folder / "logs/tests").read_text())

    def test_tests_that_hang(self):
        """Tests that hang are ended, and that is said"""
        with Machine() as machine:
            tells(machine, FAILED.splitlines()[0], 0, wait="exec sleep 1000")
            result = self.run_script(machine, 'run_tests 1s "$LOGS/tests"')
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn("the tests were not done after 1s", result.stdout)

    def test_none_is_not_passed(self):
        """A run of no test at all has not passed"""
        with Machine() as machine:
            tells(machine, "Build complete!", 0)
            self.assertEqual(self.run_script(machine, 'run_tests 1m "$LOGS/tests"').returncode, 1)

    def test_of_a_failed_build_the_mistakes(self):
        """Of a failed build each mistake is shown once, with the path of the whole log"""
        with Machine() as machine:
            tells(machine, BUILT, 1)
            result = self.run_script(machine, "build_daemon; echo built")
            self.assertEqual(result.stdout.splitlines(), [
                "/x/Sources/Spool/Ring.swift:3:5: error: cannot find 'x' in scope",
                f"deploy/test: the build failed; the whole log is {machine.folder}/logs/build-fieldpostd"])
            self.assertEqual(result.returncode, 1)

    def test_a_failed_build_is_never_silent(self):
        """A build that fails says why, whether its mistake has a place in a file, none, or no words at all"""
        for text, words in (("error: couldn't build /x because of missing inputs: /y", "missing inputs: /y"),
                            ("Killed", "Killed"), ("", "the build failed; the whole log is")):
            with self.subTest(text), Machine() as machine:
                tells(machine, text, 1)
                script = 'mkdir -p "$LOGS"; watched "building" "$LOGS/b" swift_in "$LOGS/s" build || build_failed "$LOGS/b"'
                result = self.run_script(machine, f"set -euo pipefail; {script}; echo built")
                self.assertIn(words, result.stdout)
                self.assertIn("the build failed; the whole log is", result.stdout)
                self.assertEqual(result.returncode, 1)

    def test_a_build_says_how_far_it_is(self):
        """On a terminal a line says how far a build is, and the tests"""
        for text, words in ((BUILT, "step 12 of 707"), (FAILED, "1 tests have passed, 1 failed")):
            with self.subTest(words), Machine() as machine:
                done = machine.folder / "done"
                tells(machine, text, 0, wait=f"until [ -e {done} ]; do sleep 0.1; done")
                script = f'. deploy/prepare.sh; watched "working" {machine.folder}/log swift_in {machine.folder}/scratch build'
                terminal = Terminal(
                    "bash", "-c", script, "deploy/test",
                    environment={"PATH": f"{machine.programs}:{os.environ['PATH']}"})
                self.assertTrue(terminal.shows(re.compile(re.escape(words))), terminal.shown)
                done.touch()
                self.assertEqual(terminal.ends(), 0, terminal.shown)

    def test_builds_leave_no_temporary_files(self):
        """What swift leaves in the folder for temporary files goes with it, whether it succeeds, fails or is interrupted"""
        for status in (0, 1):
            with self.subTest(status), Machine() as machine:
                (machine.folder / "tmp").mkdir()
                machine.stand_in("swift", script=f'mkdir "$TMPDIR/TemporaryDirectory.x"; exit {status}')
                result = machine.run(
                    "bash", "-c", f". deploy/prepare.sh; swift_in {machine.folder}/scratch build || true; has_swift || true", "x",
                    TMPDIR=str(machine.folder / "tmp"))
                self.assertEqual(os.listdir(machine.folder / "tmp"), [], result.stdout)
                self.assertEqual(len(machine.called), 2)
        with Machine() as machine:
            (machine.folder / "tmp").mkdir()
            machine.stand_in("swift", script='mkdir "$TMPDIR/TemporaryDirectory.x"; echo begun; exec sleep 1000')
            terminal = Terminal(
                "bash", "-c", f". deploy/prepare.sh; swift_in {machine.folder}/scratch build; echo after", "x",
                environment={"TMPDIR": str(machine.folder / "tmp"), "PATH": f"{machine.programs}:{os.environ['PATH']}"})
            self.assertTrue(terminal.shows(re.compile("begun")))
            terminal.type("\x03")
            terminal.ends()
            self.assertEqual(os.listdir(machine.folder / "tmp"), [], terminal.shown)
