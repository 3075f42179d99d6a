"""Tests/Chaos/main.py DAEMON TOOL MEMORY RUNS SEED BESIDE: so many runs, some of them beside each other, and one line
for each thing that held in all of them. `run` builds the programs and calls it."""

import collections
import concurrent.futures
import os
import signal
import sys

from audit import Kind
from run_one import Result, Rig, lie, run

# Of the run at a broker that lies. Its lives are long enough for all lies.
LIARS_SEED = 1


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(rig: Rig, runs: int, first: int, beside: int) -> int:
    seeds = range(first, first + runs)
    results: list[Result] = []
    with concurrent.futures.ProcessPoolExecutor(beside) as pool:
        lying = pool.submit(lie, rig, LIARS_SEED)
        for future in concurrent.futures.as_completed([pool.submit(run, rig, seed) for seed in seeds]):
            result = future.result()
            results.append(result)
            say(f"[{len(results)}/{runs}] {result}")
            for problem in result.problems:
                say(f"FAILED seed {result.seed}: {problem}")
        missed = lying.result()
    if missed:
        say(f"FAILED: a broker that lies was not found out: {', '.join(missed)}")
        return 1
    bad = sorted(result.seed for result in results if result.problems)
    if bad:
        say(f"FAILED: {len(bad)} of {runs} runs, of seeds {', '.join(map(str, bad))}; .build-chaos has what they left")
        say(f"again: Tests/Chaos/run --seed {bad[0]}")
        return 1
    print("\n".join(f"ok {line}" for line in lines(results)), flush=True)
    return 0


def lines(results: list[Result]) -> list[str]:
    """One for each promise."""
    def total(name: str) -> int:
        return sum(getattr(result, name, 0) or getattr(result.figures, name, 0) for result in results)

    seeds = f"{min(result.seed for result in results)} to {max(result.seed for result in results)}"
    told: collections.Counter[Kind] = collections.Counter()
    for result in results:
        told.update(result.lies.keys())
    lies = ", ".join(f"{kind.value} ({count})" for kind, count in told.items())
    return [
        f"{len(results)} runs, seeds {seeds}: {total('lives')} lives, {total('lives') - total('stops')} of them killed,"
        f" {total('connections')} connections, {total('refusals')} refused messages; no crash",
        f"0 lost of {total('owed')} readings that were owed: {total('readings')} and {total('events')} events arrived,"
        f" {total('told')} are in {total('gaps')} gap events, {total('young')} younger ones went with a kill",
        "0 alarms without their event",
        "0 identities with two contents, 0 for readings that were not taken, 0 values that were not there",
        f"{total('repeats')} repeats, none of what the daemon knew to be acknowledged",
        "0 gaps that name what had been acknowledged, or count wrongly",
        "0 payloads that are no JSON, 0 packets and windows beyond the broker's limits, 0 states with wrong sums",
        "fieldpost listen --audit comes to the same figures in every run",
        f"a broker that lies is found out; told of honest runs, so are: {lies}",
    ]


def end(*_: object) -> None:
    """The runs and their daemons end too."""
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    os.setpgrp()
    signal.signal(signal.SIGTERM, end)
    sys.exit(main(Rig(*sys.argv[1:4]), *map(int, sys.argv[4:])))
