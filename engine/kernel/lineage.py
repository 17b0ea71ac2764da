"""Lineage at the door of a node run: what arriving items are paired with, and what leaving items are."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.items import Item, Items, Link, Outputs


def arriving(items: Items, input_index: int = 0) -> Items:
    """The items as the node sees them: each one paired with its own place on that input, whatever it said before.

    An item that says so already is the same object.
    """
    if input_index == 0:
        return [
            item if item.paired == index else Item(item.json, index, item.binary, item.error)
            for index, item in enumerate(items)
        ]
    return [Item(item.json, Link(index, input_index), item.binary, item.error) for index, item in enumerate(items)]


def leaving(outputs: Outputs, inputs: Sequence[Items | None]) -> Outputs:
    """The outputs, with items that have no lineage given one where it can only be that one (N8N.md section 2).

    One input with one item: every item came from it. One output as long as the one input: item by item. One output
    with one item: the first. Otherwise lineage stays unknown.
    """
    if len(inputs) != 1 or not inputs[0]:
        return outputs
    count = len(inputs[0])
    if count == 1:
        return [None if items is None else _from_first(items) for items in outputs]
    if len(outputs) != 1 or outputs[0] is None:
        return outputs
    if len(outputs[0]) == count:
        return [[item.paired_with(i) if item.paired is None else item for i, item in enumerate(outputs[0])]]
    return [_from_first(outputs[0])] if len(outputs[0]) == 1 else outputs


def _from_first(items: Items) -> Items:
    return [item.paired_with(0) if item.paired is None else item for item in items]
