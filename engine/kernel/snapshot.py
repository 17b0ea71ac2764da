"""An execution as it stands after some event: what has run, what is under way, and what is next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec
from immutables import Map

from engine.kernel.activity import Activity, Running
from engine.kernel.events import ExecutionResumed, Given, Source
from engine.kernel.frontier import Frontier, Input
from engine.kernel.history import NodeRun, Runs
from plugins.errors import Failure
from plugins.items import Items, Json
from plugins.running import arrive


class InvalidHistory(ValueError):
    """An event that cannot follow those before it: the log was written by something other than this kernel."""


class Status(StrEnum):
    """Where an execution stands. The names are those that the store and the API use."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TIMED_OUT = "TIMED_OUT"


_FINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELED, Status.TIMED_OUT})


class State(msgspec.Struct, frozen=True):
    """Immutable; `evolve` makes the next one, and shares all that did not change."""

    status: Status = Status.QUEUED
    runs: Map[str, Runs] = Map()
    """For each node that has begun: its runs, by number."""
    contexts: Map[str, dict[str, Json]] = Map()
    """For each node that keeps state from run to run: the latest."""
    frontier: Frontier = Frontier()
    active: tuple[Activity, ...] = ()
    """Node runs that have begun and not settled, in the order in which they began. In v0 and v1 at most one."""
    pinned: Mapping[str, Items] = {}
    signals: Map[str, ExecutionResumed] = Map()
    """Signals that came with an idempotency key, by that key."""
    deadline_us: int | None = None
    """When the execution has taken too long."""
    salt: int = 0
    """When the execution was queued: what derived randomness (jitter) starts from."""
    next_index: int = 0
    """How many node runs there have been: the next one's execution index."""
    last_node: str | None = None
    """The node that last settled or failed. A run that succeeded with no outputs at all does not count.

    At the end of an execution in order "parallel" it is the one that would have been last in order v1.
    """
    error: Failure | None = None
    """Why the execution failed."""

    @property
    def finished(self) -> bool:
        return self.status in _FINAL

    @property
    def running(self) -> tuple[tuple[str, int, int], ...]:
        """(node, run, attempt) of every attempt under way: after a crash, those that are lost."""
        return tuple((each.node, each.run, each.attempt) for each in self.active if isinstance(each, Running))

    def items(self, inputs: Sequence[Input]) -> list[Items | None]:
        """The items of each input as the node sees them (see `plugins.running.arrive`); None where nothing arrived."""
        return [None if each is None else arrive(self._sent(each), index) for index, each in enumerate(inputs)]

    def run(self, node: str, run: int) -> NodeRun:
        """Raises `InvalidHistory` when there is no such run."""
        try:
            return self.runs[node][run]
        except LookupError:
            raise InvalidHistory(f"there is no run {run} of node {node!r}") from None

    def doing(self, node: str, run: int) -> Activity:
        """What a run that has not settled is doing. Raises `InvalidHistory` when it is not under way."""
        for each in self.active:
            if each.node == node and each.run == run:
                return each
        raise InvalidHistory(f"run {run} of node {node!r} is not under way")

    def _sent(self, source: Source | Given) -> Items:
        if isinstance(source, Given):
            return source.items
        outputs = self.run(source.node, source.run).outputs or ()
        return (outputs[source.output] if source.output < len(outputs) else None) or []
