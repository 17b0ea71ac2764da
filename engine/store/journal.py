"""The log: appends of all executions, gathered into group commits.

There is no artificial delay: a batch is whatever was handed in while the one before it was being written.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.kernel.events import AnyEvent, ExecutionCanceled
from engine.ports import Accepted, Claim, Clock, Lease, NewExecution, Recorded, StoreUnavailable
from engine.store.sqlite.acceptance import Accept, LeaseFor
from engine.store.sqlite.batch import JournalBroken, Outcome
from engine.store.sqlite.claims import ClaimSome, Renew
from engine.store.sqlite.entries import Append, Entry, Park
from engine.store.sqlite.group import write
from engine.store.sqlite.taking import Cancel, NextDue, TakeOne
from engine.store.sqlite.writer import Writer

OnCommit: TypeAlias = Callable[[str, str, list[Recorded]], None]
"""Told of tenant, execution and its new events: on the loop, after the commit, in the order of the log."""

LEASE_US = 30_000_000
MAX_ENTRIES = 1_000
MAX_BYTES = 8 * 1024 * 1024
"""Where a batch is cut: a longer one would keep its first entries waiting."""
MAX_WAITING = 4_000
"""How many writes may be under way; further callers wait before anything is encoded for them."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class JournalCounts:
    """What the journal has done so far."""

    transactions: int = 0
    entries: int = 0
    events: int = 0


class GroupJournal:
    """`engine.ports.Journal` over the one write connection. `start` it, and `close` it: what was handed in is written.

    Beside the errors that the port names, every method raises `StoreUnavailable` once the journal is closed.
    """

    def __init__(self, writer: Writer, *, clock: Clock, on_commit: OnCommit) -> None:
        self._writer = writer
        self._clock = clock
        self._on_commit = on_commit
        self._waiting: deque[tuple[Entry, asyncio.Future[Any]]] = deque()
        self._room = asyncio.Semaphore(MAX_WAITING)
        self._more = asyncio.Event()
        self._closed: Callable[[], StoreUnavailable] | None = None
        """Once set: what every further write is answered with."""
        self._task: asyncio.Task[None] | None = None
        self.counts = JournalCounts()

    def start(self) -> None:
        self._task = asyncio.create_task(self._write_batches(), name="journal")

    async def close(self) -> None:
        self._closed = self._closed or (lambda: StoreUnavailable("The journal is closed"))
        self._more.set()
        if self._task is not None:
            await self._task

    # ------------------------------------------------------------------------------------------- the port

    async def append(
        self, lease: Lease, events: Sequence[AnyEvent], *, expected_seq: int, starts: Sequence[NewExecution] = ()
    ) -> None:
        if events:
            async with self._room:
                accepts = [Accept(lease.tenant, new, None) for new in starts]
                await self._written(Append(lease, events, expected_seq, accepts))

    async def claim(self, worker: str, *, limit: int, lease_us: int, orphaned: bool = False) -> Sequence[Claim]:
        if limit < 1:
            return ()
        now_us = self._clock.now_us()
        claims: Sequence[Claim] = await self._written(
            ClaimSome(worker, limit=limit, now_us=now_us, until_us=now_us + lease_us, orphaned=orphaned)
        )
        return claims

    async def renew(self, worker: str, *, lease_us: int) -> None:
        await self._written(Renew(worker, self._clock.now_us() + lease_us))

    async def park(self, lease: Lease, *, expected_seq: int, due_us: int | None, children: Sequence[str] = ()) -> None:
        await self._written(Park(lease, expected_seq, due_us, children))

    async def next_due(self) -> int | None:
        due_us: int | None = await self._written(NextDue())
        return due_us

    async def take(self, tenant: str, execution_id: str, worker: str, *, lease_us: int = LEASE_US) -> Claim | None:
        """Claim this execution; None when it has ended, or somebody holds it, or there is none. Raises
        `StoreUnavailable`."""
        now_us = self._clock.now_us()
        taken: Claim | None = await self._written(TakeOne(tenant, execution_id, worker, now_us, now_us + lease_us))
        return taken

    async def cancel(self, tenant: str, execution_id: str, event: ExecutionCanceled, *, worker: str) -> bool:
        """End an execution that nobody holds, or that `worker` holds and does not run: taken and ended in one
        transaction. False when it has ended before, when another worker holds it, or when there is none. Raises
        `StoreUnavailable`."""
        entry = Cancel(tenant, execution_id, event, worker=worker, now_us=self._clock.now_us())
        canceled: bool = await self._written(entry)
        return canceled

    async def accept(
        self, tenant: str, new: NewExecution, *, lease_for: str | None = None, lease_us: int = LEASE_US
    ) -> Accepted:
        """Make an execution; with `lease_for`, claim it for that worker in the same transaction.

        Raises `IdempotencyMismatch` or `StoreUnavailable`.
        """
        lease = None if lease_for is None else LeaseFor(lease_for, self._clock.now_us() + lease_us)
        async with self._room:
            accepted: Accepted = await self._written(Accept(tenant, new, lease))
        return accepted

    # ------------------------------------------------------------------------------------------- group commit

    def _written(self, entry: Entry) -> asyncio.Future[Any]:
        if self._closed is not None:
            raise self._closed()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, future))
        self._more.set()
        return future

    async def _write_batches(self) -> None:
        while self._waiting or self._closed is None:
            if not self._waiting:
                await self._more.wait()
                self._more.clear()
                continue
            batch = self._next_batch()
            try:
                outcomes = await write(self._writer, [entry for entry, _ in batch])
            except Exception as error:  # noqa: BLE001  # nothing may be acknowledged any more, whatever the reason
                self._break(error, batch)
                return
            self._settle(batch, outcomes)

    def _next_batch(self) -> list[tuple[Entry, asyncio.Future[Any]]]:
        batch: list[tuple[Entry, asyncio.Future[Any]]] = []
        size = 0
        while self._waiting and len(batch) < MAX_ENTRIES and size < MAX_BYTES:
            batch.append(self._waiting.popleft())
            size += batch[-1][0].size
        return batch

    def _settle(self, batch: list[tuple[Entry, asyncio.Future[Any]]], outcomes: list[Outcome]) -> None:
        self.counts.transactions += 1
        self.counts.entries += len(batch)
        for (entry, future), outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, Exception):
                self._tell(entry, outcome)
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _tell(self, entry: Entry, answer: object) -> None:
        news = entry.news(answer)
        if news is None:
            return
        self.counts.events += len(news.events)
        try:
            self._on_commit(news.tenant, news.execution_id, news.events)
        except Exception:
            # The write is durable, and whoever made it must hear so; a subscriber can still read the log.
            logger.exception("a subscriber failed on a commit")

    def _break(self, error: Exception, batch: list[tuple[Entry, asyncio.Future[Any]]]) -> None:
        logger.error("the journal is broken: %s", error)
        self._closed = lambda: JournalBroken(str(error))
        for _, future in [*batch, *self._waiting]:
            if not future.done():
                future.set_exception(self._closed())
        self._waiting.clear()
