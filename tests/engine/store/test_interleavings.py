"""Whatever order appends arrive in, a log has no gap, no duplicate, and one owner at a time."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.kernel.events import AnyEvent
from engine.ports import Fenced, Lease
from engine.store.database import Database
from tests.engine.store.world import CountingIds, ManualClock, Told, World, new_execution, result, seqs, world_in

EXECUTIONS = 3


@dataclass(frozen=True, slots=True)
class Attempt:
    """An append of `count` events to one of the logs, `off` places from its end, by its owner or a former one."""

    log: int
    count: int
    off: int
    stale: bool


attempts = st.builds(
    Attempt,
    log=st.integers(0, EXECUTIONS - 1),
    count=st.integers(1, 4),
    off=st.sampled_from([0, 0, 0, 0, -1, 1]),
    stale=st.sampled_from([False, False, False, True]),
)
bursts = st.lists(st.lists(attempts, min_size=1, max_size=12), min_size=1, max_size=5)


@dataclass(slots=True)
class Model:
    """What one log must hold."""

    lease: Lease
    events: list[AnyEvent]

    def append(self, attempt: Attempt, events: list[AnyEvent]) -> bool:
        taken = attempt.off == 0 and not attempt.stale
        if taken:
            self.events += events
        return taken


async def burst(world: World, models: list[Model], together: list[Attempt], mark: int) -> None:
    """All handed in before any is written: they are carried out in this order."""
    calls, expected = [], []
    for number, attempt in enumerate(together):
        model = models[attempt.log]
        events: list[AnyEvent] = [result(mark + 100 * number + n) for n in range(attempt.count)]
        lease = replace(model.lease, epoch=model.lease.epoch - 1) if attempt.stale else model.lease
        calls.append(world.database.journal.append(lease, events, expected_seq=len(model.events) + attempt.off))
        expected.append(model.append(attempt, events))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [not isinstance(outcome, Fenced) for outcome in outcomes] == expected
    assert all(outcome is None or isinstance(outcome, Fenced) for outcome in outcomes)


async def play(world: World, run: int, script: list[list[Attempt]]) -> None:
    models = []
    for n in range(EXECUTIONS):
        new = new_execution(f"exe_{run}_{n}")
        accepted = await world.acme.executions.accept(new, lease_for="w1")
        assert accepted.claim is not None
        models.append(Model(accepted.claim.lease, [new.queued]))
    for number, together in enumerate(script):
        await burst(world, models, together, 10_000 * (number + 1))
    for n, model in enumerate(models):
        history = await world.acme.executions.history(f"exe_{run}_{n}")
        assert history is not None
        assert seqs(history) == list(range(1, len(model.events) + 1))
        assert [one.event for one in history] == model.events
        assert world.told.of(f"exe_{run}_{n}") == history


def test_any_interleaving_of_appends_keeps_the_logs_whole(template: Path, tmp_path: Path) -> None:
    file = shutil.copy(template, tmp_path / "heddle.sqlite3")
    clock, ids, told = ManualClock(), CountingIds(), Told()

    with asyncio.Runner() as runner:
        opening = Database.open(f"sqlite://{file}", clock=clock, ids=ids, on_commit=told, serve=True)
        database = runner.run(opening)
        world = runner.run(world_in(database, clock, ids, told))
        runs = iter(range(1_000_000))

        @given(bursts)
        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        def law(script: list[list[Attempt]]) -> None:
            told.news.clear()
            runner.run(play(world, next(runs), script))

        law()
        runner.run(database.close())
