"""Which node types start a workflow, told by their names alone: for types that no plugin provides."""

from __future__ import annotations

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
