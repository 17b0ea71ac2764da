"""If: sends each item one of two ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Annotated, Literal

from plugins import Context, Help, Item, Items, NodeError, Outputs, node
from plugins.conditions import legacy, passes
from plugins.conditions.parameters import Conditions, RulesByType
from plugins.luxon import zone


@dataclass(frozen=True)
class IfParameters:
    conditions: Annotated[Conditions, Help("What has to be true of an item for it to take the first output")] = field(
        default_factory=Conditions
    )
    loose_type_validation: Annotated[bool, Help("Whether values are converted to the type that is compared")] = False


@dataclass(frozen=True)
class FirstIfParameters:
    conditions: Annotated[RulesByType, Help("What has to be true of an item for it to take the first output")] = field(
        default_factory=RulesByType
    )
    combine_operation: Annotated[Literal["all", "any"], Help("Whether all conditions have to hold or any")] = "all"


@node(
    "n8n-nodes-base.if",
    version=(2, 2.1, 2.2, 2.3),
    display_name="If",
    category="FLOW",
    tags=("branch", "condition", "router"),
    parameters=IfParameters,
    outputs=("true", "false"),
)
async def if_(ctx: Context[IfParameters], items: Sequence[Item]) -> Outputs:
    """Route items to different branches, true or false."""
    true: Items = []
    false: Items = []
    local = zone(ctx.workflow.timezone) or UTC
    for position, item in enumerate(items):
        try:
            holds = passes(ctx.parameter("conditions", position), item=position, zone=local)
        except NodeError:
            if not ctx.continue_on_fail:
                raise
            holds = False
        (true if holds else false).append(item)
    return [true, false]


@node(
    "n8n-nodes-base.if",
    version=1,
    display_name="If",
    category="FLOW",
    tags=("branch", "condition", "router"),
    parameters=FirstIfParameters,
    outputs=("true", "false"),
    catches_item_errors=False,
)
async def first_if(ctx: Context[FirstIfParameters], items: Sequence[Item]) -> Outputs:
    """Route items to different branches, true or false."""
    true: Items = []
    false: Items = []
    for position, item in enumerate(items):
        any_will_do = ctx.parameter("combineOperation", position, "all") == "any"
        holds = legacy.passes(ctx.parameter("conditions", position), any_will_do=any_will_do)
        (true if holds else false).append(item)
    return [true, false]
