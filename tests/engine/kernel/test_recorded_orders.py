"""The scheduler makes the node runs that n8n made, in its order, from its sources, on every recorded case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.kernel.commands import StartNode
from engine.kernel.events import AnyEvent
from engine.kernel.graph import Graph
from engine.kernel.history import NodeRun, RunStatus
from engine.kernel.state import State, Status
from tests.engine.kernel.corpus import answer, cases, shapes_of, source_of, workflow_of
from tests.engine.kernel.drive import Drive, order, queued

CASES = list(cases())
N8N_STATUS = {RunStatus.SUCCEEDED: "success", RunStatus.SKIPPED: "success"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['area']}/{case['slug']}")
def test_the_recorded_runs_happen_in_the_recorded_order(case: Mapping[str, Any]) -> None:
    expect = case["expect"]
    workflow = workflow_of(case["workflow"])
    start = expect["order"][0]
    graph = Graph.compile(workflow, shapes_of(workflow), start)

    def perform(command: StartNode, state: State, now_us: int) -> AnyEvent:
        return answer(case, command, now_us)

    pinned = workflow.pinned if case["mode"] == "manual" else {}
    state = Drive(graph, perform).begin(queued(start, pinned=pinned)).to_the_end().state

    assert order(_recordable(state)) == expect["order"]
    assert state.last_node == expect["lastNodeExecuted"]
    assert state.status is (Status.SUCCEEDED if expect["status"] == "success" else Status.FAILED)
    assert {name: [_told(run) for run in runs] for name, runs in _recordable(state).items()} == {
        name: [_recorded(run) for run in runs] for name, runs in expect["runs"].items()
    }


def _recordable(state: State) -> dict[str, list[NodeRun]]:
    """Without the runs that answered nothing at all: n8n keeps no record of those."""

    def recordable(run: NodeRun) -> bool:
        return run.status is not RunStatus.SUCCEEDED or run.outputs != []

    return {name: [run for run in runs if recordable(run)] for name, runs in state.runs.items()}


def _told(run: NodeRun) -> tuple[str, Any, Any]:
    return N8N_STATUS.get(run.status, "error"), source_of(run.inputs), _counts(run.outputs)


def _recorded(run: Mapping[str, Any]) -> tuple[str, Any, Any]:
    return run["status"], run["source"], _counts(run["outputs"])


def _counts(outputs: Any) -> Any:
    return outputs and [items and len(items) for items in outputs]
