"""Attempts and executions that take too long, timers that fire in time, and all of that across a restart."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.kernel.events import (
    ExecutionResumed,
    ExecutionStarted,
    ExecutionTimedOut,
    ExecutionWaiting,
    NodeFailed,
    NodeRetryScheduled,
    NodeStarted,
)
from engine.runtime.inbox import Signal
from engine.runtime.intervention import Resumed
from engine.store.records import ExecutionRecord, ExecutionStatus
from plugins.items import Item
from tests.engine.runtime.documents import Bench, Document, add, bench_in, flow, manual, node, wait

SECOND = 1_000_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with bench_in(tmp_path_factory.mktemp("time")) as bench:
        yield bench


on_one_engine = pytest.mark.asyncio(loop_scope="module")


def endless(**more: Any) -> Document:
    return node("Code", "code", 2, jsCode="while (true) {}") | more


def signaled() -> Document:
    return node("Wait", "wait", 1.1, resume="webhook")


async def upto(bench: Bench, execution: ExecutionRecord, kind: type) -> None:
    async for batch in bench.engine.tail(bench.store, execution.id):
        if any(isinstance(getattr(each, "event", None), kind) for each in batch.events):
            return


# ------------------------------------------------------------------------------------------------ attempts


@on_one_engine
async def test_an_attempt_that_takes_too_long_is_stopped(bench: Bench) -> None:
    record, _ = await bench.run(flow(manual(), endless(timeoutMs=200), add("a")))
    assert record.error is not None
    assert (record.status, record.error.code, record.error_node) == (ExecutionStatus.FAILED, "TIMEOUT", "Code")
    [started] = [
        event for event in await bench.events(record) if isinstance(event, NodeStarted) and event.node == "Code"
    ]
    [failed] = [event for event in await bench.events(record) if isinstance(event, NodeFailed)]
    assert 200_000 <= failed.at_us - started.at_us < SECOND


@on_one_engine
async def test_another_attempt_is_made_where_the_policy_says_so(bench: Bench) -> None:
    recovery = {"retry": {"maxAttempts": 3, "initialDelayMs": 10, "retryOn": ["TIMEOUT"]}, "then": "SKIP"}
    record, history = await bench.run(flow(manual(), endless(timeoutMs=100, recovery=recovery), add("a")))
    assert record.status is ExecutionStatus.SUCCEEDED
    assert [item.json for item in history.output() or ()] == [{"a": "a"}]
    events = await bench.events(record)
    assert sum(isinstance(event, NodeFailed) for event in events) == 3
    assert sum(isinstance(event, NodeRetryScheduled) for event in events) == 2


@on_one_engine
async def test_one_that_is_fast_enough_is_left_alone(bench: Bench) -> None:
    quick = node("Code", "code", 2, jsCode="return [{json: {fine: true}}]") | {"timeoutMs": 20_000}
    record, _ = await bench.run(flow(manual(), quick))
    assert record.status is ExecutionStatus.SUCCEEDED


# ------------------------------------------------------------------------------------------------ executions


@on_one_engine
@pytest.mark.parametrize("document", [endless(), wait(seconds=30), signaled()], ids=["runs", "waits", "signal"])
async def test_an_execution_that_takes_too_long_ends_whatever_it_does(bench: Bench, document: Document) -> None:
    record, _ = await bench.run(flow(manual(), document, add("a"), executionTimeout=1.2))
    events = await bench.events(record)
    assert record.status is ExecutionStatus.TIMED_OUT
    assert isinstance(events[-1], ExecutionTimedOut)
    [started] = [event for event in events if isinstance(event, ExecutionStarted)]
    assert 1_200_000 <= events[-1].at_us - started.at_us < 1_200_000 + SECOND


@on_one_engine
async def test_a_signal_does_not_put_the_end_off(bench: Bench) -> None:
    record = await bench.begin(
        flow(manual(), signaled(), signaled() | {"name": "Again", "id": "a"}, executionTimeout=1)
    )
    await upto(bench, record, ExecutionWaiting)
    assert isinstance(await bench.engine.resume(bench.store, record.id, Signal()), Resumed)
    ended, _ = await bench.end(record)
    assert ended.status is ExecutionStatus.TIMED_OUT


async def test_a_wait_and_its_limit_survive_a_restart(tmp_path: Path) -> None:
    async with bench_in(tmp_path, drain_s=0.1) as bench:
        waiting = await bench.begin(flow(manual(), wait(seconds=2), add("a")))
        limited = await bench.begin(flow(manual(), signaled(), executionTimeout=2.1))
        for each in (waiting, limited):
            await upto(bench, each, ExecutionWaiting)
    async with bench_in(tmp_path) as bench:
        resumed, history = await bench.end(waiting)
        timed_out, _ = await bench.end(limited)
        events = await bench.events(waiting)
        ends = await bench.events(limited)
    assert (resumed.status, timed_out.status) == (ExecutionStatus.SUCCEEDED, ExecutionStatus.TIMED_OUT)
    assert [run.node for run in history.runs] == ["T", "Wait", "a"], "the wait went on; it did not begin again"
    [asked] = [event for event in events if isinstance(event, ExecutionWaiting)]
    [woken] = [event for event in events if isinstance(event, ExecutionResumed)]
    assert asked.until_us is not None
    assert 0 <= woken.at_us - asked.until_us < SECOND
    [began] = [event for event in ends if isinstance(event, ExecutionStarted)]
    assert 0 <= ends[-1].at_us - began.at_us - 2_100_000 < SECOND


# ------------------------------------------------------------------------------------------------ timers


async def test_timers_are_never_early_nor_late_nor_twice(tmp_path: Path) -> None:
    """Of 200, with room for 20 at once: some are sat out, most are let go and claimed again."""
    seconds = [random.Random(n).uniform(0.2, 2.5) for n in range(200)]
    async with bench_in(tmp_path, capacity=20) as bench:
        begun = await asyncio.gather(*(bench.begin(flow(manual(), wait(seconds=s), add("a"))) for s in seconds))
        ended = await asyncio.gather(*(bench.end(each) for each in begun))
        logs = [await bench.events(each) for each in begun]
    assert {record.status for record, _ in ended} == {ExecutionStatus.SUCCEEDED}
    for log in logs:
        [asked] = [event for event in log if isinstance(event, ExecutionWaiting)]
        [woken] = [event for event in log if isinstance(event, ExecutionResumed)]
        assert asked.until_us is not None
        assert 0 <= woken.at_us - asked.until_us < SECOND


async def test_what_waits_takes_no_room(tmp_path: Path) -> None:
    async with bench_in(tmp_path, capacity=2) as bench:
        waiting = [await bench.begin(flow(manual(), signaled(), add("a"))) for _ in range(10)]
        for each in waiting:
            await upto(bench, each, ExecutionWaiting)
        record, _ = await bench.run(flow(manual(), add("a")))
        assert record.status is ExecutionStatus.SUCCEEDED
        for n, each in enumerate(waiting):
            await bench.engine.resume(bench.store, each.id, Signal(items=[Item({"n": n})]))
        outputs = [(await bench.end(each))[1].output() for each in waiting]
    assert [[item.json["n"] for item in items or ()] for items in outputs] == [[n] for n in range(10)]
