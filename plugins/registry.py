"""The node types that this server knows: `(type, version)` to what runs it."""

from __future__ import annotations

import pkgutil
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module

from plugins.node import NodeType

RESOLVED_TYPES = 1024


class DuplicateNodeType(ValueError):
    """Two plugins claim the same type and version."""

    def __init__(self, first: NodeType, second: NodeType) -> None:
        super().__init__(
            f"Node type '{second.name}' version {second.version:g} of plugin '{second.plugin}' is already registered "
            f"by plugin '{first.plugin}': remove one of them or give it another name"
        )


class Registry:
    """A fixed set of node types. Immutable: a reload makes another one with `with_types`."""

    def __init__(self, node_types: Iterable[NodeType] = ()) -> None:
        """Raises `DuplicateNodeType`."""
        self._types: dict[str, dict[float, NodeType]] = {}
        for node_type in node_types:
            versions = self._types.setdefault(node_type.name, {})
            if node_type.version in versions:
                raise DuplicateNodeType(versions[node_type.version], node_type)
            versions[node_type.version] = node_type
        self._versions: Mapping[str, list[float]] = {name: sorted(known) for name, known in self._types.items()}
        self.find = lru_cache(maxsize=RESOLVED_TYPES)(self._find)
        """`find(type, version)`: that version, else the nearest lower one, else the lowest; None for unknown types."""

    def versions(self, type: str) -> Sequence[float]:
        """The known versions of a type, ascending; empty for an unknown one."""
        return self._versions.get(type, [])

    def latest(self, type: str) -> NodeType | None:
        """The highest known version of a type."""
        known = self._versions.get(type)
        return self._types[type][known[-1]] if known else None

    def search(self, text: str = "", *, category: str | None = None, tags: Iterable[str] = ()) -> list[NodeType]:
        """The latest version of every type that matches all that was asked: each word of `text` occurs in its name,
        display name, description or tags; the category is its own; it has every tag. In order of name."""
        words = text.casefold().split()
        wanted = {tag.casefold() for tag in tags}
        return [
            node_type
            for node_type in self.all()
            if (category is None or node_type.category == category)
            and wanted <= {tag.casefold() for tag in node_type.tags}
            and all(word in _searchable(node_type) for word in words)
        ]

    def all(self) -> list[NodeType]:
        """The latest version of every type, in order of name."""
        return [self._types[name][known[-1]] for name, known in sorted(self._versions.items())]

    def with_types(self, node_types: Iterable[NodeType]) -> Registry:
        """This registry and more types. Raises `DuplicateNodeType`."""
        return Registry([*self, *node_types])

    def __iter__(self) -> Iterator[NodeType]:
        """Every version of every type."""
        return (node_type for versions in self._types.values() for node_type in versions.values())

    def __len__(self) -> int:
        return sum(map(len, self._types.values()))

    def _find(self, type: str, version: float = 1.0) -> NodeType | None:
        known = self._versions.get(type)
        if not known:
            return None
        position = bisect_right(known, version)
        return self._types[type][known[max(position - 1, 0)]]


def types_in(module: object) -> Iterator[NodeType]:
    """What a plugin module registers: every tuple of `NodeType`s among its public names."""
    for name, value in vars(module).items():
        if not name.startswith("_") and isinstance(value, tuple) and value and isinstance(value[0], NodeType):
            yield from value


@cache
def built_in() -> Registry:
    """The nodes that come with the server: one module of `plugins.builtin` each."""
    package = import_module("plugins.builtin")
    modules = [import_module(f"plugins.builtin.{found.name}") for found in pkgutil.iter_modules(package.__path__)]
    return Registry(node_type for module in modules for node_type in types_in(module))


def _searchable(node_type: NodeType) -> str:
    return " ".join((node_type.name, node_type.display_name, node_type.description, *node_type.tags)).casefold()
