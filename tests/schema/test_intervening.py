"""Executions canceled, and given what they wait for, over the API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.store.records import Role
from tests.serving import Client, Edge, chain, create, execute

START = "mutation ($i: ExecuteDefinitionInput!) { executeDefinition(input: $i) { ... on Execution { id } } }"
CANCEL = """
mutation ($id: ID!, $reason: String) {
  cancelExecution(id: $id, reason: $reason) {
    __typename
    ... on Execution { id status lastSeq finishedAt waitingFor { code } }
    ... on NotFound { code message }
  }
}
"""
RESUME = """
mutation ($i: ResumeExecutionInput!) {
  resumeExecution(input: $i) {
    __typename
    ... on Execution { id status }
    ... on NotFound { code message }
    ... on NotResumable { code message execution { id status } }
  }
}
"""
EVENTS = """
query ($id: ID!) { execution(id: $id) { status events { edges { node {
  __typename ... on ExecutionCanceled { reason by { kind } } ... on NodeEvent { node }
} } } } }
"""


def waiting(parameters: dict[str, Any] | None = None, *more: str) -> dict[str, Any]:
    """A trigger, a node `Wait`, and what comes after it."""
    document = chain("Wait", *more)
    document["nodes"][1] |= {
        "type": "n8n-nodes-base.wait",
        "typeVersion": 1.1,
        "parameters": parameters or {"resume": "webhook"},
    }
    return document


def coded(script: str, *more: str) -> dict[str, Any]:
    """A trigger, a node `Code`, and what comes after it."""
    document = chain("Code", *more)
    document["nodes"][1] |= {"type": "n8n-nodes-base.code", "typeVersion": 2, "parameters": {"jsCode": script}}
    return document


async def begun(client: Client, edge: Edge, document: dict[str, Any], upto: str, **input: Any) -> str:
    """An execution that has come to an event of this type."""
    started = await client.ask(START, i={"definition": document, **input})
    id = str(started["executeDefinition"]["id"])
    async for batch in edge.engine.tail(edge.engine.store(client.tenant.id), id):
        if any(type(getattr(each, "event", None)).__name__ == upto for each in batch.events):
            break
    return id


async def canceled(client: Client, id: str, reason: str | None = None) -> Any:
    return (await client.ask(CANCEL, id=id, reason=reason))["cancelExecution"]


async def resumed(client: Client, id: str, **more: Any) -> Any:
    return (await client.ask(RESUME, i={"executionId": id, **more}))["resumeExecution"]


async def ended(edge: Edge, client: Client, id: str) -> Any:
    await edge.engine.finished(edge.engine.store(client.tenant.id), id, timeout_ms=10_000)
    return (await client.ask("query ($id: ID!) { execution(id: $id) { status output lastSeq } }", id=id))["execution"]


# ------------------------------------------------------------------------------------------------ canceling


async def test_a_waiting_execution_is_canceled_with_who_and_why(edge: Edge) -> None:
    client = await edge.client()
    id = await begun(client, edge, waiting(), "ExecutionWaiting")
    answer = await canceled(client, id, "enough")
    assert (answer["__typename"], answer["status"], answer["waitingFor"]) == ("Execution", "CANCELED", [])
    assert answer["finishedAt"] is not None
    read = (await client.ask(EVENTS, id=id))["execution"]
    last = read["events"]["edges"][-1]["node"]
    assert last == {"__typename": "ExecutionCanceled", "reason": "enough", "by": {"kind": "API_KEY"}}


async def test_canceling_again_changes_nothing(edge: Edge) -> None:
    client = await edge.client()
    id = await begun(client, edge, waiting(), "ExecutionWaiting")
    first = await canceled(client, id, "one")
    assert await canceled(client, id, "two") == first
    assert await asyncio.gather(*(canceled(client, id) for _ in range(5))) == [first] * 5


async def test_many_who_cancel_at_once_are_answered_alike(edge: Edge) -> None:
    client = await edge.client()
    id = await begun(client, edge, waiting(), "ExecutionWaiting")
    answers = await asyncio.gather(*(canceled(client, id, f"{n}") for n in range(10)))
    assert {(each["status"], each["lastSeq"]) for each in answers} == {("CANCELED", answers[0]["lastSeq"])}


async def test_a_finished_execution_stays_as_it_ended(edge: Edge) -> None:
    client = await edge.client()
    id = await execute(client, await create(client))
    assert (await canceled(client, id))["status"] == "SUCCEEDED"


async def test_a_script_without_an_end_is_stopped_at_once(edge: Edge) -> None:
    client = await edge.client()
    id = await begun(client, edge, coded("while (true) {}", "After"), "NodeStarted")
    async with asyncio.timeout(2):
        assert (await canceled(client, id))["status"] == "CANCELED"
    again = await ended(edge, client, id)
    read = (await client.ask(EVENTS, id=id))["execution"]
    assert again["lastSeq"] == len(read["events"]["edges"])
    assert read["events"]["edges"][-1]["node"]["__typename"] == "ExecutionCanceled"
    run = await begun(client, edge, coded("return [{json: {fine: true}}]"), "NodeSucceeded")
    assert (await ended(edge, client, run))["output"] == [{"fine": True}], "the tenant has a sandbox again"


async def test_what_is_nobodys_cannot_be_canceled(edge: Edge) -> None:
    client = await edge.client()
    for id in ("exe_" + "0" * 32, "wf_" + "0" * 32, "nonsense"):
        assert await canceled(client, id) == {
            "__typename": "NotFound",
            "code": "NOT_FOUND",
            "message": "Execution not found",
        }


async def test_a_viewer_may_neither_cancel_nor_resume(edge: Edge) -> None:
    viewer = await edge.client(Role.VIEWER)
    assert (await viewer.refused(CANCEL, id="exe_1"))["extensions"]["code"] == "FORBIDDEN"
    assert (await viewer.refused(RESUME, i={"executionId": "exe_1"}))["extensions"]["code"] == "FORBIDDEN"


async def test_a_reason_is_not_a_novel(edge: Edge) -> None:
    client = await edge.client()
    refused = await client.refused(CANCEL, id="exe_1", reason="x" * 1_001)
    assert refused["extensions"]["code"] == "BAD_USER_INPUT"


# ------------------------------------------------------------------------------------------------ resuming


@pytest.mark.parametrize("mode", ["webhook", "form"])
async def test_data_that_is_delivered_is_what_the_node_goes_on_with(edge: Edge, mode: str) -> None:
    client = await edge.client()
    id = await begun(client, edge, waiting({"resume": mode}, "After"), "ExecutionWaiting")
    reason = await client.ask("query ($id: ID!) { execution(id: $id) { waitingFor { code node } } }", id=id)
    assert reason["execution"]["waitingFor"] == [{"code": "SIGNAL", "node": "Wait"}]
    answer = await resumed(client, id, data=[{"n": 1}, {"n": 2}])
    assert answer["__typename"] == "Execution"
    read = await ended(edge, client, id)
    assert read["status"] == "SUCCEEDED"
    assert read["output"] == [{"n": 1, "After": "1 After"}, {"n": 2, "After": "2 After"}]


async def test_without_data_the_nodes_own_items_pass(edge: Edge) -> None:
    client = await edge.client()
    id = await begun(client, edge, waiting(None, "After"), "ExecutionWaiting", input={"n": 7})
    await resumed(client, id, node="Wait")
    assert (await ended(edge, client, id))["output"] == [{"n": 7, "After": "7 After"}]


async def test_a_signal_that_is_faster_than_the_record_of_the_wait_is_not_lost(edge: Edge) -> None:
    client = await edge.client()
    slow = coded("let x = 0; for (let i = 0; i < 3e7; i++) { x += i } return [{json: {x}}]", "Wait")
    slow["nodes"][2] |= waiting()["nodes"][1] | {"name": "Wait", "id": "w"}
    id = await begun(client, edge, slow, "ExecutionStarted")
    assert (await resumed(client, id, node="Wait", data={"early": True}))["__typename"] == "Execution"
    assert (await ended(edge, client, id))["output"] == [{"early": True}]


async def test_no_signal_is_lost_while_an_execution_is_let_go(edge: Edge) -> None:
    client = await edge.client()

    async def one(n: int) -> Any:
        id = await begun(client, edge, waiting(), "ExecutionWaiting")
        assert (await resumed(client, id, data={"n": n}))["__typename"] == "Execution"
        return await ended(edge, client, id)

    reads = await asyncio.gather(*(one(n) for n in range(40)))
    assert [read["output"] for read in reads] == [[{"n": n}] for n in range(40)]


@pytest.mark.parametrize(
    ("parameters", "node", "message"),
    [
        ({"resume": "timeInterval", "amount": 1, "unit": "hours"}, None, "No node of the execution waits for a signal"),
        ({"resume": "timeInterval", "amount": 1, "unit": "hours"}, "Wait", "Node 'Wait' waits for its time"),
        ({"resume": "webhook"}, "Start", "Node 'Start' does not wait for a signal"),
        ({"resume": "webhook"}, "Nobody", "The workflow has no node named 'Nobody'"),
    ],
)
async def test_where_nothing_waits_the_reason_is_said(
    edge: Edge, parameters: dict[str, Any], node: str | None, message: str
) -> None:
    client = await edge.client()
    id = await begun(client, edge, waiting(parameters), "ExecutionWaiting")
    answer = await resumed(client, id, node=node, data={})
    assert (answer["__typename"], answer["code"]) == ("NotResumable", "NOT_RESUMABLE")
    assert message in answer["message"]
    assert answer["execution"]["id"] == id
    assert (await canceled(client, id))["status"] == "CANCELED", "and it still waits"


async def test_what_has_ended_or_is_nobodys_cannot_be_resumed(edge: Edge) -> None:
    client = await edge.client()
    id = await execute(client, await create(client))
    answer = await resumed(client, id)
    assert answer["message"] == "The execution has ended: it is SUCCEEDED"
    assert (await resumed(client, "exe_" + "0" * 32))["__typename"] == "NotFound"
    assert (await resumed(client, "wf_1"))["__typename"] == "NotFound"


async def test_several_that_wait_at_once_are_told_apart_by_name(edge: Edge) -> None:
    client = await edge.client()
    both = waiting()
    both["nodes"].append(both["nodes"][1] | {"name": "Other", "id": "o", "position": [200, 200]})
    both["connections"]["Start"]["main"][0].append({"node": "Other", "type": "main", "index": 0})
    both["settings"] = {"executionOrder": "parallel"}
    id = await begun(client, edge, both, "ExecutionWaiting")
    answer = await resumed(client, id, data={})
    assert answer["message"] == "The nodes 'Wait', 'Other' wait for a signal: name the one that it is for"
    assert (await resumed(client, id, node="Other", data={"n": "other"}))["__typename"] == "Execution"
    assert (await resumed(client, id, data={"n": "wait"}))["__typename"] == "Execution", "only one is left"
    assert (await ended(edge, client, id))["output"] == [{"n": "other"}]


async def test_the_same_key_delivers_once_and_answers_the_same(edge: Edge) -> None:
    client = await edge.client()
    twice = waiting(None, "Again")
    twice["nodes"][2] |= waiting()["nodes"][1] | {"name": "Again", "id": "a"}
    id = await begun(client, edge, twice, "ExecutionWaiting")
    for _ in range(3):
        answer = await resumed(client, id, data={"n": 1}, idempotencyKey="first")
        assert (answer["__typename"], answer["id"]) == ("Execution", id)
    read = (await client.ask(EVENTS, id=id))["execution"]
    assert read["status"] in ("RUNNING", "WAITING"), "the second wait was not ended by it"
    refused = await client.refused(RESUME, i={"executionId": id, "data": {"n": 2}, "idempotencyKey": "first"})
    assert refused["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
    await resumed(client, id, data={"n": 2}, idempotencyKey="second")
    assert (await ended(edge, client, id))["output"] == [{"n": 2}]
    late = await resumed(client, id, data={"n": 1}, idempotencyKey="first")
    assert (late["__typename"], late["status"]) == ("Execution", "SUCCEEDED")
    refused = await client.refused(RESUME, i={"executionId": id, "data": {"n": 9}, "idempotencyKey": "second"})
    assert refused["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
    assert (await resumed(client, id, idempotencyKey="third"))["__typename"] == "NotResumable"


async def test_bad_data_is_refused_before_anything_happens(edge: Edge) -> None:
    client = await edge.client()
    id = await begun(client, edge, waiting(), "ExecutionWaiting")
    for wrong in ({"data": [1]}, {"data": "text"}, {"idempotencyKey": ""}):
        refused = await client.refused(RESUME, i={"executionId": id, **wrong})
        assert refused["extensions"]["code"] == "BAD_USER_INPUT", wrong
    await resumed(client, id, data={})
