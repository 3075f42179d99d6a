"""One life of the real daemon: started, asked at its socket, told to reload, ended."""

import asyncio
import contextlib
import json
import os
import pathlib
import signal
import time
from collections.abc import Callable

from broker import Broker
from evidence import Life, Report, RoundTrip
from scenario import Act, End, LifePlan, Scenario, Settings
from values import Values

# Upper ends of waits for events: generous, so that a slow machine fails nothing.
PATIENCE = 180

# A reload that changes a sensor begins it anew, and drops a sample that is being taken meanwhile.
UNCOUNTED = 2


class Stuck(Exception):
    """What should have happened did not, in words."""


class Daemon:
    def __init__(self, program: str, place: pathlib.Path, life: Life):
        self.program = program
        self.place = place
        self.life = life
        self.log = place / f"life-{life.number}.log"
        self.status: Report | None = None

    async def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FIELDPOST_")}
        with self.log.open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.program, str(self.place / "devices.yaml"), stdin=asyncio.subprocess.DEVNULL, stdout=log,
                stderr=log, env=environment)

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None

    def send(self, number: signal.Signals) -> None:
        """Nothing if it has ended by itself: the audit looks at how."""
        if self.is_alive:
            # Not by way of the process: that would take its status away from who waits for it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    async def ended(self) -> None:
        try:
            self.life.status = await asyncio.wait_for(self.process.wait(), PATIENCE)
        except TimeoutError:
            self.send(signal.SIGKILL)
            self.life.status = await self.process.wait()
            raise Stuck(f"life {self.life.number}: the daemon had not ended after {PATIENCE} s") from None
        finally:
            self.life.ended = time.time()
            self.life.take_log(self.log.read_text(errors="replace"))

    # The status socket.

    async def ask(self) -> None:
        """One question. It counts if the spool's thread has answered too."""
        asked = time.time()
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.place / "status"))
        except OSError:
            return
        try:
            document = json.loads(await reader.read())
        except (OSError, ValueError):
            return
        finally:
            writer.close()
        if document.get("pid") == self.process.pid and document.get("spool"):
            self.status = document
            self.life.round_trips.append(RoundTrip(asked, time.time()))

    async def ask_on(self, every: float) -> None:
        while self.is_alive:
            await self.ask()
            await asyncio.sleep(every)

    async def until(self, what: str, holds: Callable[[Report], bool]) -> None:
        """`holds`: of the status, asked again and again."""
        end = time.monotonic() + PATIENCE
        while self.is_alive:
            await self.ask()
            if self.status and holds(self.status):
                return
            if time.monotonic() > end:
                spool = self.status and self.status.get("spool")
                raise Stuck(f"life {self.life.number}: {what} did not come within {PATIENCE} s; the buffer: {spool}")
            await asyncio.sleep(0.1)
        raise Stuck(f"life {self.life.number}: the daemon ended before {what}")


class Keeper:
    """Starts the daemon again and again, as a scenario has it."""

    def __init__(self, program: str, place: pathlib.Path, scenario: Scenario, values: Values, broker: Broker):
        self.program = program
        self.place = place
        self.scenario = scenario
        self.values = values
        self.broker = broker
        self.lives = broker.evidence.lives
        values.opened = self.opened

    def opened(self, sensor: str, moment: float) -> None:
        if self.lives:
            self.lives[-1].reads.setdefault(sensor, []).append(moment)

    def configure(self, settings: Settings, life: int) -> None:
        for sensor in settings.every:
            self.values.add(sensor)
        self.broker.windows[life] = max(self.broker.windows.get(life, 0), settings.in_flight)
        text = settings.text(
            life, self.broker.port, self.place, self.values.place / "now", self.scenario.durable_after)
        self.write(text)

    def write(self, text: str) -> None:
        """The daemon may read it at any moment."""
        draft = self.place / "devices.yaml.new"
        draft.write_text(text)
        draft.rename(self.place / "devices.yaml")

    async def begin(self, settings: Settings) -> Daemon:
        self.values.drain()
        life = Life(len(self.lives) + 1, time.time())
        self.lives.append(life)
        self.configure(settings, life.number)
        daemon = Daemon(self.program, self.place, life)
        await daemon.start()
        return daemon

    async def live(self, plan: LifePlan) -> Settings:
        """A whole life. Returns the settings that it ended with."""
        daemon = await self.begin(plan.settings)
        asking = asyncio.create_task(daemon.ask_on(self.scenario.asks_every))
        settings, begin = plan.settings, time.monotonic()
        if plan.is_outage:
            await daemon.until("the first eviction", lambda status: status["spool"]["since_start"]["evicted"] > 0)
        for moment, act in plan.acts:
            await asyncio.sleep(max(0, begin + moment - time.monotonic()))
            settings = self.act(daemon, act, settings)
        await asyncio.sleep(max(0, begin + plan.lasts - time.monotonic()))
        self.end(daemon, plan.end, settings)
        await daemon.ended()
        await asking
        self.values.drain()
        return settings

    def act(self, daemon: Daemon, act: Act, settings: Settings) -> Settings:
        life = daemon.life
        match act:
            case Act.UPLINK:
                settings = self.scenario.uplink(settings)
                self.configure(settings, life.number)
            case Act.SENSORS:
                before, settings = settings.every, self.scenario.sensors(settings)
                for sensor in before:
                    if before[sensor] != settings.every.get(sensor):
                        life.uncounted[sensor] = life.uncounted.get(sensor, 0) + UNCOUNTED
                self.configure(settings, life.number)
            case Act.MISTAKES:
                self.write("uplink: {broker: 5}\n")
            case Act.NOTHING:
                pass
        daemon.send(signal.SIGHUP)
        return settings

    def end(self, daemon: Daemon, end: End, settings: Settings) -> None:
        self.values.drain()
        if end is End.TERM_HUP:
            daemon.life.stopped = time.time()
            daemon.send(signal.SIGTERM)
        if "hup" in end.value:
            self.act(daemon, Act.UPLINK, settings)
        if "term" in end.value and end is not End.TERM_HUP:
            daemon.life.stopped = time.time()
            daemon.send(signal.SIGTERM)
        if "kill" in end.value:
            daemon.send(signal.SIGKILL)
