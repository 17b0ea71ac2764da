"""Telling: the log of an execution in the schema's terms, as a stream of batches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import strawberry

from engine.kernel import events as log
from engine.ports import Recorded
from engine.runtime.live import Batch, Progress
from engine.store.records import ExecutionRecord
from plugins.errors import Failure
from schema.context import Context
from schema.errors import not_found
from schema.events import (
    ChildEnded,
    ChildStarted,
    ExecutionCanceled,
    ExecutionEvent,
    ExecutionEventBatch,
    ExecutionFailed,
    ExecutionQueued,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionTimedOut,
    ExecutionWaiting,
    NodeFailed,
    NodeProgress,
    NodeRecovered,
    NodeRetryScheduled,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    WorkflowsCalled,
)
from schema.executions import output_names
from schema.failures import ExecutionError
from schema.ids import Kind, is_a
from schema.loading import Loaders
from schema.node_runs import MS_US, WaitReason
from schema.outputs import OutputNames
from schema.scalars import DateTime
from schema.tenancy import Actor


class Teller:
    """Tells what is in the log of one execution in the schema's terms."""

    def __init__(self, execution: ExecutionRecord, names: OutputNames) -> None:
        self._execution = execution
        self._names = names
        self._id = strawberry.ID(execution.id)

    def batch(self, batch: Batch) -> ExecutionEventBatch:
        return ExecutionEventBatch(
            events=[
                self.progress(each) if isinstance(each, Progress) else self.recorded(each) for each in batch.events
            ],
            last_seq=batch.last_seq,
            is_final=batch.final,
            record=self._execution,
        )

    def progress(self, progress: Progress) -> NodeProgress:
        return NodeProgress(
            execution_id=self._id,
            seq=None,
            at=DateTime(progress.at_us),
            node=progress.node,
            run_index=progress.run,
            attempt=progress.attempt,
            done=progress.done,
            total=progress.total,
            message=progress.message,
        )

    def recorded(self, recorded: Recorded) -> ExecutionEvent:
        event = recorded.event
        place = {"execution_id": self._id, "seq": recorded.seq, "at": DateTime(event.at_us)}
        if isinstance(event, log.NodeEvent):
            place |= {"node": event.node, "run_index": event.run, "attempt": event.attempt}
            return self._of_node(event, place)
        return self._of_execution(event, place)

    def _of_node(self, event: log.NodeEvent, place: dict[str, Any]) -> ExecutionEvent:
        match event:
            case log.NodeStarted():
                return NodeStarted(**place)
            case log.NodeSucceeded(outputs=outputs, duration_us=duration_us):
                return NodeSucceeded(**place, duration_ms=duration_us / MS_US, produced=outputs, names=self._names)
            case log.NodeFailed(error=error):
                return NodeFailed(**place, error=_error(error, event))
            case log.NodeRetryScheduled(due_us=due_us, delay_us=delay_us, error=error):
                return NodeRetryScheduled(
                    **place, due_at=DateTime(due_us), delay_ms=delay_us / MS_US, error=_error(error, event)
                )
            case log.NodeRecovered(strategy=strategy, error=error, outputs=produced):
                return NodeRecovered(
                    **place,
                    strategy=strategy,
                    error=_error(error, event),
                    produced=produced,
                    execution=self._execution,
                    names=self._names,
                )
            case log.NodeSkipped(reason=reason):
                return NodeSkipped(**place, reason=reason)
            case log.WorkflowsCalled(calls=calls, wait=wait):
                return WorkflowsCalled(**place, calls=len(calls), waits=wait)
            case log.ChildStarted(execution=child):
                return ChildStarted(**place, child_id=child)
            case log.ChildEnded(execution=child, outputs=produced, error=failure):
                why = None if failure is None else _error(failure, event)
                return ChildEnded(**place, child_id=child, error=why, produced=produced, names=self._names)
        raise AssertionError(f"an event of a kind that the schema does not know: {type(event).__name__}")

    def _of_execution(self, event: log.Event, place: dict[str, Any]) -> ExecutionEvent:
        match event:
            case log.ExecutionQueued():
                return ExecutionQueued(**place)
            case log.ExecutionStarted():
                return ExecutionStarted(**place, version_id=self._execution.version_id)
            case log.ExecutionSucceeded():
                return ExecutionSucceeded(**place, execution=self._execution)
            case log.ExecutionFailed(error=error, node=node, attempt=attempt):
                return ExecutionFailed(**place, error=ExecutionError.of(error, node=node, attempt=attempt))
            case log.ExecutionWaiting():
                return ExecutionWaiting(**place, reasons=[WaitReason.of(event)])
            case log.ExecutionResumed():
                return ExecutionResumed(**place)
            case log.ExecutionRecovered(lost=lost):
                return ExecutionRecovered(**place, lost_runs=[f"{run.node}#{run.run}" for run in lost])
            case log.ExecutionCanceled(reason=reason, actor=actor):
                return ExecutionCanceled(**place, reason=reason, by=None if actor is None else Actor.read(actor))
            case log.ExecutionTimedOut():
                return ExecutionTimedOut(**place)
        raise AssertionError(f"an event of a kind that the schema does not know: {type(event).__name__}")


def _error(failure: Failure, event: log.NodeEvent) -> ExecutionError:
    return ExecutionError.of(failure, node=event.node, attempt=event.attempt)


# ------------------------------------------------------------------------------------------------ as streams


async def events_of(context: Context, id: str, *, after: int, progress: bool) -> AsyncIterator[ExecutionEventBatch]:
    """Raises `ApiError(NOT_FOUND)` before the first batch, for an id of nobody and for one of somebody else alike."""
    record = await context.store.executions.get(id) if is_a(Kind.EXECUTION, id) else None
    if record is None:
        raise not_found("Execution")
    return tell(context, record, after=after, progress=progress)


async def tell(
    context: Context, record: ExecutionRecord, *, after: int, progress: bool
) -> AsyncIterator[ExecutionEventBatch]:
    """The execution's log from `after` to its end, in the batches in which it was committed."""
    teller = Teller(record, await output_names(context, record))
    async for batch in context.engine.tail(context.store, record.id, after=after, progress=progress):
        context.loaders = Loaders(context.store)  # A stream lives long: what one batch loaded is old for the next.
        yield teller.batch(batch)
