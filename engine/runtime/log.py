"""One execution's way to the journal: events go in at once, and out in batches, in order, one append at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from engine.kernel.events import AnyEvent
from engine.ports import Clock, Journal, Lease, NewExecution, StoreUnavailable

T = TypeVar("T")

AHEAD_US = 5_000
"""How long an event may wait for company before it is sent."""
AHEAD_EVENTS = 64
RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Waits between tries while the database does not take writes; the last one is repeated."""


class Log:
    """Buffers what was decided and appends it; `flush` returns when everything given so far is committed.

    While the store is unavailable the log keeps trying: nothing is lost, and nothing that depends on a commit goes on.
    Raises `Fenced` from `flush` and `record` once another worker owns the execution.
    """

    def __init__(self, journal: Journal, lease: Lease, *, seq: int, clock: Clock) -> None:
        self._journal = journal
        self._lease = lease
        self._clock = clock
        self._seq = seq
        self._buffer: list[AnyEvent] = []
        self._starts: list[NewExecution] = []
        self._oldest_us = 0
        self._sending: asyncio.Task[None] | None = None

    @property
    def seq(self) -> int:
        """The sequence number of the last committed event."""
        return self._seq

    def record(self, event: AnyEvent, start: NewExecution | None = None) -> None:
        """`start` is an execution that the event starts: accepted in the transaction that takes the event."""
        if not self._buffer:
            self._oldest_us = self._clock.now_us()
        self._buffer.append(event)
        if start is not None:
            self._starts.append(start)

    def send_if_due(self) -> None:
        """Start an append in the background when what is buffered has waited long enough."""
        if not self._buffer:
            return
        if len(self._buffer) >= AHEAD_EVENTS or self._clock.now_us() - self._oldest_us >= AHEAD_US:
            self.send()

    def send(self) -> None:
        if self._sending is not None and self._sending.done():
            self._sending.result()
            self._sending = None
        if self._buffer and self._sending is None:
            self._sending = asyncio.create_task(self._drain())

    async def flush(self) -> None:
        if self._sending is not None:
            sending, self._sending = self._sending, None
            await sending
        await self._drain()

    async def close(self) -> None:
        """Let an append under way come to its end; whatever is still buffered is given up (replay makes it again)."""
        self._buffer.clear()
        self._starts.clear()
        if self._sending is not None:
            sending, self._sending = self._sending, None
            await asyncio.gather(sending, return_exceptions=True)

    async def _drain(self) -> None:
        while self._buffer:
            events, self._buffer = self._buffer, []
            starts, self._starts = self._starts, []
            append = partial(self._journal.append, self._lease, events, expected_seq=self._seq, starts=starts)
            await insist(append)
            self._seq += len(events)


async def insist(write: Callable[[], Awaitable[T]]) -> T:
    """Carry out a write (or a read), however long the database does not take it. Raises `Fenced`."""
    tries = 0
    while True:
        try:
            return await write()
        except StoreUnavailable:
            await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1
