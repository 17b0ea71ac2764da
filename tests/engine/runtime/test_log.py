"""One execution's way to the journal: order kept, batches made, an unavailable store waited out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from engine.kernel.events import AnyEvent, ExecutionMode, ExecutionQueued, ExecutionStarted
from engine.ports import Fenced, Lease, NewExecution, StoreUnavailable
from engine.runtime import log as log_module
from engine.runtime.log import AHEAD_EVENTS, AHEAD_US, Log

LEASE = Lease("exe", "tnt", "w", 1)


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def now_us(self) -> int:
        return self.now


class Journal:
    """Takes appends as they come; `trouble` are what the next ones end with."""

    def __init__(self, *trouble: Exception) -> None:
        self.appends: list[tuple[int, int]] = []
        self.trouble = list(trouble)
        self.started: list[str] = []

    async def append(
        self, lease: Lease, events: Sequence[AnyEvent], *, expected_seq: int, starts: Sequence[NewExecution] = ()
    ) -> None:
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble.pop(0)
        self.appends.append((expected_seq, len(events)))
        self.started += [new.id for new in starts]


def start(id: str) -> NewExecution:
    queued = ExecutionQueued(at_us=0, mode=ExecutionMode.SUBWORKFLOW, start_node="T", items=[])
    return NewExecution(id=id, definition_hash="h", queued=queued, actor="SYSTEM:test")


def event() -> AnyEvent:
    return ExecutionStarted(at_us=0, worker="w", epoch=1)


def log_on(journal: Any) -> tuple[Log, Clock]:
    clock = Clock()
    return Log(journal, LEASE, seq=1, clock=clock), clock


async def test_what_was_recorded_together_is_appended_together_and_in_order() -> None:
    journal = Journal()
    log, _ = log_on(journal)
    for _ in range(3):
        log.record(event())
    await log.flush()
    log.record(event())
    await log.flush()
    assert journal.appends == [(1, 3), (4, 1)]
    assert log.seq == 5


async def test_events_are_sent_when_they_have_waited_long_enough_or_are_many() -> None:
    journal = Journal()
    log, clock = log_on(journal)
    log.record(event())
    log.send_if_due()
    clock.now = AHEAD_US
    log.send_if_due()
    await asyncio.sleep(0)
    for _ in range(AHEAD_EVENTS):
        log.record(event())
    await log.flush()
    assert sum(count for _, count in journal.appends) == AHEAD_EVENTS + 1
    assert [seq for seq, _ in journal.appends] == [1, 2]


async def test_an_unavailable_store_is_asked_again_until_it_takes_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "RETRY_S", (0.0,))
    journal = Journal(StoreUnavailable("busy"), StoreUnavailable("full"))
    log, _ = log_on(journal)
    log.record(event())
    await log.flush()
    assert journal.appends == [(1, 1)]


async def test_a_lost_lease_is_told_to_the_runner() -> None:
    log, _ = log_on(Journal(Fenced("exe")))
    log.record(event())
    with pytest.raises(Fenced):
        await log.flush()


async def test_a_lost_lease_in_the_background_is_told_at_the_next_step() -> None:
    log, _ = log_on(Journal(Fenced("exe")))
    log.record(event())
    log.send()
    for _ in range(3):
        await asyncio.sleep(0)
    log.record(event())
    with pytest.raises(Fenced):
        log.send()


async def test_what_an_event_starts_goes_with_it_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "RETRY_S", (0.0,))
    journal = Journal(StoreUnavailable("busy"))
    log, _ = log_on(journal)
    log.record(event(), start("exe_child"))
    await log.flush()
    log.record(event())
    await log.flush()
    assert (journal.appends, journal.started) == ([(1, 1), (2, 1)], ["exe_child"])
