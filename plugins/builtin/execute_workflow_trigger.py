"""Execute Workflow Trigger: where an execution begins when another workflow calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from plugins import Context, Help, Item, Items, Json, node


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: Annotated[str, Help("What the value is expected to be")] = "string"


@dataclass(frozen=True, slots=True)
class ExecuteWorkflowTriggerParameters:
    input_source: Annotated[
        Literal["passthrough", "workflowInputs", "jsonExample"], Help("How the caller's data is described")
    ] = "workflowInputs"
    workflow_inputs: Annotated[
        tuple[Field, ...], Help("The fields that are let in", group="values", when={"inputSource": ("workflowInputs",)})
    ] = ()
    json_example: Annotated[Json, Help("An object with the fields", when={"inputSource": ("jsonExample",)})] = None


@node(
    "n8n-nodes-base.executeWorkflowTrigger",
    version=(1, 1.1),
    display_name="When Executed by Another Workflow",
    category="TRIGGER",
    tags=("trigger", "sub-workflow"),
    parameters=ExecuteWorkflowTriggerParameters,
    inputs=0,
    per_item=False,
    trigger=True,
)
async def execute_workflow_trigger(ctx: Context[ExecuteWorkflowTriggerParameters], items: Sequence[Item]) -> Items:
    """Starts the workflow with the items of the workflow that called it."""
    if ctx.node.type_version < 1.1:
        return list(items)
    wanted = ctx.parameters()
    names = _declared(wanted)
    if wanted.input_source == "passthrough" or not names:
        return list(items)
    return [item.with_json({name: item.json.get(name) for name in names}) for item in items]


def _declared(parameters: ExecuteWorkflowTriggerParameters) -> list[str]:
    """The fields that the workflow says it takes; others are not let in, missing ones are null."""
    if parameters.input_source == "jsonExample":
        return list(parameters.json_example) if isinstance(parameters.json_example, Mapping) else []
    return [field.name for field in parameters.workflow_inputs]
