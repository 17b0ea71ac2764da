"""What one execution's log may say: every event is judged the moment it is durable, by rules of its own.

Nothing here is shared with the kernel. The rules are the promises of `docs/guarantees.md`, as a state machine for each
node run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from engine.kernel.events import (
    TERMINAL,
    AnyEvent,
    ExecutionFailed,
    ExecutionQueued,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionWaiting,
    Given,
    NodeFailed,
    NodeRecovered,
    NodeRetryScheduled,
    NodeStarted,
    NodeSucceeded,
    RecoveryStrategy,
    Source,
)
from plugins.errors import Failure
from plugins.items import Items, Json, Outputs
from plugins.node import Effects
from tests.simulation.nodes import EFFECTS, values
from tests.simulation.policy import Policy
from tests.simulation.workflows import Document

UNKNOWN = "OUTCOME_UNKNOWN"
UNFORESEEN = (UNKNOWN, "SANDBOX_UNAVAILABLE")


class Broken(AssertionError):
    """A law does not hold."""

    def __init__(self, law: str, what: str) -> None:
        super().__init__(f"{law}: {what}")
        self.law = law


class Phase(Enum):
    RUNNING = "running"
    LOST = "lost"
    UNKNOWN = "of unknown outcome"
    FAILED = "failed"
    DELAYED = "delayed"
    WAITING = "waiting"
    SETTLED = "settled"


@dataclass
class Run:
    """One node run, as far as the log tells. `starts` counts NodeStarted, whatever their attempts."""

    node: str
    number: int
    inputs: Sequence[Source | Given | None]
    phase: Phase = Phase.RUNNING
    attempt: int = 1
    starts: int = 1
    due_us: int = 0
    """Delayed or waiting: it goes on then, not before."""
    status: str = "RUNNING"
    outputs: Outputs | None = None
    failure: Failure | None = None
    mended: bool = False
    """A failed attempt was followed by one that succeeded, and that is to be said next."""

    def __str__(self) -> str:
        return f"{self.node}.{self.number} (attempt {self.attempt}, {self.phase.value})"


@dataclass
class Ledger:
    """The log of one execution of a document."""

    execution: str
    document: Document
    events: list[AnyEvent] = field(default_factory=list)
    runs: dict[tuple[str, int], Run] = field(default_factory=dict)
    status: str = ""
    """Once it has ended: how."""
    unforeseen: dict[tuple[str, int, int], Failure] = field(default_factory=dict)
    """Failures that are no fault of the node's, by node, run and attempt."""
    latest_us: int = 0
    """The longest that anything has come after its time."""
    _nodes: Mapping[str, Document] = field(init=False)

    def __post_init__(self) -> None:
        self._nodes = {node["name"]: node for node in self.document["nodes"]}

    @property
    def ended(self) -> bool:
        return bool(self.status)

    @property
    def queued(self) -> ExecutionQueued:
        first = self.events[0]
        assert isinstance(first, ExecutionQueued)
        return first

    def effects(self, node: str) -> Effects:
        return EFFECTS[self._nodes[node]["type"]]

    def policy(self, node: str) -> Policy:
        return Policy(self._nodes[node].get("recovery") or {})

    def add(self, seq: int, event: AnyEvent) -> None:
        """Raises `Broken`."""
        self._law(seq == len(self.events) + 1, "no gap, no duplicate", f"event {seq} follows {len(self.events)}")
        self._law(not self.ended, "the end is the end", f"{event} follows it")
        self.events.append(event)
        match event:
            case ExecutionQueued():
                self._law(seq == 1, "queued once", f"as event {seq}")
            case ExecutionStarted():
                self._law(seq == 2, "started once", f"as event {seq}")
            case ExecutionRecovered():
                self._recovered(event)
            case NodeStarted():
                self._started(event)
            case NodeSucceeded():
                run = self._running(event)
                self._settle(run, event.outputs)
                run.mended = run.failure is not None
            case NodeFailed():
                self._failed(event)
            case NodeRetryScheduled():
                self._retried(event)
            case NodeRecovered():
                self._mended(event)
            case ExecutionWaiting():
                run = self._running(event)
                run.phase, run.outputs, run.due_us = Phase.WAITING, event.outputs, event.until_us or 0
            case ExecutionResumed():
                self._resumed(event)
            case _ if isinstance(event, TERMINAL):
                self._ended(event)
            case _:
                raise Broken("known events", f"{event}")

    def given(self, inputs: Sequence[Source | Given | None]) -> list[list[Json] | None]:
        """The values that a run with these inputs must be given, going by what is recorded."""
        return [None if each is None else values(self._sent(each)) for each in inputs]

    # ------------------------------------------------------------------------------------------- node runs

    def _started(self, event: NodeStarted) -> None:
        unknown = [run for run in self.runs.values() if run.phase is Phase.UNKNOWN]
        self._law(not unknown, "unknown outcomes are said first", f"{event.node} starts before {unknown}")
        for source in event.inputs:
            if isinstance(source, Source):
                sender = self.runs.get((source.node, source.run))
                settled = sender is not None and sender.phase is Phase.SETTLED
                self._law(settled, "inputs are recorded first", f"{event.node} starts before {source} has a result")
        run = self.runs.get((event.node, event.run))
        if run is None:
            number = sum(node == event.node for node, _ in self.runs)
            self._law((event.run, event.attempt) == (number, 1), "runs are counted", f"{event} is number {number}")
            self.runs[event.node, event.run] = Run(event.node, event.run, event.inputs)
            return
        self._law(run.inputs == event.inputs, "the same inputs for every attempt", f"{run}")
        if run.phase is Phase.DELAYED:
            self._law(event.at_us >= run.due_us, "no retry before its time", f"{run}: {run.due_us - event.at_us} µs")
            self._law(event.attempt == run.attempt + 1, "attempts are counted", f"{run} begins {event.attempt}")
            self.latest_us = max(self.latest_us, event.at_us - run.due_us)
        else:
            self._law(run.phase is Phase.LOST, "one attempt at a time", f"{run} begins {event.attempt}")
            self._law(event.attempt == run.attempt, "a lost attempt is made again", f"{run}: {event.attempt}")
        run.phase, run.attempt, run.starts = Phase.RUNNING, event.attempt, run.starts + 1

    def _recovered(self, event: ExecutionRecovered) -> None:
        """What was under way is lost; what acted on the world besides, has an unknown outcome."""
        under_way = [run for run in self.runs.values() if run.phase in (Phase.RUNNING, Phase.LOST, Phase.UNKNOWN)]
        lost = {(run.node, run.run, run.attempt) for run in event.lost}
        for run in under_way:
            external = self.effects(run.node) is Effects.EXTERNAL
            said = (run.node, run.number, run.attempt) in lost
            if run.phase is not Phase.LOST:
                self._law(said is not external, "what is lost is said", f"{run}: lost says {event.lost}")
                run.phase = Phase.UNKNOWN if external else Phase.LOST
            lost.discard((run.node, run.number, run.attempt))
        self._law(not lost, "only what is under way is lost", f"{lost}")

    def _failed(self, event: NodeFailed) -> None:
        run = self._run(event.node, event.run)
        if event.error.code == UNKNOWN:
            self._law(run.phase is Phase.UNKNOWN, "unknown only where lost", f"{run}")
        else:
            self._law(run.phase is Phase.RUNNING, "only what runs fails", f"{run}: {event.error.code}")
        self._law(event.attempt == run.attempt, "a result is of its attempt", f"{run}: {event.attempt}")
        run.phase, run.status, run.failure = Phase.FAILED, "FAILED", event.error
        if event.error.code in UNFORESEEN:
            self.unforeseen[event.node, event.run, event.attempt] = event.error

    def _retried(self, event: NodeRetryScheduled) -> None:
        run, policy = self._run(event.node, event.run), self.policy(event.node)
        self._law(run.phase is Phase.FAILED, "only what failed is retried", f"{run}")
        assert run.failure is not None
        self._law(policy.retries(run.attempt, run.failure), "no retry beyond the policy", f"{run}: {run.failure.code}")
        low, high = policy.delay_us(run.attempt, run.failure)
        fits = low - 1 <= event.delay_us <= high + 1 and event.due_us == event.at_us + event.delay_us
        self._law(fits, "a retry waits as its policy says", f"{run}: {event.delay_us}, not {low} to {high}")
        run.phase, run.due_us = Phase.DELAYED, event.due_us

    def _mended(self, event: NodeRecovered) -> None:
        run = self._run(event.node, event.run)
        if event.strategy is RecoveryStrategy.RETRY:
            self._law(run.mended, "a recovery follows a success", f"{run}")
            run.mended = False
            return
        self._law(run.phase is Phase.FAILED, "only what failed is recovered", f"{run}")
        assert run.failure is not None
        policy = self.policy(run.node)
        self._law(not policy.retries(run.attempt, run.failure), "every retry is made first", f"{run}")
        self._law(policy.then == event.strategy, "the policy decides", f"{run}: {policy.then}, not {event.strategy}")
        passed: Outputs = [self._sent(run.inputs[0])] if run.inputs[0] is not None else []
        self._settle(run, passed if event.outputs is None else event.outputs, "RECOVERED")

    def _resumed(self, event: ExecutionResumed) -> None:
        run = self._run(event.node, event.run)
        self._law(run.phase is Phase.WAITING, "a wait ends once", f"{run}")
        self._law(event.at_us >= run.due_us, "no wait ends early", f"{run}: {run.due_us - event.at_us} µs")
        self.latest_us = max(self.latest_us, event.at_us - run.due_us)
        self._settle(run, run.outputs or [])

    def _ended(self, event: AnyEvent) -> None:
        self.status = "SUCCEEDED" if isinstance(event, ExecutionSucceeded) else "FAILED"
        match event:
            case ExecutionSucceeded():
                open_runs = [str(run) for run in self.runs.values() if run.phase is not Phase.SETTLED or run.mended]
                self._law(not open_runs, "success means that all is settled", f"{open_runs}")
            case ExecutionFailed(error=Failure(code="NODE_RUN_BUDGET_EXCEEDED")):
                budget = self.document["settings"]["maxNodeRuns"]
                self._law(len(self.runs) == budget, "the budget is what it is", f"{len(self.runs)} runs")
            case ExecutionFailed(node=str() as node, run=int() as number, error=error):
                run, policy = self._run(node, number), self.policy(node)
                self._law(run.phase is Phase.FAILED and run.failure == error, "the failure is the node's", f"{run}")
                self._law(not policy.retries(run.attempt, error), "every retry is made first", f"{run}")
                self._law(policy.then == "FAIL", "the policy decides", f"{run}: {policy.then}")
            case _:
                raise Broken("executions end by themselves", f"{event}")

    # ------------------------------------------------------------------------------------------- small steps

    def _run(self, node: str, number: int) -> Run:
        run = self.runs.get((node, number))
        if run is None:
            raise Broken("nothing happens to a run before it starts", f"{self.execution}: {node}.{number}")
        return run

    def _running(self, event: NodeSucceeded | ExecutionWaiting) -> Run:
        run = self._run(event.node, event.run)
        self._law(run.phase is not Phase.SETTLED, "one result per node run", f"{run}")
        self._law(run.phase is Phase.RUNNING, "only what runs has a result", f"{run}")
        self._law(event.attempt == run.attempt, "a result is of its attempt", f"{run}: {event.attempt}")
        return run

    def _settle(self, run: Run, outputs: Outputs, status: str = "SUCCEEDED") -> None:
        run.phase, run.status, run.outputs = Phase.SETTLED, status, outputs

    def _sent(self, source: Source | Given | None) -> Items:
        if source is None or isinstance(source, Given):
            return [] if source is None else source.items
        outputs = self._run(source.node, source.run).outputs or ()
        return (outputs[source.output] if source.output < len(outputs) else None) or []

    def _law(self, holds: bool, law: str, what: Any) -> None:
        if not holds:
            raise Broken(law, f"{self.execution}: {what}")
