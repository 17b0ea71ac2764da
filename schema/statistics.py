"""Statistics of failures: totals of attempts that failed, and the latest of them."""

from __future__ import annotations

import strawberry

from engine.kernel.events import NodeFailed as Failed
from engine.ports import Recorded
from engine.store.failures import Count as Counted
from engine.store.failures import ErrorStatistics as Statistics
from schema.context import Context
from schema.events import NodeFailed
from schema.failures import ExecutionError
from schema.ids import Kind, is_a
from schema.scalars import DateTime


@strawberry.type(description="How often something was counted.")
class Count:
    key: str = strawberry.field(description="What was counted.")
    count: int = strawberry.field(description="How often.")

    @classmethod
    def of(cls, counted: Counted) -> Count:
        return cls(key=counted.key, count=counted.count)


@strawberry.type(description="Attempts at nodes that failed: the 100 most frequent keys of each breakdown.")
class ErrorStatistics:
    total: int = strawberry.field(description="How many attempts failed.")
    by_node: list[Count] = strawberry.field(description="By name of the node.")
    by_node_type: list[Count] = strawberry.field(description="By type of the node.")
    by_code: list[Count] = strawberry.field(description="By code of the error.")
    recent: list[NodeFailed] = strawberry.field(description="The latest 20, the newest first.")

    @classmethod
    def of(cls, statistics: Statistics) -> ErrorStatistics:
        return cls(
            total=statistics.total,
            by_node=[Count.of(each) for each in statistics.by_node],
            by_node_type=[Count.of(each) for each in statistics.by_node_type],
            by_code=[Count.of(each) for each in statistics.by_code],
            recent=[_failed(execution_id, recorded) for execution_id, recorded in statistics.recent],
        )


async def error_statistics(context: Context, workflow_id: str | None, since: DateTime | None) -> ErrorStatistics:
    """Of a workflow that there is not, there are no failures."""
    wanted = workflow_id if workflow_id is None or is_a(Kind.WORKFLOW, workflow_id) else ""
    return ErrorStatistics.of(await context.store.failures.statistics(workflow_id=wanted, since_us=since or 0))


def _failed(execution_id: str, recorded: Recorded) -> NodeFailed:
    event = recorded.event
    assert isinstance(event, Failed), "only these are counted"
    return NodeFailed(
        execution_id=strawberry.ID(execution_id),
        seq=recorded.seq,
        at=DateTime(event.at_us),
        node=event.node,
        run_index=event.run,
        attempt=event.attempt,
        error=ExecutionError.of(event.error, node=event.node, attempt=event.attempt),
    )
