"""Clients as they should be: they submit under idempotency keys, ask again when they heard nothing, and follow each
execution to its end, over as many connections as that takes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from tests.acceptance.lives import KEY
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
PASSING = frozenset({"STORAGE_UNAVAILABLE", "SHUTTING_DOWN", "SANDBOX_UNAVAILABLE", "TIMEOUT"})
"""Refusals that ask for another try: under the same key, since after a TIMEOUT it may have been done."""
LOST = (aiohttp.ClientError, ConnectionError, TimeoutError, EOFError)
REPEATED = 0.15
"""How many submissions are repeated although they were answered."""


PAUSE_S = 0.05
"""Before a refused request is sent again."""


class Address(Protocol):
    """Where the server is, and an event that is set while it is worth trying."""

    @property
    def url(self) -> str: ...

    @property
    def up(self) -> asyncio.Event: ...


class Refused(Exception):
    """The server answered, and did not do it: not now."""


class ConnectionEnded(EOFError):
    """The server closed the connection before the execution's end."""


@dataclass(slots=True)
class Clients:
    """Some that take turns on the same workflows until they are told to stop. The oracle hears all that they learn."""

    server: Address
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
            key = self._new_key()
            workflow = workflows[self._submitted % len(workflows)]
            execution_id = await self.submit(workflow, key)
            if self.chance.random() < REPEATED:
                await self.submit(workflow, key)
            await self.follow(execution_id)

    async def press(self, workflow: str) -> None:
        """Submit one execution after another without waiting for any, until it is over; then follow each to its end."""
        started = []
        while not self.over.is_set():
            started.append(await self.submit(workflow, self._new_key()))
            await asyncio.sleep(PAUSE_S)
        for execution_id in started:
            await self.follow(execution_id)

    async def submit(self, workflow: str, key: str) -> str:
        """Until it is acknowledged: always under the same key."""
        while True:
            try:
                answer = await self._ask(EXECUTE, id=workflow, key=key, input={"key": key})
            except Refused:
                await asyncio.sleep(PAUSE_S)
                continue
            except LOST:
                await self.server.up.wait()
                continue
            execution = answer["executeWorkflow"]
            assert execution["__typename"] == "Execution", execution
            self.oracle.acknowledge(key, execution["id"])
            return str(execution["id"])

    def _new_key(self) -> str:
        self._submitted += 1
        return f"key-{self._submitted}"

    async def follow(self, execution_id: str) -> None:
        """Every event to the last; after a lost connection, on from the last one that was seen."""
        while execution_id not in self.oracle.ended:
            try:
                await self._listen(execution_id)
            except Refused:
                await asyncio.sleep(PAUSE_S)
            except LOST:
                await self.server.up.wait()

    async def _listen(self, execution_id: str) -> None:
        seen = self.oracle.seen[execution_id]
        async with self._subscribed(FOLLOW, id=execution_id, after=seen[-1][0] if seen else 0) as batches:
            async for data in batches:
                batch = data["executionEvents"]
                for event in batch["events"]:
                    self.oracle.show(execution_id, event)
                if batch["isFinal"]:
                    self.oracle.end(execution_id)
                    return
        raise ConnectionEnded

    async def _ask(self, query: str, **variables: Any) -> Any:
        request = {"query": query, "variables": variables}
        async with self.http.post(f"{self.server.url}/graphql", json=request, headers=AUTHORIZATION) as response:
            answer = await response.json(content_type=None)
        if "errors" in answer:
            raise self._refusal(answer["errors"])
        return answer["data"]

    def _refusal(self, errors: list[dict[str, Any]]) -> Exception:
        code = errors[0]["extensions"]["code"]
        self.oracle.refuse(code)
        return Refused(code) if code in PASSING else AssertionError(errors)

    @asynccontextmanager
    async def _subscribed(self, query: str, **variables: Any) -> AsyncIterator[AsyncIterator[Any]]:
        async with self.http.ws_connect(f"{self.server.url}/graphql", protocols=("graphql-transport-ws",)) as line:
            await line.send_json({"type": "connection_init", "payload": AUTHORIZATION})
            await line.send_json({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})

            async def results() -> AsyncIterator[Any]:
                async for message in line:
                    told = message.json()
                    match told["type"]:
                        case "next":
                            if errors := told["payload"].get("errors"):
                                raise self._refusal(errors)
                            yield told["payload"]["data"]
                        case "error":
                            raise self._refusal(told["payload"])
                        case "ping":
                            await line.send_json({"type": "pong"})
                        case "complete":
                            return

            yield results()
