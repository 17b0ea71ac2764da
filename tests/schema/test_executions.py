"""Executions over the API: started, waited for, read back and listed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.serving import Client, Edge, chain, create, execute

EXECUTE = """
mutation ($i: ExecuteWorkflowInput!) {
  executeWorkflow(input: $i) {
    __typename
    ... on Execution { id status output error { code node } }
    ... on NotFound { message }
    ... on NotPublished { code workflow { id } }
    ... on InvalidWorkflow { report { errors { code } } }
  }
}
"""
DEFINITION = """
mutation ($i: ExecuteDefinitionInput!) {
  executeDefinition(input: $i) {
    __typename
    ... on InvalidWorkflow { report { errors { code } } }
    ... on Execution {
      id status mode output workflow { id } version { id }
      error { code message node name }
      nodeRuns { edges { node { node status attempts error { code } recovery outputs { index itemCount items } } } }
    }
  }
}
"""


async def executed(client: Client, id: str, **input: Any) -> Any:
    return (await client.ask(EXECUTE, i={"workflowId": id, "waitMs": 10_000, **input}))["executeWorkflow"]


async def ran(client: Client, definition: dict[str, Any], **input: Any) -> Any:
    given = {"definition": definition, "waitMs": 10_000, **input}
    return (await client.ask(DEFINITION, i=given))["executeDefinition"]


async def test_an_execution_is_waited_for_and_answers_its_output(edge: Edge) -> None:
    client = await edge.client()
    answer = await executed(client, await create(client, chain("a", "b")), input={"n": 7})
    assert answer["status"] == "SUCCEEDED"
    assert answer["output"] == [{"n": 7, "a": "7 a", "b": "7 b"}]


async def test_without_waiting_the_answer_is_that_it_was_accepted(edge: Edge) -> None:
    client = await edge.client()
    answer = await executed(client, await create(client), waitMs=0)
    assert answer["__typename"] == "Execution"
    assert answer["id"].startswith("exe_")


async def test_everything_can_be_read_back(edge: Edge) -> None:
    client = await edge.client()
    workflow = await create(client, chain("a", "b"))
    id = await execute(client, workflow, input=[{"n": 1}, {"n": 2}])
    query = """query ($id: ID!) { execution(id: $id) {
      id status mode input output error { code } createdAt startedAt finishedAt durationMs lastSeq
      startedBy { id kind } workflow { id } version { version }
      metrics { nodesRun succeeded failed skipped retries recoveries items }
      waitingFor { code }
      nodeRuns { totalCount edges { node {
        id node runIndex executionIndex status attempts startedAt finishedAt durationMs
        outputs(maxItems: 1) { index name itemCount truncated items } } } }
      events { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { __typename seq } } }
    } }"""
    read = (await client.ask(query, id=id))["execution"]
    assert read["input"] == [{"n": 1}, {"n": 2}]
    assert read["output"] == [{"n": 1, "a": "1 a", "b": "1 b"}, {"n": 2, "a": "2 a", "b": "2 b"}]
    assert read["startedBy"]["kind"] == "API_KEY"
    assert read["workflow"] == {"id": workflow}
    assert read["version"] == {"version": "1.0.0"}
    assert read["waitingFor"] == []
    assert read["metrics"] == {
        "nodesRun": 3, "succeeded": 3, "failed": 0, "skipped": 0, "retries": 0, "recoveries": 0, "items": 6,
    }  # fmt: skip
    runs = [each["node"] for each in read["nodeRuns"]["edges"]]
    assert [(run["node"], run["executionIndex"], run["status"]) for run in runs] == [
        ("Start", 0, "SUCCEEDED"),
        ("a", 1, "SUCCEEDED"),
        ("b", 2, "SUCCEEDED"),
    ]
    [output] = runs[2]["outputs"]
    assert (output["itemCount"], output["truncated"], len(output["items"])) == (2, True, 1)
    assert output["items"][0]["json"] == {"n": 1, "a": "1 a", "b": "1 b"}
    events = [each["node"] for each in read["events"]["edges"]]
    assert [event["seq"] for event in events] == list(range(1, read["lastSeq"] + 1))
    assert events[0]["__typename"] == "ExecutionQueued"
    assert events[-1]["__typename"] == "ExecutionSucceeded"


async def test_node_runs_are_narrowed_and_paged(edge: Edge) -> None:
    client = await edge.client()
    id = await execute(client, await create(client, chain("a", "b", "c")))
    query = """query ($id: ID!, $after: String, $node: String, $s: [NodeRunStatus!]) { execution(id: $id) {
      nodeRuns(first: 3, after: $after, node: $node, statuses: $s) {
        edges { node { node } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""

    async def runs(**more: Any) -> Any:
        return (await client.ask(query, id=id, **more))["execution"]["nodeRuns"]

    first = await runs()
    rest = await runs(after=first["pageInfo"]["endCursor"])
    assert [each["node"]["node"] for each in first["edges"] + rest["edges"]] == ["Start", "a", "b", "c"]
    assert [first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]] == [True, False]
    assert [each["node"]["node"] for each in (await runs(node="b"))["edges"]] == ["b"]
    assert (await runs(s=["FAILED"]))["edges"] == []


async def test_events_are_read_from_where_one_was(edge: Edge) -> None:
    client = await edge.client()
    id = await execute(client, await create(client))
    query = "query ($id: ID!, $a: Int!) { execution(id: $id) { events(after: $a, first: 2) { edges { cursor } } } }"
    events = (await client.ask(query, id=id, a=3))["execution"]["events"]
    assert [each["cursor"] for each in events["edges"]] == ["4", "5"]
    refused = await client.refused(query, id=id, a=-1)
    assert refused["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_same_key_for_the_same_request_answers_with_the_first_execution(edge: Edge) -> None:
    client = await edge.client()
    id = await create(client)
    first = await executed(client, id, idempotencyKey="k", input={"n": 1})
    assert await executed(client, id, idempotencyKey="k", input={"n": 1}) == first
    refused = await client.refused(EXECUTE, i={"workflowId": id, "idempotencyKey": "k", "input": {"n": 2}})
    assert refused["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"


async def test_an_idempotency_key_is_the_tenants_own(edge: Edge) -> None:
    one, other = await edge.client(), await edge.client()
    first = await executed(one, await create(one), idempotencyKey="k")
    second = await executed(other, await create(other), idempotencyKey="k")
    assert first["id"] != second["id"]


async def test_what_is_not_published_needs_a_version(edge: Edge) -> None:
    client = await edge.client()
    id = await create(client, publish=False)
    assert await executed(client, id) == {"__typename": "NotPublished", "code": "NOT_PUBLISHED", "workflow": {"id": id}}
    assert (await executed(client, id, version="1.0.0"))["status"] == "SUCCEEDED"
    assert await executed(client, id, version="3.0.0") == {
        "__typename": "NotFound",
        "message": "Version 3.0.0 not found",
    }


@pytest.mark.parametrize(
    "input",
    [
        {"input": 1},
        {"input": [1]},
        {"startNode": "nowhere"},
        {"waitMs": -1},
        {"waitMs": 60_001},
        {"priority": 1_001},
        {"idempotencyKey": ""},
        {"idempotencyKey": "x" * 201},
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(edge: Edge, input: dict[str, Any]) -> None:
    client = await edge.client()
    refused = await client.refused(EXECUTE, i={"workflowId": await create(client), **input})
    assert refused["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_execution_that_fails_says_where_and_why(edge: Edge) -> None:
    client = await edge.client()
    failing = chain("a")
    failing["nodes"][1] |= {
        "type": "n8n-nodes-base.stopAndError",
        "typeVersion": 1,
        "parameters": {"errorType": "errorMessage", "errorMessage": "enough"},
    }
    answer = await ran(client, failing)
    assert answer["status"] == "FAILED"
    assert answer["error"]["message"] == "enough"
    assert answer["error"]["node"] == "a"
    assert answer["output"] is None
    assert answer["nodeRuns"]["edges"][1]["node"]["status"] == "FAILED"


async def test_a_definition_runs_unsaved_up_to_a_node_with_pinned_data(edge: Edge) -> None:
    client = await edge.client()
    answer = await ran(client, chain("a", "b", "c"), untilNode="b", pinData={"a": [{"json": {"n": "pinned"}}]})
    assert answer["status"] == "SUCCEEDED"
    assert answer["mode"] == "TEST"
    assert answer["workflow"] is None
    assert answer["output"] == [{"n": "pinned", "b": "pinned b"}]
    assert [each["node"]["node"] for each in answer["nodeRuns"]["edges"]] == ["Start", "a", "b"]


@pytest.mark.parametrize("definition", [1, "text", [], {}, {"nodes": {}}])
async def test_a_definition_that_is_none_does_not_run(edge: Edge, definition: object) -> None:
    answer = (await (await edge.client()).post(DEFINITION, i={"definition": definition})).json()
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        assert answer["data"]["executeDefinition"]["__typename"] == "InvalidWorkflow"


async def test_a_waiting_execution_says_what_it_waits_for(edge: Edge) -> None:
    client = await edge.client()
    waiting = chain("a")
    waiting["nodes"][1] |= {
        "type": "n8n-nodes-base.wait",
        "typeVersion": 1.1,
        "parameters": {"resume": "timeInterval", "amount": 1, "unit": "hours"},
    }
    id = (await ran(client, waiting, waitMs=0))["id"]
    query = "query ($id: ID!) { execution(id: $id) { status waitingFor { code node until } } }"
    async for batch in edge.engine.tail(edge.engine.store(client.tenant.id), id):
        if any(type(each.event).__name__ == "ExecutionWaiting" for each in batch.events if hasattr(each, "event")):
            break
    read = (await client.ask(query, id=id))["execution"]
    assert read["status"] == "WAITING"
    [reason] = read["waitingFor"]
    assert (reason["code"], reason["node"]) == ("TIMER", "a")
    assert reason["until"].endswith("Z")


async def test_executions_are_listed_and_narrowed(edge: Edge) -> None:
    client = await edge.client()
    one, other = await create(client, chain("a", name="One")), await create(client, chain("a", name="Other"))
    first, second = await execute(client, one), await execute(client, other)
    query = """query ($f: ExecutionFilter, $by: ExecutionOrder) {
      executions(filter: $f, orderBy: $by) { totalCount edges { node { id workflow { name } } } } }"""

    async def listed(**more: Any) -> list[str]:
        return [each["node"]["id"] for each in (await client.ask(query, **more))["executions"]["edges"]]

    assert await listed() == [second, first]
    assert await listed(by={"field": "CREATED_AT", "direction": "ASC"}) == [first, second]
    assert set(await listed(by={"field": "DURATION"})) == {first, second}
    assert await listed(f={"workflowId": one}) == [first]
    assert await listed(f={"statuses": ["FAILED"]}) == []
    assert await listed(f={"modes": ["MANUAL"], "startedAfter": "2020-01-01T00:00:00Z"}) == [second, first]
    nested = "query ($id: ID!) { workflow(id: $id) { executions { totalCount edges { node { id } } } } }"
    found = (await client.ask(nested, id=one))["workflow"]["executions"]
    assert found == {"totalCount": 1, "edges": [{"node": {"id": first}}]}


async def test_a_node_is_anything_that_has_an_id(edge: Edge) -> None:
    client = await edge.client()
    workflow = await create(client)
    execution = await execute(client, workflow)
    query = "query ($id: ID!) { node(id: $id) { __typename id } }"
    version = (await client.ask("query ($id: ID!) { workflow(id: $id) { latestVersion { id } } }", id=workflow))[
        "workflow"
    ]["latestVersion"]["id"]
    for id, kind in ((workflow, "Workflow"), (execution, "Execution"), (version, "WorkflowVersion")):
        assert (await client.ask(query, id=id))["node"] == {"__typename": kind, "id": id}
    for id in ("", "*", "%", "~", "wf_", "cred_1", "x" * 10_000, "wf_' OR 1=1", execution.replace("exe_", "wf_")):
        assert (await client.ask(query, id=id))["node"] is None
