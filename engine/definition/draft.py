"""A draft: a document read as far as it can be read, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.definition.connections import Edge, read_connections
from engine.definition.findings import Findings, Spot
from engine.definition.issues import Code
from engine.definition.nodes import read_nodes
from engine.definition.pins import read_pins
from engine.definition.recovery import FallbackNode, Recovery
from engine.definition.settings import read_settings
from engine.definition.soundness import is_sound
from engine.definition.workflow import Node, Settings
from plugins.items import Items, Json

DEFAULT_NAME = "My workflow"
"""What n8n calls a workflow that has no name, as those from the clipboard have none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Nodes have distinct names, and edges join nodes that exist. `places` are positions in the document's list."""

    document: Mapping[str, Json]
    name: str
    nodes: Mapping[str, Node]
    places: Mapping[str, int]
    edges: Sequence[Edge]
    settings: Settings
    pinned: Mapping[str, Items]


def read_draft(document: Json, found: Findings, *, default_timezone: str) -> Draft | None:
    """None when there is nothing to look at; what is wrong is found, and left out of the draft."""
    if not isinstance(document, dict):
        message = "a workflow is one JSON object" + (", not a list of them" if isinstance(document, list) else "")
        found.error(Code.INVALID_STRUCTURE, message, (), fix="Give one object with nodes and connections.")
        return None
    if not is_sound(document, found):
        return None
    settings = read_settings(document.get("settings"), found, default_timezone)
    nodes, places = read_nodes(document.get("nodes"), settings.recovery, found)
    draft = Draft(
        document=document,
        name=_name(document.get("name"), found),
        nodes=nodes,
        places=places,
        edges=read_connections(document.get("connections"), nodes, found),
        settings=settings,
        pinned=read_pins(document.get("pinData"), nodes, found),
    )
    _fallbacks(draft, found)
    return draft


def _name(raw: Json, found: Findings) -> str:
    here = Spot(found, ("name",))
    if raw is not None and not isinstance(raw, str):
        here.error(Code.INVALID_STRUCTURE, "name must be text")
    if not isinstance(raw, str):
        return DEFAULT_NAME
    if "\0" in raw:
        here.error(Code.INVALID_TEXT, "the name holds the character NUL", fix="Remove the character.")
    return raw or DEFAULT_NAME


def _fallbacks(draft: Draft, found: Findings) -> None:
    """A policy may only fall back to another node that exists; the workflow's is reported once, where it is written."""
    default = draft.settings.recovery
    _fallback(default, draft, Spot(found, ("settings", "recovery")))
    for name, node in draft.nodes.items():
        if node.recovery.then is not default.then:
            _fallback(node.recovery, draft, Spot(found, ("nodes", draft.places[name], "recovery"), name))


def _fallback(policy: Recovery, draft: Draft, here: Spot) -> None:
    match policy.then:
        case FallbackNode(name) if name not in draft.nodes:
            message = f"falls back to {name!r}, which does not exist"
            here.error(Code.INVALID_SETTING, message, "fallbackNode", fix="Name a node of this workflow.")
        case FallbackNode(name) if name == here.node:
            here.error(Code.INVALID_SETTING, "falls back to itself", "fallbackNode", fix="Name another node.")
