"""What a node may answer instead of items: outcomes that the kernel acts on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from plugins.items import Items, Json, Outputs


@dataclass(frozen=True, slots=True)
class Suspend:
    """Wait without holding anything. `until_us` is epoch microseconds; `signal` names what resumes it.

    On wake-up the run settles with `outputs` (a signal's data replaces them).
    """

    outputs: Outputs
    until_us: int | None = None
    signal: str | None = None


class CallWorkflow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One execution of another workflow, with these items at its trigger.

    The workflow is a published one of the same tenant (`workflow_id`: ours, or the one its document was imported
    with), or a `document` that is not saved. `position` is the item of input 0 that the call is made for: what comes
    back is paired with it; without one, with the items one by one, or with all of them. Where the node carries on
    after a failure, its error item goes to output `error_output`.
    """

    workflow_id: str
    items: Items
    document: Json = None
    position: int | None = None
    error_output: int = 0


@dataclass(frozen=True, slots=True)
class CallWorkflows:
    """Run other workflows, one after another; all outputs of their last nodes together become this node's.

    Without `wait` they are only started, and input 0 passes through. With `keep_going` an error item takes the place
    of what a call that failed would have answered, and the others are made all the same.
    """

    calls: Sequence[CallWorkflow]
    wait: bool = True
    keep_going: bool = False


Outcome: TypeAlias = Suspend | CallWorkflows
