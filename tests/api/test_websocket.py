"""graphql-transport-ws on a real socket: the protocol's rules, who comes in, and what an operation brings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import websockets

from engine.store.records import Role
from tests.serving import Edge, chain, create, edge_in, execute
from tests.websockets import Socket, served

EVENTS = """
subscription ($id: ID!, $after: Int! = 0) {
  executionEvents(executionId: $id, after: $after) {
    lastSeq isFinal events { __typename seq executionId at ... on NodeSucceeded { node outputs { items } } }
    execution { id status }
  }
}
"""
RUN = """
subscription ($i: ExecuteWorkflowInput!) {
  runWorkflow(input: $i) {
    lastSeq isFinal execution { id status }
    events { __typename seq ... on ExecutionSucceeded { output } ... on ExecutionStarted { version } }
  }
}
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def url(edge: Edge) -> AsyncIterator[str]:
    async with served(edge.app) as address:
        yield address


def batches(messages: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    assert [message["type"] for message in messages] == ["next"] * (len(messages) - 1) + ["complete"]
    return [message["payload"]["data"][field] for message in messages[:-1]]


def seqs(batches: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for batch in batches for event in batch["events"]]


# ------------------------------------------------------------------------------------------------ streams


async def test_the_log_of_a_finished_execution_is_told_to_its_end(edge: Edge, url: str) -> None:
    client = await edge.client()
    id = await execute(client, await create(client, chain("a", "b")), input={"n": 1})
    async with Socket.open(url, client.key) as socket:
        told = batches(await socket.everything(EVENTS, {"id": id}), "executionEvents")
    assert seqs(told) == list(range(1, told[-1]["lastSeq"] + 1))
    assert [batch["isFinal"] for batch in told] == [False] * (len(told) - 1) + [True]
    assert told[-1]["execution"] == {"id": id, "status": "SUCCEEDED"}
    events = [event for batch in told for event in batch["events"]]
    assert events[0]["__typename"] == "ExecutionQueued"
    assert events[-1]["__typename"] == "ExecutionSucceeded"
    assert {event["executionId"] for event in events} == {id}
    [b] = [event for event in events if event.get("node") == "b"]
    assert b["outputs"][0]["items"][0]["json"] == {"n": 1, "a": "1 a", "b": "1 b"}


@pytest.mark.parametrize("after", [1, 4, 7, 9, 1_000])
async def test_a_subscriber_goes_on_from_where_it_was(edge: Edge, url: str, after: int) -> None:
    client = await edge.client()
    id = await execute(client, await create(client, chain("a", "b")))
    async with Socket.open(url, client.key) as socket:
        told = batches(await socket.everything(EVENTS, {"id": id, "after": after}), "executionEvents")
    assert seqs(told) == list(range(after + 1, 10))
    assert told[-1]["isFinal"]


async def test_a_run_is_started_and_streamed_in_one(edge: Edge, url: str) -> None:
    client = await edge.client(Role.OPERATOR, tenant=(owner := await edge.client()).tenant)
    workflow = await create(owner, chain("a"))
    async with Socket.open(url, client.key) as socket:
        told = batches(await socket.everything(RUN, {"i": {"workflowId": workflow, "input": {"n": 5}}}), "runWorkflow")
    assert seqs(told) == list(range(1, told[-1]["lastSeq"] + 1))
    events = [event for batch in told for event in batch["events"]]
    assert events[1] == {"__typename": "ExecutionStarted", "seq": 2, "version": "1.0.0"}
    assert events[-1]["output"] == [{"n": 5, "a": "5 a"}]
    assert all(len(batch["events"]) <= 100 for batch in told)


async def test_a_run_that_does_not_begin_is_one_error(edge: Edge, url: str) -> None:
    client = await edge.client()
    draft = await create(client, publish=False)
    async with Socket.open(url, client.key) as socket:
        for input, code in (
            ({"workflowId": draft}, "CONFLICT"),
            ({"workflowId": "wf_0"}, "NOT_FOUND"),
            ({"workflowId": draft, "version": "1.0.0", "input": 1}, "BAD_USER_INPUT"),
        ):
            [error] = await socket.everything(RUN, {"i": input})
            assert error["type"] == "error"
            assert error["payload"][0]["extensions"]["code"] == code


async def test_queries_and_mutations_go_over_the_socket_too(edge: Edge, url: str) -> None:
    client = await edge.client()
    async with Socket.open(url, client.key) as socket:
        [answer, end] = await socket.everything("{ viewer { role } }")
        assert answer == {"type": "next", "payload": {"data": {"viewer": {"role": "OWNER"}}}}
        assert end == {"type": "complete"}
        failed = await socket.everything("{ workflows(first: -1) { totalCount } }")
        assert failed[0]["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ viewer {", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { viewer { role } } query B { viewer { role } }", "OPERATION_NOT_ALLOWED"),
        ("subscription ($id: ID!) { executionEvents(executionId: $id) { lastSeq } }", "BAD_USER_INPUT"),
        ('subscription { executionEvents(executionId: "exe_0") { lastSeq } }', "NOT_FOUND"),
        ('subscription { executionEvents(executionId: "*") { lastSeq } }', "NOT_FOUND"),
        ('subscription { executionEvents(executionId: "exe_0", after: -1) { lastSeq } }', "BAD_USER_INPUT"),
    ],
)
async def test_an_operation_that_is_refused_is_one_error_and_the_socket_lives_on(
    edge: Edge, url: str, document: str, code: str
) -> None:
    client = await edge.client()
    async with Socket.open(url, client.key) as socket:
        [error] = await socket.everything(document)
        assert error["type"] == "error"
        assert error["payload"][0]["extensions"]["code"] == code
        assert (await socket.everything("{ viewer { role } }"))[-1] == {"type": "complete"}


async def test_a_viewer_may_follow_but_not_run(edge: Edge, url: str) -> None:
    owner = await edge.client()
    viewer = await edge.client(Role.VIEWER, tenant=owner.tenant)
    workflow = await create(owner)
    id = await execute(owner, workflow)
    async with Socket.open(url, viewer.key) as socket:
        assert (await socket.everything(EVENTS, {"id": id}))[-1] == {"type": "complete"}
        [error] = await socket.everything(RUN, {"i": {"workflowId": workflow}})
        assert error["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_many_operations_share_a_socket(edge: Edge, url: str) -> None:
    client = await edge.client()
    id = await execute(client, await create(client))
    async with Socket.open(url, client.key) as socket:
        ids = [await socket.subscribe(EVENTS, {"id": id}) for _ in range(20)]
        ended: set[str] = set()
        while len(ended) < len(ids):
            message = await socket.hear()
            if message["type"] == "complete":
                ended.add(message["id"])
        assert ended == set(ids)


# ------------------------------------------------------------------------------------------------ the protocol


@asynccontextmanager
async def waiting(edge: Edge, url: str) -> AsyncIterator[tuple[Socket, str]]:
    """A socket, and an execution that will not end while the test runs."""
    client = await edge.client()
    pause = chain("a")
    pause["nodes"][1] |= {
        "type": "n8n-nodes-base.wait",
        "typeVersion": 1.1,
        "parameters": {"resume": "timeInterval", "amount": 1, "unit": "hours"},
    }
    started = await client.ask(
        "mutation ($i: ExecuteWorkflowInput!) { executeWorkflow(input: $i) { ... on Execution { id } } }",
        i={"workflowId": await create(client, pause)},
    )
    async with Socket.open(url, client.key) as socket:
        yield socket, started["executeWorkflow"]["id"]


async def test_an_operation_that_the_client_completes_ends_and_its_id_is_free(edge: Edge, url: str) -> None:
    async with waiting(edge, url) as (socket, execution):
        await socket.subscribe(EVENTS, {"id": execution}, id="x")
        assert (await socket.hear())["type"] == "next"
        await socket.say(id="x", type="complete")
        await socket.subscribe("{ viewer { role } }", id="x")
        while (message := await socket.hear())["type"] != "complete":
            assert message["id"] == "x"


async def test_an_id_is_used_once_at_a_time(edge: Edge, url: str) -> None:
    async with waiting(edge, url) as (socket, execution):
        await socket.subscribe(EVENTS, {"id": execution}, id="x")
        await socket.subscribe("{ viewer { role } }", id="x")
        assert await socket.closed() == 4409


async def test_a_ping_is_answered(edge: Edge, url: str) -> None:
    async with Socket.connect(url) as socket:
        await socket.say(type="ping")
        assert await socket.hear() == {"type": "pong"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { role } }"}}], 4401),
        ([{"type": "connection_init"}], 4401),
        ([{"type": "connection_init", "payload": {"Authorization": "Bearer hdl_wrong"}}], 4401),
        ([{"type": "connection_init", "payload": {"apiKey": ["x"]}}], 4401),
        ([{"type": "connection_init", "payload": "x"}], 4400),
        ([{"type": "start", "id": "1"}], 4400),
        ([{"type": 1}], 4400),
        ([{"kind": "ping"}], 4400),
        ([["connection_init"]], 4400),
    ],
    ids=str,
)
async def test_who_does_not_introduce_themselves_is_shown_out(url: str, said: list[Any], code: int) -> None:
    async with Socket.connect(url) as socket:
        for message in said:
            await socket.raw.send(json.dumps(message))
        assert await socket.closed() == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('{"type": "connection_init"}', 4429),
        ('{"type": "unheard_of"}', 4400),
        ("{", 4400),
        ("[]", 4400),
        ("1", 4400),
        ('{"type": "ping", "type": "ping"}', 4400),
        ("[" * 1_000, 4400),
        (b'{"type": "ping"}', 4400),
        ('{"type": "subscribe", "payload": {"query": "{ a }"}}', 4400),
        ('{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}', 4400),
        ('{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}', 4400),
        ('{"type": "subscribe", "id": "1"}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": [{"query": "{ a }"}]}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', 4400),
        ('{"type": "complete"}', 4400),
        ("x" * 300_000, 1009),
    ],
    ids=range(16),
)
async def test_who_breaks_the_protocol_is_shown_out(edge: Edge, url: str, message: str | bytes, code: int) -> None:
    client = await edge.client()
    async with Socket.open(url, client.key) as socket:
        await socket.raw.send(message)
        assert await socket.closed() == code


@pytest.mark.parametrize("protocol", ["graphql-ws", None])
async def test_another_protocol_is_not_spoken(url: str, protocol: str | None) -> None:
    try:
        async with Socket.connect(url, protocol=protocol) as socket:
            assert await socket.closed() == 4406
    except websockets.NegotiationError:
        assert protocol is not None


async def test_a_page_of_another_origin_does_not_open_a_socket(edge: Edge, url: str) -> None:
    for origin in ("https://evil.example", "null"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with Socket.connect(url, origin=origin):
                pass
        assert refused.value.response.status_code == 403
    own = url.replace("ws://", "http://").removesuffix("/graphql")
    async with Socket.connect(url, origin=own) as socket:
        await socket.say(type="ping")
        assert await socket.hear() == {"type": "pong"}


async def test_a_credential_may_come_with_the_handshake(edge: Edge, url: str) -> None:
    client = await edge.client()
    async with Socket.connect(url, additional_headers={"x-api-key": client.key}) as socket:
        await socket.say(type="connection_init")
        assert (await socket.hear())["type"] == "connection_ack"


async def test_who_says_nothing_is_shown_out(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path, ws_init_timeout_s=0.05) as edge,
        served(edge.app) as url,
        Socket.connect(url) as socket,
    ):
        assert await socket.closed() == 4408


async def test_a_connection_lasts_no_longer_than_its_credential(edge: Edge, url: str) -> None:
    tenant = await edge.tenant()
    key = await edge.key(tenant, Role.VIEWER, expires_at_us=edge.engine.clock.now_us() + 300_000)
    async with Socket.open(url, key) as socket:
        assert await socket.closed() == 4403


async def test_a_connection_runs_so_many_operations_at_once(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path, ws_max_operations=2) as edge,
        served(edge.app) as url,
        waiting(edge, url) as (socket, execution),
    ):
        for id in ("1", "2", "3"):
            await socket.subscribe(EVENTS, {"id": execution}, id=id)
        while (message := await socket.hear())["type"] != "error":
            assert message["id"] in ("1", "2")
        assert message["id"] == "3"
        assert message["payload"][0]["extensions"]["code"] == "QUOTA_EXCEEDED"


async def test_a_stop_of_the_server_ends_open_streams_and_says_that_it_comes_back(edge: Edge) -> None:
    async with AsyncExitStack() as stack:
        async with asyncio.timeout(10), served(edge.app) as url:
            socket, execution = await stack.enter_async_context(waiting(edge, url))
            await socket.subscribe(EVENTS, {"id": execution})
            assert (await socket.hear())["type"] == "next"
        assert await socket.closed() == 1012
