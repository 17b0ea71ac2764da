"""Small executions to evaluate expressions in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.definition.n8n import read
from engine.definition.workflow import Workflow
from engine.expressions.world import Input, WorldInput
from engine.kernel.events import Given, Source
from plugins.items import Item, Items, Outputs


@dataclass(frozen=True)
class Ran:
    """A node run, as far as expressions care."""

    outputs: Outputs | None
    inputs: Sequence[Input]


def chain(*names: str, **parameters: Any) -> Workflow:
    """Nodes in a row. `parameters` are the last one's."""
    nodes = [
        {
            "id": f"id-{name}",
            "name": name,
            "type": "n8n-nodes-base.noOp",
            "typeVersion": 1,
            "position": [0, 0],
            "parameters": parameters if name == names[-1] else {"of": name},
        }
        for name in names
    ]
    connections = {
        source: {"main": [[{"node": target, "type": "main", "index": 0}]]} for source, target in pairwise(names)
    }
    return read({"name": "Chain", "nodes": nodes, "connections": connections, "settings": {"executionOrder": "v1"}})


def items(*rows: Mapping[str, Any]) -> Items:
    return [Item(json=dict(row), paired=position) for position, row in enumerate(rows)]


def at(*rows: Mapping[str, Any]) -> WorldInput:
    """The node `Now`, right behind a trigger that sent these items."""
    return behind({"T": [items(*rows)]})


def behind(outputs: Mapping[str, Sequence[Items]], **fields: Any) -> WorldInput:
    """The node `Now` at the end of a chain whose nodes have each run once, with these outputs. One output a node."""
    names = list(outputs)
    runs: dict[str, list[Ran]] = {}
    source: Input = Given([Item(json={})])
    for name in names:
        runs[name] = [Ran(list(outputs[name]), (source,))]
        source = Source(name)
    sent = outputs[names[-1]][0]
    arrived = [Item(item.json, position) for position, item in enumerate(sent)]
    given: dict[str, Any] = {
        "workflow": chain(*names, "Now"),
        "node": "Now",
        "run": 0,
        "inputs": [arrived],
        "sources": [source],
        "runs": runs,
        "execution_id": "e1",
        "mode": "manual",
        "now_us": 1_700_000_000_000_000,
    }
    return WorldInput(**{**given, **fields})
