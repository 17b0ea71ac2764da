"""What went wrong elsewhere, tried here. Each test names the report that it was learned from."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from engine.egress.addresses import EgressPolicy
from engine.egress.client import GuardedHttp
from engine.kernel.events import AnyEvent, ExecutionWaiting
from engine.ports import Recorded, StoreUnavailable
from engine.runtime.engine import Engine, EngineSettings
from engine.runtime.submission import Start, Submitted
from engine.runtime.worker import LEASE_US, Worker
from engine.store.records import ExecutionStatus
from engine.store.sqlite import immediate
from engine.store.tenancy import Store
from tests.acceptance.copies import DEAD, FAR_US, copied, written
from tests.acceptance.oracle import FINAL, once, read
from tests.acceptance.workflows import act, chain, node, set_field, trigger, wait

POLICY = EgressPolicy.of(["127.0.0.0/8"])
RETRY = {"retry": {"maxAttempts": 5, "initialDelayMs": 1}}


class Outside:
    """The world that nodes act on. Requests by name, and a gate that holds the first of each back while it is shut."""

    def __init__(self) -> None:
        self.url = ""
        self.acts: Counter[str] = Counter()
        self.arrived = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def act(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.acts[body["node"]] += 1
        self.arrived.set()
        if self.acts[body["node"]] == 1:
            await self.gate.wait()
        return web.json_response({"key": body["key"]})


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    world = Outside()
    app = web.Application()
    app.router.add_post("/effect", world.act)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    world.url = f"http://127.0.0.1:{runner.addresses[0][1]}/effect"
    yield world
    world.gate.set()
    await runner.cleanup()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "heddle.sqlite3"


@asynccontextmanager
async def engine_on(file: Path, **settings: Any) -> AsyncIterator[Engine]:
    async with Engine(EngineSettings(f"sqlite://{file}", egress=POLICY, drain_s=0.0, **settings)) as engine:
        yield engine


@asynccontextmanager
async def another_worker(engine: Engine) -> AsyncIterator[Worker]:
    """One more on the same database, as another process would have it."""
    async with GuardedHttp(POLICY) as http:
        worker = engine._make_worker(http)
        try:
            yield worker
        finally:
            await worker.drain(grace_s=0.0)


async def tenant_of(engine: Engine) -> Store:
    found = await engine.access.tenant_by_name("acme")
    return engine.store((found or await engine.access.create_tenant("acme")).id)


async def started(engine: Engine, store: Store, document: dict[str, Any], **more: Any) -> str:
    answer = await engine.submit(store, Start(document=document, input={"key": "k"}, **more), actor="USER:ada")
    assert isinstance(answer, Submitted), answer
    return answer.execution.id


async def ended(engine: Engine, store: Store, execution_id: str) -> ExecutionStatus:
    return (await engine.finished(store, execution_id, timeout_ms=20_000)).status


async def log_of(store: Store, execution_id: str) -> list[AnyEvent]:
    return [each.event for each in await store.executions.history(execution_id, limit=1000) or []]


async def until_waiting(engine: Engine, store: Store, execution_id: str) -> None:
    async for batch in engine.tail(store, execution_id):
        if any(isinstance(each, Recorded) and isinstance(each.event, ExecutionWaiting) for each in batch.events):
            return


def kinds(events: list[AnyEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def lease_runs_out(file: Path, execution_id: str) -> None:
    with written(file) as db:
        db.execute("UPDATE executions SET lease_until_us = 1 WHERE id = ?", (execution_id,))


def left_by_the_dead(file: Path) -> None:
    """Every execution that has not ended is held by a worker that is no more, and its lease has long to run."""
    with written(file) as db:
        db.execute(
            "UPDATE executions SET worker = ?, lease_until_us = ?, wake_at_us = NULL WHERE finished_at_us IS NULL",
            (DEAD, FAR_US),
        )


# ------------------------------------------------------------------------------------------------ taking over


async def test_a_database_that_is_away_while_work_is_taken_over_strands_nothing(
    file: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DBOS #716: an error while a crashed executor's work was recovered left that work pending for ever."""
    outside.gate.clear()
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        document = chain(trigger(), act("Act", outside.url, recovery=RETRY), set_field("Last", "last", "x"))
        execution_ids = [await started(engine, store, document) for _ in range(5)]
        await outside.arrived.wait()
    left_by_the_dead(file)
    outside.gate.set()
    monkeypatch.setattr(immediate, "PATIENCE_S", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):  # said to whoever starts it, and nothing is half taken over
            async with engine_on(file):
                pass
        other.execute("ROLLBACK")
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        for execution_id in execution_ids:
            assert await ended(engine, store, execution_id) is ExecutionStatus.SUCCEEDED
    logs, _ = read(file)
    assert any(event["type"] == "ExecutionRecovered" for log in logs.values() for event in log)
    assert not [problem for log in logs.values() for problem in once(log)]


async def test_a_claim_that_another_worker_has_overtaken_runs_nothing(file: Path, outside: Outside) -> None:
    """DBOS #742: a recovery that held a stale list of pending workflows ran one that was no longer its own."""
    outside.gate.clear()
    async with engine_on(file, capacity=1) as engine, another_worker(engine) as late:
        store = await tenant_of(engine)
        blocker = await started(engine, store, chain(trigger(), act("Block", outside.url)))
        await outside.arrived.wait()
        execution_id = await started(engine, store, chain(trigger(), act("Act", outside.url, recovery=RETRY)))
        (stale,) = await engine._database.journal.claim(late.name, limit=1, lease_us=LEASE_US)
        assert stale.lease.execution_id == execution_id
        lease_runs_out(file, execution_id)
        outside.gate.set()
        await ended(engine, store, blocker)
        assert await ended(engine, store, execution_id) is ExecutionStatus.SUCCEEDED
        before = await log_of(store, execution_id)
        late.adopt(stale)
        await late.drain(grace_s=5.0)
        assert outside.acts["Act"] == 1
        assert await log_of(store, execution_id) == before


async def test_a_takeover_continues_the_execution_and_never_makes_another(file: Path) -> None:
    """DBOS #759: each recovery of a workflow with an empty id forked a new execution of it."""
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        document = chain(trigger(), set_field("A", "a", "x"), wait("Long", 3600))
        await until_waiting(engine, store, await started(engine, store, document))
    for _ in range(3):
        left_by_the_dead(file)
        async with engine_on(file):
            pass
    logs, rows = read(file)
    assert len(rows) == 1
    (log,) = logs.values()
    assert [event["type"] for event in log].count("NodeStarted") == 3, "trigger, A and Long, once each"


async def test_a_worker_that_was_only_slow_does_no_harm_when_it_comes_back(file: Path, outside: Outside) -> None:
    """Windmill #9214: a worker that was taken for dead came back later and marked the successful flow as failed."""
    outside.gate.clear()
    async with engine_on(file) as engine, another_worker(engine) as quick:
        store = await tenant_of(engine)
        execution_id = await started(engine, store, chain(trigger(), act("Act", outside.url, recovery=RETRY)))
        await outside.arrived.wait()
        lease_runs_out(file, execution_id)
        await quick.start(alone=False)
        assert await ended(engine, store, execution_id) is ExecutionStatus.SUCCEEDED
        before = await log_of(store, execution_id)
        outside.gate.set()  # only now does the first worker hear what became of its request
        await engine._worker.drain(grace_s=5.0)
        assert await log_of(store, execution_id) == before
        assert outside.acts["Act"] == 2
    (log,) = read(file)[0].values()
    assert once(log) == []


async def test_a_crash_between_any_two_events_is_recovered_unaided(file: Path, outside: Outside) -> None:
    """Windmill #10287: a flow whose worker died between two steps was cancelled and had to be restarted by hand."""
    document = chain(
        trigger(),
        set_field("Three", "list", "={{ [1, 2, 3] }}", "array"),
        node("Split", "splitOut", {"fieldToSplitOut": "list", "options": {}}),
        wait("Short", 0.01),
        node("Join", "aggregate", {"aggregate": "aggregateAllItemData", "options": {}}),
        act("Act", outside.url, recovery=RETRY),
        set_field("Last", "last", "x"),
    )
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        whole = await started(engine, store, document)
        assert await ended(engine, store, whole) is ExecutionStatus.SUCCEEDED
        events = await log_of(store, whole)
    copies = {died_after: f"{whole}_{died_after}" for died_after in range(1, len(events))}
    with written(file) as db:
        for died_after, copy in copies.items():
            copied(db, whole, copy, to=died_after, status="QUEUED" if died_after == 1 else "RUNNING")
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        for copy in copies.values():
            assert await ended(engine, store, copy) is ExecutionStatus.SUCCEEDED, kinds(await log_of(store, copy))
    logs, _ = read(file)
    output = [event["outputs"] for event in logs[whole] if event.get("node") == "Last" and "outputs" in event]
    for copy in copies.values():
        assert once(logs[copy]) == []
        assert [each["outputs"] for each in logs[copy] if each.get("node") == "Last" and "outputs" in each] == output


# ------------------------------------------------------------------------------------------------ what had ended


async def test_a_restart_changes_nothing_of_what_had_ended(file: Path) -> None:
    """n8n #23807: on restart, workers marked executions as crashed that had succeeded."""
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        for n in range(20):
            execution_id = await started(engine, store, chain(trigger(), set_field("A", "a", str(n))))
            assert await ended(engine, store, execution_id) is ExecutionStatus.SUCCEEDED
    before = read(file)
    with written(file) as db:
        db.execute("UPDATE executions SET worker = ?, epoch = epoch + 1", (DEAD,))  # even if it says who ran it last
    for _ in range(2):
        async with engine_on(file):
            pass
    assert read(file) == before
    assert all(log[-1]["type"] == "ExecutionSucceeded" for log in before[0].values())


# ------------------------------------------------------------------------------------------------ waiting


async def test_a_wait_goes_on_where_it_was_after_a_restart(file: Path, outside: Outside) -> None:
    """n8n #13168: a waiting execution that was resumed on a worker ran from its beginning again."""
    document = chain(trigger(), act("Before", outside.url), wait("Wait", 1.3), act("After", outside.url))
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        execution_id = await started(engine, store, document)
        await until_waiting(engine, store, execution_id)
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        assert await ended(engine, store, execution_id) is ExecutionStatus.SUCCEEDED
        log = await log_of(store, execution_id)
    assert outside.acts == {"Before": 1, "After": 1}
    assert kinds(log).count("ExecutionResumed") == 1
    assert kinds(log).count("NodeStarted") == 4


async def test_many_timers_that_two_workers_see_fire_once_each(file: Path) -> None:
    """n8n #11861: an execution whose wait was over was resumed twice, by two looks at the same timer."""
    async with engine_on(file) as engine, another_worker(engine) as other:
        store = await tenant_of(engine)
        await other.start(alone=False)
        document = chain(trigger(), wait("Wait", 1.2), set_field("Last", "last", "x"))
        execution_ids = [await started(engine, store, document) for _ in range(60)]
        for execution_id in execution_ids:
            assert await ended(engine, store, execution_id) is ExecutionStatus.SUCCEEDED
            log = kinds(await log_of(store, execution_id))
            assert log.count("ExecutionResumed") == 1
            assert sum(kind in FINAL for kind in log) == 1


# ------------------------------------------------------------------------------------------------ canceling


async def test_a_late_success_does_not_overwrite_a_cancellation(file: Path, outside: Outside) -> None:
    """n8n #25832: a worker that kept running wrote "success" over an execution that had been canceled."""
    outside.gate.clear()
    async with engine_on(file) as engine:
        store = await tenant_of(engine)
        document = chain(trigger(), act("Act", outside.url, recovery=RETRY), act("Next", outside.url))
        execution_id = await started(engine, store, document)
        await outside.arrived.wait()
        await engine.cancel(store, execution_id, reason="enough", actor="USER:ada")
        assert await ended(engine, store, execution_id) is ExecutionStatus.CANCELED
        outside.gate.set()
    async with engine_on(file) as engine:
        assert await ended(engine, await tenant_of(engine), execution_id) is ExecutionStatus.CANCELED
    (log,) = read(file)[0].values()
    assert once(log) == []
    assert log[-1]["type"] == "ExecutionCanceled"
    assert outside.acts == {"Act": 1}


async def test_a_cancellation_stands_although_the_worker_that_runs_it_does_not_hear_of_it(
    file: Path, outside: Outside
) -> None:
    """n8n #25165: the signal did not reach the worker, which ran on to the end and was believed."""
    outside.gate.clear()
    async with engine_on(file) as engine, another_worker(engine) as deaf:
        store = await tenant_of(engine)
        document = chain(trigger(), act("Act", outside.url), act("Next", outside.url))
        execution_id = await started(engine, store, document)
        await outside.arrived.wait()
        lease_runs_out(file, execution_id)
        (claim,) = await engine._database.journal.claim(deaf.name, limit=1, lease_us=LEASE_US)
        lease_runs_out(file, execution_id)
        await engine.cancel(store, execution_id, reason=None, actor="USER:ada")
        assert await ended(engine, store, execution_id) is ExecutionStatus.CANCELED
        deaf.adopt(claim)
        outside.gate.set()
        await deaf.drain(grace_s=5.0)
        await engine._worker.drain(grace_s=5.0)
        assert await ended(engine, store, execution_id) is ExecutionStatus.CANCELED
    assert once(read(file)[0][execution_id]) == []
    assert outside.acts["Next"] == 0
