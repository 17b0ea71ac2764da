"""What no node makes, whatever it is asked for: a list so long that the server would not survive it."""

from __future__ import annotations

from plugins.errors import NodeError

MOST_ITEMS = 1_000_000


def at_most(count: int) -> int:
    """The count itself. Raises `NodeError(ITEM_LIMIT_EXCEEDED)`: to be asked before that many items are made."""
    if count > MOST_ITEMS:
        raise NodeError(
            f"This would make {count} items, and a node may make {MOST_ITEMS}",
            code="ITEM_LIMIT_EXCEEDED",
            description="Work on fewer items at a time, or match on more fields.",
            retryable=False,
        )
    return count
