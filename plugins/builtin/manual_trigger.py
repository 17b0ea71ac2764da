"""Manual Trigger: where an execution begins when somebody asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from plugins import Context, Item, Items, NoParameters, node


@node(
    "n8n-nodes-base.manualTrigger",
    display_name="Manual Trigger",
    category="TRIGGER",
    tags=("trigger", "start"),
    inputs=0,
    per_item=False,
    trigger=True,
)
async def manual_trigger(_ctx: Context[NoParameters], items: Sequence[Item]) -> Items:
    """Starts the workflow with the items that the execution was given."""
    return list(items)
