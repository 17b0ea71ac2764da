"""Small documents that call one another, fail, and wait; and an engine with a tenant to run them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from engine.kernel.events import AnyEvent, ExecutionMode
from engine.runtime import lifecycle
from engine.runtime.engine import Engine, EngineSettings
from engine.runtime.history import History
from engine.runtime.lifecycle import NewWorkflow, Saved
from engine.runtime.submission import Start, Submitted
from engine.store.executions import ExecutionFilter
from engine.store.paging import Slice
from engine.store.records import ExecutionRecord
from engine.store.tenancy import Store

Document = dict[str, Any]
ACTOR = "SYSTEM:test"
LONG_MS = 20_000


def node(name: str, kind: str, version: float = 1, **parameters: Any) -> Document:
    return {
        "id": name,
        "name": name,
        "type": f"n8n-nodes-base.{kind}",
        "typeVersion": version,
        "position": [0, 0],
        "parameters": parameters,
    }


def manual(name: str = "T") -> Document:
    return node(name, "manualTrigger")


def called(name: str = "When") -> Document:
    return node(name, "executeWorkflowTrigger")


def stop(name: str = "Stop", message: str = "enough") -> Document:
    return node(name, "stopAndError", errorType="errorMessage", errorMessage=message)


def add(name: str, value: str | None = None) -> Document:
    """Adds a field of its own name."""
    assignment = {"id": name, "name": name, "value": value or name, "type": "string"}
    return node(name, "set", 3.4, assignments={"assignments": [assignment]}, includeOtherFields=True, options={})


def wait(name: str = "Wait", seconds: float = 1) -> Document:
    return node(name, "wait", 1.1, resume="timeInterval", amount=seconds, unit="seconds")


def call(workflow: str, name: str = "Call", **parameters: Any) -> Document:
    return node(name, "executeWorkflow", 1.1, workflowId=workflow, **parameters)


def flow(*nodes: Document, name: str = "Flow", id: str | None = None, **settings: Any) -> Document:
    """A chain of these nodes, in order v1."""
    links = {
        before["name"]: {"main": [[{"node": after["name"], "type": "main", "index": 0}]]}
        for before, after in pairwise(nodes)
    }
    document: Document = {
        "name": name,
        "nodes": [{**each, "position": [200 * place, 0]} for place, each in enumerate(nodes)],
        "connections": links,
        "settings": {"executionOrder": "v1", **settings},
    }
    return document if id is None else {**document, "id": id}


@dataclass(frozen=True)
class Bench:
    """One engine and one tenant's store."""

    engine: Engine
    store: Store

    async def save(self, document: Document, *, publish: bool = True) -> str:
        saved = await lifecycle.create(self.engine, self.store, NewWorkflow(document, publish=publish), actor=ACTOR)
        assert isinstance(saved, Saved), saved
        return saved.workflow.id

    async def begin(self, wish: Document | str, **more: Any) -> ExecutionRecord:
        """A document, or a saved workflow by its id."""
        what: dict[str, Any] = {"workflow_id": wish} if isinstance(wish, str) else {"document": wish}
        answer = await self.engine.submit(
            self.store, Start(**{"mode": ExecutionMode.MANUAL, **what, **more}), actor=ACTOR
        )
        assert isinstance(answer, Submitted), answer
        return answer.execution

    async def end(self, execution: ExecutionRecord) -> tuple[ExecutionRecord, History]:
        record = await self.engine.finished(self.store, execution.id, timeout_ms=LONG_MS)
        return record, await self.engine.history(self.store, record)

    async def run(self, wish: Document | str, **more: Any) -> tuple[ExecutionRecord, History]:
        return await self.end(await self.begin(wish, **more))

    async def events(self, execution: ExecutionRecord) -> list[AnyEvent]:
        return [each.event for each in await self.store.executions.history(execution.id) or ()]

    async def in_mode(self, mode: ExecutionMode) -> list[ExecutionRecord]:
        """Executions of that mode, the oldest first."""
        where = ExecutionFilter(modes=frozenset({mode}))
        page = await self.store.executions.page(Slice(100), where=where, descending=False)
        return list(page.rows)


@asynccontextmanager
async def bench_in(folder: Path, **settings: Any) -> AsyncIterator[Bench]:
    """An engine on a database in that folder; the tenant is made when there is none."""
    async with Engine(EngineSettings(f"sqlite:///{folder}/test.sqlite3", **settings)) as engine:
        tenant = await engine.access.tenant_by_name("test") or await engine.access.create_tenant("test")
        yield Bench(engine, engine.store(tenant.id))
