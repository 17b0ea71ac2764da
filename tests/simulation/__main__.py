"""`python -m tests.simulation --seed 7` replays one run, told step by step; `--seeds 100000` runs many."""

# ruff: noqa: T201 - a command line talks
from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.simulate import Failed, Report, simulate

CHUNK = 100


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    which = options.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int, help="replay this one, and tell what happens")
    which.add_argument("--seeds", type=int, help="run so many")
    options.add_argument("--first", type=int, default=0, help="the first of many")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = options.parse_args()
    if chosen.seed is not None:
        return replay(chosen.seed)
    return run_many(chosen.first, chosen.seeds, jobs=chosen.jobs)


def replay(seed: int) -> int:
    try:
        print(simulate(seed, tell=print))
    except Failed as failure:
        print(failure)
        return 1
    return 0


def run_many(first: int, count: int, *, jobs: int) -> int:
    began = time.monotonic()
    done = failed = events = 0
    with ProcessPoolExecutor(jobs) as pool:
        for reports in pool.map(run_chunk, chunks(first, count)):
            for report in reports:
                done += 1
                if isinstance(report, str):
                    failed += 1
                    print(f"\r{report}", flush=True)
                else:
                    events += report.events
            rate = done / (time.monotonic() - began)
            print(f"\r{done} of {count} seeds, {failed} failed, {rate:.0f} a second ", end="", file=sys.stderr)
    print(f"\n{done} seeds, {failed} failed, {events} events", flush=True)
    return 1 if failed else 0


def chunks(first: int, count: int) -> Iterator[range]:
    for start in range(first, first + count, CHUNK):
        yield range(start, min(start + CHUNK, first + count))


def run_chunk(seeds: range) -> list[Report | str]:
    """For each seed its report, or why it failed."""
    reports: list[Report | str] = []
    for seed in seeds:
        try:
            reports.append(simulate(seed))
        except Failed as failure:
            reports.append(str(failure))
    return reports


if __name__ == "__main__":
    sys.exit(main())
