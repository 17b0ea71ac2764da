"""Watching an execution: stored events, then live ones, without a gap or a duplicate, in bounded memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernel.events import ExecutionStarted, ExecutionSucceeded
from engine.ports import Recorded
from engine.runtime.live import BUFFER, Batch, Live, Progress, UnknownExecution
from engine.store.records import ExecutionStatus


@dataclass
class Log:
    """One execution's log behind the two look-ups that watching needs; each gives others a turn, as a database does."""

    live: Live
    events: list[Recorded] = field(default_factory=list)
    known: bool = True

    async def history(self, execution_id: str, *, after: int, limit: int) -> list[Recorded] | None:
        await asyncio.sleep(0)
        found = self.events[after : after + limit] if self.known else None
        await asyncio.sleep(0)
        return found

    async def get(self, execution_id: str) -> Any:
        await asyncio.sleep(0)
        if not self.known:
            return None
        final = bool(self.events) and isinstance(self.events[-1].event, ExecutionSucceeded)
        status = ExecutionStatus.SUCCEEDED if final else ExecutionStatus.RUNNING
        return SimpleNamespace(status=status, last_seq=len(self.events))

    def commit(self, count: int, *, final: bool = False) -> None:
        """Append and publish, as the journal does after a commit."""
        fresh = [
            Recorded(len(self.events) + n, ExecutionStarted(at_us=0, worker="w", epoch=1)) for n in range(1, count + 1)
        ]
        if final:
            fresh.append(Recorded(len(self.events) + count + 1, ExecutionSucceeded(at_us=0)))
        self.events.extend(fresh)
        self.live.publish("exe", fresh)

    @property
    def store(self) -> Any:
        return SimpleNamespace(executions=self)


async def watch(log: Log, after: int = 0, *, progress: bool = False) -> list[Batch]:
    return [batch async for batch in log.live.tail(log.store, "exe", after=after, progress=progress)]


def seqs(batches: list[Batch]) -> list[int]:
    return [each.seq for batch in batches for each in batch.events if isinstance(each, Recorded)]


@given(st.lists(st.integers(0, 5), max_size=12), st.lists(st.integers(0, 4), max_size=12), st.integers(0, 6))
@settings(deadline=None, max_examples=200)
def test_every_event_is_seen_once_and_in_order(commits: list[int], pauses: list[int], after: int) -> None:
    async def scenario() -> None:
        log = Log(Live())
        log.commit(after)
        task = asyncio.create_task(watch(log, after))
        for count, pause in zip(commits, pauses, strict=False):
            for _ in range(pause):
                await asyncio.sleep(0)
            log.commit(count)
        log.commit(0, final=True)
        batches = await asyncio.wait_for(task, 5)
        assert seqs(batches) == list(range(after + 1, len(log.events) + 1))
        assert [batch.final for batch in batches].count(True) == 1
        assert batches[-1].final

    asyncio.run(scenario())


async def test_a_finished_execution_is_read_from_the_log_and_ends() -> None:
    log = Log(Live())
    log.commit(250, final=True)
    batches = await watch(log)
    assert seqs(batches) == list(range(1, 252))
    assert max(len(batch.events) for batch in batches) <= 100


async def test_asking_after_the_end_answers_that_nothing_follows() -> None:
    log = Log(Live())
    log.commit(3, final=True)
    assert await watch(log, after=4) == [Batch((), 4, final=True)]


async def test_a_watcher_that_falls_behind_reads_on_from_the_log() -> None:
    log = Log(Live())
    log.commit(1)
    stream = log.live.tail(log.store, "exe", after=0)
    first = await anext(stream)
    log.commit(BUFFER + 500)
    log.commit(BUFFER, final=True)
    (held,) = log.live._watches["exe"]
    assert len(held.buffer) <= BUFFER
    rest = [batch async for batch in stream]
    assert seqs([first, *rest]) == list(range(1, len(log.events) + 1))


async def test_progress_is_shown_to_those_who_ask_and_moves_no_cursor() -> None:
    log = Log(Live())
    progress = Progress("N", 0, 1, 5, 10, None, 0)
    tasks = [asyncio.create_task(watch(log, progress=wanted)) for wanted in (True, False)]
    for _ in range(10):
        await asyncio.sleep(0)
    log.live.publish("exe", [progress])
    for _ in range(10):
        await asyncio.sleep(0)
    log.commit(0, final=True)
    shown, hidden = await asyncio.gather(*tasks)
    assert [each for batch in shown for each in batch.events if isinstance(each, Progress)] == [progress]
    assert shown[0].last_seq == 0
    assert not any(isinstance(each, Progress) for batch in hidden for each in batch.events)


async def test_nothing_is_kept_of_a_watcher_that_has_left() -> None:
    log = Log(Live())
    log.commit(1)
    stream = log.live.tail(log.store, "exe")
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert log.live._watches == {}


async def test_an_unknown_execution_is_said_to_be_unknown() -> None:
    log = Log(Live(), known=False)
    with pytest.raises(UnknownExecution):
        await watch(log)
    with pytest.raises(UnknownExecution):
        await log.live.finished(log.store, "exe", timeout_s=1)


async def test_waiting_for_the_end_has_its_own_end() -> None:
    log = Log(Live())
    log.commit(1)
    assert not await log.live.finished(log.store, "exe", timeout_s=0.001)
    waiting = asyncio.create_task(log.live.finished(log.store, "exe", timeout_s=5))
    await asyncio.sleep(0)
    log.commit(2, final=True)
    assert await waiting
    assert await log.live.finished(log.store, "exe", timeout_s=5)
