"""One run: a scenario in its weather, and then a calm in which everything is delivered."""

import contextlib
import json
import pathlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from broker import Broker
from daemon import Keeper
from evidence import Evidence, Identity, Report, identity
from scenario import End, Scenario, Settings
from values import Values
from weather import Weather


@dataclass
class Run:
    scenario: Scenario
    evidence: Evidence


Remember = Callable[[Report], list[Report]]


async def tell(
    program: str, place: pathlib.Path, files: pathlib.Path, seed: int, remember: Remember | None = None
) -> Run:
    """`place`, `files`: empty folders, for the buffer and for the sensors' files. `remember`: what a broker that lies
    does with each report that it takes."""
    scenario = Scenario(seed)
    evidence = Evidence(durable_after=scenario.durable_after)
    broker = Broker(evidence, seed, remember=remember or (lambda report: [report]))
    values = Values(files, seed)
    values.watch()
    await broker.start()
    keeper = Keeper(program, place, scenario, values, broker)
    try:
        settings = scenario.lives[0].settings
        for plan in scenario.lives:
            sensors = list(plan.settings.every)
            if broker.weather is None or broker.weather.is_hopeless != plan.is_outage:
                broker.weather = Weather(seed, sensors, plan.is_outage)
            settings = await keeper.live(plan)
        broker.weather = None
        await calm(keeper, settings)
        evidence.dead_letters = dead_letters(place / "spool")
    finally:
        values.close()
        broker.stop()
    return Run(scenario, evidence)


async def calm(keeper: Keeper, settings: Settings) -> None:
    """The broker takes everything, and sensors rest after their first reading. What is left after a stop, the next
    start delivers."""
    for _ in range(2):
        every = dict.fromkeys(settings.every, HOUR)
        quiet = replace(settings, every=every, rate=None, batch=50, gather=0, in_flight=200, acknowledge=60)
        daemon = await keeper.begin(quiet)
        for _ in range(2):
            # Asked twice: what a sensor had given at the first time is in the buffer at the second.
            await daemon.until("the end of all that waits", is_delivered)
        keeper.end(daemon, End.TERM, quiet)
        await daemon.ended()


HOUR = 36_000


def dead_letters(spool: pathlib.Path) -> set[Identity]:
    """What is in its files; a line that a kill has cut off is not counted."""
    found = set()
    for file in spool.glob("dead-letters.jsonl*"):
        for line in file.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                found.add(identity(json.loads(line)["message"]))
    return found


def is_delivered(status: Report) -> bool:
    return status["spool"]["waiting"] == 0 and all(sensor["state"] == "ok" for sensor in status["sensors"])
