"""The process in which a plugin's import is tried out: watches what the import does, and reports it in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypeAlias

import msgspec

from plugins import loading, testing
from plugins.node import NodeType
from plugins.probe import Orders, Report

NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg"})
MESSAGE_CHARS = 500

Names: TypeAlias = dict[tuple[str, str], object]
"""(module or class, name) -> the function or class of that name."""


def main(orders: str) -> NoReturn:
    """Never returns: what the import may have left running ends with the process."""
    wanted = msgspec.json.decode(orders, type=Orders)
    answer = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    report = attempt(wanted)
    os.write(answer, msgspec.json.encode(report) + b"\n")
    os._exit(0)


def attempt(wanted: Orders) -> Report:
    assert testing  # what authors import is loaded before the names are taken down
    calls = _watch_network()
    loading.FOLDERS.add({name: Path(path) for name, path in wanted.folders.items()})
    before = dict(_names())
    types, error = _load(wanted.package)
    if calls:
        return Report(error=f"its import uses the network ({calls[0]}): a node does that when it runs, by ctx.http")
    if patched := _first_patched(before):
        return Report(error=f"its import replaces {patched}, which others use too")
    return Report(types=[(node_type.name, node_type.version) for node_type in types], error=error)


def _load(package: str) -> tuple[Sequence[NodeType], str | None]:
    try:
        return loading.load(package, plugin=""), None
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like are just what is looked for
        return (), f"its import raised {type(error).__name__}: {error}"[:MESSAGE_CHARS]


def _watch_network() -> list[str]:
    calls: list[str] = []

    def hook(event: str, _: tuple[Any, ...]) -> None:
        if event in NETWORK:
            calls.append(event)
            raise PermissionError("no network while a plugin is imported")

    sys.addaudithook(hook)
    return calls


def _first_patched(before: Names) -> str | None:
    now = dict(_names())
    changed = (f"{owner}.{name}" for (owner, name), value in before.items() if now.get((owner, name)) is not value)
    return next(changed, None)


def _names() -> Iterator[tuple[tuple[str, str], object]]:
    """The functions and classes of every loaded module that is Python's or ours, and of those classes."""
    for module_name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or not _is_watched(module_name):
            continue
        for name, value in list(vars(module).items()):
            if callable(value):
                yield (module_name, name), value
            if isinstance(value, type) and value.__module__ == module_name:
                yield from _methods(f"{module_name}.{name}", value)


def _methods(owner: str, kind: type) -> Iterator[tuple[tuple[str, str], object]]:
    for name, value in list(vars(kind).items()):
        if callable(value) and not name.startswith("_abc_"):
            yield (owner, name), value


def _is_watched(module: str) -> bool:
    root = module.partition(".")[0]
    return root in sys.stdlib_module_names or root == "plugins"
