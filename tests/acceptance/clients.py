"""Clients as they should be: they submit under idempotency keys, ask again when they heard nothing, and follow each
execution to its end, over as many connections as that takes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.acceptance.lives import KEY, Lives
from tests.acceptance.oracle import Oracle

EXECUTE = """
mutation Execute($id: ID!, $key: String!, $input: JSON) {
  executeWorkflow(input: { workflowId: $id, input: $input, idempotencyKey: $key }) {
    __typename ... on Execution { id }
  }
}"""
FOLLOW = """
subscription Follow($id: ID!, $after: Int!) {
  executionEvents(executionId: $id, after: $after) {
    lastSeq isFinal events { __typename seq ... on NodeEvent { node } }
  }
}"""
CREATE = """
mutation Create($definition: JSON!) {
  createWorkflow(input: { definition: $definition, publish: true }) { __typename ... on Workflow { id } }
}"""
AUTHORIZATION = {"authorization": f"Bearer {KEY}"}
PASSING = frozenset({"STORAGE_UNAVAILABLE", "SHUTTING_DOWN", "SANDBOX_UNAVAILABLE"})
"""Refusals that ask for another try."""
LOST = (aiohttp.ClientError, ConnectionError, TimeoutError, EOFError)
REPEATED = 0.15
"""How many submissions are repeated although they were answered."""


class ConnectionEnded(EOFError):
    """The server closed the connection before the execution's end."""


@dataclass(slots=True)
class Clients:
    """Some that take turns on the same workflows until they are told to stop. The oracle hears all that they learn."""

    lives: Lives
    oracle: Oracle
    http: aiohttp.ClientSession
    chance: random.Random
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _submitted: int = 0

    async def create(self, definition: dict[str, Any]) -> str:
        answer = await self._ask(CREATE, definition=definition)
        assert answer["createWorkflow"]["__typename"] == "Workflow", answer
        return str(answer["createWorkflow"]["id"])

    async def work(self, workflows: Sequence[str]) -> None:
        """Submit one execution after another and follow each to its end, until it is over."""
        while not self.over.is_set():
            self._submitted += 1
            key, workflow = f"key-{self._submitted}", workflows[self._submitted % len(workflows)]
            execution_id = await self.submit(workflow, key)
            if self.chance.random() < REPEATED:
                await self.submit(workflow, key)
            await self.follow(execution_id)

    async def submit(self, workflow: str, key: str) -> str:
        """Until it is acknowledged: always under the same key."""
        while True:
            try:
                answer = await self._ask(EXECUTE, id=workflow, key=key, input={"key": key})
            except LOST:
                await self.lives.up.wait()
                continue
            execution = answer["executeWorkflow"]
            assert execution["__typename"] == "Execution", execution
            self.oracle.acknowledge(key, execution["id"])
            return str(execution["id"])

    async def follow(self, execution_id: str) -> None:
        """Every event to the last; after a lost connection, on from the last one that was seen."""
        while execution_id not in self.oracle.ended:
            try:
                await self._listen(execution_id)
            except LOST:
                await self.lives.up.wait()

    async def _listen(self, execution_id: str) -> None:
        seen = self.oracle.seen[execution_id]
        async with self._subscribed(FOLLOW, id=execution_id, after=seen[-1][0] if seen else 0) as batches:
            async for data in batches:
                batch = data["executionEvents"]
                for event in batch["events"]:
                    self.oracle.show(execution_id, event)
                if batch["isFinal"]:
                    self.oracle.ended.add(execution_id)
                    return
        raise ConnectionEnded

    async def _ask(self, query: str, **variables: Any) -> Any:
        request = {"query": query, "variables": variables}
        async with self.http.post(f"{self.lives.url}/graphql", json=request, headers=AUTHORIZATION) as response:
            answer = await response.json(content_type=None)
        if "errors" in answer:
            code = answer["errors"][0]["extensions"]["code"]
            if code in PASSING:
                raise ConnectionEnded(code)
            raise AssertionError(answer["errors"])
        return answer["data"]

    @asynccontextmanager
    async def _subscribed(self, query: str, **variables: Any) -> AsyncIterator[AsyncIterator[Any]]:
        async with self.http.ws_connect(f"{self.lives.url}/graphql", protocols=("graphql-transport-ws",)) as line:
            await line.send_json({"type": "connection_init", "payload": AUTHORIZATION})
            await line.send_json({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})

            async def results() -> AsyncIterator[Any]:
                async for message in line:
                    told = message.json()
                    match told["type"]:
                        case "next":
                            assert "errors" not in told["payload"], told
                            yield told["payload"]["data"]
                        case "error":
                            raise AssertionError(told)
                        case "ping":
                            await line.send_json({"type": "pong"})
                        case "complete":
                            return

            yield results()
