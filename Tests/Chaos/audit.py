"""What must hold, whatever the weather. A value: evidence goes in, findings come out."""

import bisect
import enum
import signal
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from evidence import EVENTS, Evidence, Identity, Kept, Life
from values import counter, is_bell, is_hot

# Of fieldpostd(8): mistakes in the configuration.
MISTAKES = 78
CRASHES = {signal.SIGILL, signal.SIGSEGV, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE}


class Kind(enum.Enum):
    LOST = "lost"
    ALARM = "an alarm's event is lost"
    CONTENTS = "one identity with two contents"
    VALUE = "a value that was not there"
    INVENTED = "an identity for a reading that was not taken"
    REPEATED = "delivered again although its acknowledgement was read"
    GAP = "a gap says what is not so"
    BREACH = "sent what a gateway must not send"
    ENDED = "the daemon ended by itself"


@dataclass(frozen=True)
class Finding:
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.text}"


@dataclass(frozen=True)
class Span:
    """What a gap event says of one sensor."""

    first: tuple[int, int]
    last: tuple[int, int]
    count: int | None
    gap: Kept

    @property
    def is_exact(self) -> bool:
        """Every single one of them is named."""
        return self.first[0] == self.last[0] and self.count == self.last[1] - self.first[1] + 1

    def covers(self, epoch: int, sequence: int) -> bool:
        return self.first <= (epoch, sequence) <= self.last


@dataclass
class Figures:
    """For the line of a run."""

    readings: int = 0
    events: int = 0
    repeats: int = 0
    gaps: int = 0
    # Owed, and delivered or told of.
    owed: int = 0
    # Not delivered, as a gap says.
    told: int = 0
    # Not delivered, nowhere told of, and not owed: younger than durable_after when the daemon was killed.
    young: int = 0


class Audit:
    def __init__(self, evidence: Evidence):
        self.evidence = evidence
        self.findings: list[Finding] = []
        self.figures = Figures()
        self.first: dict[Identity, Kept] = {}
        self.spans: dict[str, list[Span]] = defaultdict(list)
        # By sensor: owed, missing, and told of.
        self.told: dict[str, int] = defaultdict(int)
        self.lives = {life.epoch: life for life in evidence.lives if life.epoch is not None}
        # By sensor and epoch, what arrived.
        self.arrived: dict[tuple[str, int], dict[int, Kept]] = defaultdict(dict)
        for text in evidence.breaches:
            self.find(Kind.BREACH, text)
        for kept in evidence.kept:
            self.take(kept)
        self.endings()
        for life in evidence.lives:
            self.readings(life)
        self.events()
        self.bells()
        for sensor, spans in self.spans.items():
            self.count(sensor, spans)
            for span in spans:
                self.gap(sensor, span)

    def find(self, kind: Kind, text: str) -> None:
        self.findings.append(Finding(kind, text))

    # Identities.

    def take(self, kept: Kept) -> None:
        first = self.first.get(kept.identity)
        if first is None:
            self.first[kept.identity] = kept
            sensor, epoch, sequence = kept.identity
            self.arrived[sensor, epoch][sequence] = kept
            if sensor == EVENTS:
                self.figures.events += 1
                self.figures.gaps += kept.report.get("event") == "gap"
            else:
                self.figures.readings += 1
            self.explain(kept)
            return
        self.figures.repeats += 1
        if first.content != kept.content:
            self.find(Kind.CONTENTS, f"{kept.identity}: {first.content}; {kept.content}")
        elif is_needless(first, kept):
            where = f"taken on connection {first.connection}, and on {kept.connection}, both of life {kept.life}"
            self.find(Kind.REPEATED, f"{kept.identity}: {where}")

    def explain(self, kept: Kept) -> None:
        if kept.report.get("event") != "gap":
            return
        for gap in kept.report["gaps"]:
            first, last = ((gap[end]["epoch"], gap[end]["sequence"]) for end in ("first", "last"))
            self.spans[gap["sensor"]].append(Span(first, last, gap.get("count"), kept))
        counts = [gap.get("count") for gap in kept.report["gaps"]]
        if None not in counts and sum(counts) != kept.report["count"]:
            self.find(Kind.GAP, f"{kept.identity} counts {kept.report['count']}, its sensors {sum(counts)}")

    def is_told(self, sensor: str, epoch: int, sequence: int) -> bool:
        """By a gap that arrived."""
        return any(span.covers(epoch, sequence) for span in self.spans.get(sensor, ()))

    def is_known(self, sensor: str, epoch: int, sequence: int) -> bool:
        """Told, or in the file of what the broker refused. There the gap may be missing: it is made up to ten seconds
        later, so that not each of them has one, and a kill may have come before; or the broker refused it too."""
        is_dead_letters = Identity(sensor, epoch, sequence) in self.evidence.dead_letters
        return (is_dead_letters and self.may_lack_gaps(epoch)) or self.is_told(sensor, epoch, sequence)

    def may_lack_gaps(self, epoch: int) -> bool:
        is_killed = any((life.epoch or 0) >= epoch and not life.was_stopped for life in self.evidence.lives)
        return is_killed or any(each.sensor == EVENTS for each in self.evidence.dead_letters)

    # Lives.

    def endings(self) -> None:
        for life in self.evidence.lives:
            status = life.status or 0
            if -status in CRASHES or "Fatal error" in life.log:
                self.find(Kind.ENDED, f"life {life.number} with signal {-status}: {life.log[-2_000:]}")
            elif status not in expected(life):
                self.find(Kind.ENDED, f"life {life.number} with status {status}: {life.log[-2_000:]}")

    def readings(self, life: Life) -> None:
        """What the daemon has read, as the kernel tells, against what arrived. The first time a sensor is opened it is
        begun; every other time is a reading, numbered from 1."""
        until = owed_until(life, self.evidence.durable_after)
        is_owed = False
        for sensor, reads in life.reads.items():
            arrived = self.arrived.get((sensor, life.epoch or 0), {})
            most = len(reads) - 1
            owed = bisect.bisect_right(reads, until(reads)) - 1 - life.uncounted.get(sensor, 0)
            if arrived and max(arrived) > most:
                self.find(Kind.INVENTED, f"{sensor} epoch {life.epoch} no. {max(arrived)}: it was read {most} times")
            self.holes(sensor, life, arrived, owed)
            self.values(arrived)
            is_owed = is_owed or owed > 0
        # The start is told before the first reading.
        start = Identity(EVENTS, life.epoch or 0, 1)
        if is_owed and start not in self.first and not self.is_known(*start):
            self.find(Kind.LOST, f"{start}, life {life.number}")

    def holes(self, sensor: str, life: Life, arrived: dict[int, Kept], owed: int) -> None:
        end = max(owed, max(arrived, default=0))
        missing = [n for n in range(1, end + 1) if n not in arrived]
        untold = [n for n in missing if not self.is_known(sensor, life.epoch or 0, n)]
        lost = [n for n in untold if n <= owed]
        self.told[sensor] += sum(n <= owed and self.is_told(sensor, life.epoch or 0, n) for n in missing)
        self.figures.owed += max(owed, 0)
        self.figures.told += len(missing) - len(untold)
        self.figures.young += len(untold) - len(lost)
        if lost:
            how = "stopped" if life.was_stopped else "killed"
            numbers = f"{len(lost)} of {owed} owed, no. {lost[0]} to {lost[-1]}"
            self.find(Kind.LOST, f"{sensor} epoch {life.epoch}, life {life.number}, which was {how}: {numbers}")

    def values(self, arrived: dict[int, Kept]) -> None:
        """The counter in a file grows between two readings: each value lies between its neighbours'."""
        before = 0
        for sequence in sorted(arrived):
            kept = arrived[sequence]
            value = counter(temperature(kept))
            if value < before:
                self.find(Kind.VALUE, f"{kept.identity}: {value} after {before}")
            before = value

    # Events.

    def events(self) -> None:
        """One that is missing is owed if the next one that arrived was taken so early that it was owed."""
        for (sensor, epoch), arrived in self.arrived.items():
            life = self.lives.get(epoch)
            if sensor != EVENTS or life is None:
                continue
            until = owed_until(life, self.evidence.durable_after)([])
            for sequence in range(1, max(arrived)):
                if sequence in arrived:
                    continue
                if self.is_known(EVENTS, epoch, sequence):
                    self.figures.told += 1
                elif moment(arrived[min(n for n in arrived if n > sequence)]) <= until:
                    self.find(Kind.LOST, f"event epoch {epoch} no. {sequence}, life {life.number}")

    def bells(self) -> None:
        """Where a reading is beyond the limit and the one before was not, an event says so. It is on the disk before
        the reading can be sent."""
        told = {
            (each.report["concerns"], each.identity.epoch, each.report["event"], counter(each.report["value"]))
            for each in self.first.values()
            # One that a reload took away is over without a value.
            if each.report.get("event") in ("alarm_raised", "alarm_cleared") and "value" in each.report
        }
        for (sensor, epoch), arrived in self.arrived.items():
            if not is_bell(sensor):
                continue
            for sequence, kept in arrived.items():
                before = arrived.get(sequence - 1)
                value = temperature(kept)
                if before is None or is_hot(temperature(before)) == is_hot(value):
                    continue
                event = "alarm_raised" if is_hot(value) else "alarm_cleared"
                if (sensor, epoch, event, counter(value)) not in told and not self.misses_events(epoch):
                    self.find(Kind.ALARM, f"{event} of {sensor} epoch {epoch} at no. {sequence}")

    def misses_events(self, epoch: int) -> bool:
        """A gap says that some are, or the broker refused some."""
        is_told = any(span.first[0] <= epoch <= span.last[0] for span in self.spans.get(EVENTS, ()))
        return is_told or any(each.sensor == EVENTS and each.epoch == epoch for each in self.evidence.dead_letters)

    # Gaps.

    def count(self, sensor: str, spans: list[Span]) -> None:
        """A span may reach over others that arrived, but its count has all that are missing."""
        counts = [span.count for span in spans if span.count is not None]
        if len(counts) == len(spans) and sum(counts) < self.told[sensor]:
            self.find(Kind.GAP, f"{sensor}: {self.told[sensor]} are missing, the gaps count {sum(counts)}")

    def gap(self, sensor: str, span: Span) -> None:
        """A record that is in flight when it is given up may arrive. A record that was acknowledged cannot be given up."""
        life = self.lives.get(span.gap.identity.epoch)
        if life is None or not span.is_exact:
            return
        for sequence, kept in self.arrived.get((sensor, span.first[0]), {}).items():
            if not span.covers(span.first[0], sequence) or kept.settled_at is None or kept.life != life.number:
                continue
            if kept.settled_at < moment(span.gap):
                self.find(Kind.GAP, f"{span.gap.identity} names {kept.identity}, which was acknowledged before")
                return


def is_needless(first: Kept, again: Kept) -> bool:
    """After a kill or a stop a buffer may begin a little before what was acknowledged; in one life it may not."""
    if first.life != again.life:
        return False
    if first.connection == again.connection:
        return first.acknowledged is not None and first.acknowledged <= again.place
    return first.settled is not None and first.settled <= again.place


def expected(life: Life) -> set[int]:
    """The statuses with which it may end."""
    if life.epoch is None:
        # Killed by what it did not yet look for; or it began with the mistakes of a reload.
        return {0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, MISTAKES}
    return {0, -signal.SIGKILL} if life.stopped else {-signal.SIGKILL}


def owed_until(life: Life, durable_after: float) -> Callable[[list[float]], float]:
    """Given when a sensor was read, the moment up to which what was read must not be lost.

    After a stop: its signal. After a kill the promise is `durable_after`, which counts from the moment at which the
    buffer has the reading. That moment is known by events, not by a guess how busy the machine is. The thread that
    reads hands a reading over before it reads the next; so a question at the socket that was asked after the next read,
    and that the buffer's thread has answered, was answered with the reading in the buffer. A second one, asked
    `durable_after` later, finds the timer due; it may be answered just before it is done, so that a third one is
    needed."""
    if life.was_stopped:
        return lambda reads: life.stopped or 0
    trips = [trip for trip in life.round_trips if trip.answered < life.ended]

    def until(reads: list[float]) -> float:
        if len(trips) < 3:
            return 0
        latest = trips[-2].asked - durable_after
        known = [trip.asked for trip in trips if trip.answered <= latest]
        if not known:
            return 0
        # The last read before that question may not be over.
        at = bisect.bisect_left(reads, known[-1])
        return reads[at - 2] if at >= 2 else (known[-1] if not reads else 0)

    return until


def temperature(kept: Kept) -> float:
    return float(kept.report["quantities"]["temperature"]["value"])


def moment(kept: Kept) -> float:
    """When it was taken, by the clock that the harness has too."""
    return datetime.fromisoformat(kept.report["time"]).timestamp()
