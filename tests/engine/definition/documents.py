"""Documents to test with: small ones made here, and the corpus of real ones."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

_ROOT = Path(__file__).parents[3]
_ORACLE = _ROOT / "tests" / "conformance" / "n8n"
_N8N_TESTS = _ROOT.parent / "shared" / "fixtures" / "n8n-tests"

TRIGGER = "n8n-nodes-base.manualTrigger"
NO_OP = "n8n-nodes-base.noOp"


def node(name: str, type: str = NO_OP, **fields: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "type": type, "typeVersion": 1, "position": [0, 0], **fields}


def to(target: str, *, index: int = 0, kind: str = "main") -> dict[str, Any]:
    return {"node": target, "type": kind, "index": index}


def document(*nodes: dict[str, Any], edges: Sequence[tuple[str, str]] = (), **fields: Any) -> dict[str, Any]:
    """A document of these nodes, with main connections from output 0 to input 0."""
    connections: dict[str, Any] = {}
    for source, target in edges:
        connections.setdefault(source, {"main": [[]]})["main"][0].append(to(target))
    return {"name": "test", "nodes": list(nodes), "connections": connections, "settings": {}, **fields}


def chain(*names: str, **fields: Any) -> dict[str, Any]:
    """A manual trigger `T`, and then these nodes, one after another."""
    path = ["T", *names]
    return document(node("T", TRIGGER), *map(node, names), edges=list(pairwise(path)), **fields)


def large(nodes: int, fan_out: int) -> dict[str, Any]:
    """Every node is connected to the `fan_out` nodes after it, as far as there are so many; no cycle."""
    names = [f"n{place}" for place in range(nodes)]
    return {
        "nodes": [node(name, TRIGGER if place == 0 else NO_OP, parameters={}) for place, name in enumerate(names)],
        "connections": {
            name: {"main": [[to(target) for target in names[place + 1 : place + 1 + fan_out]]]}
            for place, name in enumerate(names)
        },
        "settings": {"executionOrder": "v1"},
    }


# ------------------------------------------------------------------------------------------------ the corpus


@cache
def oracle_documents() -> Sequence[tuple[str, dict[str, Any], bool]]:
    """Name, document, and whether n8n refused to start it at all."""
    return list(_oracle())


def _oracle() -> Iterator[tuple[str, dict[str, Any], bool]]:
    for area in sorted((_ORACLE / "workflows").glob("*.json")):
        for case in msgspec.json.decode(area.read_bytes()):
            slug = f"{area.stem}/{case['slug']}"
            yield slug, case["workflow"], bool(case["expect"].get("preExecution"))
            for sub in case.get("subWorkflows") or []:
                yield f"{slug}/{sub['name']}", sub, False


def n8n_test_documents() -> Sequence[tuple[str, dict[str, Any]]]:
    """Workflows of n8n's own tests, which are not a part of this project: skips where they are absent."""
    if not _N8N_TESTS.is_dir():
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report(f"n8n's own test workflows are left out: there is no {_N8N_TESTS}")
    return [(path.name, msgspec.json.decode(path.read_bytes())) for path in sorted(_N8N_TESTS.glob("*.json"))]
