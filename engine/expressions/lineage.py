"""Where an item came from: its lineage followed back through the runs, as far as there is no doubt."""

from __future__ import annotations

from engine.expressions.world import WorldInput
from engine.kernel.events import Source
from plugins.items import Item, Items, Lineage, Link

_LONGEST = 1000


def first_of(given: WorldInput, name: str) -> Item | None:
    """The first item of a node's latest run, when there is no choice of output; None when there is any doubt."""
    runs = given.runs.get(name)
    if not runs or not _is_plain(given, name):
        return None
    outputs = runs[-1].outputs
    items = outputs[0] if outputs and len(outputs) == 1 else None
    return items[0] if items else None


def origin_of(given: WorldInput, name: str, index: int) -> Item | None:
    """The item of a node that item `index` of the current input descends from; None when there is any doubt."""
    if not _is_plain(given, name) or given.input >= len(given.sources):
        return None
    source, position = given.sources[given.input], index
    for _ in range(_LONGEST):
        if not isinstance(source, Source):
            return None
        items = _sent(given, source)
        if items is None or not 0 <= position < len(items):
            return None
        if source.node == name:
            return items[position]
        link = _only_link(items[position].paired)
        inputs = given.runs[source.node][source.run].inputs
        if link is None or (link.input or 0) >= len(inputs):
            return None
        source, position = inputs[link.input or 0], link.item
    return None


def _is_plain(given: WorldInput, name: str) -> bool:
    """Another node of the workflow, that really ran."""
    node = given.workflow.nodes.get(name)
    return node is not None and not node.disabled and name != given.node and name not in given.pinned


def _sent(given: WorldInput, source: Source) -> Items | None:
    runs = given.runs.get(source.node)
    if runs is None or source.run >= len(runs):
        return None
    outputs = runs[source.run].outputs
    return outputs[source.output] if outputs and source.output < len(outputs) else None


def _only_link(paired: Lineage) -> Link | None:
    """A lineage that names exactly one item of the run before."""
    if isinstance(paired, list):
        paired = paired[0] if len(paired) == 1 else None
    if isinstance(paired, int):
        return Link(paired)
    return None if paired is None or paired.source_overwrite is not None else paired
