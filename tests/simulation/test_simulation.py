"""Two thousand random worlds, none of which may break a law; and the same seed is the same world."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.simulate import Failed, simulate

SEEDS = 2_000
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_no_law_is_broken(part: int) -> None:
    failures = []
    for seed in range(part, SEEDS, PARTS):
        try:
            simulate(seed)
        except Failed as failure:
            failures.append(str(failure))
    assert not failures, "\n".join(failures)


def test_a_seed_is_always_the_same_run() -> None:
    seeds = range(SEEDS, SEEDS + 40)
    told: list[list[str]] = [[], []]
    for lines in told:
        for seed in seeds:
            simulate(seed, tell=lines.append)
    assert told[0] == told[1]


def test_a_seed_is_the_same_run_in_another_process() -> None:
    seeds = range(SEEDS, SEEDS + 20)
    code = f"from tests.simulation.simulate import simulate; print(*[simulate(seed).trace for seed in {seeds!r}])"
    for hash_seed in ("1", "2"):
        # Names are hashed differently there, and everything lies elsewhere in memory.
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        other = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert other.stdout.split() == [simulate(seed).trace for seed in seeds]
