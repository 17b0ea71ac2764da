"""Where an execution starts and how far it goes, and the data that is pinned in it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition.workflow import Node
from engine.kernel.events import ExecutionMode
from engine.runtime.compiled import STICKY_NOTE, Compiled
from plugins.items import Items, Json, items_from_json

MANUAL_TRIGGER = "n8n-nodes-base.manualTrigger"
CALLED_TRIGGER = "n8n-nodes-base.executeWorkflowTrigger"
PREFERRED = {
    ExecutionMode.TEST: (MANUAL_TRIGGER, CALLED_TRIGGER),
}
"""Which triggers come first; in all other modes it is the one for being called."""


def start_of(compiled: Compiled, mode: ExecutionMode, start: str | None, until: str | None) -> str:
    """The node to start at: the one named, else the trigger that is meant. Raises `ValueError` for nodes that are not
    there, or that no way leads to."""
    nodes = compiled.workflow.nodes
    for name in (start, until):
        if name is not None and name not in nodes:
            raise ValueError(f"The workflow has no node named '{name}'")
    if start is None:
        return default_start(compiled, mode, until).name
    if until is not None and not _leads_to(compiled, start, until):
        raise ValueError(f"No way leads from '{start}' to '{until}'")
    return start


def default_start(compiled: Compiled, mode: ExecutionMode, until: str | None = None) -> Node:
    """The trigger that a plain start means: in a test run the manual one, else the one for being called, first. With
    `until`, one that leads there.

    Without any trigger, the top-left node that nothing feeds.

    Raises `ValueError` for a workflow with nothing to start at.
    """
    preferred = PREFERRED.get(mode, (CALLED_TRIGGER, MANUAL_TRIGGER))
    triggers = [node for node in compiled.triggers() if until is None or _leads_to(compiled, node.name, until)]
    if triggers:
        return min(triggers, key=lambda node: preferred.index(node.type) if node.type in preferred else len(preferred))
    fed = {connection.target for connection in compiled.workflow.connections if connection.kind == "main"}
    roots = [
        node
        for node in compiled.workflow.nodes.values()
        if node.name not in fed
        and not node.disabled
        and node.type != STICKY_NOTE
        and (until is None or _leads_to(compiled, node.name, until))
    ]
    if not roots:
        raise ValueError("The workflow has no node to start at: add a manual trigger, or name a start node")
    return min(roots, key=lambda node: (node.position[1], node.position[0]))


def _leads_to(compiled: Compiled, start: str, until: str) -> bool:
    """Only what leads to the last node has routes in a graph that ends there."""
    return start == until or start in compiled.graph(start, until).routes


def pinned_items(compiled: Compiled, mode: ExecutionMode, pin_data: Json) -> dict[str, Items]:
    """Pin data in force, in test runs only: what was given, else the document's own.

    Raises `ValueError` for data that is not items, and for nodes that are not there.
    """
    if mode is not ExecutionMode.TEST:
        return {}
    if pin_data is None:
        return dict(compiled.workflow.pinned)
    if not isinstance(pin_data, Mapping):
        raise ValueError("pinData must be an object: node names to lists of items")
    for name in pin_data:
        if name not in compiled.workflow.nodes:
            raise ValueError(f"pinData names a node that the workflow does not have: '{name}'")
    return {str(name): items_from_json(items) for name, items in pin_data.items()}
