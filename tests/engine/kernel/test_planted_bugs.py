"""A law that catches nothing is not a law: every planted bug is caught, and the sound kernel is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from random import Random
from types import ModuleType
from typing import Any

import pytest

from tests.engine.kernel import (
    test_lineage,
    test_loops_and_flags,
    test_orders,
    test_parallel,
    test_recovery,
    test_time_limits,
    test_waiting_slots,
    test_waits_and_ends,
)
from tests.engine.kernel.free import free_world
from tests.engine.kernel.laws import LAWS
from tests.engine.kernel.mutants import MUTANTS, Mutant
from tests.engine.kernel.parallel_laws import PARALLEL_LAWS
from tests.engine.kernel.worlds import world

TABLES = (
    test_lineage,
    test_loops_and_flags,
    test_orders,
    test_parallel,
    test_recovery,
    test_time_limits,
    test_waiting_slots,
    test_waits_and_ends,
)
SEEDS = 300


@pytest.mark.parametrize("mutant", [each for each in MUTANTS if each.laws], ids=lambda each: each.name)
def test_the_laws_catch(mutant: Mutant) -> None:
    with mutant.planted():
        assert broken_law() is not None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_the_tables_catch(mutant: Mutant) -> None:
    with mutant.planted():
        assert failing_table() is not None


def test_nothing_is_caught_when_nothing_is_planted() -> None:
    assert failing_table() is None
    assert broken_law() is None


def broken_law() -> str | None:
    """The first law that is broken in some world. The first of them compares everything, and is asked most."""
    for law in LAWS:
        for seed in range(SEEDS if law is LAWS[0] else SEEDS // 10):
            if fails(partial(law, world(Random(seed)))):
                return law.__name__
    for parallel_law in PARALLEL_LAWS:
        for seed in range(SEEDS if parallel_law is PARALLEL_LAWS[0] else SEEDS // 5):
            if fails(partial(parallel_law, free_world(Random(seed)))):
                return parallel_law.__name__
    return None


def failing_table() -> str | None:
    for module in TABLES:
        for name, test in cases_in(module):
            if fails(test):
                return name
    return None


def fails(check: Callable[[], Any]) -> bool:
    try:
        check()
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - whatever a broken kernel raises, it was noticed
        return True
    return False


def cases_in(module: ModuleType) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The tests of a module, each of its parametrized cases apart."""
    for name, test in vars(module).items():
        if name.startswith("test_"):
            marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
            for choice in product(*([(mark.args[0], value) for value in mark.args[1]] for mark in marks)):
                arguments: dict[str, Any] = {}
                for names, values in choice:
                    arguments |= {names: values} if isinstance(names, str) else dict(zip(names, values, strict=True))
                yield name, partial(test, **arguments)
