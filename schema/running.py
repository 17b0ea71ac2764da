"""The mutations and the subscription that start executions."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry
from strawberry.scalars import JSON

from engine.kernel.events import ExecutionMode
from engine.runtime.submission import (
    Again,
    BadInput,
    Invalid,
    KeyMismatch,
    NoSuchExecution,
    NotRetryable,
    Refused,
    Start,
    Submitted,
    UnknownVersion,
    UnknownWorkflow,
)
from engine.runtime.submission import (
    NotPublished as IsNotPublished,
)
from engine.store.records import ExecutionRecord
from schema.context import Context
from schema.errors import ApiError, ErrorCode, bad_input
from schema.executions import Execution
from schema.ids import Kind, is_a
from schema.problems import InvalidWorkflow, NotFound, NotPublished, NotResumable, Problem
from schema.scalars import Version
from schema.workflows import Workflow

MAX_PRIORITY = 1_000
KEY_CHARS = 200


@strawberry.input(description="A run of a saved workflow.")
class ExecuteWorkflowInput:
    workflow_id: strawberry.ID = strawberry.field(description="The workflow's id.")
    version: Version | None = strawberry.field(default=None, description="The version to run; else the published one.")
    input: JSON | None = strawberry.field(
        default=None, description="Items for the start node: an object, a list of objects, or n8n items."
    )
    start_node: str | None = strawberry.field(default=None, description="Where to start; else at the trigger.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key, for the same request, answers with the first call's execution."
    )
    wait_ms: int = strawberry.field(
        default=0,
        description=(
            "Wait up to this long and answer with the finished execution; 0 answers as soon as it is accepted and "
            "durable."
        ),
    )
    priority: int = strawberry.field(default=0, description="Higher goes first, from -1000 to 1000.")


@strawberry.input(description="A run of a definition that is not saved: the editor's test button.")
class ExecuteDefinitionInput:
    definition: JSON = strawberry.field(description="An n8n-format document.")
    input: JSON | None = strawberry.field(
        default=None, description="Items for the start node: an object, a list of objects, or n8n items."
    )
    start_node: str | None = strawberry.field(default=None, description="Where to start; else at the trigger.")
    until_node: str | None = strawberry.field(default=None, description="Run what this node needs, and it, no more.")
    pin_data: JSON | None = strawberry.field(
        default=None,
        description="Items by node name, given as that node's output instead of running it; else the document's own.",
    )
    wait_ms: int = strawberry.field(default=0, description="Wait up to this long for the finished execution.")


@strawberry.input(description="Another try of an execution that has ended.")
class RetryExecutionInput:
    execution_id: strawberry.ID = strawberry.field(description="The execution to try again.")
    from_node: str | None = strawberry.field(
        default=None, description="Begin again at this node; else where it failed. In a loop: at the loop's head."
    )
    use_latest_version: bool = strawberry.field(
        default=False, description="Run the latest version of the workflow: what has changed in it runs again too."
    )
    input: JSON | None = strawberry.field(
        default=None, description="Items for the node that begins again, instead of what it was given."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key, for the same request, answers with the first call's execution."
    )


Executed: TypeAlias = Execution | NotFound | NotPublished | InvalidWorkflow | NotResumable
ExecuteWorkflowResult = Annotated[
    Execution | NotFound | NotPublished | InvalidWorkflow | NotResumable,
    strawberry.union("ExecuteWorkflowResult", description="The execution, or why there is none."),
]


async def execute_workflow(context: Context, input: ExecuteWorkflowInput) -> Executed:
    _check_wait(context, input.wait_ms)
    submitted = await submit(context, input)
    if not isinstance(submitted, Submitted):
        return problem(submitted)
    return Execution.of(await _settled(context, submitted, input.wait_ms))


async def execute_definition(context: Context, input: ExecuteDefinitionInput) -> Executed:
    _check_wait(context, input.wait_ms)
    start = Start(
        document=input.definition,
        input=input.input,
        start_node=input.start_node,
        until_node=input.until_node,
        pin_data=input.pin_data,
        mode=ExecutionMode.TEST,
    )
    submitted = await context.engine.submit(context.store, start, actor=context.caller.actor)
    if not isinstance(submitted, Submitted):
        return problem(submitted)
    return Execution.of(await _settled(context, submitted, input.wait_ms))


async def retry_execution(context: Context, input: RetryExecutionInput) -> Executed:
    check_key(input.idempotency_key)
    if not is_a(Kind.EXECUTION, input.execution_id):
        return NotFound.of("Execution")
    again = Again(
        execution_id=input.execution_id,
        from_node=input.from_node,
        use_latest=input.use_latest_version,
        input=input.input,
        idempotency_key=input.idempotency_key,
    )
    submitted = await context.engine.retry(context.store, again, actor=context.caller.actor)
    return Execution.of(submitted.execution) if isinstance(submitted, Submitted) else problem(submitted)


async def submit(context: Context, input: ExecuteWorkflowInput) -> Submitted | Refused:
    """Accepted and durable when it answers `Submitted`. Raises `ApiError(BAD_USER_INPUT)`."""
    check_key(input.idempotency_key)
    if abs(input.priority) > MAX_PRIORITY:
        raise bad_input(f"A priority is between -{MAX_PRIORITY} and {MAX_PRIORITY}")
    if not is_a(Kind.WORKFLOW, input.workflow_id):
        return UnknownWorkflow()
    start = Start(
        workflow_id=input.workflow_id,
        version=input.version,
        input=input.input,
        start_node=input.start_node,
        idempotency_key=input.idempotency_key,
        priority=input.priority,
    )
    return await context.engine.submit(context.store, start, actor=context.caller.actor)


def problem(refused: Refused) -> NotFound | NotPublished | InvalidWorkflow | NotResumable:
    """What a person can act on is answered; the rest is the request's fault and raises `ApiError`."""
    match refused:
        case UnknownWorkflow():
            return NotFound.of("Workflow")
        case UnknownVersion(version):
            return NotFound.of(f"Version {version}")
        case IsNotPublished(workflow):
            return NotPublished.of(Workflow.of(workflow))
        case Invalid(report):
            return InvalidWorkflow.of(report)
        case KeyMismatch():
            message = "This idempotency key was used before, for another request"
            raise ApiError(ErrorCode.IDEMPOTENCY_MISMATCH, message)
        case BadInput(message):
            raise bad_input(message)
        case NoSuchExecution():
            return NotFound.of("Execution")
        case NotRetryable(execution, message):
            return NotResumable.of(Execution.of(execution), message)


def as_error(refused: Problem) -> ApiError:
    """A problem where there is no union to answer it in: a stream that does not begin."""
    code = ErrorCode.NOT_FOUND if isinstance(refused, NotFound) else ErrorCode.CONFLICT
    return ApiError(code, refused.message, problem=refused.code)


def check_key(key: str | None) -> None:
    if key is not None and not 0 < len(key) <= KEY_CHARS:
        raise bad_input(f"An idempotencyKey has 1 to {KEY_CHARS} characters")


def _check_wait(context: Context, wait_ms: int) -> None:
    if not 0 <= wait_ms <= context.limits.wait_ms:
        raise bad_input(f"waitMs is between 0 and {context.limits.wait_ms}")


async def _settled(context: Context, submitted: Submitted, wait_ms: int) -> ExecutionRecord:
    if wait_ms == 0 or submitted.execution.status.final:
        return submitted.execution
    context.put_off(wait_ms)
    return await context.engine.outcome(context.store, submitted.execution, timeout_ms=wait_ms)
