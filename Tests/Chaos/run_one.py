"""One run from its seed to its result, in a process of its own."""

import asyncio
import pathlib
import pickle
import shutil
import tempfile
import time
import traceback
from dataclasses import dataclass, field

import lies
from audit import Audit, Figures, Kind
from daemon import Stuck
from evidence import Evidence
from listener import expected, listen
from story import tell

# The remains of a run that failed: the daemon's logs and buffer, and the evidence.
FOUND = pathlib.Path(__file__).resolve().parents[2] / ".build-chaos"
# Of each audit.
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Rig:
    daemon: str
    tool: str
    # A folder in memory.
    memory: str


@dataclass
class Result:
    seed: int
    about: str = ""
    figures: Figures = field(default_factory=Figures)
    problems: list[str] = field(default_factory=list)
    # The lies that were told, and whether they were found out.
    lies: dict[Kind, bool] = field(default_factory=dict)
    lives: int = 0
    stops: int = 0
    connections: int = 0
    refusals: int = 0
    seconds: float = 0

    def __str__(self) -> str:
        figures = self.figures
        return (
            f"seed {self.seed}, {self.seconds:.0f} s, {self.about}: {self.lives} lives, {self.stops} stopped,"
            f" {self.connections} connections, {self.refusals} refused, {figures.readings} readings,"
            f" {figures.events} events, {figures.gaps} gaps, {figures.repeats} repeats, {figures.told} told of"
        )


def run(rig: Rig, seed: int) -> Result:
    result, begin = Result(seed), time.monotonic()
    place = pathlib.Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        with tempfile.TemporaryDirectory(dir=rig.memory) as files:
            story = asyncio.run(tell(rig.daemon, place, pathlib.Path(files), seed))
        result.about = str(story.scenario)
        judge(rig, story.evidence, result)
        if result.problems:
            (place / "evidence.pickle").write_bytes(pickle.dumps(story.evidence))
    except Stuck as stuck:
        result.problems.append(str(stuck))
    except Exception:
        result.problems.append("the harness failed: " + traceback.format_exc())
    if result.problems:
        shutil.rmtree(FOUND / str(seed), ignore_errors=True)
        shutil.copytree(place, FOUND / str(seed), ignore=shutil.ignore_patterns("status"))
    shutil.rmtree(place, ignore_errors=True)
    result.seconds = time.monotonic() - begin
    return result


def judge(rig: Rig, evidence: Evidence, result: Result) -> None:
    audit = Audit(evidence)
    result.figures = audit.figures
    result.lives, result.connections = len(evidence.lives), evidence.connections
    result.stops = sum(life.was_stopped for life in evidence.lives)
    result.refusals = evidence.refusals
    result.problems += [str(finding) for finding in audit.findings[:MOST_PROBLEMS]]
    if not audit.figures.readings:
        result.problems.append("nothing arrived")
    result.lies = lies.found(evidence, result.seed)
    missed = [kind.value for kind, is_found in result.lies.items() if not is_found]
    result.problems += [f"a lie was not found out: {name}" for name in missed]
    said, own = asyncio.run(listen(rig.tool, audit)), expected(audit)
    if said != own:
        result.problems.append(f"fieldpost listen --audit says: {said}; it should say: {own}")


def lie(rig: Rig, seed: int) -> list[str]:
    """A run at a broker that lies. What was not found out."""
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory(dir=rig.memory) as files:
        telling = tell(rig.daemon, pathlib.Path(place), pathlib.Path(files), seed, lies.remember_badly)
        try:
            story = asyncio.run(telling)
        except Stuck as stuck:
            return [str(stuck)]
    found = {finding.kind for finding in Audit(story.evidence).findings}
    return [kind.value for kind in (Kind.LOST, Kind.VALUE, Kind.CONTENTS) if kind not in found]
