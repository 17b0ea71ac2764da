"""Limit: keep the first or the last items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from plugins import Context, Help, Item, Items, node


@dataclass(frozen=True, slots=True)
class LimitParameters:
    max_items: Annotated[int, Help("How many items to keep at most")] = 1
    keep: Annotated[Literal["firstItems", "lastItems"], Help("Which end to keep")] = "firstItems"


@node(
    "n8n-nodes-base.limit",
    display_name="Limit",
    category="TRANSFORM",
    tags=("items", "first", "last"),
    parameters=LimitParameters,
    per_item=False,
)
async def limit(ctx: Context[LimitParameters], items: Sequence[Item]) -> Items:
    """Restrict the number of items."""
    wanted = ctx.parameters()
    if len(items) <= wanted.max_items:
        return list(items)
    if wanted.keep == "firstItems":
        return list(items[: wanted.max_items])
    return list(items[len(items) - wanted.max_items :])
