"""Node runs, and what else an execution's history says: why it waits, and its metrics."""

from __future__ import annotations

import strawberry

from engine.kernel.activity import Delayed, Suspended
from engine.kernel.calls import Calling
from engine.kernel.events import ExecutionWaiting, RecoveryStrategy
from engine.kernel.history import NodeRun as NodeRunFolded
from engine.kernel.history import RunStatus
from engine.runtime.history import Metrics
from schema.failures import ExecutionError
from schema.fields import resolved
from schema.ids import node_run_id
from schema.outputs import MaxItems, NodeOutput, OutputNames, outputs_of
from schema.recovery import RecoveryAction
from schema.scalars import DateTime, instant

strawberry.enum(RunStatus, name="NodeRunStatus", description="Where a node run stands.")

MS_US = 1_000


@strawberry.type(description="Why an execution does not move right now.")
class WaitReason:
    code: str = strawberry.field(description="QUEUED, TIMER, RETRY_BACKOFF, SIGNAL or SUB_WORKFLOW.")
    message: str = strawberry.field(description="The reason in words.")
    node: str | None = strawberry.field(default=None, description="The node that waits, if one does.")
    until: DateTime | None = strawberry.field(default=None, description="When it goes on by itself.")

    @classmethod
    def queued(cls) -> WaitReason:
        return cls(code="QUEUED", message="Waits for a worker to be free")

    @classmethod
    def of(cls, wait: Delayed | Suspended | Calling | ExecutionWaiting) -> WaitReason:
        match wait:
            case Delayed():
                message = f"Waits before attempt {wait.attempt}"
                return cls(code="RETRY_BACKOFF", message=message, node=wait.node, until=DateTime(wait.due_us))
            case Calling():
                message = f"Waits for the execution {wait.child} of another workflow"
                return cls(code="SUB_WORKFLOW", message=message, node=wait.node)
            case _ if wait.signal is not None:
                message = "Waits for a signal" if wait.until_us is None else "Waits for a signal, or for its time"
                return cls(code="SIGNAL", message=message, node=wait.node, until=instant(wait.until_us))
            case _:
                return cls(code="TIMER", message="Waits for its time", node=wait.node, until=instant(wait.until_us))


@strawberry.type(description="An execution in numbers.")
class ExecutionMetrics:
    nodes_run: int = strawberry.field(description="Node runs that began, without those that were skipped.")
    succeeded: int = strawberry.field(description="Node runs that succeeded.")
    failed: int = strawberry.field(description="Node runs that failed for good.")
    skipped: int = strawberry.field(description="Node runs that were skipped: their node is disabled.")
    retries: int = strawberry.field(description="Attempts after the first.")
    recoveries: int = strawberry.field(description="Node runs that failed at first and were recovered.")
    items: int = strawberry.field(description="Items that all node runs put out.")

    @classmethod
    def of(cls, metrics: Metrics) -> ExecutionMetrics:
        return cls(**{name: getattr(metrics, name) for name in Metrics.__slots__})


@strawberry.type(description="One run of a node.")
class NodeRun:
    id: strawberry.ID = strawberry.field(description="The node run's id.")
    node: str = strawberry.field(description="Name of the node.")
    run_index: int = strawberry.field(description="Which run of this node, from 0.")
    execution_index: int = strawberry.field(
        description="Position among all node runs of the execution: the order in which they started, and of lists."
    )
    status: RunStatus = strawberry.field(description="Where it stands.")
    attempts: int = strawberry.field(description="Attempts so far.")
    started_at: DateTime | None = strawberry.field(description="When the first attempt began.")
    finished_at: DateTime | None = strawberry.field(description="When it settled.")
    duration_ms: float | None = strawberry.field(description="What its last attempt took, in milliseconds.")
    error: ExecutionError | None = strawberry.field(description="Its last failure, unless another attempt mended it.")
    recovery: RecoveryAction | None = strawberry.field(description="How a failure was recovered from, if it was.")
    reused: bool = strawberry.field(
        description="Whether it was taken over from the execution that this one tries again."
    )
    folded: strawberry.Private[NodeRunFolded]
    names: strawberry.Private[OutputNames]

    @resolved("What it put out: one list of items for each output.")
    def outputs(self, max_items: MaxItems = 100) -> list[NodeOutput]:
        return outputs_of(self.folded.outputs, self.names.of(self.node), max_items)

    @classmethod
    def of(cls, run: NodeRunFolded, execution_id: str, names: OutputNames) -> NodeRun:
        failure = run.error
        return cls(
            id=strawberry.ID(node_run_id(execution_id, run.execution_index)),
            node=run.node,
            run_index=run.run,
            execution_index=run.execution_index,
            status=run.status,
            attempts=run.attempt,
            started_at=DateTime(run.started_at_us),
            finished_at=instant(run.finished_at_us),
            duration_ms=run.duration_us / MS_US if run.finished_at_us is not None else None,
            error=None if failure is None else ExecutionError.of(failure, node=run.node, attempt=run.attempt),
            recovery=_action(run.recovery),
            reused=run.reused,
            folded=run,
            names=names,
        )


def _action(strategy: RecoveryStrategy | None) -> RecoveryAction | None:
    """A retry that succeeded is no action of its own: `attempts` tells."""
    match strategy:
        case RecoveryStrategy.SKIP:
            return RecoveryAction.SKIP
        case RecoveryStrategy.FALLBACK:
            return RecoveryAction.FALLBACK
        case _:
            return None
