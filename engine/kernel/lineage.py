"""Lineage at the door of a node run: what leaving items are paired with, where there is no doubt."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.items import Item, Items, Outputs
from plugins.running import link_to


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
        return [[_from(index, item) for index, item in enumerate(outputs[0])]]
    return [_from_first(outputs[0])] if len(outputs[0]) == 1 else outputs


def _from_first(items: Items) -> Items:
    return [_from(0, item) for item in items]


def _from(index: int, item: Item) -> Item:
    return item if item.paired is not None else item.paired_with(link_to(index))
