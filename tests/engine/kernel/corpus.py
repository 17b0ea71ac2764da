"""The recorded cases, and a performer that answers every StartNode with what was recorded for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from engine.definition.recovery import Fail, Recovery, Skip
from engine.definition.workflow import Connection, ExecutionOrder, Node, Settings, Workflow
from engine.kernel.commands import StartNode
from engine.kernel.events import AnyEvent, Given, NodeFailed, NodeSucceeded, Source
from engine.kernel.frontier import Input
from engine.kernel.graph import Shape
from plugins.errors import Failure
from plugins.items import Item, Items, Outputs, items_from_json

CASES = Path(__file__).parents[2] / "conformance" / "n8n" / "workflows"


def cases() -> Iterator[Mapping[str, Any]]:
    """Every recorded case that started at all."""
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_bytes()):
            if not case["expect"].get("preExecution"):
                yield case


def workflow_of(document: Mapping[str, Any]) -> Workflow:
    """What the scheduler reads of an exported workflow, and nothing else."""
    order = document.get("settings", {}).get("executionOrder")
    return Workflow(
        name="case",
        nodes={raw["name"]: _node(raw) for raw in document["nodes"]},
        connections=tuple(_connections(document["connections"])),
        settings=Settings(execution_order=ExecutionOrder.V1 if order == "v1" else ExecutionOrder.V0),
        pinned={name: items_from_json(items) for name, items in document.get("pinData", {}).items()},
        document=document,
    )


def shapes_of(workflow: Workflow) -> dict[str, Shape]:
    """How many of their inputs the recorded node types require; the registry's table is the plugins' own."""
    return {name: _shape(node) for name, node in workflow.nodes.items()}


def _shape(node: Node) -> Shape:
    match node.type.rsplit(".", 1)[-1]:
        case "merge":
            return Shape(inputs=2, required=(0, 1) if node.parameters.get("mode") == "chooseBranch" else 1)
        case "compareDatasets":
            return Shape(inputs=2, required=1)
        case "manualTrigger":
            return Shape(inputs=0, trigger=True)
    return Shape()


def answer(case: Mapping[str, Any], command: StartNode, now_us: int) -> AnyEvent:
    """How the recorded run of that number ended. A loop of the first version that has no items left answers nothing,
    and n8n leaves no record of that."""
    node, run, attempt = command.node, command.run, command.attempt
    runs = case["expect"]["runs"][node]
    if run == len(runs) and node in _old_loops(case):
        return NodeSucceeded(at_us=now_us, node=node, run=run, attempt=attempt, outputs=[])
    recorded = runs[run]
    if recorded["status"] == "error":
        failure = Failure(code="NODE_FAILED", message=recorded["error"]["message"])
        return NodeFailed(at_us=now_us, node=node, run=run, attempt=attempt, error=failure)
    return NodeSucceeded(at_us=now_us, node=node, run=run, attempt=attempt, outputs=_outputs(recorded["outputs"]))


def _old_loops(case: Mapping[str, Any]) -> set[str]:
    return {
        node["name"]
        for node in case["workflow"]["nodes"]
        if node["type"].endswith(".splitInBatches") and node["typeVersion"] == 1
    }


def source_of(inputs: tuple[Input, ...]) -> list[dict[str, Any] | None]:
    """The inputs of a run as they are recorded: none for the start node."""
    if isinstance(inputs[0], Given) and inputs[0].cause is None:
        return []
    return [_source(each.cause if isinstance(each, Given) else each) for each in inputs]


def _source(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    return {
        "previousNode": source.node,
        "previousNodeOutput": source.output,
        "previousNodeRun": source.run,
    }


def _outputs(raw: list[list[Any] | None] | None) -> Outputs:
    return [None if items is None else _items(items) for items in raw or []]


def _items(raw: list[Any]) -> Items:
    return [Item(each["json"], each.get("pairedItem")) for each in raw]


def _node(raw: Mapping[str, Any]) -> Node:
    carries_on = raw.get("continueOnFail") is True or raw.get("onError", "").startswith("continue")
    return Node(
        id=raw["name"],
        name=raw["name"],
        type=raw["type"],
        type_version=raw.get("typeVersion", 1),
        position=msgspec.convert(raw["position"], tuple[float, float]),
        parameters=raw["parameters"],
        disabled=raw.get("disabled", False),
        recovery=Recovery(then=Skip() if carries_on else Fail()),
    )


def _connections(raw: Mapping[str, Any]) -> Iterator[Connection]:
    for source, kinds in raw.items():
        for kind, outputs in kinds.items():
            for output, targets in enumerate(outputs):
                for position, to in enumerate(targets or ()):
                    yield Connection(source, kind, output, position, to["node"], to["type"], to["index"])
