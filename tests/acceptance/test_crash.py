"""kill -9 in the middle of 200 executions: none is lost, each finishes, and a watcher sees every event once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import websockets

from tests.acceptance.server import Server, gather
from tests.acceptance.workflows import chain, code, set_field, trigger, wait

EXECUTIONS = 200

CREATE = """
mutation Create($definition: JSON!) {
  createWorkflow(input: { definition: $definition, publish: true }) {
    __typename
    ... on Workflow { id publishedVersion { version } }
    ... on InvalidWorkflow { report { errors { code message pointer } } }
  }
}"""
EXECUTE = """
mutation Execute($id: ID!, $input: JSON) {
  executeWorkflow(input: { workflowId: $id, input: $input }) { __typename ... on Execution { id status } }
}"""
STATUS = "query Status($id: ID!) { execution(id: $id) { status lastSeq output } }"
WATCH = """
subscription Watch($id: ID!, $after: Int!) {
  executionEvents(executionId: $id, after: $after) { lastSeq isFinal events { __typename seq } }
}"""

SLOW = chain(
    trigger(),
    set_field("Mark", "mark", "={{ $json.n * 2 }}", "number"),
    code("Busy", "for (let i = 0; i < 2e5; i++) {} return $input.all();"),
    wait("Short", 0.4),
    set_field("Between", "between", "={{ $json.mark + 1 }}", "number"),
    wait("Long", 3),
    set_field("Last", "last", "={{ $json.between + 1 }}", "number"),
    name="slow",
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data").start()
    yield server
    server.close()


class Watcher:
    """Follows one execution as a client would: reconnects after the last sequence number that it saw."""

    def __init__(self, server: Server, execution_id: str) -> None:
        self.server = server
        self.execution_id = execution_id
        self.seqs: list[int] = []
        self.reconnects = 0
        self.began = asyncio.Event()

    async def follow(self) -> None:
        while True:
            try:
                after = self.seqs[-1] if self.seqs else 0
                async for data in self.server.subscribe(WATCH, id=self.execution_id, after=after):
                    batch = data["executionEvents"]
                    self.seqs.extend(event["seq"] for event in batch["events"])
                    self.began.set()
                    if batch["isFinal"]:
                        return
            except (OSError, websockets.WebSocketException):
                self.reconnects += 1
                await asyncio.sleep(0.1)  # a client's pause before it connects again


async def start_all(server: Server, workflow_id: str) -> list[str]:
    async with httpx.AsyncClient(timeout=60) as client:
        answers = await gather(
            *(server.ask(EXECUTE, client=client, id=workflow_id, input={"n": n}) for n in range(EXECUTIONS))
        )
    return [answer["executeWorkflow"]["id"] for answer in answers]


async def test_a_kill_in_the_middle_loses_no_execution_and_no_event(server: Server) -> None:
    created = (await server.ask(CREATE, definition=SLOW))["createWorkflow"]
    assert created["__typename"] == "Workflow", created
    ids = await start_all(server, created["id"])
    assert len(set(ids)) == EXECUTIONS
    watchers = [Watcher(server, execution_id) for execution_id in ids[:20]]
    async with asyncio.TaskGroup() as group:
        for watcher in watchers:
            group.create_task(watcher.follow())
        # Every watcher has seen something of its execution, and none can have seen the end: the last wait is 3 s.
        await asyncio.gather(*(watcher.began.wait() for watcher in watchers))
        server.kill()
        server.start()
    late = [Watcher(server, execution_id) for execution_id in ids[20:]]
    await gather(*(watcher.follow() for watcher in late))

    async with httpx.AsyncClient(timeout=60) as client:
        records = await gather(*(server.ask(STATUS, client=client, id=each) for each in ids))
    for n, (execution_id, record) in enumerate(zip(ids, records, strict=True)):
        execution = record["execution"]
        assert execution["status"] == "SUCCEEDED", (execution_id, execution)
        assert execution["output"][0]["last"] == n * 2 + 2
    for watcher, record in zip([*watchers, *late], records, strict=True):
        assert watcher.seqs == list(range(1, record["execution"]["lastSeq"] + 1))
    assert all(watcher.reconnects for watcher in watchers)


async def test_sigterm_drains_and_what_was_waiting_goes_on_after_the_restart(server: Server) -> None:
    created = (await server.ask(CREATE, definition=SLOW))["createWorkflow"]
    execution_id = (await server.ask(EXECUTE, id=created["id"], input={"n": 1}))["executeWorkflow"]["id"]
    assert server.stop() == 0
    server.start()
    watcher = Watcher(server, execution_id)
    await watcher.follow()
    assert watcher.seqs == list(range(1, len(watcher.seqs) + 1))
    assert (await server.ask(STATUS, id=execution_id))["execution"]["status"] == "SUCCEEDED"
