"""`python -m benchmarks.executions`: executions per second through GraphQL, each one durable, on a real server.

Prints a table: five kinds of workflow, at several concurrencies, with latency percentiles, transactions per execution
and the server's peak memory. Numbers from these machines are noisy: compare within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.http import Load, load
from tests.acceptance.server import Server
from tests.acceptance.workflows import chain, code, node, set_field, trigger

CREATE = """
mutation Create($definition: JSON!) {
  createWorkflow(input: { definition: $definition, publish: true }) { __typename ... on Workflow { id } }
}"""
EXECUTE = """
mutation Execute($id: ID!) {
  executeWorkflow(input: { workflowId: $id, input: { n: 7 }, waitMs: 60000 }) { ... on Execution { id status } }
}"""


def small() -> dict[str, Any]:
    """Five nodes: trigger, set, if, set, no-op."""
    condition = {
        "id": "c",
        "leftValue": "={{ $json.n }}",
        "rightValue": 3,
        "operator": {"type": "number", "operation": "gt"},
    }
    options = {"caseSensitive": True, "leftValue": "", "typeValidation": "strict", "version": 2}
    conditions = {"options": options, "conditions": [condition], "combinator": "and"}
    return chain(
        trigger(),
        set_field("Double", "m", "={{ $json.n }}", "number"),
        node("If", "if", {"conditions": conditions, "options": {}}, version=2.2),
        set_field("Name", "name", "={{ $json.m }} sheep"),
        node("End", "noOp"),
        name="a: set, if, set (5 nodes)",
    )


def long() -> dict[str, Any]:
    nodes = [set_field(f"S{n}", f"f{n}", "={{ $json.n }}", "number") for n in range(39)]
    return chain(trigger(), *nodes, name="b: chain of 40")


def wide() -> dict[str, Any]:
    document = chain(trigger(), name="c: 1 to 40")
    leaves = [set_field(f"S{n}", "f", "={{ $json.n }}", "number", position=[200, 100 * n]) for n in range(40)]
    targets = [{"node": leaf["name"], "type": "main", "index": 0} for leaf in leaves]
    return {**document, "nodes": [*document["nodes"], *leaves], "connections": {"T": {"main": [targets]}}}


ITEMS = "return Array.from({ length: 10000 }, (_, i) => ({ json: { id: i, price: i * 1.5, name: 'Ada' + i } }));"


def big_set() -> dict[str, Any]:
    return chain(
        trigger(), code("Make", ITEMS), set_field("Price", "total", "={{ $json.price * 2 }}", "number"),
        name="d: set over 10,000 items",
    )  # fmt: skip


def big_code() -> dict[str, Any]:
    script = "return $input.all().map((item) => ({ json: { ...item.json, total: item.json.price * 2 } }));"
    return chain(trigger(), code("Make", ITEMS), code("Map", script), name="e: code over 10,000 items")


def warm_up(concurrency: int) -> int:
    """How many executions come first and are not counted."""
    return max(concurrency, 20)


async def measure(server: Server, document: dict[str, Any], *, requests: int, concurrency: int) -> Load:
    created = (await server.ask(CREATE, definition=document))["createWorkflow"]
    if created["__typename"] == "NameTaken":
        workflow = await server.ask("query N($n: String!) { workflowByName(name: $n) { id } }", n=document["name"])
        created = workflow["workflowByName"]
    body = {"query": EXECUTE, "variables": {"id": created["id"]}}
    await load("127.0.0.1", server.port, server.key, body, requests=warm_up(concurrency), concurrency=concurrency)
    return await load("127.0.0.1", server.port, server.key, body, requests=requests, concurrency=concurrency)


def peak_memory_mb(server: Server) -> float:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def transactions(server: Server) -> int:
    """How many the server's journal has made in its life, as it says when it stops."""
    said = [line for line in server.log.read_text().splitlines() if "journal_closed" in line]
    return int(json.loads(said[-1])["transactions"])


def run_one(document: dict[str, Any], requests: int, concurrency: int) -> tuple[Load, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        try:
            result = asyncio.run(measure(server, document, requests=requests, concurrency=concurrency))
            memory = peak_memory_mb(server)
            server.stop()
            return result, transactions(server) / (requests + warm_up(concurrency)), memory
        finally:
            server.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", type=float, default=1.0, help="how many requests, relative to the usual")
    arguments.add_argument("--only", default="abcde", help="which workflows, by letter")
    chosen = arguments.parse_args()
    table = Table("workflow", "at once", "executions/s", "p50 ms", "p95 ms", "p99 ms", "transactions each", "peak MB")
    plan = [
        (small(), [(1, 500), (10, 2_000), (50, 4_000)]),
        (long(), [(1, 100), (10, 400), (50, 800)]),
        (wide(), [(1, 100), (10, 400), (50, 800)]),
        (big_set(), [(1, 20), (4, 20)]),
        (big_code(), [(1, 20), (4, 20)]),
    ]
    for document, rounds in plan:
        if document["name"][0] not in chosen.only:
            continue
        for concurrency, requests in rounds:
            result, each, memory = run_one(document, max(1, int(requests * chosen.scale)), concurrency)
            table.add_row(
                document["name"], str(concurrency), f"{result.per_second:,.0f}",
                *(f"{result.percentile(p):.1f}" for p in (50, 95, 99)), f"{each:.2f}", f"{memory:.0f}",
            )  # fmt: skip
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
