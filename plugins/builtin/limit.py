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
    return keep_some(items, wanted.max_items, wanted.keep)


def keep_some(items: Sequence[Item], count: int, end: Literal["firstItems", "lastItems"]) -> Items:
    """So many of the items at one end; all of them when there are no more than that."""
    if len(items) <= count:
        return list(items)
    return list(items[:count] if end == "firstItems" else items[len(items) - count :])
