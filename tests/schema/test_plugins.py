"""Plugins as the API tells of them: to each role what it may know, to each tenant what is its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.store.records import Role
from tests.plugins.packages import write_plugin
from tests.serving import Client, Edge, chain, create, edge_in, execute

PLUGINS = """{ plugins {
  name version status error initializedInMs cacheHitRate nodeTypes { name plugin { name } }
  statistics { runs failures meanDurationMs loopBlocked } } }"""
FAULTY = """
from plugins import NodeError, node
import time

@node("acme.fail")
async def fail(ctx, items):
    '''Fails.'''
    raise NodeError("no")

@node("acme.exit", category="FLOW")
async def exit(ctx, items):
    '''Ends the process, it thinks.'''
    raise SystemExit(1)

@node("acme.hang")
async def hang(ctx, items):
    '''Holds everybody up for a while.'''
    time.sleep(0.6)
    return [[item.derive(at=time) for item in items]]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    folder: Path = tmp_path_factory.mktemp("plugins")
    write_plugin(folder, "acme")
    (folder / "acme" / "faulty.py").write_text(FAULTY)
    write_plugin(folder, "broken", before="raise ValueError('/secret/path')")
    write_plugin(folder, "off")
    async with edge_in(
        tmp_path_factory.mktemp("data"),
        plugin_dirs=[folder],
        plugins_disabled=["off"],
        node_access={"*": {"deny": ["*.executionData"]}},
    ) as edge:
        yield edge


async def plugins(client: Client) -> dict[str, Any]:
    return {plugin["name"]: plugin for plugin in (await client.ask(PLUGINS))["plugins"]}


def using(*types: str) -> dict[str, Any]:
    workflow = chain(*types)
    for node in workflow["nodes"][1:]:
        node |= {"type": node["name"], "typeVersion": 1, "parameters": {}}
    return workflow


async def test_ready_failed_and_disabled_plugins_are_told(served: Edge) -> None:
    told = await plugins(await served.client())
    assert list(told) == ["builtin", "acme", "broken", "off"]
    assert {name: plugin["status"] for name, plugin in told.items()} == {
        "builtin": "READY",
        "acme": "READY",
        "broken": "FAILED",
        "off": "DISABLED",
    }
    assert told["acme"]["version"] == "1.0.0"
    assert told["acme"]["initializedInMs"] > 0
    types = ["acme.exit", "acme.fail", "acme.hang", "acme.pass"]
    assert told["acme"]["nodeTypes"] == [{"name": name, "plugin": {"name": "acme"}} for name in types]
    assert (told["broken"]["error"], told["broken"]["nodeTypes"]) == ("its import raised ValueError: /secret/path", [])


async def test_why_a_plugin_failed_is_for_administrators(served: Edge) -> None:
    told = await plugins(await served.client(Role.VIEWER))
    assert told["broken"]["error"] == "It could not be brought up"
    assert told["acme"]["error"] is None


async def test_types_of_a_plugin_of_a_type_are_refused(served: Edge) -> None:
    client = await served.client()
    query = "{ nodeTypes { edges { node { plugin { nodeTypes { name } } } } } }"
    assert (await client.refused(query))["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_a_tenant_may_not_use_is_neither_listed_nor_run(served: Edge) -> None:
    client = await served.client()
    denied = "n8n-nodes-base.executionData"
    assert (await client.ask("query ($n: String!) { nodeType(name: $n) { name } }", n=denied))["nodeType"] is None
    assert denied not in {each["name"] for each in (await plugins(client))["builtin"]["nodeTypes"]}
    query = "query ($d: JSON!) { validateWorkflow(definition: $d) { errors { message } warnings { message } } }"
    report = (await client.ask(query, d=using(denied)))["validateWorkflow"]
    assert f"This server does not allow the node type '{denied}' here" in str(report)


async def test_statistics_are_the_tenants_own(served: Edge) -> None:
    client, other = await served.client(), await served.client()
    workflow = await create(client, using("acme.pass"))
    for _ in range(3):
        await execute(client, workflow)
    told = (await plugins(client))["acme"]
    assert told["statistics"] == {
        "runs": "3",
        "failures": "0",
        "loopBlocked": "0",
        "meanDurationMs": told["statistics"]["meanDurationMs"],
    }
    assert told["statistics"]["meanDurationMs"] > 0
    assert (await plugins(other))["acme"]["statistics"]["runs"] == "0"
    categories = (await client.ask("{ nodeCategories { name statistics { runs } } }"))["nodeCategories"]
    assert {"name": "UTILITY", "statistics": {"runs": "3"}} in categories


@pytest.mark.parametrize(
    ("type", "code"), [("acme.fail", "NODE_FAILED"), ("acme.exit", "NODE_CRASHED"), ("acme.hang", "BAD_NODE_OUTPUT")]
)
async def test_a_node_that_misbehaves_fails_its_execution_and_the_server_goes_on(
    served: Edge, type: str, code: str
) -> None:
    client = await served.client()
    workflow = await create(client, using("acme.pass", type))
    run = """mutation ($i: ExecuteWorkflowInput!) { executeWorkflow(input: $i) {
      ... on Execution { status error { code node } } } }"""
    executed = (await client.ask(run, i={"workflowId": workflow, "waitMs": 10_000}))["executeWorkflow"]
    assert executed == {"status": "FAILED", "error": {"code": code, "node": type}}
    statistics = (await plugins(client))["acme"]["statistics"]
    assert (statistics["runs"], statistics["failures"]) == ("2", "1")
    assert statistics["loopBlocked"] == ("1" if type == "acme.hang" else "0")


async def test_a_reload_shows_new_plugins_and_leaves_running_ones_alone(served: Edge) -> None:
    client = await served.client()
    workflow = await create(client, using("acme.pass"))
    write_plugin(served.settings.plugin_dirs[0], "later")
    await served.engine.reload_plugins()
    assert (await plugins(client))["later"]["status"] == "READY"
    await execute(client, workflow)
    await execute(client, await create(client, {**using("later.pass"), "name": "Later"}))
