"""The moments at which the expressions of the corpus were evaluated: a node of a workflow about to run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from engine.definition.n8n import read
from engine.expressions.world import Input, WorldInput
from engine.kernel.events import Given, Source
from plugins.items import Item, Items, Outputs

FOLDER = Path(__file__).parent / "n8n" / "expressions"
_NOW_US = 1_767_225_600_000_000
_LOOP = {"currentRunIndex": 2, "maxRunIndex": 3, "noItemsLeft": True, "done": False}
"""The state of a loop over three items, one at a time, in its third pass."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A node run, as far as expressions care."""

    outputs: Outputs | None
    inputs: Sequence[Input]


@dataclass(frozen=True, slots=True)
class Case:
    """One parameter value and what n8n made of it for the item at `index`."""

    id: str
    area: str
    context: str
    index: int
    parameter: Any
    expect: Mapping[str, Any]


@cache
def cases() -> tuple[Case, ...]:
    paths = sorted(path for path in FOLDER.glob("*.json") if not path.name.startswith("_"))
    return tuple(
        Case(row["id"], path.stem, row["context"], row["itemIndex"], row["expression"], row["expect"])
        for path in paths
        for row in json.loads(path.read_text())
    )


@cache
def moments() -> Mapping[str, WorldInput]:
    """The contexts of the cases, by id."""
    return {context["id"]: _moment(context) for context in json.loads((FOLDER / "_contexts.json").read_text())}


def _moment(context: Mapping[str, Any]) -> WorldInput:
    node, run = context["currentNode"], context["runIndexOfCurrentNode"]
    workflow = read(context["workflow"])
    loops = "Loop" in workflow.nodes
    runs = {
        name: [Ran(_outputs(outputs), _came_from(context, name, number)) for number, outputs in enumerate(recorded)]
        for name, recorded in context["otherNodesItems"].items()
    }
    return WorldInput(
        workflow=workflow,
        node=node,
        run=run,
        inputs=_outputs(context["currentNodeInput"]),
        sources=_came_from(context, node, run),
        runs=runs,
        execution_id="1",
        mode="manual" if context["mode"] == "manual" else "production",
        now_us=_NOW_US,
        contexts={"Loop": _LOOP} if loops else {},
        pinned=frozenset(context["workflow"]["pinData"]) if context["mode"] == "manual" else frozenset(),
        resume_url="https://heddle.test/webhook-waiting/1",
    )


def _outputs(recorded: Sequence[Sequence[Any] | None]) -> list[Items | None]:
    return [None if items is None else msgspec.convert(items, list[Item]) for items in recorded]


def _came_from(context: Mapping[str, Any], node: str, run: int) -> tuple[Input, ...]:
    """Where a run's items came from. A loop's body and its head feed each other, pass by pass."""
    feeders = [
        Source(name, output, run if name == "Loop" else 0)
        for name, connections in context["workflow"]["connections"].items()
        for output, targets in enumerate(connections["main"])
        for target in targets
        if target["node"] == node
    ]
    if node == "Loop" and run > 0:
        return (Source("Now", 0, run - 1),)
    return (feeders[0] if feeders else Given([]),)
