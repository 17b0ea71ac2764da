"""The connections of a document: n8n's three levels of nesting, read into a flat list of edges."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.definition.findings import Findings
from engine.definition.issues import Code
from engine.definition.number import number
from engine.definition.pointer import Path, Token
from plugins.items import Json

Edge: TypeAlias = tuple[str, str, int, int, str, str, int]
"""The fields of a `Connection`, in its order: there may be a hundred thousand of them, most needed only once."""

MAX_CONNECTIONS = 100_000
MAX_PORTS = 1_000
"""Inputs or outputs of one node: an index in a document makes lists of that length in a run."""


def read_connections(raw: Json, nodes: Container[str], found: Findings) -> list[Edge]:
    """Edges between nodes that exist. A dangling target is an error; a dangling source, as in n8n, does nothing."""
    reader = _Reader(nodes, found)
    for source, kinds in reader.entries(raw, "connections"):
        if source in nodes:
            reader.read_source(source, kinds)
        else:
            _dangling_source(source, found)
    if len(reader.edges) > MAX_CONNECTIONS:
        found.error(Code.TOO_LARGE, f"more than {MAX_CONNECTIONS} connections", ("connections",), fix="Split it.")
    return reader.edges[:MAX_CONNECTIONS]


def path_of(edge: Edge) -> Path:
    """Where in its document an edge is written."""
    source, kind, output, position, *_ = edge
    return ("connections", source, kind, output, position)


@dataclass(slots=True)
class _Reader:
    """Reads one source after another; stops taking edges past the limit."""

    nodes: Container[str]
    found: Findings
    edges: list[Edge] = field(default_factory=list)

    def entries(self, raw: Json, *at: Token) -> list[tuple[str, Json]]:
        if isinstance(raw, dict):
            return list(raw.items())
        if raw is not None and raw != []:  # [] is how some exporters write an empty object
            self._malformed("an object is expected", *at)
        return []

    def read_source(self, source: str, kinds: Json) -> None:
        for kind, outputs in self.entries(kinds, "connections", source):
            for output, targets in self._entries_of_list(outputs, "connections", source, kind):
                if output >= MAX_PORTS and targets:
                    message = f"a node has at most {MAX_PORTS} outputs"
                    self.found.error(Code.TOO_LARGE, message, ("connections", source, kind, output), node=source)
                elif len(self.edges) <= MAX_CONNECTIONS:
                    self._read_output(source, kind, output, targets)

    def _read_output(self, source: str, kind: str, output: int, targets: Json) -> None:
        for position, raw in self._entries_of_list(targets, "connections", source, kind, output):
            edge = self._edge(source, kind, output, position, raw)
            if edge is not None:
                self.edges.append(edge)

    def _edge(self, source: str, kind: str, output: int, position: int, raw: Json) -> Edge | None:
        """n8n always writes `node`, `type` and `index`; without the last two the main input 0 is meant."""
        if not isinstance(raw, dict):
            self._malformed("a connection is an object", "connections", source, kind, output, position)
            return None
        target, target_kind, index = raw.get("node"), raw.get("type"), raw.get("index")
        if target_kind is None:
            target_kind = "main"
        if type(index) is not int:
            index = _index(index)
        if isinstance(target, str) and target in self.nodes and isinstance(target_kind, str) and 0 <= index < MAX_PORTS:
            return source, kind, output, position, target, target_kind, index
        self._refuse(target, target_kind, index, ("connections", source, kind, output, position))
        return None

    def _refuse(self, target: Json, target_kind: Json, index: int, at: Path) -> None:
        if not isinstance(target, str):
            self._malformed("a connection needs the name of its target", *at, "node")
        elif target not in self.nodes:
            _dangling_target(str(at[1]), target, (*at, "node"), self.found)
        if not isinstance(target_kind, str):
            self._malformed("a connection's type is text", *at, "type")
        if not 0 <= index < MAX_PORTS:
            self._malformed(f"index is a whole number from 0 to {MAX_PORTS - 1}", *at, "index")

    def _entries_of_list(self, raw: Json, *at: Token) -> enumerate[Json]:
        if isinstance(raw, list):
            return enumerate(raw)
        if raw is not None:
            self._malformed("a list is expected", *at)
        return enumerate(())

    def _malformed(self, message: str, *at: Token) -> None:
        source = str(at[1]) if len(at) > 1 else None
        self.found.error(Code.INVALID_STRUCTURE, message, at, node=source)


def _index(raw: Json) -> int:
    """-1 for what is no whole number."""
    value = 0.0 if raw is None else number(raw)
    return int(value) if value is not None and value.is_integer() else -1


def _dangling_target(source: str, target: str, at: Path, found: Findings) -> None:
    found.error(
        Code.DANGLING_CONNECTION,
        f"{source!r} is connected to {target!r}, which does not exist",
        at,
        node=source,
        fix="Remove the connection, or correct the name.",
    )


def _dangling_source(source: str, found: Findings) -> None:
    found.warning(
        Code.DANGLING_CONNECTION,
        f"connections of {source!r}, which does not exist, have no effect",
        ("connections", source),
        fix="Remove them, or correct the name.",
    )
