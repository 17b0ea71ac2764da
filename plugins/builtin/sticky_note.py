"""Sticky Note: text on the canvas. It has no connections and is never run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from plugins import Context, Help, Item, Items, node


@dataclass(frozen=True, slots=True)
class StickyNoteParameters:
    content: Annotated[str, Help("Markdown text")] = "## I'm a note"
    height: float = 160
    width: float = 240
    color: int = 1


@node(
    "n8n-nodes-base.stickyNote",
    display_name="Sticky Note",
    category="DOCUMENTATION",
    tags=("note", "comment"),
    parameters=StickyNoteParameters,
    inputs=0,
    outputs=(),
    per_item=False,
    literal=("content",),
)
async def sticky_note(_ctx: Context[StickyNoteParameters], _items: Sequence[Item]) -> Items:
    """Makes a workflow easier to understand. Does nothing."""
    return []
