"""The node types that this server knows: `(type, version)` to what runs it."""

from __future__ import annotations

import pkgutil
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module

from plugins.allowance import Allowance, refusing
from plugins.handlers import Handlers
from plugins.node import NodeType

EVERYTHING = Allowance()


class DuplicateNodeType(ValueError):
    """Two plugins claim the same type and version."""

    def __init__(self, first: NodeType, second: NodeType) -> None:
        super().__init__(
            f"Node type '{second.name}' version {second.version:g} of plugin '{second.plugin}' is already registered "
            f"by plugin '{first.plugin}': remove one of them or give it another name"
        )


class Registry:
    """A fixed set of node types. Immutable: a reload makes another one.

    One that is `limited` still finds what its allowance denies, as a type that refuses to run; it lists none of it.
    """

    def __init__(self, node_types: Iterable[NodeType] = (), *, allowance: Allowance = EVERYTHING) -> None:
        """Raises `DuplicateNodeType`."""
        self._allowance = allowance
        self._types: dict[str, dict[float, NodeType]] = {}
        for node_type in node_types:
            versions = self._types.setdefault(node_type.name, {})
            if node_type.version in versions:
                raise DuplicateNodeType(versions[node_type.version], node_type)
            versions[node_type.version] = node_type
        self._versions: Mapping[str, list[float]] = {name: sorted(known) for name, known in self._types.items()}
        self._handlers = Handlers(self._find)
        self.find = self._handlers.find

    def versions(self, type: str) -> Sequence[float]:
        """The known versions of a type, ascending; empty for an unknown one."""
        return self._versions.get(type, [])

    def latest(self, type: str) -> NodeType | None:
        """The highest known version of a type that may be used."""
        known = self._versions.get(type)
        latest = self._types[type][known[-1]] if known else None
        return latest if latest is not None and self._allowance.permits(latest) else None

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
        """The latest version of every type that may be used, in order of name."""
        latest = (self._types[name][known[-1]] for name, known in sorted(self._versions.items()))
        return [node_type for node_type in latest if self._allowance.permits(node_type)]

    def categories(self) -> list[str]:
        """Those of the types that may be used, in order."""
        return sorted({node_type.category for node_type in self.all()})

    def of_plugin(self, plugin: str) -> list[NodeType]:
        """The latest version of each of a plugin's types that may be used, in order of name."""
        return [node_type for node_type in self.all() if node_type.plugin == plugin]

    def hit_rate(self, plugin: str) -> float:
        """How many of the lookups of a plugin's types found it resolved already: 0 to 1."""
        return self._handlers.lookups[plugin].hit_rate

    def limited(self, allowance: Allowance) -> Registry:
        """These types under an allowance; this registry itself where that permits everything."""
        return self if all(map(allowance.permits, self)) else Registry(self, allowance=allowance)

    def with_types(self, node_types: Iterable[NodeType]) -> Registry:
        """This registry and more types. Raises `DuplicateNodeType`."""
        return Registry([*self, *node_types])

    def __iter__(self) -> Iterator[NodeType]:
        """Every version of every type."""
        return (node_type for versions in self._types.values() for node_type in versions.values())

    def __len__(self) -> int:
        return sum(map(len, self._types.values()))

    def _find(self, type: str, version: float) -> NodeType | None:
        known = self._versions.get(type)
        if not known:
            return None
        position = bisect_right(known, version)
        found = self._types[type][known[max(position - 1, 0)]]
        return found if self._allowance.permits(found) else refusing(found)


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
