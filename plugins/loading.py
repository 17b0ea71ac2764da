"""A plugin's package imported, and the node types found in it and in its modules."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

from plugins.node import NodeType
from plugins.registry import types_in

NOT_NODES = ("_", "test", "conftest")
"""How the modules begin that are not looked into."""


class Folders:
    """Makes packages importable that lie in plugin directories, each by its own path: `sys.path` stays as it is, so
    that a plugin's directory shadows nothing."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}

    def add(self, packages: Mapping[str, Path]) -> None:
        self._paths |= packages
        if self not in sys.meta_path:
            sys.meta_path.append(self)
        importlib.invalidate_caches()

    def remove(self, packages: Sequence[str]) -> None:
        for package in packages:
            self._paths.pop(package, None)

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        folder = self._paths.get(name)
        if folder is None:
            return None
        return spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])


FOLDERS = Folders()


def load(package: str, plugin: str) -> tuple[NodeType, ...]:
    """Import the package and its modules (those of its packages stay for it to import). Raises whatever they raise."""
    modules = list(_modules(package))
    found = {id(node_type): node_type for module in modules for node_type in types_in(module)}
    return tuple(replace(node_type, plugin=plugin) for node_type in found.values())


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    yield root
    for module in pkgutil.iter_modules(root.__path__):
        if not module.ispkg and not module.name.startswith(NOT_NODES):
            yield importlib.import_module(f"{package}.{module.name}")


def forget(packages: Sequence[str]) -> None:
    """These packages are as if they had never been loaded. What runs already keeps the modules that it has."""
    FOLDERS.remove(packages)
    prefixes = tuple(f"{package}." for package in packages)
    for name in [name for name in sys.modules if name in packages or name.startswith(prefixes)]:
        del sys.modules[name]
    importlib.invalidate_caches()
