"""What the kernel asks for: imperatives that the runner carries out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from engine.kernel.events import AnyEvent, Given, Source
from plugins.outcomes import CallWorkflow


@dataclass(frozen=True, slots=True)
class StartNode:
    """Run one attempt of a node. The runner records `NodeStarted` with exactly these fields first."""

    node: str
    run: int
    attempt: int
    execution_index: int
    inputs: tuple[Source | Given | None, ...]


@dataclass(frozen=True, slots=True)
class StopNode:
    """Cancel a running attempt: nobody will read its result."""

    node: str
    run: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Record:
    """Write down a decision, so that a replay repeats it instead of making it again."""

    event: AnyEvent


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Nothing to do before this instant (epoch microseconds) unless something else happens."""

    due_us: int


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start the execution that a run's next call asks for. The runner records `ChildStarted` in the transaction that
    accepts it, or `ChildEnded` with the reason why there is none."""

    node: str
    run: int
    attempt: int
    call: CallWorkflow


@dataclass(frozen=True, slots=True)
class SettleCalls:
    """All answers are there: make them the result of the run."""

    node: str
    run: int
    attempt: int


Command: TypeAlias = StartNode | StopNode | Record | WakeAt | StartChild | SettleCalls
