"""A definition made ready to run: read once, its node types looked up, its graphs compiled, kept by content hash."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.definition.workflow import Node, Workflow
from engine.kernel.graph import Graph, Shape
from plugins.context import NodeInfo
from plugins.items import Json
from plugins.node import NodeType
from plugins.parameters import expression_defaults
from plugins.registry import Registry

KEPT = 512
"""Definitions kept ready, over all tenants."""

STICKY_NOTE = "n8n-nodes-base.stickyNote"


@dataclass(slots=True)
class Compiled:
    """A workflow, the types of its nodes (None where no plugin provides it), and its graphs by start and end."""

    workflow: Workflow
    types: Mapping[str, NodeType | None]
    shapes: Mapping[str, Shape]
    infos: Mapping[str, NodeInfo]
    """What each node is told about itself."""
    parameters: Mapping[str, Mapping[str, Json]]
    """What is resolved for each node: its own parameters, and the defaults of its type that are expressions."""
    graphs: dict[tuple[str, str | None], Graph] = field(default_factory=dict)

    def graph(self, start: str, until: str | None = None) -> Graph:
        key = (start, until)
        if key not in self.graphs:
            self.graphs[key] = Graph.compile(self.workflow, self.shapes, start, until)
        return self.graphs[key]

    def triggers(self) -> list[Node]:
        """Enabled nodes that can start an execution, in document order."""
        return [
            node
            for node in self.workflow.nodes.values()
            if not node.disabled and (kind := self.types[node.name]) is not None and kind.trigger
        ]


def compile_workflow(workflow: Workflow, registry: Registry) -> Compiled:
    types = {node.name: registry.find(node.type, node.type_version) for node in workflow.nodes.values()}
    shapes = {name: shape_of(workflow.nodes[name], kind) for name, kind in types.items()}
    parameters = {name: with_defaults(workflow.nodes[name], kind) for name, kind in types.items()}
    return Compiled(workflow, types, shapes, infos_of(workflow), parameters)


def with_defaults(node: Node, kind: NodeType | None) -> Mapping[str, Json]:
    defaults = {} if kind is None else expression_defaults(kind.parameters)
    return {**defaults, **node.parameters} if defaults else node.parameters


def infos_of(workflow: Workflow) -> dict[str, NodeInfo]:
    main = [each for each in workflow.connections if each.kind == each.target_kind == "main"]
    outputs = Counter(node for node, _ in {(each.source, each.output_index) for each in main})
    inputs = Counter(node for node, _ in {(each.target, each.input_index) for each in main})
    return {
        name: NodeInfo(
            id=node.id,
            name=name,
            type=node.type,
            type_version=node.type_version,
            parameters=node.parameters,
            webhook_id=node.webhook_id,
            credentials=node.credentials,
            outputs_connected=outputs[name],
            inputs_connected=inputs[name],
        )
        for name, node in workflow.nodes.items()
    }


def shape_of(node: Node, kind: NodeType | None) -> Shape:
    """What the kernel needs to know of a node's type. An unknown type is taken for a plain one-input node."""
    if kind is None:
        return Shape(inputs=1, required=None, trigger=False)
    raw = dict(node.parameters)
    inputs = kind.inputs(raw) if callable(kind.inputs) else kind.inputs
    required = kind.required_inputs(raw) if callable(kind.required_inputs) else kind.required_inputs
    return Shape(inputs=inputs, required=required, trigger=kind.trigger)


class CompiledCache:
    """Ready definitions by (tenant, content hash): immutable, so nothing needs to be invalidated while the node types
    are the same."""

    def __init__(self, node_types: Callable[[str], Registry]) -> None:
        self._node_types = node_types
        self._kept: OrderedDict[tuple[str, str], Compiled] = OrderedDict()

    def get(self, tenant: str, definition_hash: str) -> Compiled | None:
        compiled = self._kept.get((tenant, definition_hash))
        if compiled is not None:
            self._kept.move_to_end((tenant, definition_hash))
        return compiled

    def put(self, tenant: str, definition_hash: str, workflow: Workflow) -> Compiled:
        compiled = self._kept[(tenant, definition_hash)] = compile_workflow(workflow, self._node_types(tenant))
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return compiled
