"""Workflows over the API: created, updated, published, found and listed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.store.records import Role
from tests.serving import Client, Edge, chain, create

CREATE = """
mutation ($i: CreateWorkflowInput!) {
  createWorkflow(input: $i) {
    __typename
    ... on Workflow { id name status tags latestVersion { version } publishedVersion { version } }
    ... on InvalidWorkflow { code message report { valid errors { code message pointer node fix } } }
    ... on NameTaken { code existing { id name } }
  }
}
"""
UPDATE = """
mutation ($i: UpdateWorkflowInput!) {
  updateWorkflow(input: $i) {
    __typename
    ... on Workflow { id name description tags latestVersion { version message } publishedVersion { version } }
    ... on InvalidWorkflow { report { errors { code } } }
    ... on VersionConflict { code latest { version } }
    ... on NameTaken { existing { id } }
    ... on NotFound { code message }
  }
}
"""
PUBLISH = """
mutation ($i: PublishWorkflowInput!) {
  publishWorkflow(input: $i) {
    __typename
    ... on Workflow { status publishedVersion { version } publishedAt }
    ... on InvalidWorkflow { report { errors { code node } } }
    ... on NotFound { message }
  }
}
"""


async def created(client: Client, **input: Any) -> Any:
    return (await client.ask(CREATE, i={"definition": chain("a"), **input}))["createWorkflow"]


async def updated(client: Client, id: str, **input: Any) -> Any:
    return (await client.ask(UPDATE, i={"id": id, "expectedVersion": "1.0.0", **input}))["updateWorkflow"]


async def test_a_workflow_is_created_under_its_documents_name(edge: Edge) -> None:
    made = await created(await edge.client(), tags=["x", "y", "x"])
    assert made["name"] == "Chain"
    assert made["status"] == "DRAFT"
    assert made["tags"] == ["x", "y"]
    assert made["latestVersion"] == {"version": "1.0.0"}
    assert made["publishedVersion"] is None


async def test_a_name_is_taken_once_in_a_tenant_and_free_in_another(edge: Edge) -> None:
    client, other = await edge.client(), await edge.client()
    first = await created(client)
    assert await created(client) == {
        "__typename": "NameTaken",
        "code": "NAME_TAKEN",
        "existing": {"id": first["id"], "name": "Chain"},
    }
    assert (await created(other))["__typename"] == "Workflow"


async def test_every_problem_of_a_definition_is_answered_at_once(edge: Edge) -> None:
    broken = chain("a", "b")
    broken["nodes"][1]["name"] = broken["nodes"][2]["name"]
    broken["connections"]["Start"]["main"][0][0]["node"] = "nowhere"
    answer = await created(await edge.client(), definition=broken, version="one")
    assert answer["__typename"] == "InvalidWorkflow"
    codes = {error["code"] for error in answer["report"]["errors"]}
    assert {"INVALID_VERSION", "DUPLICATE_NODE_NAME", "DANGLING_CONNECTION"} <= codes


@pytest.mark.parametrize("definition", [None, 1, "text", [], {}, {"nodes": 1}, {"nodes": [1], "connections": []}])
async def test_what_is_no_definition_is_an_answer_and_no_accident(edge: Edge, definition: object) -> None:
    answer = (await (await edge.client()).post(CREATE, i={"definition": definition})).json()
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        assert answer["data"]["createWorkflow"]["__typename"] == "InvalidWorkflow"


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "nul\0", "x" * 201])
async def test_a_name_is_one_line(edge: Edge, name: str) -> None:
    refused = await (await edge.client()).refused(CREATE, i={"definition": chain("a"), "name": name})
    assert refused["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_definition_comes_back_as_it_was_unknown_fields_included(edge: Edge) -> None:
    client = await edge.client()
    document = chain("a") | {"meta": {"x": [1, 2.5, None]}, "unknown": "kept"}
    id = await create(client, document)
    query = "query ($id: ID!) { workflow(id: $id) { latestVersion { definition contentHash } } }"
    assert (await client.ask(query, id=id))["workflow"]["latestVersion"]["definition"] == document


@pytest.mark.parametrize(
    ("bump", "nodes", "version"),
    [
        ("AUTO", ("a", "b"), "1.1.0"),
        ("AUTO", (), "2.0.0"),
        ("MAJOR", ("a", "b"), "2.0.0"),
        ("PATCH", ("a", "b"), "1.0.1"),
    ],
)
async def test_an_update_is_a_new_version(edge: Edge, bump: str, nodes: tuple[str, ...], version: str) -> None:
    client = await edge.client()
    id = await create(client)
    saved = await updated(client, id, definition=chain(*nodes), bump=bump, message="why")
    assert saved["latestVersion"]["version"] == version
    assert saved["latestVersion"]["message"] == "why"
    assert saved["publishedVersion"] == {"version": "1.0.0"}


async def test_an_update_without_a_definition_changes_what_is_said_of_it_and_makes_no_version(edge: Edge) -> None:
    client = await edge.client()
    id = await create(client)
    saved = await updated(client, id, name="Renamed", description="about", tags=["t"])
    assert saved["name"] == "Renamed"
    assert saved["description"] == "about"
    assert saved["tags"] == ["t"]
    assert saved["latestVersion"]["version"] == "1.0.0"


async def test_of_two_updates_on_top_of_one_version_the_second_is_told(edge: Edge) -> None:
    client = await edge.client()
    id = await create(client)
    await updated(client, id, definition=chain("a", "b"))
    assert await updated(client, id, definition=chain("a", "c")) == {
        "__typename": "VersionConflict",
        "code": "VERSION_CONFLICT",
        "latest": {"version": "1.1.0"},
    }


async def test_a_new_name_may_not_be_anothers(edge: Edge) -> None:
    client = await edge.client()
    first, second = await create(client), await create(client, chain("a", name="Other"))
    assert await updated(client, second, name="Chain") == {"__typename": "NameTaken", "existing": {"id": first}}


async def test_an_invalid_update_saves_nothing(edge: Edge) -> None:
    client = await edge.client()
    id = await create(client)
    broken = chain("a")
    broken["nodes"][1]["name"] = "Start"
    answer = await updated(client, id, definition=broken)
    assert "DUPLICATE_NODE_NAME" in {error["code"] for error in answer["report"]["errors"]}
    query = "query ($id: ID!) { workflow(id: $id) { latestVersion { version } } }"
    assert (await client.ask(query, id=id))["workflow"]["latestVersion"]["version"] == "1.0.0"


async def test_the_latest_version_is_published_unless_another_is_named(edge: Edge) -> None:
    client = await edge.client()
    id = (await created(client))["id"]
    await updated(client, id, definition=chain("a", "b"))
    latest = (await client.ask(PUBLISH, i={"id": id}))["publishWorkflow"]
    assert (latest["status"], latest["publishedVersion"]["version"]) == ("PUBLISHED", "1.1.0")
    first = (await client.ask(PUBLISH, i={"id": id, "version": "1.0.0"}))["publishWorkflow"]
    assert first["publishedVersion"]["version"] == "1.0.0"
    none = (await client.ask(PUBLISH, i={"id": id, "version": "9.0.0"}))["publishWorkflow"]
    assert none == {"__typename": "NotFound", "message": "Version 9.0.0 not found"}


async def test_an_unknown_node_type_may_be_saved_but_not_published(edge: Edge) -> None:
    client = await edge.client()
    document = chain("a")
    document["nodes"][1]["type"] = "acme.unheardOf"
    id = (await created(client, definition=document))["id"]
    answer = (await client.ask(PUBLISH, i={"id": id}))["publishWorkflow"]
    assert answer["report"]["errors"] == [{"code": "UNKNOWN_NODE_TYPE", "node": "a"}]


async def test_a_definition_can_be_checked_without_being_saved(edge: Edge) -> None:
    client = await edge.client(Role.VIEWER)
    query = """query ($d: JSON!, $s: Boolean!) {
      validateWorkflow(definition: $d, strictDag: $s) { valid errors { code } warnings { code message } }
    }"""
    loop = chain("a", "b")
    loop["connections"]["b"] = {"main": [[{"node": "a", "type": "main", "index": 0}]]}
    lax = (await client.ask(query, d=loop, s=False))["validateWorkflow"]
    strict = (await client.ask(query, d=loop, s=True))["validateWorkflow"]
    assert lax["valid"]
    assert "CYCLE" in {warning["code"] for warning in lax["warnings"]}
    assert not strict["valid"]
    assert "CYCLE" in {error["code"] for error in strict["errors"]}


async def test_a_version_tells_what_is_in_it(edge: Edge) -> None:
    client = await edge.client()
    document = chain("a")
    document["settings"] |= {"timezone": "Europe/Berlin"}
    document["nodes"][1] |= {
        "timeoutMs": 2500,
        "retryOnFail": True,
        "maxTries": 4,
        "waitBetweenTries": 50,
        "notes": "mind this",
    }
    id = await create(client, document)
    query = """query ($id: ID!) { workflow(id: $id) { version(version: "1.0.0") {
      workflow { id }
      nodes { name type notes position timeoutMs nodeType { name } recovery { retry { maxAttempts } then } }
      connections { from output outputIndex to input inputIndex }
      settings { executionOrder timezone maxNodeRuns maxParallelNodes timeoutSeconds saveData errorWorkflow { id } }
      validation { valid }
    } } }"""
    version = (await client.ask(query, id=id))["workflow"]["version"]
    assert version["workflow"] == {"id": id}
    assert version["connections"] == [
        {"from": "Start", "output": "main", "outputIndex": 0, "to": "a", "input": "main", "inputIndex": 0}
    ]
    assert version["settings"]["executionOrder"] == "V1"
    assert version["settings"]["timezone"] == "Europe/Berlin"
    assert (version["settings"]["maxParallelNodes"], version["settings"]["timeoutSeconds"]) == (8, None)
    assert version["validation"] == {"valid": True}
    node = version["nodes"][1]
    assert (node["notes"], node["timeoutMs"]) == ("mind this", 2500)
    assert node["recovery"] == {"retry": {"maxAttempts": 4}, "then": "FAIL"}
    assert node["nodeType"]["name"] == "n8n-nodes-base.set"


# ------------------------------------------------------------------------------------------------ lists


PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String, $filter: WorkflowFilter, $by: WorkflowOrder) {
  workflows(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $by) {
    totalCount
    edges { cursor node { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def test_a_list_is_read_page_by_page_forwards_and_backwards(edge: Edge) -> None:
    client = await edge.client()
    names = [f"w{number}" for number in range(5)]
    for name in names:
        await create(client, chain("a", name=name))
    by = {"field": "NAME", "direction": "ASC"}
    first = (await client.ask(PAGE, first=2, by=by))["workflows"]
    second = (await client.ask(PAGE, first=2, by=by, after=first["pageInfo"]["endCursor"]))["workflows"]
    third = (await client.ask(PAGE, first=2, by=by, after=second["pageInfo"]["endCursor"]))["workflows"]
    assert [edge["node"]["name"] for page in (first, second, third) for edge in page["edges"]] == names
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second, third)] == [True, True, False]
    assert first["totalCount"] == 5
    back = (await client.ask(PAGE, last=2, by=by, before=third["pageInfo"]["startCursor"]))["workflows"]
    assert back["edges"] == second["edges"]


async def test_a_list_is_narrowed(edge: Edge) -> None:
    client = await edge.client()
    await create(client, chain("a", name="Invoices"), tags=["money"], category="INTEGRATION")
    await create(client, chain("a", name="Greetings"))
    for filter in ({"search": "voice"}, {"tags": ["money"]}, {"categories": ["INTEGRATION"]}, {"search": "MONEY"}):
        found = (await client.ask(PAGE, filter=filter))["workflows"]
        assert [edge["node"]["name"] for edge in found["edges"]] == ["Invoices"], filter
        assert found["totalCount"] == 1


async def test_a_cursor_of_another_list_is_refused(edge: Edge) -> None:
    client, other = await edge.client(), await edge.client()
    for number in range(3):
        await create(client, chain("a", name=f"w{number}"))
    by = {"field": "NAME", "direction": "ASC"}
    cursor = (await client.ask(PAGE, first=1, by=by))["workflows"]["pageInfo"]["endCursor"]
    for asking, more in (
        (client, {"by": {"field": "NAME", "direction": "DESC"}}),
        (client, {"by": by, "filter": {"search": "w"}}),
        (other, {"by": by}),
    ):
        refused = await asking.refused(PAGE, first=1, after=cursor, **more)
        assert refused["extensions"]["code"] == "CURSOR_INVALID"


async def test_versions_are_listed_the_newest_first(edge: Edge) -> None:
    client = await edge.client()
    id = await create(client)
    await updated(client, id, definition=chain("a", "b"))
    query = "query ($id: ID!) { workflow(id: $id) { versions { totalCount edges { node { version } } } } }"
    versions = (await client.ask(query, id=id))["workflow"]["versions"]
    assert versions == {"totalCount": 2, "edges": [{"node": {"version": "1.1.0"}}, {"node": {"version": "1.0.0"}}]}


async def test_node_types_are_searched_and_listed(edge: Edge) -> None:
    client = await edge.client()
    query = """query ($s: String) { nodeTypes(search: $s, first: 100) {
      totalCount edges { node { name version displayName category effects inputs outputs parameters } } } }"""
    everything = (await client.ask(query))["nodeTypes"]
    assert everything["totalCount"] == len(everything["edges"]) > 10
    found = (await client.ask(query, s="if"))["nodeTypes"]["edges"]
    kind = next(edge["node"] for edge in found if edge["node"]["name"] == "n8n-nodes-base.if")
    assert kind["outputs"] == ["true", "false"]
    assert isinstance(kind["parameters"], list)
    one = "query ($n: String!, $v: Float) { nodeType(name: $n, version: $v) { name version } }"
    assert (await client.ask(one, n="n8n-nodes-base.set", v=3.4))["nodeType"]["version"] == 3.4
    assert (await client.ask(one, n="n8n-nodes-base.set", v=77.0))["nodeType"] is None
    assert (await client.ask(one, n="nothing"))["nodeType"] is None
