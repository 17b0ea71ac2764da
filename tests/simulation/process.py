"""A simulated server process: the engine as it is, on a clock, a disk and a wire of the simulation, and mortal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar, cast

from engine.expressions.sandbox import V8Sandbox
from engine.kernel.state import replay
from engine.ports import Recorded, StoreUnavailable
from engine.runtime.engine import Engine, EngineSettings
from engine.runtime.runner import Runner
from engine.store.journal import GroupJournal
from engine.store.tenancy import Store
from plugins.context import Http
from plugins.items import Json
from tests.simulation.disk import Disk, Faults
from tests.simulation.ledger import Broken
from tests.simulation.loop import Owner, SimLoop
from tests.simulation.nodes import REGISTRY
from tests.simulation.oracle import Oracle, Subscription
from tests.simulation.plan import Plan
from tests.simulation.ports import SimClock, SimIds, SimSandbox, Wire
from tests.simulation.store import SimDatabase
from tests.simulation.watched import Watcher

T = TypeVar("T")

TENANT = "acme"
DRAIN_S = 1.0


class Disconnected(Exception):
    """The connection to a process has come to its end without an answer."""


@dataclass(frozen=True)
class Surroundings:
    """What every process of a simulation shares."""

    plan: Plan
    random: Random
    loop: SimLoop
    disk: Disk
    oracle: Oracle
    faults: Faults
    ids: SimIds
    outside: Owner
    """Clients, subscribers, and whoever starts and stops processes."""


class SimEngine(Engine):
    """The engine, given what it would otherwise go and get. `broadcast` hands on what it has committed."""

    def __init__(
        self, around: Surroundings, clock: SimClock, broadcast: Callable[[str, Sequence[Recorded]], None]
    ) -> None:
        super().__init__(EngineSettings(database_url="", capacity=around.plan.capacity), registry=REGISTRY)
        self._broadcast = broadcast
        self.clock = clock
        self.ids = around.ids
        self.sandbox = cast(V8Sandbox, SimSandbox(around.faults))
        self.database = self._database = SimDatabase(
            around.disk, clock=self.clock, ids=self.ids, on_commit=self._committed, faults=around.faults
        )

    def join(self, wire: Wire) -> None:
        self._join(cast(Http, wire))
        self.worker, self.live = self._worker, self._live
        self.database.belongs_to(self.worker.name)

    async def start(self, *, alone: bool) -> None:
        """Raises `StoreUnavailable`."""
        self.database.journal.start()
        await self.worker.start(alone=alone)

    async def drain(self) -> None:
        await self.worker.drain(grace_s=DRAIN_S)
        await self._settle_forsaken()
        await self.database.journal.close()

    def _committed(self, tenant: str, execution_id: str, recorded: Sequence[Recorded]) -> None:
        super()._committed(tenant, execution_id, recorded)
        self._broadcast(execution_id, recorded)


class Process(Watcher):
    """One process from its start to its death. `broadcast` tells all others what it has committed."""

    def __init__(
        self, name: str, around: Surroundings, broadcast: Callable[[Process, str, Sequence[Recorded]], None]
    ) -> None:
        super().__init__()
        self.name = name
        self.serving = False
        self.has_stood_still = False
        self.challenged = False
        """Another process has claimed everything while this one lived."""
        self.lost_a_renewal = False
        """Its leases could not be renewed in time, which is no fault of its own."""
        clock = SimClock(around.loop, around.random)
        self.engine = SimEngine(around, clock, lambda execution, recorded: broadcast(self, execution, recorded))
        self._loop = around.loop
        self._oracle = around.oracle
        self._random = around.random
        self._outside = around.outside.context
        self._replies: dict[asyncio.Future[Any], None] = {}
        wire = Wire(
            around.oracle,
            loop=around.loop,
            clock=clock,
            random=around.random,
            outside=self._outside,
            patience_s=around.plan.patience_s,
            may_be_late=lambda: self.may_have_lost,
        )
        self.engine.join(wire)
        self.engine.database.journal.renew = self._renew  # type: ignore[method-assign]

    @property
    def may_have_lost(self) -> bool:
        """Whether what it runs may have been taken from it without its knowing."""
        return self.has_stood_still or self.challenged or self.lost_a_renewal

    @property
    def store(self) -> Store:
        return self.engine.store(TENANT)

    # ------------------------------------------------------------------------------------------- life

    async def boot(self, *, alone: bool) -> None:
        """Raises `StoreUnavailable`: then it has to be killed, and another one booted."""
        await self.engine.start(alone=alone)
        self.serving = True

    async def drain(self) -> None:
        self.serving = False
        await self.engine.drain()

    def kill(self) -> None:
        """At once, wherever it is; to be called between two steps."""
        self.serving = False
        self.engine.database.die()
        for reply in self._replies:
            if not reply.done():
                reply.set_exception(Disconnected())
        self._loop.bury(self)

    async def _renew(self, worker: str, *, lease_us: int) -> None:
        try:
            await GroupJournal.renew(self.engine.database.journal, worker, lease_us=lease_us)
        except StoreUnavailable:
            self.lost_a_renewal = True
            raise

    # ------------------------------------------------------------------------------------------- serving

    async def ask(self, work: Callable[[], Coroutine[Any, Any, T]], *, hang_up_s: float | None = None) -> T:
        """Have a request carried out by this process. Raises what it raises, or `Disconnected` when the process dies,
        or the client has had enough."""
        if self.buried:
            raise Disconnected
        reply: asyncio.Future[T] = self._loop.create_future()
        task = self._loop.start(self, work())
        self._replies[reply] = None

        def answered(task: asyncio.Task[T]) -> None:
            if reply.done():
                return
            if task.cancelled():
                reply.set_exception(Disconnected())
            elif (error := task.exception()) is not None:
                reply.set_exception(error)
            else:
                reply.set_result(task.result())

        task.add_done_callback(answered, context=self._outside)
        if hang_up_s is not None:
            self._loop.call_later(hang_up_s, task.cancel, context=self._outside)
        try:
            return await reply
        finally:
            del self._replies[reply]

    async def serve(self, subscription: Subscription) -> None:
        """Show a subscriber what it has not seen, until the end or until it leaves."""
        tail = self.engine.tail(self.store, subscription.execution, after=len(subscription.shown))
        async with aclosing(cast(Any, tail)) as batches:
            async for batch in batches:
                if self.buried:
                    return
                self._oracle.show(subscription, batch.events, final=batch.final)
                if self._random.random() < 0.1:
                    return
                if self._random.random() < 0.3:
                    await asyncio.sleep(self._random.expovariate(5))

    # ------------------------------------------------------------------------------------------- being watched

    def computed(self, run: tuple[str, str, int], given: Json, answer: Json) -> None:
        self._oracle.computed(run, given, answer)

    def left(self, runner: Runner) -> None:
        if self.may_have_lost:
            return  # what it has read, another may have written since it claimed
        ledger = self._oracle.ledgers[runner._claim.lease.execution_id]
        if replay(runner._graph, ledger.events[: runner.seq]) != runner._state:
            what = f"{ledger.execution} at {runner.seq}"
            self._loop.fail(Broken("the state is what the log says", what))
