"""What the tests of the scripts share: a terminal, and machines that are not well."""

import contextlib
import fcntl
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

CLONE = pathlib.Path(__file__).resolve().parents[2]
# Nothing is expected to take so long: it ends a test that would wait for ever.
PATIENCE = 1200


class Terminal:
    """A command on a terminal of 80x24, with what it has shown so far in `shown`."""

    def __init__(self, *command, environment=None):
        self.shown = ""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(CLONE)
            os.execvpe(command[0], command, {**os.environ, "TERM": "xterm", **(environment or {})})
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def shows(self, pattern):
        """Waits until what is shown has the pattern (a compiled one). False if the command ends without."""
        return self._reads(lambda: pattern.search(self.shown))

    def type(self, text):
        os.write(self.file, text.encode())

    def ends(self):
        """Waits until the command has ended. Its exit status."""
        self._reads(lambda: False)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _reads(self, enough):
        end = time.monotonic() + PATIENCE
        while not enough():
            if not select.select([self.file], [], [], max(0, end - time.monotonic()))[0]:
                os.kill(self.pid, signal.SIGTERM)
                raise AssertionError(f"after {PATIENCE} s the terminal shows only:\n{self.shown}")
            try:
                piece = os.read(self.file, 65536)
            except OSError:  # what a terminal says at its end
                piece = b""
            if not piece:
                return bool(enough())
            self.shown += piece.decode(errors="replace")
        return True


class Machine:
    """A PATH on which some programs are stand-ins. `called` has a line for each call of one."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fieldpost-machine-"))
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        self.log = self.folder / "called"
        self.log.touch()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def stand_in(self, *names, script="exit 0"):
        for name in names:
            program = self.programs / name
            program.write_text(f'#!/bin/bash\necho "{name} $*" >> "{self.log}"\n{script}\n')
            program.chmod(0o755)

    @property
    def called(self):
        return self.log.read_text().splitlines()

    def run(self, *command, **environment):
        """stdout and stderr together, as a person sees them."""
        path = f"{self.programs}:{os.environ['PATH']}"
        return subprocess.run(
            command, cwd=CLONE, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=PATIENCE, env={**os.environ, "PATH": path, "HOME": str(self.folder), **environment})


@contextlib.contextmanager
def nobody_listens():
    """A loopback port at which nobody answers: it is bound, and so nobody else can take it."""
    import socket

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
