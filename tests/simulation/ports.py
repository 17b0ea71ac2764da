"""What a simulated process is given from outside: time, ids, a sandbox, and a wire to the world."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context
from random import Random

from engine.ports import Evaluation, SandboxUnavailable, Script, ScriptResult
from plugins.context import Response
from plugins.errors import Failure
from plugins.items import Json
from plugins.values import Undefined
from tests.simulation.disk import Faults
from tests.simulation.loop import SimLoop
from tests.simulation.nodes import failed
from tests.simulation.oracle import Oracle, Request

EPOCH_US = 1_900_000_000_000_000
CLOCK_S = 5e-6
"""What code takes, on average, between two looks at the clock."""
LONG = 0.08
"""How often the world takes its time."""


class SimClock:
    """Virtual time, which passes a little whenever somebody looks."""

    def __init__(self, loop: SimLoop, random: Random) -> None:
        self._loop = loop
        self._random = random

    def now_us(self) -> int:
        self._loop.spend(self._random.random() * 2 * CLOCK_S)
        return EPOCH_US + int(self._loop.now * 1e6)


class SimIds:
    """Sortable, and the same in every run of a seed."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count:06}"


class SimSandbox:
    """Answers every template with a value of its own; now and then its worker has just died."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    async def evaluate(self, batch: Evaluation) -> Sequence[Sequence[Json | Undefined | Failure]]:
        await self._faults.pass_time()
        if self._faults.strikes(self._faults.busy):
            raise SandboxUnavailable("the worker died")
        return [[f"{template} of {index}" for index in batch.indexes] for template in batch.templates]

    async def run(self, script: Script) -> ScriptResult | Failure:
        raise AssertionError("no node of the simulation has a script")


class Wire:
    """A node's way out. What was sent arrives, whatever becomes of the process that sent it.

    `patience_s` is the longest that the world takes. `may_be_late` says whether the process may have lost, without
    knowing, what it runs.
    """

    def __init__(
        self,
        oracle: Oracle,
        *,
        loop: SimLoop,
        clock: SimClock,
        random: Random,
        outside: Context,
        patience_s: float,
        may_be_late: Callable[[], bool],
    ) -> None:
        self._oracle = oracle
        self._loop = loop
        self._clock = clock
        self._random = random
        self._outside = outside
        self._patience_s = patience_s
        self._may_be_late = may_be_late

    async def request(
        self, method: str, url: str, *, json: Json = None, idempotency_key: str | None = None, **_: object
    ) -> Response:
        request, key = Request(**json), idempotency_key or ""
        fails = self._oracle.ask(request, key, now_us=self._clock.now_us(), may_be_late=self._may_be_late())
        if fails in ("busy", "slow down"):
            await asyncio.sleep(self._delay_s())
            raise failed(fails)
        answer: asyncio.Future[int] = self._loop.create_future()
        self._loop.call_later(self._delay_s(), self._arrive, request, key, answer, context=self._outside)
        receipt = await answer
        await asyncio.sleep(self._delay_s())
        if fails is not None:
            raise failed(fails)
        return Response(receipt, "OK", {}, b"", url)

    def _arrive(self, request: Request, key: str, answer: asyncio.Future[int]) -> None:
        receipt = self._oracle.act(request, key)
        if not answer.done():
            answer.set_result(receipt)

    def _delay_s(self) -> float:
        if self._random.random() < LONG:
            return self._random.random() * self._patience_s
        return self._random.expovariate(200)
