"""Workflows, the lists of them, and the mutations that write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.store.executions import ExecutionFilter as StoreExecutionFilter
from engine.store.paging import Slice
from engine.store.records import WorkflowCategory, WorkflowRecord, WorkflowStatus
from engine.store.workflow_list import WorkflowFilter as StoreFilter
from engine.store.workflow_list import WorkflowOrder as StoreOrder
from schema.arguments import After, First
from schema.context import Context, Info
from schema.fields import resolved
from schema.ids import Kind, is_a
from schema.interfaces import Node
from schema.pagination import Connection, OrderDirection, connection, selects, window
from schema.scalars import DateTime, Version, instant
from schema.tenancy import Actor
from schema.versions import WorkflowVersion

if TYPE_CHECKING:
    from schema.executions import Execution, ExecutionFilter

strawberry.enum(WorkflowStatus, description="Where a workflow is in its life.")
strawberry.enum(WorkflowCategory, description="What a workflow is for.")
strawberry.enum(StoreOrder, name="WorkflowOrderField", description="What a list of workflows is ordered by.")


@strawberry.type(description="A workflow: a name for a line of versions.")
class Workflow(Node):
    name: str = strawberry.field(description="Its name, unique in the tenant.")
    description: str | None = strawberry.field(description="What it is about.")
    status: WorkflowStatus = strawberry.field(description="Where it is in its life.")
    category: WorkflowCategory = strawberry.field(description="What it is for.")
    tags: list[str] = strawberry.field(description="Words that it is found by.")
    created_at: DateTime = strawberry.field(description="When it was created.")
    created_by: Actor = strawberry.field(description="Who created it.")
    updated_at: DateTime = strawberry.field(description="When it, or what is said of it, last changed.")
    updated_by: Actor = strawberry.field(description="Who changed it last.")
    published_at: DateTime | None = strawberry.field(description="When it was last published.")
    latest_version: WorkflowVersion = strawberry.field(description="The version saved last.")
    published_version: WorkflowVersion | None = strawberry.field(
        description="What executeWorkflow runs. Null until first published."
    )

    @resolved("The version of this number.")
    async def version(
        self, info: Info, version: Annotated[Version, strawberry.argument(description="A semantic version.")]
    ) -> WorkflowVersion | None:
        record = await info.context.store.workflows.version_by_number(self.id, version)
        return None if record is None else WorkflowVersion.of(record)

    @resolved("Its versions, the newest first.")
    async def versions(self, info: Info, first: First = None, after: After = None) -> Connection[WorkflowVersion]:
        context = info.context
        scope = f"versions {self.id}"
        asked = window(context.cursors, scope, first=first, after=after, most=context.limits.first)
        page = await context.store.workflows.versions_page(
            self.id, Slice(asked.size, asked.key), with_total=selects(info, "totalCount")
        )
        assert page is not None, "the workflow was there a moment ago, and workflows are not deleted"
        return connection(
            [(WorkflowVersion.of(record), (record.id,)) for record in page.rows],
            context.cursors,
            scope,
            has_next=page.has_next,
            has_previous=page.has_previous,
            total=page.total,
        )

    @resolved("Its executions, the newest first.")
    async def executions(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        filter: Annotated[
            Annotated[ExecutionFilter, strawberry.lazy("schema.executions")] | None,
            strawberry.argument(description="Only those that match. Its workflowId is not read."),
        ] = None,
    ) -> Connection[Annotated[Execution, strawberry.lazy("schema.executions")]]:
        from schema.executions import page_of_executions  # noqa: PLC0415 - workflows and executions name each other

        where = StoreExecutionFilter() if filter is None else filter.where()
        return await page_of_executions(info, first=first, after=after, where=replace(where, workflow_id=self.id))

    @classmethod
    def of(cls, record: WorkflowRecord) -> Workflow:
        return cls(
            id=strawberry.ID(record.id),
            name=record.name,
            description=record.description,
            status=record.status,
            category=record.category,
            tags=list(record.tags),
            created_at=DateTime(record.created_at_us),
            created_by=Actor.read(record.created_by),
            updated_at=DateTime(record.updated_at_us),
            updated_by=Actor.read(record.updated_by),
            published_at=instant(record.published_at_us),
            latest_version=WorkflowVersion.of(record.latest),
            published_version=None if record.published is None else WorkflowVersion.of(record.published),
        )


# ------------------------------------------------------------------------------------------------ lists


@strawberry.input(description="Which workflows a list has: those that match all that is given.")
class WorkflowFilter:
    search: str | None = strawberry.field(
        default=None, description="This text occurs in the name, the description or a tag."
    )
    statuses: list[WorkflowStatus] | None = strawberry.field(
        default=None, description="At one of these points of life."
    )
    categories: list[WorkflowCategory] | None = strawberry.field(default=None, description="For one of these.")
    tags: list[str] | None = strawberry.field(default=None, description="With all of these tags.")
    include_archived: bool = strawberry.field(default=False, description="Archived ones too.")
    updated_after: DateTime | None = strawberry.field(default=None, description="Changed after this.")

    def where(self) -> StoreFilter:
        return StoreFilter(
            search=self.search,
            statuses=frozenset(self.statuses or ()),
            categories=frozenset(self.categories or ()),
            tags=tuple(self.tags or ()),
            updated_after_us=self.updated_after,
            include_archived=self.include_archived,
        )


@strawberry.input(description="The order of a list of workflows.")
class WorkflowOrder:
    field: StoreOrder = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which way.")


async def page_of_workflows(
    info: Info,
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    filter: WorkflowFilter | None,
    order: WorkflowOrder | None,
) -> Connection[Workflow]:
    context = info.context
    where = StoreFilter() if filter is None else filter.where()
    by = order.field if order is not None else StoreOrder.UPDATED_AT
    descending = order is None or order.direction is OrderDirection.DESC
    scope = f"workflows {by} {descending} {_words(where)}"
    asked = window(
        context.cursors, scope, first=first, after=after, last=last, before=before, most=context.limits.first
    )
    page = await context.store.workflows.page(
        Slice(asked.size, asked.key, backward=asked.backwards),
        where=where,
        order=by,
        descending=descending,
        with_total=selects(info, "totalCount"),
    )
    return connection(
        [(Workflow.of(record), by.key(record)) for record in page.rows],
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


async def workflow_by_id(context: Context, id: str) -> Workflow | None:
    if not is_a(Kind.WORKFLOW, id):
        return None
    record = await context.store.workflows.get(id)
    return None if record is None else Workflow.of(record)
