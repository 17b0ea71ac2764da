"""Sandboxes for tests: the real one, and one whose realm guards nothing, so that only the worker's locks hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.expressions.limits import Limits, PoolSize
from engine.expressions.sandbox import V8Sandbox
from engine.ports import Evaluation
from plugins.items import Item

UNGUARDED = Path(__file__).parent / "stand_in.js"
Evaluate = Callable[..., Any]


@pytest.fixture
async def sandbox() -> AsyncIterator[V8Sandbox]:
    """The sandbox as it is served."""
    async with V8Sandbox() as sandbox:
        yield sandbox


class Live:
    """One sandbox for all tests of a file, for laws and long lists of attacks."""

    def __init__(self, runner: asyncio.Runner, sandbox: V8Sandbox) -> None:
        self._runner = runner
        self._sandbox = sandbox

    def evaluate(self, asked: Evaluation) -> Any:
        return self._runner.run(self._sandbox.evaluate(asked))

    def cell(self, template: str, *, tenant: str = "ada") -> Any:
        """The value of one template over one item."""
        return self.evaluate(batch(template, items=[{"n": 1}], tenant=tenant))[0][0]


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with asyncio.Runner() as runner:
        sandbox = V8Sandbox()
        runner.run(sandbox.start())
        yield Live(runner, sandbox)
        runner.run(sandbox.close())


@pytest.fixture
async def unguarded() -> AsyncIterator[V8Sandbox]:
    """Any JavaScript runs: `Function` works, nothing is renamed, errors are shown."""
    limits = Limits(batch_s=0.5, code_s=0.5, reply_bytes=4_000_000, cell_bytes=1_000_000, request_bytes=8_000_000)
    async with V8Sandbox(limits=limits, bundle=UNGUARDED, expressions=PoolSize(most=3, spare=1)) as sandbox:
        yield sandbox


@pytest.fixture
async def small() -> AsyncIterator[V8Sandbox]:
    """As `unguarded`, with time to run out of little memory."""
    limits = Limits(batch_s=10.0, heap_bytes=48 << 20, memory_bytes=96 << 20)
    async with V8Sandbox(limits=limits, bundle=UNGUARDED) as sandbox:
        yield sandbox


async def until(condition: Callable[[], bool]) -> None:
    """Return when `condition` holds, letting everything else go on."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event: processes, timers
        await asyncio.sleep(0.001)


def is_alive(pid: int | None) -> bool:
    return Path(f"/proc/{pid}").exists()


def batch(
    *templates: str, items: list[dict[str, Any]] | None = None, tenant: str = "ada", count: int = 1
) -> Evaluation:
    """Templates over items, by default a single empty one."""
    rows = [Item(json=json) for json in items] if items is not None else [Item(json={}) for _ in range(count)]
    return Evaluation(tenant, [f"={{{{ {template} }}}}" for template in templates], range(len(rows)), world(rows))


def world(items: list[Item]) -> dict[str, Any]:
    """The least that a world has."""
    return {
        "workflow": {"id": "w1", "name": "W", "active": False, "timezone": "UTC"},
        "execution": {"id": "e1", "mode": "manual"},
        "now_ms": 1_700_000_000_000,
        "vars": {},
        "node": "N",
        "run": 0,
        "nodes": {"N": {"id": "n", "type": "x.y", "typeVersion": 1, "parameters": {}, "disabled": False}},
        "connections": {},
        "inputs": [items],
        "sources": [None],
        "runs": {},
        "pinned": [],
        "static_data": {},
    }
