"""`python -m benchmarks.validation`: what it costs to read and to judge a document, typical and of the largest size."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.definition import n8n
from engine.definition.validation import Stage, validate
from plugins.registry import built_in
from tests.conformance.corpus import cases

NODES, FAN_OUT = 10_000, 10


def largest() -> dict[str, Any]:
    """The most nodes and connections that a definition may have."""
    nodes = [
        {"id": f"{n}", "name": f"n{n}", "type": "n8n-nodes-base.noOp", "position": [n, 0], "parameters": {}}
        for n in range(NODES)
    ]
    connections = {
        f"n{n}": {"main": [[to(min(n + k, NODES - 1)) for k in range(1, FAN_OUT + 1)]]} for n in range(NODES - 1)
    }
    return {"name": "largest", "nodes": nodes, "connections": connections, "settings": {}}


def to(n: int) -> dict[str, Any]:
    return {"node": f"n{n}", "type": "main", "index": 0}


def fastest(act: Callable[[], object], times: int = 5) -> float:
    """Milliseconds of the fastest of some runs."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - began)
    return best * 1000


def main() -> None:
    registry = built_in()
    table = Table("document", "nodes", "read ms", "validate ms", "hash ms")
    for name, document in (("typical", cases()[100].workflow), ("the largest", largest())):
        table.add_row(
            name,
            str(len(document["nodes"])),
            f"{fastest(lambda: n8n.read(document)):.2f}",  # noqa: B023
            f"{fastest(lambda: asyncio.run(validate(document, registry, stage=Stage.RUN))):.2f}",  # noqa: B023
            f"{fastest(lambda: n8n.content_hash(document)):.2f}",  # noqa: B023
        )
    Console().print(table)


if __name__ == "__main__":
    main()
