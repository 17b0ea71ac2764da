"""The subject of a validation: a draft, what its node types are, and which of its nodes can be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from engine.definition.draft import Draft
from engine.definition.findings import Findings
from engine.definition.issues import Code, Stage
from engine.definition.pointer import Token, nearest
from engine.definition.recovery import FallbackNode
from engine.definition.roles import STICKY_NOTE, looks_like_trigger
from engine.definition.validation.catalog import Catalog
from engine.definition.validation.severity import is_error
from engine.definition.workflow import Node
from plugins.node import NodeType


@dataclass(frozen=True, slots=True)
class Subject:
    """`types` has None for a type that no plugin provides. `reached` is what a trigger, disabled or not, leads to."""

    draft: Draft
    stage: Stage
    types: Mapping[str, NodeType | None]
    triggers: frozenset[str]
    reached: Set[str]

    def steps(self) -> Iterator[Node]:
        """The nodes that are steps of the workflow, which sticky notes are not."""
        return (node for node in self.draft.nodes.values() if node.type != STICKY_NOTE)

    def judge(
        self,
        found: Findings,
        code: Code,
        message: str,
        *,
        node: Node,
        path: Iterable[Token],
        fix: str | None = None,
    ) -> None:
        """An error or a warning about `path` within the node, whichever the code is at this stage.

        A warning in any case for a node that will not run: disabled, or out of reach of the run about to start.
        """
        place = ("nodes", self.draft.places[node.name], *path)
        sleeps = node.disabled or (self.stage is Stage.RUN and node.name not in self.reached)
        report = found.error if is_error(code, self.stage) and not sleeps else found.warning
        report(code, message, nearest(self.draft.document, place), node=node.name, fix=fix)


def subject_of(draft: Draft, catalog: Catalog, stage: Stage) -> Subject:
    types = {name: catalog.find(node.type, node.type_version) for name, node in draft.nodes.items()}
    triggers = frozenset(name for name, node in draft.nodes.items() if _is_trigger(node, types[name]))
    return Subject(draft, stage, types, triggers, _reached(draft, triggers))


def _is_trigger(node: Node, type: NodeType | None) -> bool:
    return type.trigger if type is not None else looks_like_trigger(node.type)


def _reached(draft: Draft, triggers: Set[str]) -> Set[str]:
    """What can be reached from the triggers. Without any the caller says where to start: anything can be."""
    if not triggers:
        return draft.nodes.keys()
    onward = _onward(draft)
    reached = set(triggers)
    frontier = list(reached)
    while frontier:
        for target in onward[frontier.pop()]:
            if target not in reached:
                reached.add(target)
                frontier.append(target)
    return reached


def _onward(draft: Draft) -> defaultdict[str, list[str]]:
    """Where each node leads: along main connections, to its fallback, and from a parent to its AI sub-nodes."""
    onward: defaultdict[str, list[str]] = defaultdict(list)
    for source, kind, _, _, target, _, _ in draft.edges:
        if kind == "main":
            onward[source].append(target)
        else:
            onward[target].append(source)
    for name, node in draft.nodes.items():
        if isinstance(node.recovery.then, FallbackNode) and node.recovery.then.node in draft.nodes:
            onward[name].append(node.recovery.then.node)
    return onward
