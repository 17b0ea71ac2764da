"""Live fan-out: what was just committed, handed to whoever is watching this execution in this process.

A watcher that falls behind loses its buffer, not its place: it is told to read on from the log. So memory is bounded
by the number of watchers, and the log stays the only truth.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.kernel.events import TERMINAL
from engine.ports import Recorded
from engine.store.tenancy import Store

BUFFER = 1_000
"""Events that a watcher may be behind before it is sent back to the log."""
BATCH = 100
ENDED = 4_096
"""Executions whose end is remembered: it bridges the moment from the last commit to the runner's own end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running attempt has come. Never stored, so it has no sequence number."""

    node: str
    run: int
    attempt: int
    done: int
    total: int | None
    message: str | None
    at_us: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What was committed together, at most 100 events. `final` says that nothing will follow."""

    events: Sequence[Recorded | Progress]
    last_seq: int
    final: bool


Signal: TypeAlias = Recorded | Progress


class UnknownExecution(Exception):
    """This tenant has no such execution."""


@dataclass(slots=True, eq=False)
class Watch:
    """One watcher's buffer. `overflowed` means: forget it and read the log."""

    buffer: deque[Signal] = field(default_factory=deque)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    overflowed: bool = False

    def push(self, signals: Sequence[Signal]) -> None:
        if len(self.buffer) + len(signals) > BUFFER:
            self.buffer.clear()
            self.overflowed = True
        if not self.overflowed:
            self.buffer.extend(signals)
        self.ready.set()

    async def next(self) -> list[Signal] | None:
        """What arrived since the last call; None when it was too much to keep."""
        await self.ready.wait()
        self.ready.clear()
        if self.overflowed:
            self.overflowed = False
            return None
        taken = list(self.buffer)
        self.buffer.clear()
        return taken


class Live:
    """The watchers of this process, by execution."""

    def __init__(self) -> None:
        self._watches: dict[str, dict[Watch, None]] = {}
        """In the order in which they came, which is that in which they are told."""
        self._ended: OrderedDict[str, None] = OrderedDict()

    def publish(self, execution_id: str, signals: Sequence[Signal]) -> None:
        """Called after the commit, in log order."""
        if signals and _is_final(signals[-1]):
            self._ended[execution_id] = None
            if len(self._ended) > ENDED:
                self._ended.popitem(last=False)
        for watch in self._watches.get(execution_id, ()):
            watch.push(signals)

    @contextmanager
    def watch(self, execution_id: str) -> Iterator[Watch]:
        watch = Watch()
        self._watches.setdefault(execution_id, {})[watch] = None
        try:
            yield watch
        finally:
            watchers = self._watches[execution_id]
            watchers.pop(watch, None)
            if not watchers:
                del self._watches[execution_id]

    async def tail(
        self, store: Store, execution_id: str, *, after: int = 0, progress: bool = False
    ) -> AsyncIterator[Batch]:
        """Stored events from `after` (exclusive), then live ones, without a gap or a duplicate, to the final one.

        Raises `UnknownExecution` when the tenant has none of that id.
        """
        with self.watch(execution_id) as watch:
            seq = after
            while True:
                async for batch in _stored(store, execution_id, seq):
                    yield batch
                    seq = batch.last_seq
                    if batch.final:
                        return
                while (signals := await watch.next()) is not None:
                    for batch in _batches(signals, seq, progress=progress):
                        yield batch
                        seq = batch.last_seq
                        if batch.final:
                            return
                    # An event further on than the next one means that the log holds some we have not seen.
                    if any(isinstance(signal, Recorded) and signal.seq > seq for signal in signals):
                        break

    def has_just_ended(self, execution_id: str) -> bool:
        """True when its final event was published lately. False says nothing of executions of long ago."""
        return execution_id in self._ended

    async def to_the_end(self, execution_id: str, *, timeout_s: float) -> list[Recorded] | None:
        """What is committed from now on, to the final event, of an execution that has not ended yet.

        None when it takes longer, or when it was too much to keep.
        """
        recorded: list[Recorded] = []
        with self.watch(execution_id) as watch:
            try:
                async with asyncio.timeout(timeout_s):
                    while not (recorded and _is_final(recorded[-1])):
                        signals = await watch.next()
                        if signals is None:
                            return None
                        recorded += [signal for signal in signals if isinstance(signal, Recorded)]
            except TimeoutError:
                return None
        return recorded

    async def finished(self, store: Store, execution_id: str, *, timeout_s: float) -> bool:
        """True when the execution came to its end within the time given."""
        with self.watch(execution_id) as watch:
            record = await store.executions.get(execution_id)
            if record is None:
                raise UnknownExecution(execution_id)
            if record.status.final:
                return True
            try:
                async with asyncio.timeout(timeout_s):
                    return await _ended(store, execution_id, watch)
            except TimeoutError:
                return False


async def _ended(store: Store, execution_id: str, watch: Watch) -> bool:
    while True:
        signals = await watch.next()
        if signals is None:
            record = await store.executions.get(execution_id)
            if record is None or record.status.final:
                return True
        elif any(_is_final(signal) for signal in signals):
            return True


async def _stored(store: Store, execution_id: str, after: int) -> AsyncIterator[Batch]:
    seq = after
    while True:
        page = await store.executions.history(execution_id, after=seq, limit=BATCH)
        if page is None:
            raise UnknownExecution(execution_id)
        if not page:
            break
        seq = page[-1].seq
        yield Batch(page, seq, _is_final(page[-1]))
    if seq == after:
        record = await store.executions.get(execution_id)
        if record is not None and record.status.final and record.last_seq <= seq:
            yield Batch((), seq, final=True)


def _batches(signals: Sequence[Signal], after: int, *, progress: bool) -> list[Batch]:
    """The signals that follow `after` without a gap, at most 100 a batch."""
    seq = after
    fresh: list[Signal] = []
    for signal in signals:
        if isinstance(signal, Progress):
            if progress:
                fresh.append(signal)
        elif signal.seq == seq + 1:
            fresh.append(signal)
            seq = signal.seq
    batches = []
    seq = after
    for start in range(0, len(fresh), BATCH):
        chunk = fresh[start : start + BATCH]
        seq = max([seq, *(signal.seq for signal in chunk if isinstance(signal, Recorded))])
        batches.append(Batch(chunk, seq, _is_final(chunk[-1])))
    return batches


def _is_final(signal: Signal) -> bool:
    return isinstance(signal, Recorded) and isinstance(signal.event, TERMINAL)
