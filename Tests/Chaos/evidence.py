"""What a run has seen, independently of what the daemon says of itself: how often it has read each sensor, what the
broker has taken, how each life ended. The audit judges it; nothing here does."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

EVENTS = "event"
# A JSON object.
Report = dict[str, Any]


class Identity(NamedTuple):
    sensor: str
    epoch: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.sensor} epoch {self.epoch} no. {self.sequence}"


def identity(report: Report) -> Identity:
    return Identity(report["sensor"], report["epoch"], report["sequence"])


@dataclass
class Kept:
    """A reading, event or gap that the broker has taken: from then on it is the broker's."""

    identity: Identity
    report: Report
    # In the order in which the broker took them.
    place: int
    life: int
    connection: int
    # The acknowledgement was written: the place that the next one taken has, and when.
    acknowledged: int | None = None
    # The same for the moment from which on the daemon must have read the acknowledgement.
    settled: int | None = None
    settled_at: float | None = None

    @property
    def content(self) -> str:
        return json.dumps(self.report, sort_keys=True)


@dataclass
class RoundTrip:
    """A question at the status socket that the spool's thread has answered."""

    asked: float
    answered: float


@dataclass
class Life:
    """From one start of the daemon to its end."""

    number: int
    started: float
    # As its log has it; nil: it was killed before.
    epoch: int | None = None
    # When each sensor's file was opened.
    reads: dict[str, list[float]] = field(default_factory=dict)
    # So many reads of these sensors may be no readings, because of reloads.
    uncounted: dict[str, int] = field(default_factory=dict)
    round_trips: list[RoundTrip] = field(default_factory=list)
    # When it was asked to stop; nil: it was killed.
    stopped: float | None = None
    ended: float = 0
    # As of a process: negative is a signal.
    status: int | None = None
    log: str = ""

    def take_log(self, text: str) -> None:
        self.log = text
        epochs = re.findall(r"\bepoch (\d+)", text)
        self.epoch = int(epochs[0]) if epochs else None

    @property
    def was_stopped(self) -> bool:
        """Everything that was taken must be somewhere."""
        return self.stopped is not None and self.status == 0 and "[stopping-too-long]" not in self.log


@dataclass
class Evidence:
    kept: list[Kept] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    # What the daemon has put into a file because the broker refused it for good. Its gap follows within ten seconds.
    dead_letters: set[Identity] = field(default_factory=set)
    # What the broker saw that no gateway may send, in words.
    breaches: list[str] = field(default_factory=list)
    connections: int = 0
    refusals: int = 0
    durable_after: float = 1
