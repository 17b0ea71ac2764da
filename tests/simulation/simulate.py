"""One seed, one run: a random world is made, disturbed, left in peace until it rests, and judged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import Random

from engine.ports import StoreUnavailable
from engine.runtime.live import UnknownExecution
from engine.runtime.submission import Submitted
from tests.simulation.disk import Disk, empty_image
from tests.simulation.environment import environment
from tests.simulation.laws import LAWS
from tests.simulation.ledger import Broken
from tests.simulation.loop import Owner, SimLoop
from tests.simulation.machine import Machine
from tests.simulation.oracle import Oracle, Subscription
from tests.simulation.plan import Plan, Submission
from tests.simulation.ports import SimIds
from tests.simulation.process import TENANT, Disconnected, Process, Surroundings

ACTOR = "USER:simulation"
IN_TIME_S = 600.0
"""Longer than all that is planned, and than every lease that has to run out on the way."""


@dataclass(frozen=True)
class Report:
    """What a run came to. The same seed has the same `trace`."""

    seed: int
    trace: str
    steps: int
    virtual_s: float
    executions: int
    events: int
    effects: int
    troubles: int


class Failed(AssertionError):
    """A law did not hold. The message says how to see it again."""

    def __init__(self, seed: int, error: Exception) -> None:
        super().__init__(
            f"seed {seed}: {type(error).__name__}: {error}\n    replay: python -m tests.simulation --seed {seed}"
        )
        self.seed = seed
        self.law = error.law if isinstance(error, Broken) else type(error).__name__


def simulate(seed: int, *, tell: Callable[[str], None] | None = None) -> Report:
    """Raises `Failed`. `tell` is given a line for each thing that happens."""
    image = empty_image()
    with environment(quiet=tell is None) as change:
        plan = Plan.of(seed)
        change(plan.knobs)
        simulation = Simulation(plan, image, tell)
        try:
            return simulation.run()
        except Exception as error:
            raise Failed(seed, error) from error
        finally:
            simulation.close()


class Simulation:
    """A world under way: clients submit and watch, processes serve, troubles strike, the oracle judges."""

    def __init__(self, plan: Plan, image: bytes, tell: Callable[[str], None] | None) -> None:
        self.plan = plan
        self.tell = tell
        self.random = Random(f"{plan.seed} world")
        self.loop = SimLoop(self.random, disorder=plan.disorder)
        self.outside = Owner()
        self.disk = Disk(image, random=self.random)
        self.disk.add_tenant(TENANT)
        self.oracle = Oracle(plan.documents, on_broken=self.loop.fail, note=self.note)
        self.disk.on_durable = self.oracle.durable
        self.machine = Machine(
            Surroundings(
                plan=plan,
                random=self.random,
                loop=self.loop,
                disk=self.disk,
                oracle=self.oracle,
                faults=plan.faults(Random(f"{plan.seed} faults")),
                ids=SimIds(),
                outside=self.outside,
            )
        )
        self.oracle.on_takeover = self.machine.taken_over
        self.peace = asyncio.Event()
        """No more trouble."""

    def note(self, *facts: object) -> None:
        self.loop.note(*facts)
        if self.tell is not None:
            self.tell(f"{self.loop.now:10.4f}  {self.loop.steps:6}  " + "  ".join(str(fact) for fact in facts))

    # ------------------------------------------------------------------------------------------- from start to end

    def run(self) -> Report:
        self.loop.run_until_complete(self.loop.start(self.outside, self.story()))
        for law in LAWS:
            law(self.plan, self.oracle, self.disk)
        if self.loop.complaints:
            raise Broken("nothing goes unhandled", self.loop.complaints[0])
        return Report(
            seed=self.plan.seed,
            trace=self.loop.trace,
            steps=self.loop.steps,
            virtual_s=self.loop.now,
            executions=len(self.oracle.ledgers),
            events=sum(len(ledger.events) for ledger in self.oracle.ledgers.values()),
            effects=self.oracle.effects,
            troubles=len(self.plan.troubles),
        )

    def close(self) -> None:
        self.machine.kill_all()
        self.loop.bury(self.outside)
        self.disk.close()
        self.loop.close()

    async def story(self) -> None:
        self.machine.boot(alone=True)
        troubles = self.loop.create_task(self.live_through_troubles())
        clients = [self.loop.create_task(self.client(each)) for each in self.plan.submissions]
        await self.in_time("every submission is answered", asyncio.gather(*clients))
        await self.in_time("every execution ends", self.rest())
        self.peace.set()
        await troubles
        watchers = [task for client in clients for task in client.result()]
        await self.in_time("every subscription ends", asyncio.gather(*watchers))
        await self.shut_down()

    async def in_time(self, law: str, awaited: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(IN_TIME_S):
                await awaited
        except TimeoutError:
            raise Broken(law, f"still waiting for {self.oracle.unfinished()}") from None

    async def rest(self) -> None:
        while self.oracle.unfinished():  # noqa: ASYNC110 - in virtual time a look costs nothing
            await asyncio.sleep(0.25)

    async def shut_down(self) -> None:
        for process in self.machine.serving():
            if any(task.done() for task in process.engine.worker._owned):
                raise Broken("a worker goes on", f"{process.name}: {process.engine.worker._owned}")
            with suppress(Disconnected):
                await process.ask(process.drain)
                check_that_nothing_went_unheard(process)
        self.loop.interrupt(0, self.machine.kill_all)
        await asyncio.sleep(0)

    # ------------------------------------------------------------------------------------------- troubles

    async def live_through_troubles(self) -> None:
        for trouble in self.plan.troubles:
            struck = asyncio.Event()
            self.loop.interrupt(trouble.after_steps, struck.set)
            if await self.has_peace_before(struck):
                return
            await self.machine.strike(trouble)

    async def has_peace_before(self, struck: asyncio.Event) -> bool:
        waits = [self.loop.create_task(event.wait()) for event in (self.peace, struck)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return self.peace.is_set()

    # ------------------------------------------------------------------------------------------- clients

    async def client(self, submission: Submission) -> list[asyncio.Task[None]]:
        """Submits until it is told that its execution is accepted; then some watch it."""
        await asyncio.sleep(submission.after_s)
        while True:
            process = await self.machine.some_process()
            try:
                work = partial(process.engine.submit, process.store, submission.start, actor=ACTOR)
                submitted = await process.ask(work, hang_up_s=submission.hang_up_s(self.random))
                break
            except (Disconnected, StoreUnavailable) as error:
                self.note("refused", submission.name, type(error).__name__)
                await asyncio.sleep(self.random.expovariate(5))
        assert isinstance(submitted, Submitted), submitted
        execution = submitted.execution.id
        self.oracle.acknowledge(submission.name, execution)
        return [self.loop.create_task(self.watch(execution)) for _ in range(submission.watchers)]

    async def watch(self, execution: str) -> None:
        subscription = Subscription(execution)
        while not subscription.ended:
            await asyncio.sleep(self.random.expovariate(2))
            process = await self.machine.some_process()
            try:
                await process.ask(partial(process.serve, subscription))
            except (Disconnected, StoreUnavailable):
                continue
            except UnknownExecution:
                raise Broken("an acknowledged execution is there", execution) from None


def check_that_nothing_went_unheard(process: Process) -> None:
    for task in process.tasks:
        if task.done() and not task.cancelled() and task._log_traceback:
            raise Broken("nothing goes unhandled", f"{process.name}: {task!r}")
