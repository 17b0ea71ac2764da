"""One start-up: probes in parallel, clashes judged, then imports and `start` hooks in order of dependency."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar

import structlog

from plugins import loading
from plugins.discovery import Found
from plugins.node import NodeType
from plugins.plugin import Plugin, PluginStatus
from plugins.probe import Report, probe
from plugins.registry import built_in

T = TypeVar("T")
MESSAGE_CHARS = 500

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Started:
    """A plugin that was imported and started, and the package that it was imported as."""

    found: Found
    module: ModuleType


class _Failed(Exception):
    """Why a plugin could not be initialized."""


class StartUp:
    """`run` it once. Every plugin comes to a `Plugin`, ready or failed; `started` are to be stopped, the last first."""

    def __init__(self, found: Mapping[str, Found], *, at_once: int, import_s: float, start_s: float) -> None:
        self._found = found
        self._gate = asyncio.Semaphore(at_once)
        self._import_s = import_s
        self._start_s = start_s
        self._took_s: defaultdict[str, float] = defaultdict(float)
        self._tasks: dict[str, asyncio.Task[Plugin]] = {}
        self.started: list[Started] = []

    async def run(self) -> list[Plugin]:
        names = list(self._found)
        reports = dict(zip(names, await asyncio.gather(*map(self._probe, names)), strict=True))
        refused = clashes(reports)
        self._tasks = {name: asyncio.create_task(self._bring_up(name, reports[name], refused)) for name in names}
        return list(await asyncio.gather(*self._tasks.values()))

    # ------------------------------------------------------------------------------------------- trying out

    async def _probe(self, name: str) -> Report:
        folders = {
            found.package: found.path
            for found in map(self._found.__getitem__, self._needed(name))
            if not found.installed
        }
        async with self._gate:
            begun = time.perf_counter()
            try:
                return await probe(self._found[name].package, folders, timeout_s=self._import_s)
            except OSError as error:
                return Report(error=f"it could not be tried out: {error.strerror}")
            finally:
                self._took_s[name] += time.perf_counter() - begun

    def _needed(self, name: str) -> set[str]:
        """The plugin and all that it depends on."""
        needed, left = set[str](), [name]
        while left:
            each = left.pop()
            if each not in needed and each in self._found:
                needed.add(each)
                left += self._found[each].manifest.dependencies
        return needed

    # ------------------------------------------------------------------------------------------- bringing up

    async def _bring_up(self, name: str, report: Report, refused: Mapping[str, str]) -> Plugin:
        found = self._found[name]
        try:
            if why := report.error or refused.get(name):
                raise _Failed(why)
            await self._await_needed(found)
            async with self._gate:
                begun = time.perf_counter()
                node_types = await self._import(found, report)
                await self._start(found)
                self._took_s[name] += time.perf_counter() - begun
        except _Failed as error:
            return self._plugin(found, error=str(error))
        return self._plugin(found, node_types)

    async def _await_needed(self, found: Found) -> None:
        for name in found.manifest.dependencies:
            if name not in self._tasks:
                raise _Failed(f"it needs the plugin '{name}', which is not loaded")
            if (await self._tasks[name]).status is not PluginStatus.READY:
                raise _Failed(f"it needs the plugin '{name}', which failed")

    async def _import(self, found: Found, report: Report) -> tuple[NodeType, ...]:
        if not found.installed:
            loading.FOLDERS.add({found.package: found.path})
        try:
            async with asyncio.timeout(self._import_s):
                node_types = await _in_daemon_thread(lambda: loading.load(found.package, found.name))
        except TimeoutError:
            raise _Failed(f"its import took longer than {self._import_s:g} s") from None
        except Exception as error:
            raise _Failed(_said("its import", error)) from error
        if sorted(claimed(node_types)) != sorted(report.types):
            raise _Failed("it registers other node types here than it did when it was tried out")
        return node_types

    async def _start(self, found: Found) -> None:
        module = sys.modules[found.package]
        if why := await call_hook(module, "start", within_s=self._start_s):
            raise _Failed(why)
        self.started.append(Started(found, module))

    def _plugin(self, found: Found, node_types: tuple[NodeType, ...] = (), *, error: str | None = None) -> Plugin:
        manifest = found.manifest
        return Plugin(
            name=manifest.name,
            version=manifest.version,
            status=PluginStatus.READY if error is None else PluginStatus.FAILED,
            origin=found.origin,
            description=manifest.description,
            category=manifest.category,
            tags=manifest.tags,
            error=error,
            node_types=node_types,
            initialized_in_ms=self._took_s[found.name] * 1000 if error is None else None,
        )


def clashes(reports: Mapping[str, Report]) -> dict[str, str]:
    """Plugins that claim a node type which is the server's or another plugin's, and what to say of it."""
    core = {node_type.name for node_type in built_in()}
    claims = Counter((type, version) for report in reports.values() for type, version in set(report.types))
    refused = {}
    for name, report in reports.items():
        for type, version in report.types:
            if type in core:
                refused[name] = f"its node type '{type}' is one of the server's own"
            elif claims[type, version] > 1 or report.types.count((type, version)) > 1:
                rivals = sorted(rival for rival, other in reports.items() if (type, version) in other.types)
                refused[name] = f"its node type '{type}' version {version:g} is claimed twice ({', '.join(rivals)})"
    return refused


def claimed(node_types: Sequence[NodeType]) -> list[tuple[str, float]]:
    return [(node_type.name, node_type.version) for node_type in node_types]


async def stop(started: Sequence[Started], *, within_s: float) -> None:
    """Stop plugins in the reverse of the order in which they started. What goes wrong is logged."""
    for each in reversed(started):
        if why := await call_hook(each.module, "stop", within_s=within_s):
            logger.warning("plugin_stop_failed", plugin=each.found.name, reason=why)


async def call_hook(module: ModuleType, hook: str, *, within_s: float) -> str | None:
    """Call a package's `async def start()` or `async def stop()`, where it has one; what went wrong, if anything did.

    It runs in a task of its own, so that one that does not heed its cancellation keeps nobody waiting.
    """
    function = getattr(module, hook, None)
    if not callable(function):
        return None
    task = asyncio.create_task(_caught(function))
    done, _ = await asyncio.wait({task}, timeout=within_s)
    if not done:
        task.cancel()
        return f"its {hook} took longer than {within_s:g} s"
    error = task.result()
    return None if error is None else _said(f"its {hook}", error)


async def _caught(function: Callable[[], object]) -> BaseException | None:
    try:
        answer = function()
        if inspect.isawaitable(answer):
            await answer
    except BaseException as error:  # noqa: BLE001 - whatever a plugin raises is the plugin's failure, not the server's
        return error
    return None


async def _in_daemon_thread(function: Callable[[], T]) -> T:
    """In a thread that may hang without keeping the process alive. What ends a process is an error like any other."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(result)  # type: ignore[arg-type]  # None only where T has it
        else:
            done.set_exception(error if isinstance(error, Exception) else RuntimeError(type(error).__name__))

    def run() -> None:
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - SystemExit is the plugin's fault, and is told as such
            loop.call_soon_threadsafe(settle, None, error)
        else:
            loop.call_soon_threadsafe(settle, result, None)

    threading.Thread(target=run, name="plugin-import", daemon=True).start()
    return await done


def _said(what: str, error: BaseException) -> str:
    return f"{what} raised {type(error).__name__}: {error}"[:MESSAGE_CHARS]
