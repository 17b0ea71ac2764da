"""Executions: their state, their node runs and their log, and the lists of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from engine.kernel.events import ExecutionMode
from engine.kernel.history import RunStatus
from engine.runtime.history import History
from engine.store.executions import ExecutionFilter as StoreFilter
from engine.store.executions import ExecutionOrder as StoreOrder
from engine.store.paging import Slice
from engine.store.records import ExecutionRecord, ExecutionStatus
from schema.context import Context, Info
from schema.errors import bad_input
from schema.failures import ExecutionError
from schema.fields import resolved
from schema.ids import Kind, is_a
from schema.interfaces import Node
from schema.node_runs import MS_US, ExecutionMetrics, NodeRun, WaitReason
from schema.outputs import OutputNames
from schema.pagination import Connection, Edge, OrderDirection, PageInfo, connection, cut, selects, window
from schema.retries import RetryPlan
from schema.scalars import DateTime, instant
from schema.tenancy import Actor
from schema.versions import WorkflowVersion

if TYPE_CHECKING:
    from schema.events import ExecutionEvent
    from schema.workflows import Workflow

strawberry.enum(ExecutionStatus, description="Where an execution stands.")
strawberry.enum(ExecutionMode, description="What started an execution.")
strawberry.enum(StoreOrder, name="ExecutionOrderField", description="What a list of executions is ordered by.")


@strawberry.type(description="One run of a workflow.")
class Execution(Node):
    status: ExecutionStatus = strawberry.field(description="Where it stands.")
    mode: ExecutionMode = strawberry.field(description="What started it.")
    error: ExecutionError | None = strawberry.field(description="Why it failed, if it did.")
    started_by: Actor = strawberry.field(description="Who started it.")
    created_at: DateTime = strawberry.field(description="When it was accepted.")
    started_at: DateTime | None = strawberry.field(description="When a worker began it.")
    finished_at: DateTime | None = strawberry.field(description="When it came to its end.")
    duration_ms: float | None = strawberry.field(description="From its start to its end, in milliseconds.")
    last_seq: int = strawberry.field(
        description="Seq of the newest stored event: where a subscription that wants only news starts."
    )
    record: strawberry.Private[ExecutionRecord]
    reading: strawberry.Private[asyncio.Task[History] | None] = None

    @resolved("The workflow; null when a definition was run that is not saved.")
    async def workflow(self, info: Info) -> Annotated[Workflow, strawberry.lazy("schema.workflows")] | None:
        from schema.workflows import Workflow  # noqa: PLC0415 - executions and workflows name each other

        if self.record.workflow_id is None:
            return None
        record = await info.context.loaders.workflows.load(self.record.workflow_id)
        return None if record is None else Workflow.of(record)

    @resolved("The version that runs; null when a definition was run that is not saved.")
    async def version(self, info: Info) -> WorkflowVersion | None:
        if self.record.version_id is None:
            return None
        record = await info.context.loaders.versions.load(self.record.version_id)
        return None if record is None else WorkflowVersion.of(record)

    @resolved("The execution that this one tries again; null when it tries none.")
    async def retry_of(self, info: Info) -> Annotated[Execution, strawberry.lazy("schema.executions")] | None:
        return None if self.record.retry_of is None else await execution_by_id(info.context, self.record.retry_of)

    @resolved(
        "What it takes over of the execution that it tries again, what runs again, and why; null when it tries none."
    )
    async def retry_plan(self, info: Info) -> RetryPlan | None:
        taken = (await self.history(info.context)).queued.retried
        return None if taken is None else RetryPlan.of(taken)

    @resolved("The execution that called for this one: whose node waits for it, or whose failure it is about.")
    async def parent(self, info: Info) -> Annotated[Execution, strawberry.lazy("schema.executions")] | None:
        return None if self.record.parent is None else await execution_by_id(info.context, self.record.parent)

    @resolved("Data of the items that it was started with.")
    async def input(self, info: Info) -> JSON | None:
        return JSON([item.json for item in (await self.history(info.context)).queued.items])

    @resolved("Data of the items of the last node run, once it has succeeded.")
    async def output(self, info: Info) -> JSON | None:
        return await self.output_of(info.context)

    @resolved("Its node runs, in the order in which they started.")
    async def node_runs(
        self,
        info: Info,
        *,
        node: Annotated[str | None, strawberry.argument(description="Only runs of this node.")] = None,
        statuses: Annotated[
            list[RunStatus] | None, strawberry.argument(description="Only runs that stand here.")
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="Rows of a page: 50 unless told.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Cursor to go on from.")] = None,
    ) -> Connection[NodeRun]:
        context = info.context
        scope = f"nodeRuns {self.id} {[node, sorted(statuses or ())]}"
        asked = window(context.cursors, scope, first=first, after=after, usual=50, most=context.limits.first)
        runs = [
            run
            for run in (await self.history(context)).runs
            if (node is None or run.node == node) and (not statuses or run.status in statuses)
        ]
        rows, has_next, has_previous = cut(runs, asked, lambda run: (run.execution_index,))
        names = await output_names(context, self.record)
        return connection(
            [(NodeRun.of(run, self.id, names), (run.execution_index,)) for run in rows],
            context.cursors,
            scope,
            has_next=has_next,
            has_previous=has_previous,
            total=len(runs),
        )

    @resolved("Its log, as far as it is stored.")
    async def events(
        self,
        info: Info,
        after: Annotated[int, strawberry.argument(description="Seq to go on from, exclusive.")] = 0,
        first: Annotated[int, strawberry.argument(description="Events of a page, at most 100.")] = 100,
    ) -> Connection[Annotated[ExecutionEvent, strawberry.lazy("schema.events")]]:
        from schema.telling import Teller  # noqa: PLC0415 - executions and events name each other

        context = info.context
        if after < 0 or not 0 <= first <= context.limits.first:
            raise bad_input(f"after is not negative, and first between 0 and {context.limits.first}")
        teller = Teller(self.record, await output_names(context, self.record))
        page = await context.store.executions.history(self.id, after=after, limit=first + 1) or []
        edges = [Edge(node=teller.recorded(each), cursor=str(each.seq)) for each in page[:first]]
        place = PageInfo(
            has_next_page=len(page) > first,
            has_previous_page=after > 0,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return Connection(edges=edges, page_info=place, total_count=self.last_seq)

    @resolved("Why it does not move right now: a worker, a timer, a retry's wait, a signal.")
    async def waiting_for(self, info: Info) -> list[WaitReason]:
        if self.status is ExecutionStatus.QUEUED:
            return [WaitReason.queued()]
        if self.status.final:
            return []
        return [WaitReason.of(wait) for wait in (await self.history(info.context)).waits]

    @resolved("The execution in numbers.")
    async def metrics(self, info: Info) -> ExecutionMetrics:
        return ExecutionMetrics.of((await self.history(info.context)).metrics())

    async def output_of(self, context: Context) -> JSON | None:
        items = (await self.history(context)).output()
        return None if items is None else JSON([item.json for item in items])

    async def history(self, context: Context) -> History:
        """Read once, whichever fields ask for it."""
        if self.reading is None:
            self.reading = asyncio.create_task(context.engine.history(context.store, self.record))
        return await self.reading

    @classmethod
    def of(cls, record: ExecutionRecord) -> Execution:
        began_us, ended_us = record.started_at_us, record.finished_at_us
        return cls(
            id=strawberry.ID(record.id),
            status=record.status,
            mode=record.mode,
            error=None if record.error is None else ExecutionError.of(record.error, node=record.error_node),
            started_by=Actor.read(record.actor),
            created_at=DateTime(record.created_at_us),
            started_at=instant(began_us),
            finished_at=instant(ended_us),
            duration_ms=None if began_us is None or ended_us is None else (ended_us - began_us) / MS_US,
            last_seq=record.last_seq,
            record=record,
        )


async def output_names(context: Context, execution: ExecutionRecord) -> OutputNames:
    return OutputNames(await context.engine.compiled(context.store, execution.definition_hash))


# ------------------------------------------------------------------------------------------------ lists


@strawberry.input(description="Which executions a list has: those that match all that is given.")
class ExecutionFilter:
    workflow_id: strawberry.ID | None = strawberry.field(default=None, description="Of this workflow.")
    statuses: list[ExecutionStatus] | None = strawberry.field(default=None, description="That stand at one of these.")
    modes: list[ExecutionMode] | None = strawberry.field(default=None, description="Started by one of these.")
    started_after: DateTime | None = strawberry.field(default=None, description="That a worker began after this.")
    started_before: DateTime | None = strawberry.field(default=None, description="That a worker began before this.")
    error_code: str | None = strawberry.field(default=None, description="That failed with this code.")

    def where(self) -> StoreFilter:
        return StoreFilter(
            workflow_id=self.workflow_id,
            statuses=frozenset(self.statuses or ()),
            modes=frozenset(self.modes or ()),
            started_after_us=self.started_after,
            started_before_us=self.started_before,
            error_code=self.error_code,
        )


@strawberry.input(description="The order of a list of executions.")
class ExecutionOrder:
    field: StoreOrder = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which way.")


async def page_of_executions(
    info: Info,
    *,
    first: int | None,
    after: str | None,
    last: int | None = None,
    before: str | None = None,
    where: StoreFilter,
    order: ExecutionOrder | None = None,
) -> Connection[Execution]:
    context = info.context
    by = order.field if order is not None else StoreOrder.CREATED_AT
    descending = order is None or order.direction is OrderDirection.DESC
    scope = f"executions {by} {descending} {_words(where)}"
    asked = window(
        context.cursors, scope, first=first, after=after, last=last, before=before, most=context.limits.first
    )
    page = await context.store.executions.page(
        Slice(asked.size, asked.key, backward=asked.backwards),
        where=where,
        order=by,
        descending=descending,
        with_total=selects(info, "totalCount"),
    )
    return connection(
        [(Execution.of(record), by.key(record)) for record in page.rows],
        context.cursors,
        scope,
        has_next=page.has_next,
        has_previous=page.has_previous,
        total=page.total,
    )


def _words(where: StoreFilter) -> Sequence[object]:
    """The filter in a form that is the same whenever the filter is."""
    parts = (getattr(where, name) for name in StoreFilter.__slots__)
    return [sorted(part) if isinstance(part, frozenset) else part for part in parts]


async def execution_by_id(context: Context, id: str) -> Execution | None:
    if not is_a(Kind.EXECUTION, id):
        return None
    record = await context.store.executions.get(id)
    return None if record is None else Execution.of(record)
