"""What newly recorded events change in the execution's row. Pure: the log stays the truth, the row can be remade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from engine.kernel.events import (
    AnyEvent,
    ChildEnded,
    ExecutionCanceled,
    ExecutionFailed,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionTimedOut,
    ExecutionWaiting,
    NodeStarted,
    WorkflowsCalled,
)
from engine.ports import Recorded
from engine.store.records import ExecutionRecord, ExecutionStatus
from plugins.errors import Failure

TIMED_OUT = Failure(code="TIMED_OUT", message="The execution took longer than its workflow allows", permanent=True)


@dataclass(frozen=True, slots=True)
class Progressed:
    """Only the position in the log moves."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The execution runs or waits. `started_at_us` counts when the row has none yet."""

    status: ExecutionStatus
    started_at_us: int | None = None
    wake_at_us: int | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The execution is over, and nobody holds it any longer."""

    status: ExecutionStatus
    finished_at_us: int
    started_at_us: int | None = None
    error: Failure | None = None
    error_node: str | None = None


Change: TypeAlias = Progressed | Moved | Finished


def project(events: Sequence[AnyEvent]) -> Change:
    """The change that these events, recorded together, make."""
    change: Change = Progressed()
    for event in events:
        change = _after(change, event)
    return change


def advanced(execution: ExecutionRecord, recorded: Sequence[Recorded]) -> ExecutionRecord:
    """The record as it stands after these events, which directly follow its last one."""
    if not recorded:
        return execution
    change = project([each.event for each in recorded])
    moved = replace(execution, last_seq=recorded[-1].seq)
    match change:
        case Moved(status, started_at_us, wake_at_us):
            started = _first(execution.started_at_us, started_at_us)
            return replace(moved, status=status, started_at_us=started, wake_at_us=wake_at_us)
        case Finished(status, finished_at_us, started_at_us, error, error_node):
            return replace(
                moved,
                status=status,
                started_at_us=_first(execution.started_at_us, started_at_us),
                finished_at_us=finished_at_us,
                error=error,
                error_node=error_node,
                wake_at_us=None,
            )
        case Progressed():
            return moved


def _first(earlier: int | None, later: int | None) -> int | None:
    return later if earlier is None else earlier


def _after(change: Change, event: AnyEvent) -> Change:
    match event:
        case ExecutionStarted(at_us=at_us):
            return Moved(ExecutionStatus.RUNNING, started_at_us=at_us)
        case ExecutionRecovered() | ExecutionResumed() | NodeStarted() | ChildEnded():
            return Moved(ExecutionStatus.RUNNING, _started(change))
        case ExecutionWaiting(until_us=until_us):
            return Moved(ExecutionStatus.WAITING, _started(change), wake_at_us=until_us)
        case WorkflowsCalled():
            return Moved(ExecutionStatus.WAITING, _started(change))
        case ExecutionSucceeded(at_us=at_us):
            return Finished(ExecutionStatus.SUCCEEDED, at_us, _started(change))
        case ExecutionCanceled(at_us=at_us):
            return Finished(ExecutionStatus.CANCELED, at_us, _started(change))
        case ExecutionTimedOut(at_us=at_us):
            return Finished(ExecutionStatus.TIMED_OUT, at_us, _started(change), TIMED_OUT)
        case ExecutionFailed(at_us=at_us, error=error, node=node):
            return Finished(ExecutionStatus.FAILED, at_us, _started(change), error, node)
    return change


def _started(change: Change) -> int | None:
    return None if isinstance(change, Progressed) else change.started_at_us
