"""A runner without a world: it carries out what the kernel asks for, and keeps the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from engine.kernel.activity import Suspended
from engine.kernel.commands import Record, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    AnyEvent,
    ExecutionMode,
    ExecutionQueued,
    ExecutionResumed,
    ExecutionStarted,
    NodeStarted,
)
from engine.kernel.graph import Graph
from engine.kernel.history import NodeRun
from engine.kernel.scheduler import decide
from engine.kernel.state import State, evolve
from plugins.items import Item, Items

T0 = 1_900_000_000_000_000
MANY = 1_000
Performer = Callable[[StartNode, State, int], AnyEvent]


class Stuck(AssertionError):
    """Nothing runs, nothing is due, and the execution has not finished."""


def queued(
    start: str = "T", items: Items | None = None, pinned: Mapping[str, Items] | None = None, until: str | None = None
) -> ExecutionQueued:
    return ExecutionQueued(
        at_us=T0,
        mode=ExecutionMode.TEST,
        start_node=start,
        items=[Item({})] if items is None else items,
        pinned=dict(pinned or {}),
        until_node=until,
    )


@dataclass
class Drive:
    """One execution under way. `now_us` only moves when there is nothing to do before."""

    graph: Graph
    perform: Performer
    signal: Callable[[Suspended], Items | None] = lambda _: None
    state: State = field(default_factory=State)
    history: list[AnyEvent] = field(default_factory=list)
    now_us: int = T0
    steps: int = 0

    def record(self, event: AnyEvent) -> None:
        self.history.append(event)
        self.state = evolve(self.graph, self.state, event)

    def begin(self, event: ExecutionQueued) -> Drive:
        self.record(event)
        self.record(ExecutionStarted(at_us=self.now_us, worker="w1", epoch=1))
        return self

    def to_the_end(self) -> Drive:
        while not self.state.finished:
            self.step()
        return self

    def step(self) -> None:
        self.steps += 1
        assert self.steps < MANY, f"did not finish in {MANY} steps"
        commands = decide(self.graph, self.state, self.now_us)
        if not commands:
            self.wake()
        for command in commands:
            match command:
                case Record(event):
                    self.record(event)
                case StartNode():
                    self.record(started(command, self.now_us))
                    self.record(self.perform(command, self.state, self.now_us))
                case WakeAt(due_us):
                    assert due_us > self.now_us, "woken for nothing"
                    self.now_us = due_us
                case StopNode():
                    raise AssertionError(f"stops {command.node} in an execution that has not ended")

    def wake(self) -> None:
        """The signal that is waited for arrives. Raises `Stuck` when none is."""
        for each in self.state.active:
            if isinstance(each, Suspended) and each.signal is not None:
                items = self.signal(each)
                return self.record(ExecutionResumed(at_us=self.now_us, node=each.node, run=each.run, items=items))
        raise Stuck(f"nothing to do: {self.state.active}")


def started(command: StartNode, now_us: int) -> NodeStarted:
    return NodeStarted(
        at_us=now_us,
        node=command.node,
        run=command.run,
        attempt=command.attempt,
        execution_index=command.execution_index,
        inputs=list(command.inputs),
    )


def order(runs_by_node: Mapping[str, Iterable[NodeRun]]) -> list[str]:
    """The names of the nodes that ran, in the order in which they began."""
    runs = [run for runs in runs_by_node.values() for run in runs]
    return [run.node for run in sorted(runs, key=lambda run: run.execution_index)]
