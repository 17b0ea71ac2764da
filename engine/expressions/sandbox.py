"""The sandbox as the engine sees it: expressions and scripts, run by V8 in worker processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import msgspec
import structlog

from engine.expressions.encoding import encode
from engine.expressions.fastpath import plan
from engine.expressions.frames import CLEARS_UP, Answer, Ask
from engine.expressions.limits import Limits, PoolSize
from engine.expressions.lockdown import Isolation
from engine.expressions.pool import Pool
from engine.expressions.process import OverMemory, OverTime, Worker, WorkerDied
from engine.expressions.replies import Cell, Cells, Messages, Reply, ScriptReply, refusal, too_large, too_slow
from engine.expressions.spawn import EXPRESSIONS, SCRIPTS, SCRIPTS_WITHOUT_JIT
from engine.ports import Evaluation, SandboxUnavailable, Script, ScriptResult
from plugins.errors import Failure

logger = structlog.get_logger(__name__)
T = TypeVar("T")
_SIZE_SIGNS = ("Invalid string length", "Invalid array length", "Array buffer allocation failed")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request for a worker: what it is, whose, how long it may take, and how its reply is read."""

    ask: Ask
    tenant: str
    request: Mapping[str, Any]
    deadline_s: float
    reply: Callable[[], Reply[T]]

    @property
    def what(self) -> str:
        return "The script of this node" if self.ask in CLEARS_UP else "The expressions of this node"


class V8Sandbox:
    """`engine.ports.Sandbox`: one worker process a tenant for expressions, and another for scripts where there are any.

    `async with` it, or `start` before the first use and `close` at the end. Every method may raise
    `SandboxUnavailable`.
    """

    def __init__(
        self,
        *,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        expressions: PoolSize = PoolSize(),  # noqa: B008 (frozen)
        scripts: PoolSize = PoolSize(most=8, spare=0),  # noqa: B008 (frozen)
        jit: bool = True,
        bundle: Path | None = None,
    ) -> None:
        """`jit` lets scripts run as machine code: faster loops, and more of V8 within reach of an attacker.

        `bundle` takes the place of the expression language (for tests of everything else).
        """
        self._limits = limits
        kinds = (EXPRESSIONS, SCRIPTS if jit else SCRIPTS_WITHOUT_JIT)
        if bundle is not None:
            kinds = (replace(kinds[0], bundle=bundle), replace(kinds[1], bundle=bundle))
        self._expressions = Pool(kinds[0], limits, expressions)
        self._scripts = Pool(kinds[1], limits, scripts)
        self._isolation = Isolation()

    @property
    def isolation(self) -> Isolation:
        """Which locks hold in the workers, known after `start`. Unless `complete`, serve a single tenant only."""
        return self._isolation

    async def start(self) -> None:
        """Bring up the spare worker. Raises `SandboxUnavailable` when none can be had."""
        self._isolation = await self._expressions.start()
        self._scripts.keep_swept()

    async def close(self) -> None:
        await self._expressions.close()
        await self._scripts.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def evaluate(self, batch: Evaluation) -> Sequence[Sequence[Cell]]:
        """As `engine.ports.Sandbox` says."""
        indexes = list(batch.indexes)
        rows = len(batch.templates)
        if not indexes or not rows:
            return [[] for _ in range(rows)]
        request = {"templates": list(batch.templates), "indexes": indexes, "world": batch.world}
        deadline_s = self._limits.batch_deadline_s(rows * len(indexes))
        call = Call(Ask.EVALUATE, batch.tenant, request, deadline_s, lambda: Cells(rows, len(indexes)))
        answer = await self._outcome(self._expressions, call)
        return [[answer] * len(indexes) for _ in range(rows)] if isinstance(answer, Failure) else answer

    async def check(self, tenant: str, templates: Sequence[str]) -> list[str | None]:
        """For each template: what is wrong with its syntax, or None. Nothing is evaluated."""
        doubtful = [template for template in templates if plan(template) is None]
        if not doubtful:
            return [None] * len(templates)
        deadline_s = self._limits.batch_deadline_s(len(doubtful))
        call = Call(Ask.CHECK, tenant, {"templates": doubtful}, deadline_s, Messages)
        answer = await self._outcome(self._expressions, call)
        messages = [answer.message] * len(doubtful) if isinstance(answer, Failure) else answer
        found = dict(zip(doubtful, messages, strict=True))
        return [found.get(template) for template in templates]

    async def run(self, script: Script) -> ScriptResult | Failure:
        """As `engine.ports.Sandbox` says. The lines that a failed script had logged are its failure's
        `context["log"]`."""
        request: dict[str, Any] = {"code": script.code, "continue": script.keep_going, "world": script.world}
        if script.legacy is None:
            ask, request["each"] = Ask.CODE, script.each_item
        else:
            ask, request["legacy"] = Ask.FUNCTION, script.legacy
        call = Call(ask, script.tenant, request, self._limits.code_s, ScriptReply)
        return await self._outcome(self._scripts, call)

    async def _outcome(self, pool: Pool, call: Call[T]) -> T | Failure:
        """The reply, or which limit was hit. A worker that died of itself is replaced once, unseen."""
        try:
            payload = await encode(call.request)
        except ValueError as error:
            return refusal(str(error))
        if sum(map(len, payload)) > self._limits.request_bytes:
            return too_large(call.what)
        try:
            try:
                return await self._asked(pool, call, payload)
            except WorkerDied as death:
                _log(death)
                return await self._asked(pool, call, payload)
        except OverTime:
            return too_slow(call.what)
        except OverMemory:
            return too_large(call.what)
        except _Refused as refused:
            return refused.failure
        except WorkerDied as death:
            _log(death)
            raise SandboxUnavailable(str(death)) from death

    async def _asked(self, pool: Pool, call: Call[T], payload: Sequence[bytes]) -> T | Failure:
        async with pool.lease(call.tenant) as worker:
            await worker.ask(call.ask, payload, deadline_s=call.deadline_s)
            answer = await _read(worker, call)
            worker.done()
            return answer


class _Refused(Exception):
    """The reply cannot be used: the worker is ended, and the request fails."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.failure = refusal(message)


async def _read(worker: Worker, call: Call[T]) -> T | Failure:
    """The reply. Raises what ends the worker: `OverTime`, `OverMemory`, `WorkerDied`, `_Refused`."""
    try:
        return await _answers(worker, call)
    except msgspec.ValidationError as error:
        raise _Refused(f"The script's answer does not hold items: {error}") from error
    except RecursionError as error:
        raise _Refused("The result is nested too deeply") from error
    except (msgspec.DecodeError, ValueError, LookupError, AttributeError) as error:
        raise WorkerDied("the sandbox worker's answer cannot be read", repr(error)) from error


async def _answers(worker: Worker, call: Call[T]) -> T | Failure:
    reply = call.reply()
    while True:
        kind, answer = await worker.answer()
        match kind:
            case Answer.PART:
                reply.part(answer)
                await asyncio.sleep(0)  # others have their turn between two parts
            case Answer.WHOLE | Answer.LAST:
                return reply.whole(answer)
            case Answer.MEMORY:
                raise OverMemory
            case Answer.THROWN:
                message = answer.decode(errors="replace")
                return too_large(call.what) if any(sign in message for sign in _SIZE_SIGNS) else refusal(message)
            case _:
                raise ValueError(f"an unknown answer: {kind}")


def _log(death: WorkerDied) -> None:
    logger.warning("sandbox_worker_died", how=str(death), last_words=death.last_words[-2000:])
