"""The difference between two definitions, in the workflow's own terms, and the version bump that it calls for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from engine.definition.canonical import BOOKKEEPING, canonical
from engine.definition.roles import STICKY_NOTE, looks_like_trigger
from engine.definition.versions import Bump
from engine.definition.workflow import Connection, Workflow
from plugins.items import Json

IsTrigger: TypeAlias = Callable[[str], bool]
"""Whether nodes of that type start a workflow."""

_Raw: TypeAlias = Mapping[str, Json]
_LOOKS = frozenset({"id", "position", "notes", "notesInFlow", "color"})
"""Fields of a node that its callers cannot notice."""


@dataclass(frozen=True, slots=True)
class NodeChange:
    """`fields` are the node's own (`typeVersion`), or single parameters (`parameters.url`)."""

    node: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """What is different. A renamed node is removed and added: its name is what everything else knows it by.

    Connections are compared without their place in the list of an output. `changed_fields` are the document's own
    (`name`, `settings.timezone`), with `nodes` or `connections` where only an order changed or what nobody reads.
    `bump` is None exactly when the content hashes are equal.
    """

    added_nodes: tuple[str, ...] = ()
    removed_nodes: tuple[str, ...] = ()
    changed_nodes: tuple[NodeChange, ...] = ()
    added_connections: tuple[Connection, ...] = ()
    removed_connections: tuple[Connection, ...] = ()
    changed_fields: tuple[str, ...] = ()
    bump: Bump | None = None


def diff(old: Workflow, new: Workflow, *, is_trigger: IsTrigger = looks_like_trigger) -> Diff:
    """How `new` differs from `old`."""
    before, after = _nodes(old), _nodes(new)
    was, now = _connections(old), _connections(new)
    change = Diff(
        added_nodes=tuple(name for name in after if name not in before),
        removed_nodes=tuple(name for name in before if name not in after),
        changed_nodes=tuple(_changed_nodes(before, after)),
        added_connections=tuple(now[key] for key in now if key not in was),
        removed_connections=tuple(was[key] for key in was if key not in now),
    )
    change = replace(change, changed_fields=tuple(_changed_fields(old.document, new.document, change)))
    return replace(change, bump=_bump(change, old, new, is_trigger))


def _nodes(workflow: Workflow) -> dict[str, _Raw]:
    return {raw["name"]: raw for raw in workflow.document["nodes"]}


def _connections(workflow: Workflow) -> dict[tuple[Connection, int], Connection]:
    """Each connection without its place in the list, numbered where it is there twice."""
    met: Counter[Connection] = Counter()
    found = {}
    for connection in workflow.connections:
        placeless = replace(connection, position=0)
        found[placeless, met[placeless]] = connection
        met[placeless] += 1
    return found


def _changed_nodes(before: Mapping[str, _Raw], after: Mapping[str, _Raw]) -> Iterator[NodeChange]:
    for name, raw in before.items():
        if name in after:
            fields = tuple(_changed(raw, after[name], deep=("parameters",)))
            if fields:
                yield NodeChange(name, fields)


def _changed_fields(old: _Raw, new: _Raw, change: Diff) -> Iterator[str]:
    shown = {
        "nodes": change.added_nodes or change.removed_nodes or change.changed_nodes,
        "connections": change.added_connections or change.removed_connections,
    }
    for field in _changed(old, new, deep=("settings", "pinData")):
        if field not in BOOKKEEPING and not shown.get(field):
            yield field


def _changed(old: _Raw, new: _Raw, *, deep: tuple[str, ...] = (), prefix: str = "") -> Iterator[str]:
    """Keys whose values differ as JSON; of those in `deep` the keys within them, where both have some."""
    for key in [*old, *(key for key in new if key not in old)]:
        if key in old and key in new and _form(old[key]) == _form(new[key]):
            continue
        mine, yours = old.get(key), new.get(key)
        if key in deep and isinstance(mine, dict) and isinstance(yours, dict):
            yield from _changed(mine, yours, prefix=f"{key}.")
        else:
            yield prefix + key


def _form(value: Json) -> bytes:
    """Python takes True for 1; JSON does not."""
    return canonical({"": value})


# ------------------------------------------------------------------------------------------------ the bump


def _bump(change: Diff, old: Workflow, new: Workflow, is_trigger: IsTrigger) -> Bump | None:
    """Notes on the canvas come and go without anybody noticing."""
    if change == Diff():
        return None
    removed = [name for name in change.removed_nodes if old.nodes[name].type != STICKY_NOTE]
    added = [name for name in change.added_nodes if new.nodes[name].type != STICKY_NOTE]
    if removed or any(_is_breaking(one, old, is_trigger) for one in change.changed_nodes):
        return Bump.MAJOR
    moved = change.added_connections or change.removed_connections
    if added or moved or any("typeVersion" in one.fields for one in change.changed_nodes):
        return Bump.MINOR
    return Bump.PATCH


def _is_breaking(change: NodeChange, old: Workflow, is_trigger: IsTrigger) -> bool:
    """Another type, or a trigger that does not start the workflow in the way its callers know."""
    fields = set(change.fields)
    return "type" in fields or (is_trigger(old.nodes[change.node].type) and not fields <= _LOOKS)
