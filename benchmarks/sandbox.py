"""What expressions and scripts cost: milliseconds per 10,000 items, microseconds for one, and the event loop's lag.

python -m benchmarks.sandbox
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from engine.definition.n8n import read
from engine.expressions.references import references
from engine.expressions.resolve import Resolver
from engine.expressions.sandbox import V8Sandbox
from engine.expressions.world import WorldInput, world
from engine.kernel.events import Source
from engine.ports import Script
from plugins.items import Item, Items

ITEMS = 10_000
ROUNDS = 7
TEMPLATES = {
    "path (in Python)": "={{ $json.address.city }}",
    "text with paths (in Python)": "=Dear {{ $json.first }}, you owe {{ $json.price }}",
    "$json.price * 2": "={{ $json.price * 2 }}",
    "string, map, join": "={{ $json.tags.map(t => t.toUpperCase()).join('-') + $json.first.toLowerCase() }}",
    "extension methods": "={{ $json.first.toSnakeCase() + $json.tags.unique().length }}",
    "$now.plus().toISO()": "={{ $now.plus({ days: $json.id }).toISO() }}",
    "jmespath": "={{ $jmespath($json, 'address.city') }}",
    "whole items": "={{ ({ ...$json }) }}",
}
SCRIPTS = {
    "script, all items": ("return $input.all().map(i => ({ json: { ...i.json, total: i.json.price * 2 } }))", False),
    "script, each item": ("return { json: { total: $json.price * 2 } }", True),
}


def rows(count: int) -> Items:
    return [
        Item(
            {
                "id": n, "price": n * 1.5, "first": f"Ada{n}", "last": "Lovelace", "tags": ["a", "bb", "ccc"],
                "address": {"city": "Berlin", "zip": "10115", "n": n},
            },
            n,
        )
        for n in range(count)
    ]  # fmt: skip


def place(items: Items) -> WorldInput:
    node = {"type": "n8n-nodes-base.noOp", "typeVersion": 1, "position": [0, 0], "parameters": {}}
    nodes = [{**node, "id": name, "name": name} for name in ("T", "Now")]
    links = {"T": {"main": [[{"node": "Now", "type": "main", "index": 0}]]}}
    return WorldInput(
        workflow=read({"name": "Benchmark", "nodes": nodes, "connections": links}),
        node="Now",
        run=0,
        inputs=[items],
        sources=[Source("T")],
        runs={},
        execution_id="e1",
        mode="manual",
        now_us=time.time_ns() // 1000,
    )


class Lag:
    """The longest that the event loop kept others waiting, in milliseconds."""

    def __init__(self) -> None:
        self.worst_ms = 0.0

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            self.worst_ms = max(self.worst_ms, (time.perf_counter() - before) * 1e3)


async def best_ms(work: Callable[[], Awaitable[Any]], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        await work()
        times.append((time.perf_counter() - start) * 1e3)
    return min(times)


async def measure(name: str, work: Callable[[Items], Awaitable[Any]]) -> None:
    many, one = rows(ITEMS), rows(1)
    whole = await best_ms(lambda: work(many), ROUNDS)
    single = await best_ms(lambda: work(one), ROUNDS * 40)
    lag = Lag()
    watching = asyncio.create_task(lag.watch())
    await asyncio.sleep(0)
    await work(many)
    watching.cancel()
    print(f"{name:30} {whole:9.1f} {single * 1000:9.0f} {lag.worst_ms:9.1f}")


async def main() -> None:
    start = time.perf_counter()
    async with V8Sandbox() as sandbox:
        print(
            f"a worker comes up in {(time.perf_counter() - start) * 1e3:.0f} ms; locks: {sandbox.isolation.words()}\n"
        )
        print(f"{'':30} {'ms/10,000':>9} {'µs/1':>9} {'lag ms':>9}")
        resolver = Resolver(sandbox)
        for name, template in TEMPLATES.items():
            parameters = {"value": template}

            async def resolve(items: Items, parameters: dict[str, Any] = parameters) -> None:
                given = place_of(items)
                resolved = await resolver.resolve(
                    parameters, literal=frozenset(), indexes=range(len(items)), tenant="ada", world=lambda: given
                )
                resolved.at(len(items) - 1)

            await measure(name, resolve)
        for name, (code, each) in SCRIPTS.items():

            async def run(items: Items, code: str = code, each: bool = each) -> None:
                needed = world(place_of(items), references([code], code=True), range(len(items)))
                await sandbox.run(Script("ada", code, each, needed))

            await measure(name, run)


_places: dict[int, WorldInput] = {}


def place_of(items: Items) -> WorldInput:
    if id(items) not in _places:
        _places[id(items)] = place(items)
    return _places[id(items)]


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # as the server does: most of the lag is the collector's otherwise
    sys.exit(uvloop.run(main()))
