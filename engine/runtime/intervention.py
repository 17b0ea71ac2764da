"""Interventions: an execution is canceled, or a node of it given the signal that it waits for, wherever it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TypeAlias

from engine.kernel.events import ExecutionCanceled, ExecutionQueued
from engine.ports import Clock, StoreUnavailable
from engine.runtime import history
from engine.runtime.children import ACTOR
from engine.runtime.definitions import Definitions
from engine.runtime.inbox import Cancel, Done, Inbox, Missed, NotWaiting, OtherSignal, Reply, Signal, delivered
from engine.runtime.kin import FORSAKEN
from engine.runtime.limits import DataLimits
from engine.runtime.live import UnknownExecution
from engine.runtime.submission import BadInput
from engine.runtime.worker import Worker
from engine.store.records import ExecutionRecord, ExecutionStatus
from engine.store.tenancy import Store

AGAIN_S = 0.01
TRIES = 500
"""How often, and how long apart, an execution is looked for that is just changing hands."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The signal is in the log: delivered by this call, or by an earlier one with the same key."""

    execution: ExecutionRecord


@dataclass(frozen=True, slots=True)
class NotResumable:
    """Nothing waits for the signal; `why`, in words for a person."""

    execution: ExecutionRecord
    why: str


@dataclass(frozen=True, slots=True)
class SignalMismatch:
    """The idempotency key was used for another signal to this execution."""


Resumption: TypeAlias = Resumed | NotResumable | SignalMismatch | BadInput


class Interventions:
    """In an execution that this process runs they go to its runner; in one that nobody holds, to its log."""

    def __init__(
        self, *, worker: Worker, definitions: Definitions, clock: Clock, limits: DataLimits | None = None
    ) -> None:
        self._worker = worker
        self._limits = limits or DataLimits()
        self._definitions = definitions
        self._clock = clock

    async def cancel(self, store: Store, execution_id: str, *, reason: str | None, actor: str) -> ExecutionRecord:
        """The execution, ended: by this, or as it had ended before. Nothing that comes later overwrites it.

        Raises `UnknownExecution`, or `StoreUnavailable`: also when another worker holds it and does not let go.
        """
        for _ in range(TRIES):
            record = await self._record(store, execution_id)
            if record.status.final:
                return record
            inbox = self._worker.inbox(execution_id)
            if inbox is not None:
                await inbox.send(Cancel(reason, actor))
                continue
            event = ExecutionCanceled(at_us=self._clock.now_us(), reason=reason, actor=actor)
            if not await store.executions.cancel(execution_id, event, worker=self._worker.name):
                await asyncio.sleep(AGAIN_S)
        raise StoreUnavailable("Another worker holds the execution: try again")

    async def forsake(self, store: Store, execution_id: str) -> None:
        """Cancel what an execution has called and waited for, once it has ended without it.

        What a crash leaves undone, the called executions do themselves when they are gone on with.
        """
        for called in await store.executions.under_way_for(execution_id):
            events = await store.executions.history(called, limit=1) or ()
            queued = events[0].event if events else None
            if isinstance(queued, ExecutionQueued) and queued.caller == execution_id:
                await self.cancel(store, called, reason=FORSAKEN, actor=ACTOR)

    async def resume(self, store: Store, execution_id: str, signal: Signal) -> Resumption:
        """Deliver a signal: durable when it answers `Resumed`, and the execution goes on.

        Raises `UnknownExecution` or `StoreUnavailable`.
        """
        excess = None if signal.items is None else self._limits.excess([signal.items])
        if excess is not None:
            return BadInput(f"The data is too much. {excess.message}")
        for _ in range(TRIES):
            record = await self._record(store, execution_id)
            if record.status.final:
                return await self._too_late(store, record, signal)
            reply = await self._told(store, record, signal)
            if not isinstance(reply, Missed):
                return await self._answer(store, execution_id, reply)
            await asyncio.sleep(AGAIN_S)
        raise StoreUnavailable("Another worker holds the execution: try again")

    async def _told(self, store: Store, record: ExecutionRecord, signal: Signal) -> Reply:
        inbox = self._worker.inbox(record.id)
        if inbox is None and record.status is ExecutionStatus.QUEUED:
            return NotWaiting("The execution has not started yet")
        if inbox is None:
            # To its end, whether or not the caller still waits: what is taken for this worker is to be run by it.
            taking = asyncio.create_task(self._take(store, record.id))
            taking.add_done_callback(lambda task: task.cancelled() or task.exception())
            inbox = await asyncio.shield(taking)
        return Missed() if inbox is None else await inbox.send(signal)

    async def _take(self, store: Store, execution_id: str) -> Inbox | None:
        if self._worker.is_draining:
            raise StoreUnavailable("The server is about to stop: try again in a moment")
        claim = await store.executions.take(execution_id, self._worker.name)
        return None if claim is None else self._worker.adopt(claim)

    async def _answer(self, store: Store, execution_id: str, reply: Done | NotWaiting | OtherSignal) -> Resumption:
        match reply:
            case Done():
                return Resumed(await self._record(store, execution_id))
            case NotWaiting(why):
                return NotResumable(await self._record(store, execution_id), why)
            case OtherSignal():
                return SignalMismatch()

    async def _too_late(self, store: Store, record: ExecutionRecord, signal: Signal) -> Resumption:
        if signal.key is not None:
            state = (await history.read(store, self._definitions, record)).state
            match delivered(state, signal):
                case Done():
                    return Resumed(record)
                case OtherSignal():
                    return SignalMismatch()
        return NotResumable(record, f"The execution has ended: it is {record.status}")

    async def _record(self, store: Store, execution_id: str) -> ExecutionRecord:
        record = await store.executions.get(execution_id)
        if record is None:
            raise UnknownExecution(execution_id)
        return record
