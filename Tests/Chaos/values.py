"""The files that stand for sensors. Each holds a counter, which grows when the daemon has read it, so that readings are
told apart and their order is known. The kernel tells of each time that a file is opened: what the daemon has taken is
known without its word."""

import asyncio
import ctypes
import os
import pathlib
import random
import struct
import time
from collections.abc import Callable

IN_CLOSE_NOWRITE = 0x10
IN_OPEN = 0x20
EVENT = struct.Struct("iIII")

# In thousandths of a degree. A hot sensor raises its alarm; the counter stays below.
HOT = 500_000
# So often a bell turns hot or cold when it is read.
TURNS = 0.05


class Values:
    def __init__(self, place: pathlib.Path, seed: int):
        """`place`: best in memory. On a disk each file that takes the place of another is written at once."""
        self.place = place
        self.random = random.Random(f"values {seed}")
        self.counters: dict[str, int] = {}
        self.hot: dict[str, bool] = {}
        self.opened: Callable[[str, float], None] = lambda sensor, moment: None
        (place / "now").mkdir()
        (place / "next").mkdir()
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        # Opened and closed take turns, so that none is merged with the one before.
        if libc.inotify_add_watch(self.descriptor, bytes(place / "now"), IN_OPEN | IN_CLOSE_NOWRITE) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def watch(self) -> None:
        asyncio.get_running_loop().add_reader(self.descriptor, self.take)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.descriptor)
        os.close(self.descriptor)

    def path(self, sensor: str) -> pathlib.Path:
        return self.place / "now" / sensor

    def add(self, sensor: str) -> None:
        if sensor not in self.counters:
            self.counters[sensor] = 0
            self.hot[sensor] = False
            self.count(sensor)

    def count(self, sensor: str) -> None:
        """The next value. A reader has the old file or the new one, whole."""
        self.counters[sensor] += 1
        if is_bell(sensor) and self.random.random() < TURNS:
            self.hot[sensor] = not self.hot[sensor]
        draft = self.place / "next" / sensor
        draft.write_text(f"{self.counters[sensor] + HOT * self.hot[sensor]}\n")
        draft.rename(self.path(sensor))

    def take(self) -> bool:
        """Some of what the kernel has to tell. False: nothing."""
        now = time.time()
        try:
            data = os.read(self.descriptor, 16_384)
        except BlockingIOError:
            return False
        at = 0
        while at < len(data):
            _, mask, _, length = EVENT.unpack_from(data, at)
            at += EVENT.size
            sensor = data[at : at + length].rstrip(b"\0").decode()
            at += length
            if sensor not in self.counters:
                # The folder itself: somebody looked into it.
                continue
            if mask & IN_OPEN:
                self.opened(sensor, now)
            elif mask & IN_CLOSE_NOWRITE:
                self.count(sensor)
        return True

    def drain(self) -> None:
        """All of it. The daemon has ended, or goes on."""
        for _ in range(100):
            if not self.take():
                return


def is_bell(sensor: str) -> bool:
    """Whether it has an alarm."""
    return sensor.startswith("bell")


def counter(value: float) -> int:
    """Of a published value, in degrees."""
    return round(value * 1_000) % HOT


def is_hot(value: float) -> bool:
    return round(value * 1_000) >= HOT
