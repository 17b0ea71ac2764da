"""What node runs put out: items, counted, and encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

import strawberry
from strawberry.scalars import JSON

from engine.runtime.compiled import Compiled
from plugins.items import Outputs
from schema.errors import bad_input

MOST_ITEMS = 10_000

MaxItems = Annotated[
    int, strawberry.argument(description=f"Items to answer of each output, at most {MOST_ITEMS}; all are counted.")
]


@strawberry.type(description="What a node run put out on one of its outputs.")
class NodeOutput:
    index: int = strawberry.field(description="Which output, from 0.")
    name: str = strawberry.field(description="The output's name, as its node type has it.")
    item_count: int = strawberry.field(description="How many items there are.")
    truncated: bool = strawberry.field(description="Whether there are more items than are answered.")
    items: list[JSON] = strawberry.field(
        description="Whole n8n items: json, and pairedItem, binary and error where they have them."
    )


class OutputNames:
    """What the outputs of a workflow's nodes are called."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, node: str) -> tuple[str, ...]:
        if node not in self._known:
            self._known[node] = self._read(node)
        return self._known[node]

    def _read(self, node: str) -> tuple[str, ...]:
        declared = self._compiled.types.get(node)
        if declared is None:
            return ()
        parameters = dict(self._compiled.workflow.nodes[node].parameters)
        return declared.outputs(parameters) if callable(declared.outputs) else declared.outputs


def outputs_of(outputs: Outputs | None, names: Sequence[str], most: int) -> list[NodeOutput]:
    """Raises `ApiError(BAD_USER_INPUT)` for a number of items out of range."""
    if not 0 <= most <= MOST_ITEMS:
        raise bad_input(f"maxItems is between 0 and {MOST_ITEMS}")
    return [
        NodeOutput(
            index=index,
            name=names[index] if index < len(names) else "main",
            item_count=len(items or ()),
            truncated=len(items or ()) > most,
            items=cast("list[JSON]", (items or [])[:most]),
        )
        for index, items in enumerate(outputs or ())
    ]
