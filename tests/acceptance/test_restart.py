"""A restart with thousands of executions open: work goes on at once, the server stays answerable, and none is lost."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from engine.kernel.events import ExecutionWaiting
from engine.ports import Recorded
from engine.runtime.engine import Engine, EngineSettings
from engine.runtime.submission import Start, Submitted
from tests.acceptance.clients import AUTHORIZATION
from tests.acceptance.copies import copied, written
from tests.acceptance.lives import Lives
from tests.acceptance.oracle import contiguous, once, read
from tests.acceptance.workflows import chain, set_field, trigger, wait

WAITING = int(os.environ.get("HEDDLE_TEST_WAITING", "2000"))
QUEUED = int(os.environ.get("HEDDLE_TEST_QUEUED", "2000"))
RUNNING = 200
"""Held by the worker that died, under leases that would last another half minute."""
DONE_WITHIN_S = 90
FIRST_WITHIN_S = 2.0
ANSWER_WITHIN_S = 2.0

WORKFLOW = chain(trigger(), set_field("A", "a", "x"), wait("Wait", 3), set_field("Last", "last", "x"))
ASK = {"query": "{ viewer { role } }"}


async def leave_open(file: Path) -> None:
    """What a server leaves behind that died: executions that wait, run and are queued. What waits is due by now."""
    async with Engine(EngineSettings(f"sqlite://{file}", drain_s=0.0)) as engine:
        store = engine.store((await engine.access.create_tenant("acme")).id)
        answer = await engine.submit(store, Start(document=WORKFLOW, input={"n": 1}), actor="USER:ada")
        assert isinstance(answer, Submitted), answer
        one = answer.execution.id
        async for batch in engine.tail(store, one):
            if any(isinstance(each, Recorded) and isinstance(each.event, ExecutionWaiting) for each in batch.events):
                break
    with written(file) as db:
        waits = batch.last_seq
        for n in range(QUEUED):
            copied(db, one, f"{one}_q{n:04}", to=1, status="QUEUED", worker=None, epoch=0, lease_until_us=None)
        for n in range(RUNNING):
            copied(db, one, f"{one}_r{n:04}", to=waits - 1)
        for n in range(WAITING):
            parked = {"status": "WAITING", "worker": None, "lease_until_us": None, "wake_at_us": 1}
            copied(db, one, f"{one}_w{n:04}", to=waits, **parked)


def still_open(file: Path) -> int:
    with closing(sqlite3.connect(file, timeout=10)) as db:
        (count,) = db.execute("SELECT count(*) FROM executions WHERE finished_at_us IS NULL").fetchone()
        return int(count)


async def answer_times(lives: Lives, file: Path) -> Sequence[float]:
    """How long a plain request takes, one after another, until all work is done."""
    times: list[float] = []
    async with aiohttp.ClientSession() as http, asyncio.timeout(DONE_WITHIN_S):
        while True:
            began = time.monotonic()
            async with http.post(f"{lives.url}/graphql", json=ASK, headers=AUTHORIZATION) as response:
                assert (await response.json(content_type=None))["data"]["viewer"]["role"]
            times.append(time.monotonic() - began)
            if len(times) % 10 == 0 and not still_open(file):
                return times
            await asyncio.sleep(0.02)  # a client's pause


async def test_thousands_of_open_executions_go_on_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "data" / "heddle.sqlite3"
    file.parent.mkdir()
    await leave_open(file)
    opened = still_open(file)
    assert opened == WAITING + RUNNING + QUEUED + 1
    _, before = read(file)
    async with Lives(file.parent) as lives:
        await lives.spawn()
        await lives.ready()
        ready_us, began = time.time_ns() // 1000, time.monotonic()
        times = sorted(await answer_times(lives, file))
        took_s = time.monotonic() - began
        await lives.stop()
    logs, rows = read(file)
    news = {id: [event["at_us"] for event in log if event["seq"] > before[id]] for id, log in logs.items()}
    first_s = (min(min(each) for each in news.values()) - ready_us) / 1e6
    takeover_s = (
        max(event["at_us"] for log in logs.values() for event in log if event["type"] == "ExecutionRecovered")
        - ready_us
    ) / 1e6
    with capsys.disabled():
        sys.stdout.write(
            f"\n{opened} open: ready after {lives.births_s[0]:.2f} s, first progress {first_s:+.2f} s, "
            f"the dead worker's taken over {takeover_s:+.2f} s, all done after {took_s:.1f} s; "
            f"an answer took {times[len(times) // 2] * 1000:.0f} ms, at most {times[-1] * 1000:.0f} ms\n"
        )
    assert not [problem for id, log in logs.items() for problem in contiguous(log, rows[id]) + once(log)]
    assert all(log[-1]["type"] == "ExecutionSucceeded" for log in logs.values())
    assert first_s < FIRST_WITHIN_S
    assert takeover_s < 10
    assert times[-1] < ANSWER_WITHIN_S
