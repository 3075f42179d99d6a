"""Brokers that lie. An audit that does not find them out proves nothing."""

import copy
import random
from collections.abc import Callable
from dataclasses import replace

from audit import Audit, Kind
from evidence import Evidence, Kept, Report

Lie = Callable[[list[Kept], random.Random], list[Kept]]

FORGOTTEN = 0.02
# With fewer forgotten ones all may be younger than durable_after at a kill.
LEAST_FORGOTTEN = 20


def remember_badly(report: Report) -> list[Report]:
    """Of a broker that acknowledges and forgets, changes values, and has the same identity twice. Which ones does not
    depend on chance: the calm at the end gives each sensor's first reading of two lives that are stopped in order, so
    that some of what is forgotten is owed however busy the machine is."""
    is_reading = "quantities" in report
    if is_reading and report["sequence"] == 1:
        return []
    if is_reading and report["sequence"] % 5 == 0:
        return [changed(report)]
    if report.get("event") == "started":
        return [report, {**report, "time": "2000-01-01T00:00:00.000Z"}]
    return [report]


def changed(report: Report) -> Report:
    report = copy.deepcopy(report)
    report["quantities"]["temperature"]["value"] = 0
    return report


# The same lies, told of the evidence of an honest broker, for every run.


def forget(kept: list[Kept], chance: random.Random) -> list[Kept]:
    known = sorted({each.identity for each in kept})
    count = max(LEAST_FORGOTTEN, round(len(known) * FORGOTTEN))
    forgotten = set(chance.sample(known, min(count, len(known))))
    return [each for each in kept if each.identity not in forgotten]


def change(kept: list[Kept], chance: random.Random) -> list[Kept]:
    known = {each.identity for each in kept}

    def has_neighbour(each: Kept) -> bool:
        return each.identity._replace(sequence=each.identity.sequence - 1) in known

    one = pick(kept, chance, lambda each: "quantities" in each.report and has_neighbour(each))
    return [
        replace(each, report=changed(each.report)) if one and each.identity == one.identity else each for each in kept
    ]


def double(kept: list[Kept], chance: random.Random) -> list[Kept]:
    one = pick(kept, chance, lambda each: True)
    return kept + ([replace(one, report={**one.report, "time": "2000-01-01T00:00:00.000Z"})] if one else [])


def repeat(kept: list[Kept], chance: random.Random) -> list[Kept]:
    first = {each.identity: each.place for each in reversed(kept)}
    one = pick(kept, chance, lambda each: each.settled is not None and first[each.identity] == each.place)
    return kept + ([replace(one, place=len(kept))] if one else [])


def pick(kept: list[Kept], chance: random.Random, suits: Callable[[Kept], bool]) -> Kept | None:
    suitable = [each for each in kept if suits(each)]
    return chance.choice(suitable) if suitable else None


LIES: dict[Kind, Lie] = {Kind.LOST: forget, Kind.VALUE: change, Kind.CONTENTS: double, Kind.REPEATED: repeat}


def found(evidence: Evidence, seed: int) -> dict[Kind, bool]:
    """For each lie that can be told of this evidence, whether the audit finds it out."""
    results = {}
    for kind, lie in LIES.items():
        kept = lie(evidence.kept, random.Random(f"{lie.__name__} {seed}"))
        if kept != evidence.kept:
            results[kind] = kind in {finding.kind for finding in Audit(replace(evidence, kept=kept)).findings}
    return results
