"""An engine and the API over it in this process, and clients of tenants that nobody else uses."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api import keys
from api.app import create_app
from api.settings import Settings
from engine.runtime.engine import Engine
from engine.store.records import Role, TenantRecord

_numbers = itertools.count(1)


@dataclass(slots=True)
class Client:
    """Speaks GraphQL over HTTP with one key."""

    http: httpx.AsyncClient
    key: str
    tenant: TenantRecord

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        return await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {self.key}", "accept": "application/graphql-response+json"},
        )

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, query: str, **variables: Any) -> dict[str, Any]:
        """The first error of an answer that has some."""
        return (await self.post(query, **variables)).json()["errors"][0]  # type: ignore[no-any-return]


@dataclass(slots=True)
class Edge:
    engine: Engine
    settings: Settings
    app: Starlette
    http: httpx.AsyncClient

    async def key(self, tenant: TenantRecord, role: Role, *, expires_at_us: int | None = None) -> str:
        secret = keys.new_secret()
        await self.engine.access.create_key(
            tenant.id,
            "test",
            role,
            secret_hash=keys.hash_of(secret),
            prefix=keys.prefix_of(secret),
            expires_at_us=expires_at_us,
        )
        return secret

    async def tenant(self) -> TenantRecord:
        return await self.engine.access.create_tenant(f"tenant {next(_numbers)}")

    async def client(self, role: Role = Role.OWNER, *, tenant: TenantRecord | None = None) -> Client:
        """A client of a new tenant, or of the one given."""
        tenant = tenant or await self.tenant()
        return Client(self.http, await self.key(tenant, role), tenant)


def share_one_loop(items: list[pytest.Item], under: Path) -> None:
    """Run the async tests of a folder in the loop of the session, where their server lives."""
    for item in items:
        if pytest_asyncio.is_async_test(item) and under in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@asynccontextmanager
async def edge_in(data_dir: Path, **settings: Any) -> AsyncIterator[Edge]:
    chosen = Settings(data_dir=data_dir, **settings)
    async with Engine(chosen.engine()) as engine:
        app = create_app(engine, chosen)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://heddle.test") as http:
            yield Edge(engine, chosen, app, http)


def chain(*names: str, name: str = "Chain") -> dict[str, Any]:
    """A manual trigger and then one node after another that adds a field of its own name."""
    nodes: list[dict[str, Any]] = [
        {
            "id": "0",
            "name": "Start",
            "type": "n8n-nodes-base.manualTrigger",
            "typeVersion": 1,
            "position": [0, 0],
            "parameters": {},
        }
    ]
    for number, node in enumerate(names, start=1):
        assignment = {"id": node, "name": node, "value": f"={{{{ $json.n }}}} {node}", "type": "string"}
        parameters = {"assignments": {"assignments": [assignment]}, "includeOtherFields": True, "options": {}}
        nodes.append(
            {
                "id": str(number),
                "name": node,
                "type": "n8n-nodes-base.set",
                "typeVersion": 3.4,
                "position": [200 * number, 0],
                "parameters": parameters,
            }
        )
    links = {
        before["name"]: {"main": [[{"node": after["name"], "type": "main", "index": 0}]]}
        for before, after in itertools.pairwise(nodes)
    }
    return {"name": name, "nodes": nodes, "connections": links, "settings": {"executionOrder": "v1"}}


async def create(client: Client, definition: dict[str, Any] | None = None, **more: Any) -> str:
    """A published workflow's id."""
    created = await client.ask(
        "mutation ($i: CreateWorkflowInput!) { createWorkflow(input: $i) { __typename ... on Workflow { id } } }",
        i={"definition": definition or chain("a"), "publish": True, **more},
    )
    assert created["createWorkflow"]["__typename"] == "Workflow", created
    return str(created["createWorkflow"]["id"])


async def execute(client: Client, workflow_id: str, **more: Any) -> str:
    """A finished execution's id."""
    executed = await client.ask(
        "mutation ($i: ExecuteWorkflowInput!) { executeWorkflow(input: $i) { ... on Execution { id status } } }",
        i={"workflowId": workflow_id, "waitMs": 10_000, **more},
    )
    assert executed["executeWorkflow"].get("status") == "SUCCEEDED", executed
    return str(executed["executeWorkflow"]["id"])
