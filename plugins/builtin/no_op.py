"""No Operation: a place in the graph where nothing happens."""

from __future__ import annotations

from collections.abc import Sequence

from plugins import Context, Item, Items, NoParameters, node


@node(
    "n8n-nodes-base.noOp",
    display_name="No Operation, do nothing",
    category="UTILITY",
    tags=("pass through",),
    per_item=False,
)
async def no_op(_ctx: Context[NoParameters], items: Sequence[Item]) -> Items:
    """Passes its items through unchanged."""
    return list(items)
