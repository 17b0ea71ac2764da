"""The world of an evaluation: as much of an execution as its expressions refer to, as JSON for the sandbox."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from engine.definition.workflow import Node, Workflow
from engine.expressions.references import Extent, References
from engine.kernel.events import Given, Source
from plugins.items import Item, Items, Json, Lineage, Outputs

Input: TypeAlias = Source | Given | None
_ABSENT: Mapping[str, Json] = {"outputs": None, "sources": []}
"""Stands for a run that nobody refers to, so that the others keep their numbers."""
_NO_JSON = msgspec.Raw(b"{}")


class Run(Protocol):
    """A node run as the kernel keeps it. `outputs` is None while it has not settled."""

    @property
    def outputs(self) -> Outputs | None: ...
    @property
    def inputs(self) -> Sequence[Input]: ...


@dataclass(frozen=True, slots=True)
class WorldInput:
    """Where one node run stands in its execution. Cheap to make: everything in it is a reference.

    `inputs` and `sources` are those of the run: for each main input its items and where they came from. `runs` may
    hold the run itself, not yet settled. `now_us` is epoch microseconds.
    """

    workflow: Workflow
    node: str
    run: int
    inputs: Sequence[Items | None]
    sources: Sequence[Input]
    runs: Mapping[str, Sequence[Run]]
    execution_id: str
    mode: Literal["manual", "production"]
    now_us: int
    timezone: str = ""
    """Empty: the workflow's."""
    workflow_id: str = ""
    """Empty: the definition's own."""
    contexts: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)
    pinned: frozenset[str] = frozenset()
    static_data: Mapping[str, Json] = field(default_factory=dict)
    resume_url: str | None = None

    @property
    def input(self) -> int:
        """The input whose items the expressions are evaluated for: the first that anything reached."""
        return next((number for number, items in enumerate(self.inputs) if items is not None), 0)

    @property
    def items(self) -> Items:
        """The items of that input."""
        return (self.inputs[self.input] if self.inputs else None) or []


def world(given: WorldInput, needs: References, indexes: Sequence[int]) -> dict[str, Any]:
    """The world in the shape that the sandbox's JavaScript expects, without what `needs` does not name.

    `indexes` are the items that expressions are evaluated for. The result shares the items; it is to be encoded, not
    changed.
    """
    workflow = given.workflow
    return {
        "workflow": {
            "id": given.workflow_id or workflow.id or "",
            "name": workflow.name,
            "active": workflow.active,
            "timezone": given.timezone or workflow.settings.timezone,
        },
        "execution": _execution(given),
        "now_ms": given.now_us // 1000,
        "vars": given.variables,
        "node": given.node,
        "run": given.run,
        "nodes": _nodes(given, needs),
        "connections": _document(workflow).connections if needs.definitions else {},
        "inputs": _inputs(given.inputs, needs, indexes),
        "sources": [_source(source) for source in given.sources],
        "runs": dict(_runs(given, needs)) if needs.runs else {},
        "pinned": sorted(given.pinned),
        "static_data": given.static_data if needs.static_data else {},
    }


def _execution(given: WorldInput) -> Mapping[str, Json]:
    known = {"id": given.execution_id, "mode": given.mode}
    return known if given.resume_url is None else {**known, "resumeUrl": given.resume_url}


# ------------------------------------------------------------------------------------------------ definitions


@dataclass(frozen=True, slots=True)
class _Document:
    """The parts of a workflow that never change, as JSON text, made once."""

    nodes: Mapping[str, msgspec.Raw]
    connections: msgspec.Raw


_documents: OrderedDict[int, tuple[Workflow, _Document]] = OrderedDict()
_DOCUMENTS = 512


def _document(workflow: Workflow) -> _Document:
    found = _documents.get(id(workflow))
    if found is None:
        nodes = {node.name: _encoded(_node(node)) for node in workflow.nodes.values()}
        document = _Document(nodes, _encoded(workflow.document.get("connections") or {}))
        found = _documents[id(workflow)] = (workflow, document)  # holding the workflow keeps its id from being reused
        if len(_documents) > _DOCUMENTS:
            _documents.popitem(last=False)
    return found[1]


def _nodes(given: WorldInput, needs: References) -> Mapping[str, Any]:
    names = given.workflow.nodes if needs.definitions else {given.node: None}
    known = _document(given.workflow).nodes
    entries: dict[str, Any] = {name: known[name] for name in names if name in known}
    for name, context in given.contexts.items():
        if name in entries and context:
            entries[name] = {**_node(given.workflow.nodes[name]), "context": context}
    return entries


def _node(node: Node) -> dict[str, Json]:
    entry = {
        "id": node.id,
        "type": node.type,
        "typeVersion": node.type_version,
        "parameters": node.parameters,
        "disabled": node.disabled,
    }
    return entry if node.webhook_id is None else {**entry, "webhookId": node.webhook_id}


def _encoded(value: Json) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


# ------------------------------------------------------------------------------------------------ items


def _inputs(inputs: Sequence[Items | None], needs: References, indexes: Sequence[int]) -> list[Items | None]:
    if needs.whole_inputs:
        return list(inputs)
    count = max(indexes, default=-1) + 1
    return [items if items is None else _own(items, count, binary=needs.binary) for items in inputs]


def _own(items: Items, count: int, *, binary: bool) -> Items:
    """The first `count` items, without their binary data when nobody asks for it: it may be large."""
    if count < len(items):
        items = items[:count]
    if binary or all(item.binary is None for item in items):
        return items
    return [Item(item.json, item.paired, None, item.error) for item in items]


class _Trace(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item of which only the descent matters."""

    paired: Lineage = msgspec.field(default=None, name="pairedItem")
    json: msgspec.Raw = _NO_JSON


def _runs(given: WorldInput, needs: References) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    ancestors = _ancestors(given) if needs.lineage else frozenset()
    traced = {name for name, _ in ancestors}
    for name, runs in given.runs.items():
        settled = runs[: given.run] if name == given.node else runs
        extent = Extent.ALL if needs.every_node else needs.nodes.get(name, Extent(0))
        if extent or name in traced:
            yield name, [_run(name, number, settled, extent, ancestors) for number in range(len(settled))]


def _run(
    name: str, number: int, runs: Sequence[Run], extent: Extent, ancestors: frozenset[tuple[str, int]]
) -> Mapping[str, Any]:
    run, ancestor = runs[number], (name, number) in ancestors
    latest = bool(extent & Extent.LATEST) and number == len(runs) - 1
    if latest or extent & Extent.ALL or (ancestor and extent & Extent.ANCESTORS):
        outputs: Any = run.outputs
    elif ancestor:
        outputs = run.outputs and [items and [_Trace(item.paired) for item in items] for items in run.outputs]
    else:
        return _ABSENT
    return {"outputs": outputs, "sources": [_source(source) for source in run.inputs]}


def _ancestors(given: WorldInput) -> frozenset[tuple[str, int]]:
    """The runs that the current items can descend from, as (node, run)."""
    found: set[tuple[str, int]] = set()
    open_ends = list(given.sources)
    while open_ends:
        source = open_ends.pop()
        if not isinstance(source, Source) or (source.node, source.run) in found:
            continue
        found.add((source.node, source.run))
        runs = given.runs.get(source.node, ())
        if source.run < len(runs):
            open_ends.extend(runs[source.run].inputs)
    return frozenset(found)


def _source(source: Input) -> Mapping[str, Json] | None:
    if not isinstance(source, Source):
        return None
    return {"previousNode": source.node, "previousNodeOutput": source.output, "previousNodeRun": source.run}
