"""What a node type is in a workflow, told by its name alone: for types that no plugin provides."""

from __future__ import annotations

STICKY_NOTE = "n8n-nodes-base.stickyNote"
"""A note on the canvas: a node in the document, and no step of the workflow."""

_TRIGGERS = frozenset(
    {
        "n8n-nodes-base.start",
        "n8n-nodes-base.cron",
        "n8n-nodes-base.interval",
        "n8n-nodes-base.webhook",
        "n8n-nodes-base.emailReadImap",
    }
)


def looks_like_trigger(node_type: str) -> bool:
    """n8n's triggers are called `…Trigger`, but for a few old ones."""
    return node_type.endswith("Trigger") or node_type in _TRIGGERS
