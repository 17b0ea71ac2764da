"""One execution, from claim to end: replay, decide, perform, append, evolve.

Pure nodes run ahead of the log: their events are appended in batches. A node that acts on the world starts only when
all that came before it, and its own NodeStarted, are committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from engine.kernel.commands import Record, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    AnyEvent,
    ExecutionQueued,
    ExecutionRecovered,
    ExecutionStarted,
    LostRun,
    NodeFailed,
    NodeStarted,
)
from engine.kernel.scheduler import decide
from engine.kernel.state import State, evolve, replay
from engine.ports import Claim, Clock, Journal
from engine.runtime.compiled import Compiled
from engine.runtime.invocation import Invoker
from engine.runtime.log import Log, insist
from engine.runtime.scope import Scope
from plugins.errors import Failure
from plugins.node import Effects

SLICE_US = 2_000
"""How long a run of pure nodes may keep the event loop for itself."""
HOLD_US = 1_000_000
"""A shorter wait than this is sat out: letting go of the lease and taking it again would cost more."""

Attempt = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Finished:
    """The execution came to its end, and its last event is committed."""


@dataclass(frozen=True, slots=True)
class Parked:
    """The execution waits and holds nothing. It goes on at `due_us`, or on a signal when that is None."""

    due_us: int | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look at the state came to: something `happened`, or there is nothing to do before `wake_at_us`."""

    happened: bool
    wake_at_us: int | None = None


class Runner:
    """Runs one claimed execution. Raises `Fenced` when another worker has taken it over."""

    def __init__(
        self,
        claim: Claim,
        history: Sequence[AnyEvent],
        compiled: Compiled,
        *,
        invoker: Invoker,
        journal: Journal,
        clock: Clock,
    ) -> None:
        queued = history[0]
        assert isinstance(queued, ExecutionQueued), "a log begins with ExecutionQueued"
        self._claim = claim
        self._clock = clock
        self._journal = journal
        self._invoker = invoker
        self._types = compiled.types
        self._graph = compiled.graph(queued.start_node, queued.until_node)
        self._scope = Scope.of(claim, compiled, queued)
        self._state: State = replay(self._graph, history)
        self._log = Log(journal, claim.lease, seq=claim.seq, clock=clock)
        self._running: dict[Attempt, asyncio.Task[AnyEvent]] = {}
        self._wake = asyncio.Event()
        self._slice_began_us = clock.now_us()

    @property
    def seq(self) -> int:
        """The sequence number of the last committed event."""
        return self._log.seq

    async def run(self) -> Finished | Parked:
        try:
            self._open()
            while not self._state.finished:
                looked = await self._look()
                if looked.happened:
                    continue
                if not self._running and self._is_long(looked.wake_at_us):
                    return await self._park(looked.wake_at_us)
                await self._sleep_until(looked.wake_at_us)
            await self._stop_all()
            await self._log.flush()
            return Finished()
        finally:
            await self._stop_all()
            await self._log.close()

    # ------------------------------------------------------------------------------------------- opening

    def _open(self) -> None:
        """The first event under this lease. On a takeover: what was under way is lost, or its outcome unknown."""
        lease, now_us = self._claim.lease, self._clock.now_us()
        if self._claim.seq == 1:
            self._record(ExecutionStarted(at_us=now_us, worker=lease.worker, epoch=lease.epoch))
        elif self._claim.takeover:
            running = self._state.running
            lost = [LostRun(*attempt) for attempt in running if not self._acts_on_the_world(attempt[0])]
            self._record(ExecutionRecovered(at_us=now_us, worker=lease.worker, epoch=lease.epoch, lost=lost))
            for node, run, attempt in running:
                if self._acts_on_the_world(node):
                    self._record(outcome_unknown(node, run, attempt, now_us))

    def _acts_on_the_world(self, node: str) -> bool:
        kind = self._types[node]
        return kind is not None and kind.effects is Effects.EXTERNAL

    # ------------------------------------------------------------------------------------------- the loop

    async def _look(self) -> Looked:
        """Carry out what the kernel decides now."""
        happened = self._collect()
        wake_at_us: int | None = None
        for command in decide(self._graph, self._state, self._clock.now_us()):
            match command:
                case Record(event):
                    self._record(event)
                    happened = True
                case StartNode():
                    await self._start(command)
                    happened = True
                case StopNode(node, run, attempt):
                    self._stop((node, run, attempt))
                case WakeAt(due_us):
                    wake_at_us = due_us
        if happened:
            await self._breathe()
        return Looked(happened, wake_at_us)

    def _record(self, event: AnyEvent) -> None:
        self._state = evolve(self._graph, self._state, event)
        self._log.record(event)

    def _collect(self) -> bool:
        """Record the results of attempts that came to an end."""
        done = [attempt for attempt, task in self._running.items() if task.done()]
        for attempt in done:
            self._record(self._running.pop(attempt).result())
        return bool(done)

    async def _breathe(self) -> None:
        """Let others run, and let what is buffered go out, when this execution has been at it for a while."""
        now_us = self._clock.now_us()
        if now_us - self._slice_began_us > SLICE_US:
            self._log.send_if_due()
            await asyncio.sleep(0)
            self._slice_began_us = self._clock.now_us()

    async def _sleep_until(self, wake_at_us: int | None) -> None:
        """Until an attempt ends, or the instant given. What was decided is sent out first: somebody is watching."""
        self._log.send()
        self._wake.clear()
        if any(task.done() for task in self._running.values()):
            return
        delay_s = None if wake_at_us is None else max(0.0, (wake_at_us - self._clock.now_us()) / 1e6)
        try:
            async with asyncio.timeout(delay_s):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._slice_began_us = self._clock.now_us()

    def _is_long(self, wake_at_us: int | None) -> bool:
        return wake_at_us is None or wake_at_us - self._clock.now_us() > HOLD_US

    async def _park(self, due_us: int | None) -> Parked:
        await self._log.flush()
        await insist(partial(self._journal.park, self._claim.lease, expected_seq=self._log.seq, due_us=due_us))
        return Parked(due_us)

    # ------------------------------------------------------------------------------------------- attempts

    async def _start(self, command: StartNode) -> None:
        kind = self._types[command.node]
        self._record(
            NodeStarted(
                at_us=self._clock.now_us(),
                node=command.node,
                run=command.run,
                attempt=command.attempt,
                execution_index=command.execution_index,
                inputs=list(command.inputs),
            )
        )
        if kind is None or kind.effects is not Effects.NONE:
            await self._log.flush()
        elif self._invoker.is_immediate(kind, self._scope, command.node):
            self._record(await self._invoker.invoke(self._scope, self._state, command))
            return
        task = asyncio.create_task(self._invoker.invoke(self._scope, self._state, command))
        task.add_done_callback(lambda _: self._wake.set())
        self._running[command.node, command.run, command.attempt] = task

    def _stop(self, attempt: Attempt) -> None:
        task = self._running.pop(attempt, None)
        if task is not None:
            task.cancel()

    async def _stop_all(self) -> None:
        tasks, self._running = list(self._running.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def outcome_unknown(node: str, run: int, attempt: int, now_us: int) -> NodeFailed:
    """The attempt was under way when its worker died: whether the world was changed cannot be known from here."""
    failure = Failure(
        code="OUTCOME_UNKNOWN",
        message="The server stopped while this node was running; whether it took effect is not known",
        description="Check the other side, then retry from this node; or give the node a recovery policy.",
    )
    return NodeFailed(at_us=now_us, node=node, run=run, attempt=attempt, error=failure)
