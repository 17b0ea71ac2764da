"""The mutations that reach into an execution under way: end it, or give it what it waits for."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from engine.runtime.inbox import Signal
from engine.runtime.intervention import NotResumable as NothingWaits
from engine.runtime.intervention import Resumed, SignalMismatch
from engine.runtime.live import UnknownExecution
from engine.runtime.submission import BadInput
from plugins.items import Items, Json, items_from_json
from schema.context import Context
from schema.errors import ApiError, ErrorCode, bad_input
from schema.executions import Execution
from schema.ids import Kind, is_a
from schema.problems import NotFound, NotResumable
from schema.running import check_key

REASON_CHARS = 1_000


@strawberry.input(description="Data for a node that waits for it: an approval, a form, a callback.")
class ResumeExecutionInput:
    execution_id: strawberry.ID = strawberry.field(description="The execution's id.")
    node: str | None = strawberry.field(
        default=None, description="The node that it is for; not needed where only one waits."
    )
    data: JSON | None = strawberry.field(
        default=None,
        description=(
            "Items that the node goes on with: an object, a list of objects, or n8n items. Without any, its own pass."
        ),
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key, with the same data, is delivered once to an execution."
    )


ExecutionResult = Annotated[
    Execution | NotFound | NotResumable,
    strawberry.union("ExecutionResult", description="The execution as it stands now, or why nothing was done."),
]


async def cancel_execution(context: Context, id: str, reason: str | None) -> Execution | NotFound | NotResumable:
    """Raises `ApiError(BAD_USER_INPUT)`."""
    if reason is not None and len(reason) > REASON_CHARS:
        raise bad_input(f"A reason has at most {REASON_CHARS} characters")
    if not is_a(Kind.EXECUTION, id):
        return NotFound.of("Execution")
    try:
        record = await context.engine.cancel(context.store, id, reason=reason, actor=context.caller.actor)
    except UnknownExecution:
        return NotFound.of("Execution")
    return Execution.of(record)


async def resume_execution(context: Context, input: ResumeExecutionInput) -> Execution | NotFound | NotResumable:
    """Raises `ApiError(BAD_USER_INPUT | IDEMPOTENCY_MISMATCH)`."""
    check_key(input.idempotency_key)
    signal = Signal(node=input.node, items=_items(input.data), key=input.idempotency_key)
    if not is_a(Kind.EXECUTION, input.execution_id):
        return NotFound.of("Execution")
    try:
        answer = await context.engine.resume(context.store, input.execution_id, signal)
    except UnknownExecution:
        return NotFound.of("Execution")
    match answer:
        case Resumed(execution):
            return Execution.of(execution)
        case NothingWaits(execution, why):
            return NotResumable.of(Execution.of(execution), why)
        case BadInput(message):
            raise bad_input(message)
        case SignalMismatch():
            message = "This idempotency key was used before, for another signal to this execution"
            raise ApiError(ErrorCode.IDEMPOTENCY_MISMATCH, message)


def _items(data: Json) -> Items | None:
    try:
        return None if data is None else items_from_json(data)
    except ValueError as error:
        raise bad_input(str(error)) from error
