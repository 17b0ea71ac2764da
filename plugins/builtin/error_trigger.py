"""Error Trigger: where an execution begins when another one has failed."""

from __future__ import annotations

from collections.abc import Sequence

from plugins import Context, Item, Items, NoParameters, node


@node(
    "n8n-nodes-base.errorTrigger",
    display_name="Error Trigger",
    category="TRIGGER",
    tags=("trigger", "error"),
    inputs=0,
    per_item=False,
    trigger=True,
)
async def error_trigger(_ctx: Context[NoParameters], items: Sequence[Item]) -> Items:
    """Starts the workflow with what is known about the execution that failed."""
    return list(items)
