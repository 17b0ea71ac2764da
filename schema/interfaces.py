"""Interfaces that several nouns share."""

from __future__ import annotations

import strawberry


@strawberry.interface(
    description="Relay's: anything that `node(id)` can answer. A step of a workflow is a WorkflowNode."
)
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, typed by its prefix, sortable by age.")
