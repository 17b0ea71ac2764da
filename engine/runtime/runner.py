"""One execution, from claim to end: replay, decide, perform, append, evolve.

Pure nodes run ahead of the log: their events are appended in batches. A node that acts on the world starts only when
all that came before it, and its own NodeStarted, are committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from msgspec.structs import replace

from engine.kernel.calls import Calling
from engine.kernel.commands import Record, SettleCalls, StartChild, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    AnyEvent,
    ExecutionFailed,
    ExecutionQueued,
    ExecutionRecovered,
    ExecutionStarted,
    LostRun,
    NodeFailed,
    NodeStarted,
)
from engine.kernel.scheduler import decide
from engine.kernel.state import State, evolve, replay
from engine.ports import Claim, Clock, Journal, NewExecution
from engine.runtime.children import Children
from engine.runtime.compiled import Compiled
from engine.runtime.inbox import Done, Inbox
from engine.runtime.invocation import Invoker
from engine.runtime.kin import Kin, awaited
from engine.runtime.log import Log, insist
from engine.runtime.scope import Scope
from plugins.errors import Failure
from plugins.node import Effects

SLICE_US = 2_000
"""How long a run of pure nodes may keep the event loop for itself."""
HOLD_US = 1_000_000
"""A shorter wait than this is sat out: letting go of the lease and taking it again would cost more."""

STOP_S = 5.0
"""How long an attempt that is given up may take to come to its end."""
Attempt = tuple[str, int, int]

logger = structlog.get_logger(__name__)


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
        children: Children,
        notice: Callable[[], None],
        inbox: Inbox,
    ) -> None:
        queued = history[0]
        assert isinstance(queued, ExecutionQueued), "a log begins with ExecutionQueued"
        self._claim = claim
        self._clock = clock
        self._journal = journal
        self._invoker = invoker
        self._children = children
        self._notice = notice
        self._inbox = inbox
        self._caller = queued.caller
        self._workflow = compiled.workflow
        self._types = compiled.types
        self._graph = compiled.graph(queued.start_node, queued.until_node)
        self._scope = Scope.of(claim, compiled, queued)
        self._state: State = replay(self._graph, history)
        self._log = Log(journal, claim.lease, seq=claim.seq, clock=clock)
        self._running: dict[Attempt, asyncio.Task[AnyEvent]] = {}
        self._stopped: set[asyncio.Task[Any]] = set()
        """Attempts that nobody reads the result of, until they have come to their end."""
        self._wake = asyncio.Event()
        inbox.on_letter = self._wake.set
        self._kin = Kin(claim, children, depth=queued.depth, clock=clock, on_end=self._wake.set)
        self._slice_began_us = clock.now_us()

    @property
    def seq(self) -> int:
        """The sequence number of the last committed event."""
        return self._log.seq

    async def run(self) -> Finished | Parked:
        try:
            self._open()
            if (forsaken := await self._kin.forsaken(self._caller)) is not None:
                self._record(forsaken)
            while not self._state.finished:
                looked = await self._look()
                if looked.happened or await self._answered():
                    continue
                idle = not self._running and self._is_long(looked.wake_at_us)
                self._inbox.refuse(self._graph, self._state, self._clock.now_us(), idle=idle)
                if idle and not self._kin.is_patient:
                    parked = await self._park(looked.wake_at_us)
                    if parked is not None:
                        return parked
                else:
                    await self._sleep_until(self._at_the_latest(looked.wake_at_us))
            self._stop_all()
            await self._log.flush()
            if self._state.error is not None:
                self._notice()  # its error workflow may have been started with the last event
            return Finished()
        finally:
            self._stop_all()
            await self._all_stopped()
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
        if self._inbox.letters and await self._open_letter():
            return Looked(happened=True)
        wake_at_us: int | None = None
        starts: list[StartNode] = []
        for command in decide(self._graph, self._state, self._clock.now_us()):
            match command:
                case Record(event):
                    self._record(event, await self._brought_about(event))
                    happened = True
                case StartChild():
                    await self._start_child(command)
                    happened = True
                case SettleCalls():
                    self._record(self._invoker.settle(self._scope, self._state, command))
                    happened = True
                case StartNode():
                    starts.append(command)
                case StopNode(node, run, attempt):
                    self._stop((node, run, attempt))
                case WakeAt(due_us):
                    wake_at_us = due_us
        if starts:
            await self._start(starts)
        if happened or starts:
            await self._breathe()
        return Looked(happened or bool(starts), wake_at_us)

    async def _open_letter(self) -> bool:
        """Act upon something that was said from outside, and answer it once it is durable."""
        opened = self._inbox.open(self._graph, self._state, self._clock.now_us())
        if opened is None:
            return False
        if opened.event is not None:
            self._record(opened.event)
        if self._state.finished:
            self._stop_all()
        await self._log.flush()
        self._inbox.answer(opened.letter, Done())
        return True

    def _record(self, event: AnyEvent, start: NewExecution | None = None) -> None:
        if isinstance(event, NodeFailed) and not event.node_type:
            event = replace(event, node_type=self._graph.nodes[event.node].type)
        self._state = evolve(self._graph, self._state, event)
        self._log.record(event, start)

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
        if self._inbox.unread or self._kin.has_news or any(task.done() for task in self._running.values()):
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

    async def _park(self, due_us: int | None) -> Parked | None:
        """None when something was said from outside at the last moment."""
        await self._log.flush()
        if self._inbox.letters:
            return None
        children = awaited(self._state.active)
        seq = self._log.seq
        park = partial(self._journal.park, self._claim.lease, expected_seq=seq, due_us=due_us, children=children)
        await insist(park)
        if children:
            self._notice()  # one of them may have ended just before
        return Parked(due_us)

    def _at_the_latest(self, wake_at_us: int | None) -> int | None:
        instants = (wake_at_us, self._kin.patient_until_us, self._inbox.until_us())
        return min((each for each in instants if each is not None), default=None)

    # ------------------------------------------------------------------------------------------- other executions

    async def _start_child(self, wanted: StartChild) -> None:
        calling = self._state.doing(wanted.node, wanted.run)
        assert isinstance(calling, Calling), "decided for this state"
        event, child = await self._kin.begin(wanted, calling)
        self._record(event, child)
        if child is not None:
            await self._log.flush()
            self._notice()
            if calling.wait:
                self._kin.watch(child.id)

    async def _answered(self) -> bool:
        """Record how an execution that this one waits for has ended, if one has."""
        answer = await self._kin.answered(self._state.active)
        if answer is not None:
            self._record(answer)
        return answer is not None

    async def _brought_about(self, event: AnyEvent) -> NewExecution | None:
        if not isinstance(event, ExecutionFailed):
            return None
        after = partial(self._children.after_failure, self._claim, self._workflow, self._state, event)
        return await insist(after)

    # ------------------------------------------------------------------------------------------- attempts

    async def _start(self, commands: Sequence[StartNode]) -> None:
        """Attempts that begin together share the commit that those which act on the world wait for."""
        for command in commands:
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
        slow = [command for command in commands if not self._is_immediate(command.node)]
        if slow and not all(self._is_pure(command.node) for command in slow):
            await self._log.flush()
        for command in slow:
            self._run(command)
        for command in commands:
            if command not in slow:
                self._record(await self._invoker.invoke(self._scope, self._state, command))

    def _is_pure(self, node: str) -> bool:
        kind = self._types[node]
        return kind is not None and kind.effects is Effects.NONE

    def _is_immediate(self, node: str) -> bool:
        kind = self._types[node]
        return kind is not None and self._invoker.is_immediate(kind, self._scope, node)

    def _run(self, command: StartNode) -> None:
        task = asyncio.create_task(self._invoker.invoke(self._scope, self._state, command))
        task.add_done_callback(lambda _: self._wake.set())
        self._running[command.node, command.run, command.attempt] = task

    def _stop(self, attempt: Attempt) -> None:
        task = self._running.pop(attempt, None)
        if task is not None:
            self._cancel(task)

    def _stop_all(self) -> None:
        self._kin.close()
        for task in self._running.values():
            self._cancel(task)
        self._running = {}

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        self._stopped.add(task)
        task.add_done_callback(self._forget_stopped)

    def _forget_stopped(self, task: asyncio.Task[Any]) -> None:
        self._stopped.discard(task)
        if not task.cancelled():
            task.exception()  # whatever it is, nobody waits for it

    async def _all_stopped(self) -> None:
        """Not for ever: a plugin that will not be stopped must not keep an execution from its end."""
        if self._stopped:
            _, defiant = await asyncio.wait(self._stopped, timeout=STOP_S)
            if defiant:
                logger.warning("attempts_defiant", execution=self._claim.lease.execution_id, attempts=len(defiant))


def outcome_unknown(node: str, run: int, attempt: int, now_us: int) -> NodeFailed:
    """The attempt was under way when its worker died: whether the world was changed cannot be known from here."""
    failure = Failure(
        code="OUTCOME_UNKNOWN",
        message="The server stopped while this node was running; whether it took effect is not known",
        description="Check the other side, then retry from this node; or give the node a recovery policy.",
    )
    return NodeFailed(at_us=now_us, node=node, run=run, attempt=attempt, error=failure)
