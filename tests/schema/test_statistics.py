"""Statistics of failures over the API."""

from __future__ import annotations

from typing import Any

from tests.schema.test_isolation import with_a_stop
from tests.serving import Client, Edge, chain, create, execute

QUERY = """query ($w: ID, $s: DateTime) { errorStatistics(workflowId: $w, since: $s) {
  total byNode { key count } byNodeType { key count } byCode { key count }
  recent { executionId seq at node runIndex attempt error { code message node } } } }"""
RUN = """mutation ($i: ExecuteWorkflowInput!) { executeWorkflow(input: $i) { ... on Execution { id status } } }"""


async def failing(client: Client, name: str = "Failing") -> tuple[str, str]:
    """A workflow and an execution of it that failed."""
    workflow = await create(client, with_a_stop(chain("a", name=name)))
    ran = await client.ask(RUN, i={"workflowId": workflow, "startNode": "Stop", "waitMs": 10_000})
    assert ran["executeWorkflow"]["status"] == "FAILED"
    return workflow, ran["executeWorkflow"]["id"]


async def statistics(client: Client, **variables: Any) -> Any:
    return (await client.ask(QUERY, **variables))["errorStatistics"]


async def test_failures_are_told_by_node_type_and_code_with_the_latest(edge: Edge) -> None:
    client = await edge.client()
    _, execution = await failing(client)
    said = await statistics(client)
    assert said["total"] == 1
    assert said["byNode"] == [{"key": "Stop", "count": 1}]
    assert said["byNodeType"] == [{"key": "n8n-nodes-base.stopAndError", "count": 1}]
    [recent] = said["recent"]
    assert (recent["executionId"], recent["node"], recent["attempt"]) == (execution, "Stop", 1)
    assert recent["error"]["message"] == "enough"
    assert said["byCode"] == [{"key": recent["error"]["code"], "count": 1}]


async def test_statistics_are_narrowed_to_a_workflow_and_to_a_time(edge: Edge) -> None:
    client = await edge.client()
    one, _ = await failing(client, "One")
    await failing(client, "Other")
    assert (await statistics(client))["total"] == 2
    assert (await statistics(client, w=one))["total"] == 1
    assert (await statistics(client, w="wf_" + "0" * 32))["total"] == 0
    assert (await statistics(client, w="nonsense"))["total"] == 0
    assert (await statistics(client, s="2100-01-01T00:00:00Z")) == {
        "total": 0, "byNode": [], "byNodeType": [], "byCode": [], "recent": [],
    }  # fmt: skip


async def test_what_succeeded_is_not_counted(edge: Edge) -> None:
    client = await edge.client()
    await execute(client, await create(client))
    assert (await statistics(client))["total"] == 0
