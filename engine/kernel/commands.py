"""What the kernel asks for: imperatives that the runner carries out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from engine.kernel.events import AnyEvent, Given, Source


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


Command: TypeAlias = StartNode | StopNode | Record | WakeAt
