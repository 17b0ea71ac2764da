"""A plugin as its author and its operator meet it: the guide's blocks as they stand, the example installed for real."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.server import ROOT, Server
from tests.plugins.packages import write_plugin

GUIDE = ROOT / "docs" / "writing-a-node.md"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.M | re.S)
EXAMPLE = ROOT / "examples" / "heddle-measures"
QUIET = {"NO_COLOR": "1", "COLUMNS": "120"}


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, **QUIET, "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}", **more}


def test_the_guide_works_as_written(tmp_path: Path) -> None:
    ran = 0
    for language, title, text in BLOCK.findall(GUIDE.read_text()):
        if title:
            path = tmp_path / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            continue
        assert language == "bash", f"a block is a file with a title, or bash: {text}"
        # What a block exports the blocks after it have too, as in one terminal.
        script = f"source .exported 2>/dev/null\nset -euo pipefail\n{text}\nexport -p > .exported\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        ran += 1
    assert ran == 4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built and installed by pip."""
    base = tmp_path_factory.mktemp("example")
    shutil.copytree(EXAMPLE, base / "source", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(base / "site"), str(base / "source")], check=True, timeout=120)
    return base / "site"


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a broken plugin."""
    folder = tmp_path_factory.mktemp("more")
    write_plugin(folder, "broken", before="import os; os._exit(3)")
    return folder


@pytest.fixture(scope="module")
def server(site: Path, more: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server that finds the example by its entry point, and the directory by its setting."""
    environment = {"PYTHONPATH": str(site), "HEDDLE_PLUGIN_DIRS": str(more)}
    server = Server(tmp_path_factory.mktemp("plugins") / "data", environment=environment).start()
    yield server
    server.close()


WORKFLOW = {
    "name": "Marathon",
    "nodes": [
        {
            "id": "1",
            "name": "Start",
            "type": "n8n-nodes-base.manualTrigger",
            "typeVersion": 1,
            "position": [0, 0],
            "parameters": {},
        },
        {
            "id": "2",
            "name": "Convert",
            "type": "measures.convert",
            "typeVersion": 1,
            "position": [200, 0],
            "parameters": {"source": "mi", "target": "km"},
        },
    ],
    "connections": {"Start": {"main": [[{"node": "Convert", "type": "main", "index": 0}]]}},
    "settings": {"executionOrder": "v1"},
}


async def test_the_installed_example_is_served_and_a_broken_plugin_is_told(server: Server) -> None:
    answer = (await server.ask("{ plugins { name status error nodeTypes { name } } }"))["plugins"]
    plugins = {each["name"]: each for each in answer}
    # The test that adds one may have run before this one.
    assert {name: each["status"] for name, each in plugins.items() if name != "added"} == {
        "builtin": "READY",
        "broken": "FAILED",
        "heddle-measures": "READY",
    }
    assert plugins["broken"]["error"] == "its import ended the process with status 3"
    node_types = plugins["heddle-measures"]["nodeTypes"]
    assert [each["name"] for each in node_types] == ["measures.convert", "measures.report"]
    told = [line for line in server.log.read_text().splitlines() if "plugin_failed" in line]
    assert told
    assert all("status 3" in line for line in told)


async def test_a_workflow_with_the_examples_node_runs(server: Server) -> None:
    created = await server.ask(
        "mutation ($d: JSON!) { createWorkflow(input: {definition: $d, publish: true}) { ... on Workflow { id } } }",
        d=WORKFLOW,
    )
    executed = await server.ask(
        "mutation ($i: ExecuteWorkflowInput!) { executeWorkflow(input: $i) { ... on Execution { status output } } }",
        i={"workflowId": created["createWorkflow"]["id"], "input": {"value": 26.219}, "waitMs": 10_000},
    )
    assert executed["executeWorkflow"]["status"] == "SUCCEEDED"
    assert "42.195" in str(executed["executeWorkflow"]["output"])


async def test_a_plugin_that_is_added_while_developing_is_there_after_a_signal(server: Server, more: Path) -> None:
    write_plugin(more, "added")
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)
    query = '{ nodeType(name: "added.pass") { plugin { name } } }'
    async with asyncio.timeout(30):
        while (found := (await server.ask(query))["nodeType"]) is None:
            assert server.process.poll() is None
    assert found == {"plugin": {"name": "added"}}


def test_the_examples_own_tests_pass(site: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    shutil.copy(EXAMPLE / "pyproject.toml", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests"],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(site)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
