"""Events: the log of an execution as clients see it, in batches, stored first and then live."""

from __future__ import annotations

import strawberry
from strawberry.scalars import JSON

from engine.kernel.events import RecoveryStrategy
from engine.store.records import ExecutionRecord
from plugins.items import Outputs
from schema.context import Info
from schema.executions import Execution, execution_by_id
from schema.failures import ExecutionError
from schema.fields import resolved
from schema.node_runs import WaitReason
from schema.outputs import MaxItems, NodeOutput, OutputNames, outputs_of
from schema.scalars import DateTime, Version
from schema.tenancy import Actor

strawberry.enum(RecoveryStrategy, description="How a failing node run was recovered.")


@strawberry.interface(description="Something that happened to an execution.")
class ExecutionEvent:
    execution_id: strawberry.ID = strawberry.field(description="The execution.")
    seq: int | None = strawberry.field(description="Place in the log, from 1; null for what is not stored.")
    at: DateTime = strawberry.field(description="When it was decided.")


@strawberry.interface(description="Something that happened to one attempt at one run of a node.")
class NodeEvent:
    node: str = strawberry.field(description="Name of the node.")
    run_index: int = strawberry.field(description="Which run of the node, from 0.")
    attempt: int = strawberry.field(description="Which attempt of the run, from 1.")


@strawberry.type(description="Accepted, and durable.")
class ExecutionQueued(ExecutionEvent):
    pass


@strawberry.type(description="A worker began it.")
class ExecutionStarted(ExecutionEvent):
    version_id: strawberry.Private[str | None]

    @resolved("The version that runs; null for a definition that is not saved.")
    async def version(self, info: Info) -> Version | None:
        if self.version_id is None:
            return None
        record = await info.context.loaders.versions.load(self.version_id)
        return None if record is None else Version(record.version)


@strawberry.type(description="A worker took the execution over after a crash or a restart.")
class ExecutionRecovered(ExecutionEvent):
    lost_runs: list[str] = strawberry.field(
        description="Node runs that were under way and will run again, each as `node#run`."
    )


@strawberry.type(description="It waits, and holds nothing meanwhile.")
class ExecutionWaiting(ExecutionEvent):
    reasons: list[WaitReason] = strawberry.field(description="What it waits for.")


@strawberry.type(description="A wait is over.")
class ExecutionResumed(ExecutionEvent):
    pass


@strawberry.type(description="It came to a good end.")
class ExecutionSucceeded(ExecutionEvent):
    execution: strawberry.Private[ExecutionRecord]

    @resolved("Data of the items of the last node run.")
    async def output(self, info: Info) -> JSON | None:
        return await Execution.of(self.execution).output_of(info.context)


@strawberry.type(description="It failed.")
class ExecutionFailed(ExecutionEvent):
    error: ExecutionError = strawberry.field(description="Why.")


@strawberry.type(description="Somebody stopped it.")
class ExecutionCanceled(ExecutionEvent):
    reason: str | None = strawberry.field(description="What they said.")
    by: Actor | None = strawberry.field(description="Who it was.")


@strawberry.type(description="It took longer than its workflow allows.")
class ExecutionTimedOut(ExecutionEvent):
    pass


@strawberry.type(description="An attempt began.")
class NodeStarted(ExecutionEvent, NodeEvent):
    pass


@strawberry.type(description="An attempt succeeded.")
class NodeSucceeded(ExecutionEvent, NodeEvent):
    duration_ms: float = strawberry.field(description="What it took, in milliseconds.")
    produced: strawberry.Private[Outputs]
    names: strawberry.Private[OutputNames]

    @resolved("What it put out: one list of items for each output.")
    def outputs(self, max_items: MaxItems = 100) -> list[NodeOutput]:
        return outputs_of(self.produced, self.names.of(self.node), max_items)


@strawberry.type(description="An attempt failed. What follows (another attempt, a recovery, the end) is another event.")
class NodeFailed(ExecutionEvent, NodeEvent):
    error: ExecutionError = strawberry.field(description="Why.")


@strawberry.type(description="Another attempt will be made.")
class NodeRetryScheduled(ExecutionEvent, NodeEvent):
    due_at: DateTime = strawberry.field(description="When it starts, and not before.")
    delay_ms: float = strawberry.field(description="The wait, in milliseconds.")
    error: ExecutionError = strawberry.field(description="Why the last one failed.")


@strawberry.type(description="Recovery took place: which strategy, after how many attempts, and what flows on instead.")
class NodeRecovered(ExecutionEvent, NodeEvent):
    strategy: RecoveryStrategy = strawberry.field(description="How it was recovered.")
    error: ExecutionError = strawberry.field(description="The failure that it was recovered from.")
    produced: strawberry.Private[Outputs | None]
    execution: strawberry.Private[ExecutionRecord]
    names: strawberry.Private[OutputNames]

    @resolved("What flows on instead; nothing for a retry, whose result has its own event.")
    async def outputs(self, info: Info, max_items: MaxItems = 100) -> list[NodeOutput]:
        outputs = self.produced
        if outputs is None and self.strategy is not RecoveryStrategy.RETRY:
            history = await info.context.engine.history(info.context.store, self.execution)
            outputs = history.state.run(self.node, self.run_index).outputs
        return outputs_of(outputs, self.names.of(self.node), max_items)


@strawberry.type(description="The node was not run.")
class NodeSkipped(ExecutionEvent, NodeEvent):
    reason: str = strawberry.field(description="Why: `disabled` ones pass their input through.")


@strawberry.type(description="The node asks for other workflows to be run. Each execution started has its own event.")
class WorkflowsCalled(ExecutionEvent, NodeEvent):
    calls: int = strawberry.field(description="How many executions it asks for, one after another.")
    waits: bool = strawberry.field(description="Whether it goes on only when they have ended.")


@strawberry.type(description="An execution of another workflow was started for a node.")
class ChildStarted(ExecutionEvent, NodeEvent):
    child_id: strawberry.Private[str]

    @resolved("The execution, as it stands now.")
    async def child(self, info: Info) -> Execution | None:
        return await execution_by_id(info.context, self.child_id)


@strawberry.type(description="An execution that a node has asked for came to its end, or could not be started.")
class ChildEnded(ExecutionEvent, NodeEvent):
    error: ExecutionError | None = strawberry.field(description="Why it failed, if it did.")
    child_id: strawberry.Private[str | None]
    produced: strawberry.Private[Outputs | None]
    names: strawberry.Private[OutputNames]

    @resolved("The execution; null when none could be started.")
    async def child(self, info: Info) -> Execution | None:
        return None if self.child_id is None else await execution_by_id(info.context, self.child_id)

    @resolved("What its last node put out.")
    def outputs(self, max_items: MaxItems = 100) -> list[NodeOutput]:
        return outputs_of(self.produced, self.names.of(self.node), max_items)


@strawberry.type(description="How far an attempt has come. Live only: it is not stored, and has no seq.")
class NodeProgress(ExecutionEvent, NodeEvent):
    done: int = strawberry.field(description="How much is done.")
    total: int | None = strawberry.field(description="Of how much, where that is known.")
    message: str | None = strawberry.field(description="What it is at.")


@strawberry.type(description="Events that were committed together, at most 100.")
class ExecutionEventBatch:
    events: list[ExecutionEvent] = strawberry.field(description="In the order of the log.")
    last_seq: int = strawberry.field(description="Seq of the last stored event so far: reconnect with it.")
    is_final: bool = strawberry.field(description="Whether the execution has ended, and nothing will follow.")
    record: strawberry.Private[ExecutionRecord]

    @resolved("The execution as it stands now.")
    async def execution(self, info: Info) -> Execution:
        record = await info.context.store.executions.get(self.record.id)
        return Execution.of(record or self.record)
