"""Filter: keeps the items that meet conditions."""

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
class FilterParameters:
    conditions: Annotated[Conditions, Help("What has to be true of an item for it to be kept")] = field(
        default_factory=Conditions
    )
    loose_type_validation: Annotated[bool, Help("Whether values are converted to the type that is compared")] = False


@dataclass(frozen=True)
class FirstFilterParameters:
    conditions: Annotated[RulesByType, Help("What has to be true of an item for it to be kept")] = field(
        default_factory=RulesByType
    )
    combine_conditions: Annotated[Literal["AND", "OR"], Help("Whether all conditions have to hold or any")] = "AND"


@node(
    "n8n-nodes-base.filter",
    version=(2, 2.1, 2.2, 2.3),
    display_name="Filter",
    category="FLOW",
    tags=("condition", "remove", "keep"),
    parameters=FilterParameters,
    outputs=("kept",),
)
async def filter_items(ctx: Context[FilterParameters], items: Sequence[Item]) -> Outputs:
    """Keep only the items that meet the conditions; the others are recorded on an output that leads nowhere."""
    kept: Items = []
    discarded: Items = []
    local = zone(ctx.workflow.timezone) or UTC
    for position, item in enumerate(items):
        try:
            holds = passes(ctx.parameter("conditions", position), item=position, zone=local)
        except NodeError:
            if not ctx.continue_on_fail:
                raise
            holds = False
        (kept if holds else discarded).append(item)
    return [kept, discarded]


@node(
    "n8n-nodes-base.filter",
    version=1,
    display_name="Filter",
    category="FLOW",
    tags=("condition", "remove", "keep"),
    parameters=FirstFilterParameters,
    outputs=("kept",),
    catches_item_errors=False,
)
async def first_filter(ctx: Context[FirstFilterParameters], items: Sequence[Item]) -> Outputs:
    """Keep only the items that meet the conditions; the others are recorded on an output that leads nowhere."""
    kept: Items = []
    discarded: Items = []
    for position, item in enumerate(items):
        any_will_do = ctx.parameter("combineConditions", position, "AND") == "OR"
        holds = legacy.passes(ctx.parameter("conditions", position), any_will_do=any_will_do)
        (kept if holds else discarded).append(item)
    return [kept, discarded]
