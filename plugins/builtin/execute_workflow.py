"""Execute Workflow: run another workflow and go on with what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from plugins import (
    CallWorkflow,
    CallWorkflows,
    Context,
    Help,
    Item,
    Items,
    Json,
    NodeError,
    ParameterError,
    jsontext,
    node,
)
from plugins.fieldtypes import Unfit, convert

MAPPED = 1.2
"""From this version on, fields may be mapped to the inputs that the other workflow declares."""
ONE_ERROR_OUTPUT = 1.3
"""Before this version the error item of item number n goes to output number n, as in n8n."""


@dataclass(frozen=True, slots=True)
class MappedField:
    """One input that the other workflow declares, as the editor has noted it down."""

    id: str = ""
    display_name: str = ""
    type: str = "string"
    required: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowInputs:
    mapping_mode: str = "defineBelow"
    value: Json = None
    schema: tuple[MappedField, ...] = ()
    attempt_to_convert_types: bool = False
    convert_fields_to_string: bool = False


@dataclass(frozen=True, slots=True)
class ExecuteWorkflowOptions:
    wait_for_sub_workflow: Annotated[bool, Help("Whether to go on only when it has come to its end")] = True


@dataclass(frozen=True, slots=True)
class ExecuteWorkflowParameters:
    source: Annotated[
        Literal["database", "parameter", "url", "localFile"], Help("Where the workflow's definition comes from")
    ] = "database"
    workflow_id: Annotated[str, Help("A published workflow", required=True, when={"source": ("database",)})] = ""
    workflow_json: Annotated[Json, Help("A definition", required=True, when={"source": ("parameter",)})] = ""
    workflow_url: Annotated[
        str, Help("Where a definition is fetched from", required=True, when={"source": ("url",)})
    ] = ""
    mode: Annotated[Literal["once", "each"], Help("One call with all items, or one for each")] = "once"
    workflow_inputs: WorkflowInputs = field(default_factory=WorkflowInputs)
    options: ExecuteWorkflowOptions = field(default_factory=ExecuteWorkflowOptions)


@node(
    "n8n-nodes-base.executeWorkflow",
    version=(1, 1.1, 1.2, 1.3),
    display_name="Execute Sub-workflow",
    category="FLOW",
    tags=("sub-workflow", "call", "function"),
    parameters=ExecuteWorkflowParameters,
)
async def execute_workflow(ctx: Context[ExecuteWorkflowParameters], items: Sequence[Item]) -> CallWorkflows | Items:
    """Execute another workflow."""
    if not items:
        return []
    given = [_given(ctx, item, position) for position, item in enumerate(items)]
    first = ctx.parameters()
    if first.mode == "each":
        calls = [await _call(ctx, [item], position) for position, item in enumerate(given)]
    else:
        calls = [await _call(ctx, given, None)]
    return CallWorkflows(calls, wait=first.options.wait_for_sub_workflow, keep_going=ctx.continue_on_fail)


async def _call(ctx: Context[ExecuteWorkflowParameters], items: Items, position: int | None) -> CallWorkflow:
    wanted = ctx.parameters(position or 0)
    document = None if wanted.source == "database" else await _definition(ctx, wanted)
    workflow_id = wanted.workflow_id.strip()
    if document is None and not workflow_id:
        raise ParameterError("No workflow is chosen: the parameter 'workflowId' is empty", parameter="workflowId")
    return CallWorkflow(
        workflow_id="" if document is not None else workflow_id,
        items=items,
        document=document,
        position=position,
        error_output=(position or 0) if ctx.node.type_version < ONE_ERROR_OUTPUT else 0,
    )


async def _definition(ctx: Context[ExecuteWorkflowParameters], wanted: ExecuteWorkflowParameters) -> Json:
    match wanted.source:
        case "parameter":
            return _parsed(wanted.workflow_json, "workflowJson")
        case "url":
            response = await ctx.http.request("GET", wanted.workflow_url)
            if response.status >= 400:
                raise NodeError(
                    f"The workflow could not be fetched: {wanted.workflow_url} answered {response.status}",
                    status=response.status,
                )
            return _parsed(response.body.decode("utf-8", "replace"), "workflowUrl")
        case _:
            raise NodeError(
                "A workflow cannot be read from a file of this server",
                code="NODE_NOT_ALLOWED",
                description="Save it as a workflow and choose it by its id, or give its JSON as a parameter.",
                retryable=False,
            )


def _parsed(value: Json, parameter: str) -> Json:
    try:
        document = jsontext.parse(value) if isinstance(value, str) else value
    except ValueError:
        raise ParameterError(f"Parameter '{parameter}' is not JSON", parameter=parameter) from None
    if not isinstance(document, dict):
        raise ParameterError(f"Parameter '{parameter}' must be a workflow: a JSON object", parameter=parameter)
    return document


# ------------------------------------------------------------------------------------------------ what it is given


def _given(ctx: Context[ExecuteWorkflowParameters], item: Item, position: int) -> Item:
    """The item as the other workflow's trigger gets it: with the mapped fields, without those that were removed."""
    if ctx.node.type_version < MAPPED:
        return item
    inputs = ctx.parameters(position).workflow_inputs
    if not isinstance(inputs.value, Mapping) and not inputs.schema:
        return item
    mapped = _fitted(inputs, inputs.value if isinstance(inputs.value, Mapping) else {}, position)
    removed = {declared.id for declared in inputs.schema if declared.removed}
    return item.with_json({key: value for key, value in {**item.json, **mapped}.items() if key not in removed})


def _fitted(inputs: WorkflowInputs, values: Mapping[str, Json], position: int) -> dict[str, Json]:
    declared = {each.id: each for each in inputs.schema}
    return {
        name: _fit(inputs, declared[name], value, position) if name in declared else value
        for name, value in values.items()
    }


def _fit(inputs: WorkflowInputs, declared: MappedField, value: Json, position: int) -> Json:
    """The value as that type. Raises `NodeError` for one that is not, and may not be converted."""
    if value is None or declared.removed:
        return value
    may_convert = inputs.attempt_to_convert_types or (declared.type == "string" and inputs.convert_fields_to_string)
    try:
        if may_convert:
            return convert(value, declared.type)
        if _is_of(declared.type, value):
            return value
    except Unfit:
        pass
    name = declared.display_name or declared.id
    raise NodeError(
        f"Invalid input for '{name}' [item {position}]",
        description=f"'{name}' expects a {declared.type} but we got {jsontext.stringify(value)}",
        item_index=position,
        retryable=False,
    )


def _is_of(kind: str, value: Json) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return True
