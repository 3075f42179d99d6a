"""deploy/run on a terminal, as a person starts it."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from support import CLONE, Terminal

READING = re.compile(r"\d\d:\d\d:\d\d\.\d{3}  freezer-1 +(-\d+(?:\.\d+)?) °C \((\w+), epoch \d+ no\. \d+\)")


class FirstScreen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A folder of our own for temporary files, so that what is left there is deploy/run's.
        cls.temporary = tempfile.TemporaryDirectory(prefix="fieldpost-terminal-")
        cls.terminal = Terminal("deploy/run", environment={"TMPDIR": cls.temporary.name})
        cls.arrived = cls.terminal.shows(READING)
        cls.reading = READING.search(cls.terminal.shown)
        cls.terminal.type("\x03")
        cls.status = cls.terminal.ends()
        cls.left = os.listdir(cls.temporary.name)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_a_reading_is_on_the_screen_while_it_runs(self):
        """deploy/run shows a reading on the terminal while it runs"""
        self.assertTrue(self.arrived, self.terminal.shown)

    def test_it_looks_like_a_healthy_site(self):
        """The first screen shows a freezer that is cold, and times by a clock that is set"""
        self.assertTrue(-20 < float(self.reading[1]) < -16, self.reading[0])
        self.assertEqual(self.reading[2], "synced")
        self.assertNotIn(" warning ", self.terminal.shown)
        self.assertNotIn(" error ", self.terminal.shown)

    def test_control_c_ends_it_without_a_complaint(self):
        """After Ctrl-C deploy/run ends with status 0, a count, and no complaint of a lost connection"""
        self.assertEqual(self.status, 0, self.terminal.shown)
        self.assertRegex(self.terminal.shown, r"\d+ readings of \d sensors arrived at the broker\s*$")
        self.assertNotIn("connection lost", self.terminal.shown)

    def test_every_line_fits(self):
        """No line of the readings is wider than a terminal of 80 columns"""
        lines = [line for line in self.terminal.shown.splitlines() if "epoch" in line and "no." in line]
        self.assertEqual([line for line in lines if len(line) > 80], [])

    def test_nothing_is_left(self):
        """deploy/run leaves nothing in the folder for temporary files"""
        self.assertEqual(self.left, [])


BATCHES = """
device: {id: mine}
uplink: {broker: "mqtt://127.0.0.1:1", batch: {readings: 5, gather: 2s}}
defaults: {every: 1s}
sensors: [{id: freezer-1, driver: tmp102, bus: i2c-1, address: 0x48}]
"""
# Messages that others may publish at a broker of one's own; the last is a reading whose words would steer the terminal.
OTHERS = ("not json", "5", '{"quantities": 5}', '["x", null]',
          '{"sensor": "ev\\u001b[31mil", "quantities": {"t": {"value": "\\u001b]0;title\\u0007"}}}')


class OwnBroker(unittest.TestCase):
    def test_what_else_is_there(self):
        """At a broker of one's own batches are shown, and what others publish neither ends deploy/run nor steers the terminal"""
        with tempfile.TemporaryDirectory(prefix="fieldpost-broker-") as folder:
            file = pathlib.Path(folder, "devices.yaml")
            file.write_text(BATCHES)
            port = subprocess.run(["bash", "-c", ". deploy/prepare.sh; free_port"], cwd=CLONE, capture_output=True, text=True).stdout.strip()
            path = os.environ["PATH"] + ":/usr/sbin"
            broker = subprocess.Popen(
                ["mosquitto", "-p", port], env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                # Until it listens.
                subprocess.run(["bash", "-c", f"until (: < /dev/tcp/127.0.0.1/{port}); do sleep 0.1; done"], stderr=subprocess.DEVNULL)
                terminal = Terminal("deploy/run", "--broker", f"mqtt://127.0.0.1:{port}", str(file))
                reading = re.compile(r"freezer-1 +-?\d+(\.\d+)? °C \(synced")
                self.assertTrue(terminal.shows(reading), terminal.shown)
                for text in OTHERS:
                    subprocess.run(["mosquitto_pub", "-p", port, "-t", "others/thing", "-m", text], check=True)
                self.assertTrue(terminal.shows(re.compile(r"ev\?\[31mil")), terminal.shown)
                before = len(terminal.shown)
                self.assertTrue(terminal.shows(re.compile(r"(?s).{%d}.*freezer-1 +-?\d+" % before)), terminal.shown)
                terminal.type("\x03")
                self.assertEqual(terminal.ends(), 0, terminal.shown)
                self.assertNotIn("\x1b]0;title", terminal.shown)
                self.assertNotIn("\x1b[31mil", terminal.shown)
            finally:
                broker.kill()
                broker.wait()


class SameFlags(unittest.TestCase):
    def test_a_terminal_changes_no_flags(self):
        """A build on a terminal has the compiler flags of one without, so that nothing is compiled twice"""
        description = pathlib.Path(CLONE, ".build-release/release/description.json")
        self.assertTrue(description.exists(), "deploy/run has built nothing yet")
        self.assertNotIn("-color-diagnostics", description.read_text())
