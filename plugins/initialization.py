"""The plugins of this process: found, tried out, imported and started; a bad one is told of and never stops the server.

Each is tried in a probe process first, all in parallel under a limit. What claims a node type that is another's is
refused. The rest is imported here and started in order of dependency, again in parallel, each within its time.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from plugins import loading
from plugins.allowance import Allowances
from plugins.discovery import Discovered, Found, Rejected, discover
from plugins.plugin import Plugin, PluginStatus, as_given, built_in_plugin
from plugins.registry import Registry, built_in
from plugins.startup import Started, StartUp, stop
from plugins.statistics import Statistics

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """`import_s` and `start_s` are what each plugin gets for its import, and for its `start`."""

    directories: tuple[Path, ...] = ()
    entry_points: bool = True
    disabled: frozenset[str] = frozenset()
    allowances: Allowances = field(default_factory=Allowances)
    at_once: int = 4
    import_s: float = 10.0
    start_s: float = 10.0


class Plugins:
    """An async context manager: initializes on entering, stops what it started on leaving.

    Until it is entered the built-in nodes are there, or the registry that was given, which is then all there is.
    """

    def __init__(self, settings: PluginSettings | None = None, *, registry: Registry | None = None) -> None:
        self._settings = settings or PluginSettings()
        self._given = registry
        self._found: Mapping[str, Found] = {}
        self._started: Sequence[Started] = ()
        self._limited: dict[str, Registry] = {}
        self.registry = built_in() if registry is None else registry
        self.all: Sequence[Plugin] = as_given(self.registry)
        self.statistics = Statistics()

    def of(self, tenant: str) -> Registry:
        """The node types as a tenant sees them."""
        limited = self._limited.get(tenant)
        if limited is None:
            limited = self._limited[tenant] = self.registry.limited(self._settings.allowances.of(tenant))
        return limited

    @property
    def failed(self) -> list[Plugin]:
        return [plugin for plugin in self.all if plugin.status is PluginStatus.FAILED]

    async def reload(self) -> None:
        """Find and initialize everything anew, for development: another registry takes this one's place, and whoever
        holds the old one keeps it. The old plugins are stopped when the new ones have started."""
        before = self._started
        self._forget()
        await self._initialize()
        await stop(before, within_s=self._settings.start_s)

    async def __aenter__(self) -> Self:
        if self._given is None:
            await self._initialize()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await stop(self._started, within_s=self._settings.start_s)
        self._forget()

    def _forget(self) -> None:
        loading.forget([found.package for found in self._found.values()])

    async def _initialize(self) -> None:
        settings = self._settings
        candidates = discover(settings.directories, entry_points=settings.entry_points)
        wanted = [each for each in candidates if each.name not in settings.disabled]
        self._found = {each.name: each for each in wanted if isinstance(each, Found)}
        begun = time.perf_counter()
        start_up = StartUp(self._found, at_once=settings.at_once, import_s=settings.import_s, start_s=settings.start_s)
        brought_up = await start_up.run()
        self._started = start_up.started
        others = [as_plugin(each, disabled=each not in wanted) for each in candidates if each.name not in self._found]
        self.all = (built_in_plugin(), *sorted((*brought_up, *others), key=lambda plugin: plugin.name))
        self.registry = Registry(node_type for plugin in self.all for node_type in plugin.node_types)
        self._limited = {}
        self._tell(time.perf_counter() - begun)

    def _tell(self, took_s: float) -> None:
        for plugin in self.failed:
            logger.warning("plugin_failed", plugin=plugin.name, origin=plugin.origin, reason=plugin.error)
        if len(self.all) > 1:
            ready = [plugin.name for plugin in self.all if plugin.status is PluginStatus.READY]
            logger.info("plugins_ready", plugins=ready, took_ms=round(took_s * 1000))


def as_plugin(each: Discovered, *, disabled: bool) -> Plugin:
    """One that is not to be loaded: left out by the settings, or rejected."""
    manifest = each.manifest
    return Plugin(
        name=each.name,
        version=manifest.version if manifest else None,
        status=PluginStatus.DISABLED if disabled else PluginStatus.FAILED,
        origin=each.origin,
        description=manifest.description if manifest else "",
        category=manifest.category if manifest else "UTILITY",
        tags=manifest.tags if manifest else (),
        error=each.reason if isinstance(each, Rejected) and not disabled else None,
    )
