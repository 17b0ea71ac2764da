"""The pool of sandbox workers: one for each tenant, never shared, never handed on."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from engine.expressions.limits import Limits, PoolSize
from engine.expressions.lockdown import Isolation
from engine.expressions.process import OverMemory, OverTime, Worker, WorkerDied
from engine.expressions.spawn import Kind
from engine.ports import SandboxUnavailable


class _Seat:
    """A tenant's place: its worker while it has one, and the queue of those who want it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.worker: Worker | None = None
        self.wanted = 0
        self.used_at = 0.0

    @property
    def idle(self) -> bool:
        return self.wanted == 0


class Pool:
    """Workers of one kind. `lease` is the only way to one."""

    def __init__(self, kind: Kind, limits: Limits, size: PoolSize) -> None:
        self._kind, self._limits, self._size = kind, limits, size
        self._seats: OrderedDict[str, _Seat] = OrderedDict()
        """By tenant, the one served longest ago first."""
        self._spares: deque[Worker] = deque()
        self._starting = 0
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        """Who wants a worker while all are taken."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> Isolation:
        """Bring up the spares. Answers which locks hold. Raises `SandboxUnavailable`."""
        self.keep_swept()
        worker = await self._started()
        isolation = worker.isolation
        if len(self._spares) < self._size.spare:
            self._spares.append(worker)
        else:
            await worker.end()
        return isolation

    def keep_swept(self) -> None:
        """From now on, end workers that have no work."""
        self._keep(self._sweep())

    async def close(self) -> None:
        """End every worker. Whoever is waiting for one gets `SandboxUnavailable`."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        workers = [*self._spares, *(seat.worker for seat in self._seats.values() if seat.worker is not None)]
        self._spares.clear()
        await asyncio.gather(*(worker.end() for worker in workers))
        while self._waiting:
            self._room_made()

    @asynccontextmanager
    async def lease(self, tenant: str) -> AsyncIterator[Worker]:
        """The tenant's worker, for one request; others of the tenant wait in line.

        A body that ends with an exception ends the worker: what that was doing is unknown.
        Raises `SandboxUnavailable` when there is none to be had.
        """
        seat = self._seats.get(tenant)
        if seat is None:
            seat = self._seats[tenant] = _Seat()
        seat.wanted += 1
        try:
            async with seat.lock:
                worker = await self._seated(seat)
                self._seats.move_to_end(tenant)
                try:
                    yield worker
                except BaseException:
                    await self._vacate(seat)
                    raise
                seat.used_at = asyncio.get_running_loop().time()
        finally:
            seat.wanted -= 1
            if seat.idle:
                self._room_made()

    async def _seated(self, seat: _Seat) -> Worker:
        if seat.worker is not None:
            try:
                await seat.worker.settled()
            except (OverTime, OverMemory, WorkerDied):
                await self._vacate(seat)
        if seat.worker is not None and not seat.worker.alive:
            await self._vacate(seat)
        if seat.worker is None:
            await self._make_room()
            try:
                seat.worker = await self._obtain()
            except BaseException:
                self._leave()
                raise
        return seat.worker

    async def _make_room(self) -> None:
        while self._taken >= self._size.most and not self._closed:
            if (seat := self._longest_idle()) is not None:
                await self._vacate(seat)
            else:
                await self._wait_for_room()
        if self._closed:
            raise SandboxUnavailable("the sandbox is closed")
        self._taken += 1

    async def _wait_for_room(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._room_made()  # it was this one's turn: the next one's, then
            raise

    def _room_made(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _longest_idle(self) -> _Seat | None:
        return next((seat for seat in self._seats.values() if seat.idle and seat.worker is not None), None)

    async def _vacate(self, seat: _Seat) -> None:
        worker, seat.worker = seat.worker, None
        if worker is not None:
            try:
                await worker.end()
            finally:
                self._leave()

    def _leave(self) -> None:
        self._taken -= 1
        self._room_made()

    async def _obtain(self) -> Worker:
        while self._spares:
            worker = self._spares.popleft()
            self._replenish()
            if worker.alive:
                return worker
            await worker.end()
        self._replenish()
        return await self._started()

    async def _started(self) -> Worker:
        try:
            return await Worker.start(self._kind, self._limits)
        except (WorkerDied, OverTime, OverMemory, OSError) as error:
            raise SandboxUnavailable(f"no sandbox worker could be started: {error or type(error).__name__}") from error

    def _replenish(self) -> None:
        if not self._closed and len(self._spares) + self._starting < self._size.spare:
            self._starting += 1
            self._keep(self._add_spare())

    async def _add_spare(self) -> None:
        try:
            worker = await self._started()
        finally:
            self._starting -= 1
        if self._closed:
            await worker.end()
        else:
            self._spares.append(worker)

    async def _sweep(self) -> None:
        """Now and then, end workers that nobody uses or that have grown too large."""
        while True:
            await asyncio.sleep(self._size.idle_s / 4)
            before = asyncio.get_running_loop().time() - self._size.idle_s
            for tenant, seat in list(self._seats.items()):
                if seat.idle and (seat.worker is None or seat.used_at < before or seat.worker.swollen):
                    del self._seats[tenant]
                    await self._vacate(seat)

    def _keep(self, work: Coroutine[object, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a spare that would not start: whoever needs a worker next is told why
