"""How the broker behaves: a mood for some connections, then the next one, all drawn from the seed. Values only;
`broker.py` acts on them."""

import enum
import random
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from packets import VERSION_5

# A gap is one message, and names each sensor once. One that is larger than the broker's packets is thrown away: until
# that is mended, packets have room for it. After that SMALLEST_PACKET will do for all.
SMALLEST_PACKET = 600
LARGEST_PACKET = 5_000
GAP_WITHOUT_SENSORS = 1_000
GAP_OF_A_SENSOR = 130


class Welcome(enum.Enum):
    ACCEPT = "accept"
    # No CONNACK, or half of one.
    SILENCE = "silence"
    HALF = "half"
    CLOSE = "close"
    RESET = "reset"
    REFUSE = "refuse"


class Ending(enum.Enum):
    CLOSE = "close"
    RESET = "reset"
    # MQTT 5 has a reason; with 3.1.1 it closes.
    DISCONNECT = "disconnect"


@dataclass(frozen=True)
class Temper:
    """Of one connection. Probabilities are 0 to 1, times in seconds."""

    name: str
    welcome: Welcome = Welcome.ACCEPT
    reason: int = 0
    present: bool = False
    receive_maximum: int | None = None
    maximum_packet: int | None = None
    server_keep_alive: int | None = None
    maximum_qos: int | None = None
    keeps_retained: bool = True
    # An answer comes so late; different times put answers out of order.
    delay: tuple[float, float] = (0, 0)
    # No more than one answer in this time.
    pause: float = 0
    twice: float = 0
    unknown: float = 0
    # Of messages: refused, never answered (some of them are kept all the same).
    refuses: float = 0
    ignores: float = 0
    reasons: tuple[int, ...] = ()
    # Only messages of this sensor are refused; None: any.
    at: str | None = None
    # A refusal closes the connection, with MQTT 5 too.
    closes: bool = False
    # Larger packets vanish, and what follows them.
    swallows: int | None = None
    # After so many bytes, read or written, or seconds, it ends.
    eats: int | None = None
    writes: int | None = None
    lasts: float | None = None
    ending: Ending = Ending.CLOSE
    # Bytes go in pieces.
    chops: bool = False
    unasked: float = 0
    noise: float = 0


CALM = Temper("calm")

# MQTT 5, 3.2.2.2, and 3.1.1, table 3.1. 0x84 and 1 say that the version is not known.
CONNECT_REASONS = (0x80, 0x83, 0x86, 0x87, 0x88, 0x89, 0x97, 0x9F, 0x84)
CONNECT_CODES = (2, 3, 4, 5, 1)
# Over quota, busy, unknown: later. Not allowed: somebody has to change the rules. The last will never be taken.
LATER = (0x80, 0x83, 0x91, 0x97)
DENIED = (0x87,)
NEVER = (0x90, 0x95, 0x99, 0x9B)


Mood = Callable[[random.Random, list[str]], Temper]


class Weather:
    """The tempers of a run's connections, one after the other."""

    def __init__(self, seed: int, sensors: list[str], is_hopeless: bool = False):
        self.random = random.Random(f"weather {seed} {is_hopeless}")
        self.sensors = sensors
        # Nothing is ever taken: what a long outage is.
        self.is_hopeless = is_hopeless
        self.left = 0
        self.mood: Mood = good

    def next(self) -> Temper:
        if self.left == 0:
            self.mood = self.random.choice(HOPELESS if self.is_hopeless else MOODS)
            self.left = self.random.randint(1, 4)
        self.left -= 1
        temper = self.mood(self.random, self.sensors)
        if self.is_hopeless:
            return temper
        if self.random.random() < 0.3:
            temper = both(temper, self.random.choice(MOODS)(self.random, self.sensors))
        return limits(temper, self.random, len(self.sensors))


def both(one: Temper, other: Temper) -> Temper:
    """Where they differ from a good broker, both hold; the first wins."""
    changes = {
        field.name: getattr(other, field.name)
        for field in fields(Temper)
        if field.name != "name" and getattr(one, field.name) == field.default
    }
    return replace(one, name=f"{one.name}, {other.name}", **changes)


def limits(temper: Temper, chance: random.Random, sensors: int) -> Temper:
    """What a broker of MQTT 5 may ask for, and small unkindnesses that go with every mood."""
    least = max(SMALLEST_PACKET, GAP_WITHOUT_SENSORS + GAP_OF_A_SENSOR * sensors)
    return replace(
        temper,
        present=chance.random() < 0.2,
        receive_maximum=chance.randint(1, 10) if chance.random() < 0.4 else None,
        maximum_packet=chance.randint(least, max(least, LARGEST_PACKET)) if chance.random() < 0.4 else None,
        server_keep_alive=chance.randint(1, 3) if chance.random() < 0.3 else None,
        maximum_qos=1 if chance.random() < 0.05 else None,
        keeps_retained=chance.random() < 0.9,
        chops=chance.random() < 0.3,
        unasked=chance.choice((0, 0, 0.02, 0.2)),
        noise=0.02 if chance.random() < 0.05 else 0,
        lasts=chance.uniform(0.3, 6) if temper.lasts is None else temper.lasts,
        ending=chance.choice(list(Ending)),
    )


def good(_: random.Random, __: list[str]) -> Temper:
    return Temper("good")


def jumbled(chance: random.Random, _: list[str]) -> Temper:
    """Late, out of order, twice, and for messages that never were."""
    latest = chance.choice((0.02, 0.3, 1.5))
    return Temper("jumbled", delay=(0, latest), twice=chance.choice((0, 0.2)), unknown=chance.choice((0, 0.2)))


def refusing(chance: random.Random, _: list[str]) -> Temper:
    reasons = chance.choice((LATER, LATER, DENIED, NEVER, LATER + DENIED + NEVER))
    # Answers that come after the daemon's rest, which follows a refusal for now, are a matter of their own.
    latest = chance.choice((0.05, 0.05, 2))
    return Temper("refusing", refuses=chance.choice((0.02, 0.2, 0.7)), reasons=reasons, delay=(0, latest))


def over_quota(chance: random.Random, _: list[str]) -> Temper:
    return Temper("over quota", refuses=1, reasons=(0x97,), closes=chance.random() < 0.3, lasts=chance.uniform(0.5, 2))


def denying(chance: random.Random, sensors: list[str]) -> Temper:
    """One topic only; some brokers can only close."""
    sensor = chance.choice([*sensors, "event"])
    return Temper("denying", refuses=1, reasons=DENIED, at=sensor, closes=chance.random() < 0.6)


def breaking(chance: random.Random, _: list[str]) -> Temper:
    """Ends at any byte."""
    if chance.random() < 0.5:
        return Temper("breaking", eats=chance.randint(1, 6_000), delay=(0, 0.02))
    return Temper("breaking", writes=chance.randint(1, 200), delay=(0, 0.02))


def closed(chance: random.Random, _: list[str]) -> Temper:
    welcome = chance.choice([each for each in Welcome if each is not Welcome.ACCEPT])
    return Temper("closed", welcome=welcome, reason=chance.randrange(1_000))


def slow(chance: random.Random, _: list[str]) -> Temper:
    return Temper("slow", pause=chance.uniform(0.2, 1.5), lasts=chance.uniform(3, 8))


def swallowing(chance: random.Random, _: list[str]) -> Temper:
    """Large packets vanish on the way, and TCP gets no further."""
    return Temper("swallowing", swallows=chance.choice((300, 600, 1_400)), lasts=chance.uniform(2, 6))


def forgetful(chance: random.Random, _: list[str]) -> Temper:
    return Temper("forgetful", ignores=chance.choice((0.02, 0.3, 1)), lasts=chance.uniform(1, 5), delay=(0, 0.05))


MOODS = (good, good, jumbled, jumbled, refusing, over_quota, denying, breaking, closed, slow, swallowing, forgetful)
HOPELESS = (closed,)


def connect_reason(temper: Temper, version: int) -> int:
    reasons = CONNECT_REASONS if version == VERSION_5 else CONNECT_CODES
    return reasons[temper.reason % len(reasons)]
