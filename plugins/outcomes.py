"""What a node may answer instead of items: outcomes that the kernel acts on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from plugins.items import Items, Outputs


@dataclass(frozen=True, slots=True)
class Suspend:
    """Wait without holding anything. `until_us` is epoch microseconds; `signal` names what resumes it.

    On wake-up the run settles with `outputs` (a signal's data replaces them).
    """

    outputs: Outputs
    until_us: int | None = None
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class CallWorkflow:
    """Start another workflow with these items; its last node's items become this node's output."""

    workflow_id: str
    items: Items
    wait: bool = True


Outcome: TypeAlias = Suspend | CallWorkflow
