"""A plugin as this server has it: what it is, whether it works, and the node types that it brings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plugins.manifest import BUILT_IN, heddle_version
from plugins.node import NodeType
from plugins.registry import Registry, built_in


class PluginStatus(StrEnum):
    READY = "READY"
    FAILED = "FAILED"
    """It was refused, or could not be imported or started: `error` says why."""
    DISABLED = "DISABLED"
    """The settings leave it out."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """`node_types` is empty unless it is ready. `origin` says where it was found, without the machine's paths."""

    name: str
    version: str | None
    status: PluginStatus
    origin: str
    description: str = ""
    category: str = "UTILITY"
    tags: tuple[str, ...] = ()
    error: str | None = None
    node_types: tuple[NodeType, ...] = ()
    initialized_in_ms: float | None = None


def as_given(registry: Registry) -> tuple[Plugin, ...]:
    """The plugins of a registry that somebody made, without looking for any."""
    names = sorted({node_type.plugin for node_type in registry} - {BUILT_IN})
    return (
        built_in_plugin(),
        *(
            Plugin(
                name=name,
                version=None,
                status=PluginStatus.READY,
                origin="the program",
                node_types=tuple(node_type for node_type in registry if node_type.plugin == name),
            )
            for name in names
        ),
    )


def built_in_plugin() -> Plugin:
    """The nodes that come with the server, as a plugin like any other."""
    return Plugin(
        name=BUILT_IN,
        version=heddle_version(),
        status=PluginStatus.READY,
        origin="the server",
        description="The nodes that come with the server.",
        node_types=tuple(built_in()),
    )
