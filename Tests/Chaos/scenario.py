"""What a run is about: the daemon's settings, its lives, and what happens in each. All of it comes from the seed."""

import enum
import pathlib
import random
from dataclasses import dataclass, replace

from values import is_bell


class Act(enum.Enum):
    """What is done to the daemon while it lives."""

    # SIGHUP, with another file before: other settings for the uplink, sensors that come and go, mistakes, nothing new.
    UPLINK = "uplink"
    SENSORS = "sensors"
    MISTAKES = "mistakes"
    NOTHING = "nothing"


class End(enum.Enum):
    """How a life ends; the signals of a pair are sent one right after the other."""

    KILL = "kill"
    TERM = "term"
    HUP_TERM = "hup, term"
    TERM_HUP = "term, hup"
    HUP_KILL = "hup, kill"
    TERM_KILL = "term, kill"


@dataclass(frozen=True)
class Settings:
    """Of devices.yaml. Times in seconds."""

    version: str
    qos: int
    order: str
    in_flight: int
    batch: int
    gather: float
    rate: int | None
    acknowledge: int
    describe: bool
    commands: bool
    size: int
    # In tenths of a second.
    every: dict[str, int]

    def text(self, life: int, port: int, place: pathlib.Path, values: pathlib.Path, durable_after: float) -> str:
        """Of the file. `values`: the folder of the sensors' files."""
        lines = [
            "device: {id: chaos}",
            "uplink:",
            f"  broker: mqtt://127.0.0.1:{port}",
            f"  client_id: chaos-{life}",
            f"  protocol: {self.version}",
            f"  qos: {self.qos}",
            f"  order: {self.order}",
            f"  in_flight: {self.in_flight}",
            f"  acknowledge_timeout: {self.acknowledge}s",
            "  connect_timeout: 1s",
            "  retry_ceiling: 1s",
            "  keep_alive: 5s",
        ]
        if self.batch > 1:
            gather = f", gather: {round(self.gather * 1_000)}ms" if self.gather else ""
            lines.append(f"  batch: {{readings: {self.batch}{gather}}}")
        if self.rate:
            lines.append(f"  rate: {self.rate}")
        if self.describe and self.version == "5":
            lines.append("  describe: true")
        if self.commands:
            lines.append("  commands: {allow: [read-now, status]}")
        durable = f"durable_after: {round(durable_after * 1_000)}ms"
        lines.append(f"buffer: {{directory: {place}/spool, size: {self.size}MiB, {durable}}}")
        lines += [f"status: {{socket: {place}/status}}", "sensors:"]
        for sensor, every in self.every.items():
            alarms = ", alarms: {high: 500}" if is_bell(sensor) else ""
            lines.append(f"- {{id: {sensor}, driver: file, path: {values / sensor}, every: {every * 100}ms{alarms}}}")
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        parts = [f"MQTT {self.version}", f"QoS {self.qos}", self.order, f"{self.in_flight} in flight"]
        parts += [f"batches of {self.batch}"] if self.batch > 1 else []
        parts += [f"{self.rate} a second"] if self.rate else []
        return ", ".join([*parts, f"{self.size} MiB", f"{len(self.every)} sensors"])


@dataclass(frozen=True)
class LifePlan:
    settings: Settings
    # Seconds after the start, in order.
    acts: list[tuple[float, Act]]
    lasts: float
    end: End
    # It lasts until the buffer has given readings up, and nothing is taken meanwhile.
    is_outage: bool = False


ORDERS = ("oldest_first", "newest_first")


class Scenario:
    durable_after: float = 1
    # Seconds between two questions at the status socket.
    asks_every: float = 0.1

    def __init__(self, seed: int):
        self.seed = seed
        self.random = chance = random.Random(f"scenario {seed}")
        # Every fifth fills its buffer.
        self.is_large = seed % 5 == 0
        self.newcomers = 0
        self.lives: list[LifePlan] = []
        settings = self.settings()
        for number in range(3 if self.is_large else chance.randint(4, 6)):
            is_outage = self.is_large and number == 0
            self.lives.append(self.life(settings, is_outage))
            settings = self.between(settings)

    def __str__(self) -> str:
        return str(self.lives[0].settings)

    def settings(self) -> Settings:
        chance = self.random
        # The fastest that a file may be read, so that the smallest buffer is full in half a minute.
        count, slowest = (60, 1) if self.is_large else (chance.randint(2, 8), 5)
        bells = max(1, count // 4)
        names = [f"bell-{n}" for n in range(bells)] + [f"count-{n}" for n in range(count - bells)]
        every = {name: chance.randint(1, slowest) for name in names}
        order, size = chance.choice(ORDERS), 1 if self.is_large else 2
        return self.uplink(Settings("5", 1, order, 20, 1, 0, None, 2, False, False, size, every))

    def uplink(self, settings: Settings) -> Settings:
        """Other ways to send. Settings that a reload cannot change stay."""
        chance = self.random
        produced = sum(10 / every for every in settings.every.values())
        return replace(
            settings,
            version=chance.choice(("5", "3.1.1")),
            qos=chance.choice((1, 2)),
            in_flight=chance.choice((1, 2, 5, 20, 200)),
            batch=chance.choice((1, 1, 2, 7, 50)),
            gather=chance.choice((0, 0.2, 0.8)),
            rate=chance.choice((None, None, int(produced * 2), int(produced * 10))),
            acknowledge=chance.choice((1, 2, 3)),
            describe=chance.random() < 0.3,
            commands=chance.random() < 0.3,
        )

    def between(self, settings: Settings) -> Settings:
        """What changes from one life to the next."""
        chance = self.random
        if chance.random() < 0.5:
            settings = self.uplink(settings)
        if chance.random() < 0.5:
            settings = replace(settings, order=chance.choice(ORDERS))
        if not self.is_large:
            settings = replace(settings, size=chance.choice((1, 2, 3)))
        return settings

    def sensors(self, settings: Settings) -> Settings:
        """Some go, some come, some are read at another interval."""
        chance, every = self.random, dict(settings.every)
        if len(every) > 1 and chance.random() < 0.5:
            del every[chance.choice(sorted(every))]
        if chance.random() < 0.5:
            # A name that was never there: one that comes back would begin anew.
            self.newcomers += 1
            every[f"new-{self.newcomers}"] = chance.randint(1, 5)
        if chance.random() < 0.5:
            every[chance.choice(sorted(every))] = chance.randint(1, 5)
        return replace(settings, every=every)

    def life(self, settings: Settings, is_outage: bool) -> LifePlan:
        chance = self.random
        lasts = chance.choice((chance.uniform(0.05, 1), chance.uniform(1, 6), chance.uniform(1, 6)))
        acts = [(chance.uniform(0, lasts), chance.choice(list(Act))) for _ in range(chance.choice((0, 0, 1, 1, 2, 3)))]
        end = chance.choice((End.KILL, End.KILL, End.KILL, *End))
        return LifePlan(settings, sorted(acts, key=lambda act: act[0]), lasts, end, is_outage)
