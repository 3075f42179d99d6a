"""A fresh machine on which apt cannot work: another apt is at work, nobody is root, no network, no mirror, no github.com."""

import unittest

from support import Machine

DPKG_LOCK = """E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (unattended-upgr)
E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?"""
LISTS_LOCK = """E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)
E: Unable to lock directory /var/lib/apt/lists/"""
ARCHIVES_LOCK = """E: Could not get lock /var/cache/apt/archives/lock. It is held by process 4711 (apt-get)
E: Unable to lock the download directory"""
UNREACHED = """W: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Temporary failure resolving 'deb.debian.org'
W: Some index files failed to download. They have been ignored, or old ones used instead."""


class FreshMachine(Machine):
    """Nothing is installed but what apt-get installs. `fails`: (call, times, words) of apt-get's first calls of that kind."""

    def __init__(self, debian="13", root=True, fails=("none", 0, ""), known=True):
        super().__init__()
        call, times, words = fails
        state, words_file = self.folder / "state", self.folder / "words"
        state.mkdir()
        words_file.write_text(words)
        self.release = self.folder / "os-release"
        self.release.write_text(f'ID=debian\nVERSION_ID="{debian}"\nPRETTY_NAME="Debian GNU/Linux {debian}"\n')
        self.stand_in("dpkg-query", script=f'[ ! -e {state}/installed ] || echo "install ok installed"')
        candidate = "1.0" if known else "(none)"
        self.stand_in("apt-cache", script=f"""
[ "$2" = swiftlang ] && [ {debian} = 12 ] && exit 0
[ "$2" = swiftlang ] && {{ echo "  Candidate: {'6.0.3-2' if known else '(none)'}"; exit 0; }}
echo "  Candidate: {candidate}"; exec seq 100000""")  # the real one goes on for longer than a pipe holds
        self.stand_in("apt-get", script=f"""
case "$*" in *--assume-no*)
  echo "Need to get 412 MB of archives."
  echo "After this operation, 1789 MB of additional disk space will be used."; exit 1 ;;
esac
case "$*" in *"{call}"*)
  echo x >> {state}/failed
  [ $(wc -l < {state}/failed) -gt {times} ] || {{ cat {words_file}; exit {0 if call == "update" and "W:" in words else 100}; }} ;;
esac
case "$*" in *" install "*) touch {state}/installed ;; esac""")
        self.stand_in("id", script='case "$1" in -u) echo %d ;; *) echo joe ;; esac' % (0 if root else 1000))
        self.stand_in("sudo", script='echo "joe is not in the sudoers file." >&2; exit 1')
        self.stand_in("swift", script=f"[ -e {state}/installed ] && echo 'Swift version 6.0.3'")
        self.stand_in("sleep")

    def needs(self, *packages, **environment):
        return self.run(
            "bash", "-c", 'script=$1; shift; . deploy/prepare.sh; need "$@"; echo ready', "deploy/run", "run", *packages,
            OS_RELEASE=str(self.release), **environment)


class Apt(unittest.TestCase):
    def test_locks_are_waited_for(self):
        """While another program holds a lock of dpkg, of the lists or of the archives, apt is waited for, and a line says so"""
        for call, words in (("install -y", DPKG_LOCK), ("update", LISTS_LOCK), ("install -y", ARCHIVES_LOCK), ("update", DPKG_LOCK)):
            with self.subTest(call=call, words=words), FreshMachine(fails=(call, 3, words)) as machine:
                result = machine.needs("swift", "jq", "mosquitto")
                self.assertEqual(result.returncode, 0, result.stdout)
                self.assertIn("ready", result.stdout)
                waiting = [line for line in result.stdout.splitlines() if "another program is installing packages" in line]
                self.assertEqual(len(waiting), 1, result.stdout)
                self.assertIn(words.splitlines()[0].removeprefix("E: "), waiting[0])
                self.assertEqual(sum(call in line and "assume-no" not in line for line in machine.called), 4, machine.called)

    def test_a_lock_for_ever_is_given_up(self):
        """A lock that is never released is given up with a sentence that names its holder"""
        with FreshMachine(fails=("update", 10**6, LISTS_LOCK)) as machine:
            result = machine.needs("jq", APT_PATIENCE="0")
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn("another program still holds apt's lock", result.stdout)
            self.assertIn("held by process 4711 (apt-get)", result.stdout)

    def test_other_failures_are_not_waited_for(self):
        """Another failure of apt is told in its words, and not waited for"""
        with FreshMachine(fails=("install -y", 10**6, "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'")) as machine:
            result = machine.needs("jq")
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn("could not install jq: E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", result.stdout)
            self.assertNotIn("another program", result.stdout)

    def test_sizes_are_told(self):
        """What is installed is told with what there is to fetch and what it takes on the disk"""
        with FreshMachine() as machine:
            result = machine.needs("swift", "jq")
            self.assertIn("installing swiftlang g++ libc6-dev jq (412 MB to fetch, 1789 MB on the disk)", result.stdout)

    def test_without_root_one_line_has_everything(self):
        """Without root the one line to run as root has every package, Swift included, and nothing is said to be installed"""
        with FreshMachine(root=False) as machine:
            result = machine.needs("swift", "jq", "libyaml-dev")
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn(
                "apt-get update && apt-get install -y --no-install-recommends swiftlang g++ libc6-dev jq libyaml-dev\n",
                result.stdout)
            self.assertIn("then deploy/run again", result.stdout)
            self.assertNotIn("installing swiftlang", result.stdout)
            self.assertEqual([call for call in machine.called if call.startswith("apt-get")], [])

    def test_swift_is_named_where_debian_has_none(self):
        """On a Debian without Swift its source is named, before anything is installed, as root and without"""
        for root in (True, False):
            with self.subTest(root=root), FreshMachine(debian="12", root=root) as machine:
                result = machine.needs("swift", "jq")
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn("Swift 6.0 or later is needed", result.stdout)
                self.assertIn("Debian GNU/Linux 12 has no package of it", result.stdout)
                self.assertIn("https://www.swift.org/install/linux/", result.stdout)
                self.assertEqual([call for call in machine.called if call.startswith("apt-get")], [])

    def test_without_lists_debian_13_has_swift(self):
        """On a fresh Debian 13, whose apt knows no package yet, Swift is among what is installed"""
        with FreshMachine(known=False, root=False) as machine:
            self.assertIn("swiftlang", machine.needs("swift").stdout)

    def test_an_old_swift_is_none(self):
        """A Swift older than 6.0 is not taken for one, and the message says where it is"""
        with FreshMachine(debian="12") as machine:
            machine.stand_in("swift", script="echo 'Swift version 5.9.2 (swift-5.9.2-RELEASE)'")
            result = machine.needs("swift")
            self.assertIn(f"Swift 6.0 or later is needed ({machine.programs}/swift is older)", result.stdout)

    def test_no_network_is_one_sentence(self):
        """Without a network, or without a mirror, one sentence says what cannot be reached, and what it is needed for"""
        for fails, known in (
            (("update", 1, UNREACHED), False),
            (("install -y", 10**6, "E: Failed to fetch http://deb.debian.org/debian/pool/main/j/jq/jq.deb  Temporary failure resolving 'deb.debian.org'"), True),
            (("update", 1, "W: Failed to fetch http://mirror.example/debian/dists/trixie/InRelease  404  Not Found"), False),
        ):
            with self.subTest(fails=fails), FreshMachine(fails=fails, known=known) as machine:
                result = machine.needs("jq")
                self.assertEqual(result.returncode, 1, result.stdout)
                sentence = result.stdout.splitlines()[-1]
                self.assertIn("apt cannot reach Debian's mirror: Failed to fetch http://", sentence)
                self.assertIn("fieldpost is built and tried with these packages from there: jq", sentence)
                self.assertNotIn("ready", result.stdout)

    def test_an_unknown_package_is_named(self):
        """A package that this Debian does not have is named"""
        with FreshMachine(known=False) as machine:
            self.assertIn("Debian GNU/Linux 13 has no package jq", machine.needs("jq").stdout)


class GitHub(unittest.TestCase):
    def test_unreachable_is_one_sentence(self):
        """Where github.com cannot be reached, one sentence says so, and that only the tool needs it"""
        with Machine() as machine:
            machine.stand_in("git", script="echo \"fatal: unable to access 'https://github.com/': Could not resolve host\" >&2; exit 128")
            result = machine.run("bash", "-c", ". deploy/prepare.sh; need_dependency none/of/them; echo ready", "deploy/test")
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertEqual(len(result.stdout.splitlines()), 1, result.stdout)
            self.assertIn("https://github.com/apple/swift-argument-parser cannot be reached", result.stdout)
            self.assertIn("Could not resolve host", result.stdout)
            self.assertIn("the tool fieldpost is built with it", result.stdout)

    def test_a_copy_is_enough(self):
        """With a copy of the package from an earlier build nobody asks github.com"""
        with Machine() as machine:
            machine.stand_in("git", script="exit 128")
            result = machine.run("bash", "-c", ". deploy/prepare.sh; need_dependency deploy; echo ready", "deploy/test")
            self.assertEqual((result.returncode, machine.called), (0, []), result.stdout)
