"""A runner whose attempts take time: several are under way at once, and chance says which of them ends first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from engine.kernel.activity import Suspended
from engine.kernel.commands import Record, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    AnyEvent,
    ExecutionQueued,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    LostRun,
)
from engine.kernel.graph import Graph
from engine.kernel.scheduler import decide
from engine.kernel.state import State, Status, evolve, replay
from plugins.items import Items
from tests.engine.kernel.drive import MANY, T0, Stuck, started

Performer = Callable[[StartNode, State, int], AnyEvent | None]
"""How an attempt ends; None when it never does."""


@dataclass
class Crew:
    """One execution under way. `look` is told of every state before it is decided upon."""

    graph: Graph
    perform: Performer
    random: Random
    signal: Callable[[Suspended], Items | None] = lambda _: None
    state: State = field(default_factory=State)
    history: list[AnyEvent] = field(default_factory=list)
    running: list[StartNode] = field(default_factory=list)
    now_us: int = T0
    look: Callable[[Crew], None] = lambda _: None

    def record(self, event: AnyEvent) -> None:
        self.history.append(event)
        self.state = evolve(self.graph, self.state, event)

    def begin(self, event: ExecutionQueued) -> Crew:
        self.record(event)
        self.record(ExecutionStarted(at_us=self.now_us, worker="w1", epoch=1))
        return self

    def to_the_end(self) -> Crew:
        for _ in range(MANY):
            if self.state.finished:
                assert self.state.status is not Status.SUCCEEDED or not self.running, "nobody waits for what runs"
                return self
            self.step()
        raise AssertionError(f"did not finish in {MANY} steps")

    def step(self) -> None:
        self.look(self)
        due_us: int | None = None
        idle = True
        for command in decide(self.graph, self.state, self.now_us):
            match command:
                case Record(event):
                    self.record(event)
                case StartNode():
                    assert (command.node, command.run) not in {(each.node, each.run) for each in self.running}
                    self.record(started(command, self.now_us))
                    self.running.append(command)
                case StopNode(node, run, _):
                    self.running = [each for each in self.running if (each.node, each.run) != (node, run)]
                case WakeAt():
                    due_us = command.due_us
                    continue
            idle = False
        if idle:
            self.wait(due_us)

    def wait(self, due_us: int | None) -> None:
        """Something happens: an attempt ends or a signal arrives, and when none can, the instant comes."""
        can_end = [(each, event) for each in self.running if (event := self.perform(each, self.state, self.now_us))]
        signals = [each for each in self.state.active if isinstance(each, Suspended) and each.signal is not None]
        if not (can_end or signals):
            return self.sleep(due_us)
        match self.random.choice([*can_end, *signals]):
            case (StartNode() as command, event):
                self.running.remove(command)
                self.record(event)
            case Suspended() as wait:
                items = self.signal(wait)
                self.record(ExecutionResumed(at_us=self.now_us, node=wait.node, run=wait.run, items=items))

    def sleep(self, due_us: int | None) -> None:
        if due_us is None:
            raise Stuck(f"nothing to do: {self.state.active}")
        assert due_us > self.now_us, "woken for nothing"
        self.now_us = due_us

    def taken_over(self, cut: int, random: Random) -> Crew:
        """Another crew, after a crash that left the first `cut` events."""
        state = replay(self.graph, self.history[:cut])
        now_us = self.history[cut - 1].at_us
        crew = Crew(self.graph, self.perform, random, self.signal, state, self.history[:cut], [], now_us, self.look)
        lost = [LostRun(*attempt) for attempt in state.running]
        crew.record(ExecutionRecovered(at_us=now_us, worker="w2", epoch=2, lost=lost))
        return crew
