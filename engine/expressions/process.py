"""One worker process, as the server holds it: started, asked, watched over and ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from typing import cast

from engine.expressions.frames import CLEARS_UP, HEADER, Answer, Ask
from engine.expressions.limits import Limits
from engine.expressions.lockdown import Isolation
from engine.expressions.spawn import Kind, Started, spawn

_WATCH_S = 0.05
_CHUNK = 256 * 1024
_SLACK = 64 * 1024
_OUT_OF_MEMORY = (b"out of memory", b"OOM", b"bad_alloc", b"Allocation failed", b"MemoryError", b"Cannot allocate")


class WorkerDied(Exception):
    """The worker ended and nobody here had told it to. The message says how; `last_words` is what V8 had to say."""

    def __init__(self, how: str, last_words: str = "") -> None:
        super().__init__(how)
        self.last_words = last_words


class OverTime(Exception):
    """The deadline passed; the worker was ended."""


class OverMemory(Exception):
    """The memory or size limit was reached; the worker is gone."""


class Worker(asyncio.Protocol):
    """A live worker. One request at a time: whoever asks holds it until the answer is complete."""

    def __init__(self, started: Started, limits: Limits) -> None:
        self.isolation = Isolation()
        self._answering = False
        self.busy = False
        """Still clearing up after its last request: ask no more before it has `settled`."""
        self._started, self._process, self._errors, self._limits = started, started.process, started.errors, limits
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answers: deque[tuple[int, bytes]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._gone = False
        self._cause: type[Exception] | None = None
        self._deadline = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._resident_limit = sys.maxsize

    @classmethod
    async def start(cls, kind: Kind, limits: Limits) -> Worker:
        """A worker that is locked and ready. Raises `WorkerDied`, `OverTime` when it did not come up."""
        started = spawn(kind, limits)
        worker = cls(started, limits)
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=started.frames)
            await worker._ready()
        except BaseException:
            await worker.end()
            raise
        return worker

    async def ask(self, ask: Ask, payload: Sequence[bytes], *, deadline_s: float) -> None:
        """Send a request; its answers come from `answer`. Raises as that does."""
        self._answering, self.busy = True, ask in CLEARS_UP
        self._arm(deadline_s)
        size = sum(map(len, payload))
        if size <= _CHUNK:
            self._write(b"".join((HEADER.pack(size, ask), *payload)))
            return
        self._write(HEADER.pack(size, ask))
        for piece in payload:
            for start in range(0, len(piece), _CHUNK):
                self._write(piece[start : start + _CHUNK])
                await self._drained()

    async def answer(self) -> tuple[int, bytes]:
        """The next answer's kind and payload.

        Raises `OverTime`, `OverMemory`, `WorkerDied`: the worker is gone then.
        """
        while not self._answers:
            await self._news()
        return self._answers.popleft()

    def done(self) -> None:
        """The answer is complete. A worker that still has to clear up has `batch_s` for that, or is ended."""
        self._answering = False
        self._disarm()
        if self.busy:
            self._arm(self._limits.batch_s)

    async def settled(self) -> None:
        """Return when it is ready for the next request. Raises as `answer` does."""
        while self.busy:
            await self._news()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._gone and self._cause is None

    @property
    def swollen(self) -> bool:
        """It holds so much memory that the next request should get a new one."""
        return self._started.resident_bytes() > self._resident_limit - self._limits.memory_bytes // 2

    async def end(self) -> None:
        """Kill it, and wait until it is gone. Idempotent."""
        self._disarm()
        self._kill()
        try:
            if self._transport is not None:
                self._transport.abort()
            await self._exit_status()
        finally:
            if self._errors >= 0:
                os.close(self._errors)
                self._errors = -1

    # -------------------------------------------------------------------------------------------- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # not by descent: uvloop's is one by its methods alone

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            size, kind = HEADER.unpack_from(self._buffer)
            if size > self._limits.reply_bytes + _SLACK:
                self._cause = self._cause or OverMemory
                self._kill()
                return
            end = HEADER.size + size
            if len(self._buffer) < end:
                return
            if kind == Answer.IDLE:
                self.busy = False  # which may be before the answer, that came with it, has been read
                if not self._answering:
                    self._disarm()
            else:
                self._answers.append((kind, bytes(memoryview(self._buffer)[HEADER.size : end])))
            del self._buffer[:end]
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._gone = True
        self._disarm()
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # -------------------------------------------------------------------------------------------- inside

    async def _ready(self) -> None:
        self._arm(self._limits.start_s)
        kind, words = await self.answer()
        self.done()
        if kind != Answer.READY:
            raise WorkerDied(f"the worker began with answer {kind}")
        self.isolation = Isolation.from_words(words.decode())
        self._resident_limit = self._started.resident_bytes() + self._limits.memory_bytes

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._gone:
            self._transport.write(data)

    async def _drained(self) -> None:
        if self._writable is not None:
            await self._writable

    async def _news(self) -> None:
        """Return when something has come in, or raise what became of the worker."""
        if self._gone:
            await self._explain()
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._waiter = None

    def _disarm(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _arm(self, deadline_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + deadline_s
        self._watch = loop.call_later(min(_WATCH_S, deadline_s), self._look)

    def _look(self) -> None:
        """Is it over its time or its memory? Looks again soon, as long as a request is under way."""
        loop = asyncio.get_running_loop()
        left = self._deadline - loop.time()
        over = OverTime if left <= 0 else OverMemory if self._started.resident_bytes() > self._resident_limit else None
        if over is None:
            self._watch = loop.call_later(min(_WATCH_S, left), self._look)
        else:
            self._cause = self._cause or over
            self._kill()

    def _kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()

    async def _explain(self) -> None:
        """Raise what became of it."""
        status = await self._exit_status()
        last_words = self._last_words()
        await self.end()
        if self._cause is not None:
            raise self._cause
        if any(sign in last_words for sign in _OUT_OF_MEMORY):
            raise OverMemory
        how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        raise WorkerDied(f"the sandbox worker ended {how}", last_words.decode(errors="replace"))

    def _last_words(self) -> bytes:
        try:
            return os.read(self._errors, 65536) if self._errors >= 0 else b""
        except OSError:
            return b""

    async def _exit_status(self) -> int:
        pause = 0.0005
        while (status := self._process.poll()) is None:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)
        return status
