"""The roots: what can be asked, done and followed, and the schema made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from engine.definition.validation import Stage
from engine.runtime.submission import Submitted
from engine.store.executions import ExecutionFilter as NoExecutionFilter
from schema.arguments import After, Before, First, Id, Last
from schema.context import Info
from schema.errors import ErrorCode, bad_input
from schema.events import (
    ChildEnded,
    ChildStarted,
    ExecutionCanceled,
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
from schema.executions import Execution, ExecutionFilter, ExecutionOrder, execution_by_id, page_of_executions
from schema.fields import resolved, streamed
from schema.ids import Kind, kind_of
from schema.interfaces import Node
from schema.intervening import ExecutionResult, ResumeExecutionInput, cancel_execution, resume_execution
from schema.nodes import Category, NodeType, Search, Tags, page_of_types, type_named
from schema.pagination import Connection
from schema.plugins import NodeCategory, Plugin, categories_of, plugins_of
from schema.problems import InvalidWorkflow, NameTaken, NotFound, NotPublished, NotResumable, VersionConflict
from schema.running import (
    ExecuteDefinitionInput,
    ExecuteWorkflowInput,
    ExecuteWorkflowResult,
    RetryExecutionInput,
    as_error,
    execute_definition,
    execute_workflow,
    problem,
    retry_execution,
    submit,
)
from schema.saving import (
    CreateWorkflowInput,
    CreateWorkflowResult,
    PublishWorkflowInput,
    PublishWorkflowResult,
    UpdateWorkflowInput,
    UpdateWorkflowResult,
    create_workflow,
    publish_workflow,
    update_workflow,
)
from schema.scalars import SCALARS, DateTime
from schema.statistics import ErrorStatistics, error_statistics
from schema.telling import events_of, tell
from schema.tenancy import Viewer
from schema.validation import ValidationReport
from schema.versions import WorkflowVersion
from schema.workflows import Workflow, WorkflowFilter, WorkflowOrder, page_of_workflows, workflow_by_id


@strawberry.type(description="What can be asked. An id of another tenant answers as one that never existed.")
class Query:
    @resolved("Anything that has an id.")
    async def node(self, info: Info, id: Id) -> Node | None:
        match kind_of(id):
            case Kind.WORKFLOW:
                return await workflow_by_id(info.context, id)
            case Kind.EXECUTION:
                return await execution_by_id(info.context, id)
            case Kind.VERSION:
                record = await info.context.store.workflows.version(id)
                return None if record is None else WorkflowVersion.of(record)
            case None:
                return None

    @resolved("The caller, as the credential says.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.caller)

    @resolved("The workflow of this id.")
    async def workflow(self, info: Info, id: Id) -> Workflow | None:
        return await workflow_by_id(info.context, id)

    @resolved("The workflow of this name.")
    async def workflow_by_name(
        self, info: Info, name: Annotated[str, strawberry.argument(description="The name, exactly.")]
    ) -> Workflow | None:
        record = await info.context.store.workflows.by_name(name)
        return None if record is None else Workflow.of(record)

    @resolved("Workflows, those changed last first unless told.")
    async def workflows(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[WorkflowFilter | None, strawberry.argument(description="Only those that match.")] = None,
        order_by: Annotated[WorkflowOrder | None, strawberry.argument(description="Their order.")] = None,
    ) -> Connection[Workflow]:
        return await page_of_workflows(
            info, first=first, after=after, last=last, before=before, filter=filter, order=order_by
        )

    @resolved("Every problem at once, each with a JSON pointer, a stable code and a suggested fix. Saves nothing.")
    async def validate_workflow(
        self,
        info: Info,
        definition: Annotated[JSON, strawberry.argument(description="An n8n-format document.")],
        strict_dag: Annotated[bool, strawberry.argument(description="Whether a cycle is an error.")] = False,
    ) -> ValidationReport:
        context = info.context
        report = await context.engine.validate(
            context.store.tenant, definition, stage=Stage.CHECK, strict_dag=strict_dag
        )
        return ValidationReport.of(report)

    @resolved("The execution of this id.")
    async def execution(self, info: Info, id: Id) -> Execution | None:
        return await execution_by_id(info.context, id)

    @resolved("Executions, the newest first unless told.")
    async def executions(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[ExecutionFilter | None, strawberry.argument(description="Only those that match.")] = None,
        order_by: Annotated[ExecutionOrder | None, strawberry.argument(description="Their order.")] = None,
    ) -> Connection[Execution]:
        where = NoExecutionFilter() if filter is None else filter.where()
        return await page_of_executions(
            info, first=first, after=after, last=last, before=before, where=where, order=order_by
        )

    @resolved(
        "Failures of this tenant: totals by node, by node type and by code, and the most recent ones. The last 90 days "
        "are counted, by the hour."
    )
    async def error_statistics(
        self,
        info: Info,
        workflow_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this workflow.")] = None,
        since: Annotated[
            DateTime | None, strawberry.argument(description="Not before this; totals begin with its hour.")
        ] = None,
    ) -> ErrorStatistics:
        return await error_statistics(info.context, workflow_id, since)

    @resolved("What the installed plugins can do: the latest version of each type, by name.")
    def node_types(
        self,
        info: Info,
        *,
        first: Annotated[int | None, strawberry.argument(description="Rows of a page: 50 unless told.")] = None,
        after: After = None,
        search: Search = None,
        category: Category = None,
        tags: Tags = None,
    ) -> Connection[NodeType]:
        return page_of_types(info.context, first=first, after=after, search=search, category=category, tags=tags)

    @resolved("One node type.")
    def node_type(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="The type, as workflow documents name it.")],
        version: Annotated[float | None, strawberry.argument(description="Its version; else the latest.")] = None,
    ) -> NodeType | None:
        return type_named(info.context, name, version)

    @resolved("The kinds of work that node types do, in order of name.")
    def node_categories(self, info: Info) -> list[NodeCategory]:
        return categories_of(info.context)

    @resolved("The plugins of this server, ready or not: its own nodes first, then by name.")
    def plugins(self, info: Info) -> list[Plugin]:
        return plugins_of(info.context)


@strawberry.type(description="What can be done.")
class Mutation:
    @resolved("Saves a workflow under its first version.")
    async def create_workflow(
        self, info: Info, input: Annotated[CreateWorkflowInput, strawberry.argument(description="The workflow.")]
    ) -> CreateWorkflowResult:
        return await create_workflow(info.context, input)

    @resolved("Saves a new immutable version. expectedVersion guards against lost updates.")
    async def update_workflow(
        self, info: Info, input: Annotated[UpdateWorkflowInput, strawberry.argument(description="The changes.")]
    ) -> UpdateWorkflowResult:
        return await update_workflow(info.context, input)

    @resolved("Makes a version what executions run.")
    async def publish_workflow(
        self, info: Info, input: Annotated[PublishWorkflowInput, strawberry.argument(description="The version.")]
    ) -> PublishWorkflowResult:
        return await publish_workflow(info.context, input)

    @resolved("Starts an execution of a saved workflow. Durable once answered.")
    async def execute_workflow(
        self, info: Info, input: Annotated[ExecuteWorkflowInput, strawberry.argument(description="What to run.")]
    ) -> ExecuteWorkflowResult:
        return await execute_workflow(info.context, input)

    @resolved("Runs a definition that is not saved, or part of it, with pinned data: the editor's test button.")
    async def execute_definition(
        self, info: Info, input: Annotated[ExecuteDefinitionInput, strawberry.argument(description="What to run.")]
    ) -> ExecuteWorkflowResult:
        return await execute_definition(info.context, input)

    @resolved(
        "A new execution that takes over every finished node run before the chosen node, or before the failed one. Its "
        "retryPlan says which, and why."
    )
    async def retry_execution(
        self, info: Info, input: Annotated[RetryExecutionInput, strawberry.argument(description="What to try again.")]
    ) -> ExecuteWorkflowResult:
        return await retry_execution(info.context, input)

    @resolved(
        "Ends an execution: what runs of it is stopped, and nothing that comes later undoes it. One that has ended "
        "before is answered as it is."
    )
    async def cancel_execution(
        self,
        info: Info,
        id: Id,
        reason: Annotated[str | None, strawberry.argument(description="Why, for its log.")] = None,
    ) -> ExecutionResult:
        return await cancel_execution(info.context, id, reason)

    @resolved("Delivers data to a node that waits for it: an approval, a form, a callback. Durable once answered.")
    async def resume_execution(
        self, info: Info, input: Annotated[ResumeExecutionInput, strawberry.argument(description="The signal.")]
    ) -> ExecutionResult:
        return await resume_execution(info.context, input)


@strawberry.type(description="What can be followed.")
class Subscription:
    @streamed(
        "The execution's log from `after` (exclusive) to its end: stored events first, then live ones, without a "
        "gap or a duplicate, then it completes. Events come in batches: whatever was committed together, at most "
        "100. Reconnect with the last batch's lastSeq."
    )
    async def execution_events(
        self,
        info: Info,
        execution_id: Annotated[strawberry.ID, strawberry.argument(description="The execution's id.")],
        after: Annotated[int, strawberry.argument(description="Seq to go on from, exclusive.")] = 0,
        include_progress: Annotated[
            bool, strawberry.argument(description="Whether to tell NodeProgress too: live only, and without a seq.")
        ] = False,
    ) -> AsyncIterator[ExecutionEventBatch]:
        if after < 0:
            raise bad_input("after is not negative")
        return await events_of(info.context, execution_id, after=after, progress=include_progress)

    @streamed("Starts an execution and streams its events: one operation, no race between the two.")
    async def run_workflow(
        self, info: Info, input: Annotated[ExecuteWorkflowInput, strawberry.argument(description="What to run.")]
    ) -> AsyncIterator[ExecutionEventBatch]:
        submitted = await submit(info.context, input)
        if not isinstance(submitted, Submitted):
            raise as_error(problem(submitted))
        return tell(info.context, submitted.execution, after=0, progress=False)


UNNAMED = [
    ErrorCode,
    ExecutionQueued,
    ExecutionStarted,
    ExecutionRecovered,
    ExecutionWaiting,
    ExecutionResumed,
    ExecutionSucceeded,
    ExecutionFailed,
    ExecutionCanceled,
    ExecutionTimedOut,
    NodeStarted,
    NodeSucceeded,
    NodeFailed,
    NodeRetryScheduled,
    NodeRecovered,
    NodeSkipped,
    NodeProgress,
    WorkflowsCalled,
    ChildStarted,
    ChildEnded,
    InvalidWorkflow,
    VersionConflict,
    NameTaken,
    NotPublished,
    NotResumable,
    NotFound,
]
"""Types that no field names: members of interfaces."""


def build_schema(*, in_order: bool = False) -> strawberry.Schema:
    """The schema to serve; `in_order` of names, it is for printing alone.

    graphql-core sorts a schema by making it anew, and what it makes of Strawberry's enums reads an input as text.
    """
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=UNNAMED,
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=in_order),
    )


def sdl() -> str:
    """The schema in words, in the order of names: what `schema/schema.graphql` holds."""
    return build_schema(in_order=True).as_str() + "\n"
