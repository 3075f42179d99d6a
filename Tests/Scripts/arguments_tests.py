"""Help and mistyped arguments: neither may start anything."""

import subprocess
import unittest

from support import CLONE, Machine, nobody_listens

# The programs that a script calls when it begins its work.
TOOLS = """swift swiftc apt-get apt-cache sudo git curl wget unshare mmdebstrap mosquitto mosquitto_sub mosquitto_pub gcc cc
  make losetup mount tmux docker dpkg-query dpkg-deb flock strip chroot ip nft""".split()


def scripts():
    """Those that a person starts: in deploy/ and in the folders of Tests/."""
    for path in sorted(CLONE.glob("deploy/*")) + sorted(CLONE.glob("Tests/*/*")):
        if path.is_file() and path.stat().st_mode & 0o100:
            text = path.read_text()
            if "deploy/prepare.sh" in text or path.name == "run" or path.parent.name == "deploy":
                yield path.relative_to(CLONE)


class Arguments(unittest.TestCase):
    def tries(self, *command):
        with Machine() as machine:
            machine.stand_in(*TOOLS)
            result = machine.run(*command)
            self.assertEqual(machine.called, [], f"{' '.join(map(str, command))} starts something: {result.stdout}")
            return result

    def test_there_are_scripts(self):
        """The scripts that are tried are those of deploy/ and Tests/"""
        names = {str(script) for script in scripts()}
        self.assertLessEqual({"deploy/run", "deploy/test", "deploy/package", "Tests/Board/run", "Tests/Disk/kills"}, names)

    def test_help_starts_nothing(self):
        """--help of every script says what it does, and starts nothing"""
        for script in scripts():
            for option in ("--help", "-h"):
                with self.subTest(f"{script} {option}"):
                    result = self.tries(script, option)
                    self.assertEqual(result.returncode, 0, result.stdout)
                    self.assertIn(str(script), result.stdout.splitlines()[0])
                    self.assertNotIn("set -euo", result.stdout)

    def test_mistyped_options_start_nothing(self):
        """A mistyped option of any script is named, and starts nothing"""
        for script in scripts():
            for mistyped in (["--nihgtly"], ["--hlep", "5"], ["-x"]):
                with self.subTest(f"{script} {mistyped}"):
                    result = self.tries(script, *mistyped)
                    self.assertNotEqual(result.returncode, 0, result.stdout)
                    self.assertTrue(mistyped[0] in result.stdout or str(script) in result.stdout, result.stdout)

    def test_too_many_arguments_start_nothing(self):
        """What nobody asked for behind the arguments of deploy/test and deploy/run is named, and starts nothing"""
        for command in (["deploy/test", "--nightly", "--nightly"], ["deploy/test", "nightly"],
                        ["deploy/run", "devices.yaml", "more.yaml"], ["deploy/package", "--arch", "armhf"]):
            with self.subTest(command):
                result = self.tries(*command)
                self.assertNotEqual(result.returncode, 0, result.stdout)
                self.assertIn(command[-1], result.stdout)

    def test_what_cannot_work_is_refused_before_the_build(self):
        """deploy/run refuses durations, files and brokers that cannot be, before it builds or installs anything"""
        with nobody_listens() as port:
            for arguments, words in (
                (["--for", "twenty"], "--for twenty: not a duration"),
                (["--for", "5 s"], "not a duration"),
                (["--for", "-3s"], "not a duration"),
                (["--for", "20ms"], "not a duration"),
                (["--for"], "--for needs a value"),
                (["nofile.yaml"], "nofile.yaml: there is no such file"),
                (["deploy"], "deploy is a folder"),
                (["--scenario", "none.yaml"], "none.yaml: there is no such file"),
                (["--broker", f"mqtt://127.0.0.1:{port}"], f"nobody answers at 127.0.0.1 port {port} (Connection refused)"),
                (["--broker", f"127.0.0.1:{port}"], "not of the form mqtt://HOST:PORT"),
                (["--broker", "mqtts://broker.example.com"], "not of the form mqtt://HOST:PORT"),
                (["--broker", "mqtt://user:secret@broker"], "not of the form mqtt://HOST:PORT"),
            ):
                with self.subTest(arguments):
                    result = self.tries("deploy/run", *arguments)
                    self.assertEqual(result.returncode, 1, result.stdout)
                    self.assertIn(words, result.stdout)

    def test_something_else_than_a_broker_is_refused_before_the_build(self):
        """deploy/run --broker with something else than an MQTT broker at that port says so before it builds"""
        server = subprocess.Popen(
            ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"], cwd=CLONE / "docs", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            port = server.stdout.readline().split(" port ")[1].split()[0]
            with Machine() as machine:
                machine.stand_in("apt-get", "sudo", script="exit 1")
                machine.stand_in("swift", script='[ "$1" = --version ] && echo "Swift version 6.3.1"')
                result = machine.run("deploy/run", "--broker", f"mqtt://127.0.0.1:{port}")
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn("what answers there is no MQTT broker", result.stdout)
                self.assertEqual([call for call in machine.called if "build" in call], [])
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
