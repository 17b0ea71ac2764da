"""Workflow documents for acceptance tests, small and readable."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

Json = dict[str, Any]
NODES = "n8n-nodes-base."


def node(name: str, type: str, parameters: Json | None = None, *, version: float = 1, x: int = 0, **more: Any) -> Json:
    return {
        "id": f"id-{name}",
        "name": name,
        "type": f"{NODES}{type}",
        "typeVersion": version,
        "position": [x, 0],
        "parameters": parameters or {},
        **more,
    }


def trigger() -> Json:
    return node("T", "manualTrigger")


def set_field(name: str, field: str, value: Any, kind: str = "string", **more: Any) -> Json:
    assignment = {"id": f"{name}-1", "name": field, "value": value, "type": kind}
    parameters = {"assignments": {"assignments": [assignment]}, "includeOtherFields": True, "options": {}}
    return node(name, "set", parameters, version=3.4, **more)


def wait(name: str, seconds: float) -> Json:
    return node(name, "wait", {"amount": seconds, "unit": "seconds"}, version=1.1)


def code(name: str, script: str) -> Json:
    return node(name, "code", {"jsCode": script}, version=2)


def act(name: str, url: str, **more: Any) -> Json:
    """An HTTP Request node that tells the outside the item's `key` and its own name. `more` may hold its `recovery`."""
    fields = [{"name": "key", "value": "={{ $json.key }}"}, {"name": "node", "value": name}]
    parameters = {"method": "POST", "url": url, "sendBody": True, "bodyParameters": {"parameters": fields}}
    return node(name, "httpRequest", parameters, version=4.2, **more)


def chain(*nodes: Json, name: str = "chain") -> Json:
    """The nodes one after another, laid out from left to right, in order v1."""
    placed = [{**each, "position": [200 * place, 0]} for place, each in enumerate(nodes)]
    connections = {
        before["name"]: {"main": [[{"node": after["name"], "type": "main", "index": 0}]]}
        for before, after in pairwise(placed)
    }
    return {"name": name, "nodes": placed, "connections": connections, "settings": {"executionOrder": "v1"}}
