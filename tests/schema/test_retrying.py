"""Executions tried again over the API: what is reused, from where, on which version, and with what input."""

from __future__ import annotations

from typing import Any

import pytest

from engine.store.records import Role
from tests.serving import Client, Edge, chain, create, execute

RETRY = """
mutation ($i: RetryExecutionInput!) {
  retryExecution(input: $i) {
    __typename
    ... on Execution { id mode retryOf { id } }
    ... on NotFound { message }
    ... on NotResumable { code message execution { id status } }
  }
}
"""
READ = """
query ($id: ID!) { execution(id: $id) {
  id status mode output version { version } retryOf { id }
  retryPlan {
    fromNode reused { node runs reason } rerun { node runs reason } invalidated { node runs reason }
  }
  metrics { nodesRun }
  nodeRuns { edges { node { node reused executionIndex } } }
} }
"""
RUN = "mutation ($i: ExecuteWorkflowInput!) { executeWorkflow(input: $i) { ... on Execution { id status } } }"
UPDATE = """mutation ($i: UpdateWorkflowInput!) { updateWorkflow(input: $i) { __typename } }"""


def broken(at: str = "b") -> dict[str, Any]:
    """A chain of a, b and c in which one node fails."""
    document = chain("a", "b", "c")
    for node in document["nodes"]:
        if node["name"] == at:
            node |= {
                "type": "n8n-nodes-base.stopAndError",
                "typeVersion": 1,
                "parameters": {"errorType": "errorMessage", "errorMessage": "enough"},
            }
    return document


async def failed(client: Client, **input: Any) -> tuple[str, str]:
    """A workflow and an execution of it that failed."""
    workflow = await create(client, broken())
    ran = await client.ask(RUN, i={"workflowId": workflow, "waitMs": 10_000, "input": {"n": 1}, **input})
    assert ran["executeWorkflow"]["status"] == "FAILED"
    return workflow, ran["executeWorkflow"]["id"]


async def retried(edge: Edge, client: Client, id: str, **input: Any) -> Any:
    """The execution made by it, once it has ended; or the problem."""
    answer = (await client.ask(RETRY, i={"executionId": id, **input}))["retryExecution"]
    if answer["__typename"] != "Execution":
        return answer
    await edge.engine.finished(edge.engine.store(client.tenant.id), answer["id"], timeout_ms=10_000)
    return (await client.ask(READ, id=answer["id"]))["execution"]


def nodes(execution: Any) -> list[tuple[str, bool]]:
    return [(each["node"]["node"], each["node"]["reused"]) for each in execution["nodeRuns"]["edges"]]


async def test_a_retry_on_the_latest_version_takes_over_what_has_not_changed(edge: Edge) -> None:
    client = await edge.client()
    workflow, id = await failed(client)
    await client.ask(UPDATE, i={"id": workflow, "expectedVersion": "1.0.0", "definition": chain("a", "b", "c")})
    execution = await retried(edge, client, id, useLatestVersion=True)
    assert (execution["status"], execution["mode"]) == ("SUCCEEDED", "RETRY")
    assert execution["retryOf"] == {"id": id}
    assert execution["version"]["version"] != "1.0.0"
    assert execution["output"] == [{"n": 1, "a": "1 a", "b": "1 b", "c": "1 c"}]
    assert nodes(execution) == [("Start", True), ("a", True), ("b", False), ("c", False)]
    assert execution["metrics"]["nodesRun"] == 2
    assert execution["retryPlan"] == {
        "fromNode": "b",
        "reused": [
            {"node": "Start", "runs": 1, "reason": "FINISHED"},
            {"node": "a", "runs": 1, "reason": "FINISHED"},
        ],
        "rerun": [{"node": "b", "runs": 1, "reason": "FAILED"}],
        "invalidated": [],
    }


async def test_a_retry_on_the_same_version_fails_where_the_first_did(edge: Edge) -> None:
    client = await edge.client()
    _, id = await failed(client)
    execution = await retried(edge, client, id)
    assert (execution["status"], execution["version"]) == ("FAILED", {"version": "1.0.0"})
    assert nodes(execution) == [("Start", True), ("a", True), ("b", False)]


async def test_a_retry_can_be_retried(edge: Edge) -> None:
    client = await edge.client()
    _, id = await failed(client)
    second = await retried(edge, client, id)
    third = await retried(edge, client, second["id"], fromNode="a")
    assert third["retryOf"] == {"id": second["id"]}
    assert nodes(third) == [("Start", True), ("a", False), ("b", False)]


async def test_other_input_is_given_to_the_node_that_begins_again(edge: Edge) -> None:
    client = await edge.client()
    id = await execute(client, await create(client, chain("a", "b")), input={"n": 1})
    execution = await retried(edge, client, id, fromNode="b", input=[{"n": 2}, {"n": 3}])
    assert execution["output"] == [{"n": 2, "b": "2 b"}, {"n": 3, "b": "3 b"}]
    assert [each["node"] for each in execution["retryPlan"]["reused"]] == ["Start", "a"]


async def test_a_definition_that_is_not_saved_is_retried_as_it_was(edge: Edge) -> None:
    client = await edge.client()
    query = "mutation ($i: ExecuteDefinitionInput!) { executeDefinition(input: $i) { ... on Execution { id } } }"
    ran = await client.ask(query, i={"definition": broken(), "waitMs": 10_000})
    id = ran["executeDefinition"]["id"]
    assert (await retried(edge, client, id))["status"] == "FAILED"
    refused = await client.refused(RETRY, i={"executionId": id, "useLatestVersion": True})
    assert refused["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_is_fine_or_under_way_is_not_retried(edge: Edge) -> None:
    client = await edge.client()
    fine = await execute(client, await create(client))
    answer = await retried(edge, client, fine)
    assert (answer["__typename"], answer["code"]) == ("NotResumable", "NOT_RESUMABLE")
    assert answer["execution"] == {"id": fine, "status": "SUCCEEDED"}
    waiting = chain("w", name="Waiting")
    waiting["nodes"][1] |= {
        "type": "n8n-nodes-base.wait",
        "typeVersion": 1.1,
        "parameters": {"resume": "timeInterval", "amount": 1, "unit": "hours"},
    }
    started = (await client.ask(RUN, i={"workflowId": await create(client, waiting)}))["executeWorkflow"]
    assert (await retried(edge, client, started["id"]))["__typename"] == "NotResumable"


async def test_the_same_key_makes_one_retry(edge: Edge) -> None:
    client = await edge.client()
    _, id = await failed(client)
    first = await retried(edge, client, id, idempotencyKey="again")
    assert (await retried(edge, client, id, idempotencyKey="again"))["id"] == first["id"]
    refused = await client.refused(RETRY, i={"executionId": id, "fromNode": "a", "idempotencyKey": "again"})
    assert refused["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"


@pytest.mark.parametrize("input", [{"fromNode": "c"}, {"fromNode": "nowhere"}, {"input": 1}, {"idempotencyKey": ""}])
async def test_a_retry_that_makes_no_sense_is_refused(edge: Edge, input: dict[str, Any]) -> None:
    client = await edge.client()
    _, id = await failed(client)
    refused = await client.refused(RETRY, i={"executionId": id, **input})
    assert refused["extensions"]["code"] == "BAD_USER_INPUT"


async def test_who_may_execute_may_retry_and_who_may_only_read_may_not(edge: Edge) -> None:
    owner = await edge.client()
    _, id = await failed(owner)
    viewer = await edge.client(Role.VIEWER, tenant=owner.tenant)
    operator = await edge.client(Role.OPERATOR, tenant=owner.tenant)
    assert (await viewer.refused(RETRY, i={"executionId": id}))["extensions"]["code"] == "FORBIDDEN"
    assert (await retried(edge, operator, id))["status"] == "FAILED"


async def test_what_a_workflow_called_and_by_whom_can_be_read(edge: Edge) -> None:
    client = await edge.client()
    other = await create(client, chain("a", name="Other"))
    calling = chain("call", name="Calling")
    calling["nodes"][1] |= {
        "type": "n8n-nodes-base.executeWorkflow",
        "typeVersion": 1.1,
        "parameters": {"workflowId": other},
    }
    id = await execute(client, await create(client, calling), input={"n": 5})
    query = """query ($id: ID!) { execution(id: $id) { output parent { id } events { edges { node { __typename
      ... on ChildStarted { node child { id mode status parent { id } workflow { id } } }
      ... on ChildEnded { outputs { items } error { code } }
      ... on WorkflowsCalled { calls waits } } } } } }"""
    read = (await client.ask(query, id=id))["execution"]
    assert read["output"] == [{"n": 5, "a": "5 a"}]
    assert read["parent"] is None
    events = {each["node"]["__typename"]: each["node"] for each in read["events"]["edges"]}
    child = events["ChildStarted"]["child"]
    assert (child["mode"], child["status"]) == ("SUBWORKFLOW", "SUCCEEDED")
    assert (child["parent"], child["workflow"]) == ({"id": id}, {"id": other})
    assert (events["WorkflowsCalled"]["calls"], events["WorkflowsCalled"]["waits"]) == (1, True)
    assert events["ChildEnded"]["error"] is None
