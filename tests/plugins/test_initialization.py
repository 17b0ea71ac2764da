"""Bringing plugins up: in order, in time, and whatever they do, the server goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from plugins.allowance import Allowance, Allowances
from plugins.initialization import Plugins, PluginSettings
from plugins.node import NodeType
from plugins.plugin import Plugin, PluginStatus
from plugins.registry import built_in
from plugins.testing import NodeBench
from tests.plugins.packages import write_plugin

READY, FAILED, DISABLED = PluginStatus.READY, PluginStatus.FAILED, PluginStatus.DISABLED


def settings(directory: Path, **more: Any) -> PluginSettings:
    return PluginSettings(directories=(directory,), entry_points=False, **more)


def named(plugins: Plugins, name: str) -> Plugin:
    return next(plugin for plugin in plugins.all if plugin.name == name)


async def initialized(directory: Path, **more: Any) -> Plugins:
    async with Plugins(settings(directory, **more)) as plugins:
        return plugins


async def error_of(directory: Path, name: str = "acme", **more: Any) -> str:
    """Why a plugin failed, in a server that has its own nodes all the same."""
    plugins = await initialized(directory, **more)
    plugin = named(plugins, name)
    assert plugin.status is FAILED
    assert plugin.node_types == ()
    assert len(plugins.registry) == len(built_in())
    return str(plugin.error)


async def test_a_plugin_brings_its_nodes(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", type="acme.pass", version=2, tags='["a"]', category='"FLOW"')
    plugins = await initialized(tmp_path)
    plugin = named(plugins, "acme")
    assert (plugin.status, plugin.version, plugin.category, plugin.tags) == (READY, "1.0.0", "FLOW", ("a",))
    assert plugin.initialized_in_ms is not None
    assert plugin.initialized_in_ms > 0
    found = plugins.registry.find("acme.pass", 2)
    assert found is not None
    assert (found.plugin, found.version) == ("acme", 2)
    assert (await NodeBench([found]).run(items=[{"a": 1}])).json() == [{"a": 1, "by": "acme.pass"}]


async def test_the_servers_own_nodes_are_a_plugin_too() -> None:
    async with Plugins(PluginSettings(entry_points=False)) as plugins:
        assert [plugin.name for plugin in plugins.all] == ["builtin"]
        assert set(plugins.all[0].node_types) == set(built_in())
        assert plugins.failed == []


async def test_nodes_in_modules_beside_are_found_and_tests_are_not_imported(tmp_path: Path) -> None:
    package = write_plugin(tmp_path, "acme", after="from acme.more import other")
    (package / "more.py").write_text(
        'from plugins import node\n@node("acme.more")\nasync def other(ctx, items):\n    """More."""\n    return []\n'
    )
    (package / "test_more.py").write_text("raise SystemExit")
    plugins = await initialized(tmp_path)
    assert [each.name for each in plugins.registry.of_plugin("acme")] == ["acme.more", "acme.pass"]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("raise ValueError('no')", "its import raised ValueError: no"),
        ("import sys; sys.exit(3)", "its import raised SystemExit: 3"),
        ("import os; os._exit(3)", "its import ended the process with status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "its import ended the process with signal 11"),
        ("import socket; socket.create_connection(('127.0.0.1', 1))", "its import uses the network"),
        ("import urllib.request as r\ntry: r.urlopen('http://x.invalid')\nexcept OSError: pass", "uses the network"),
        ("import asyncio; asyncio.sleep = None", "its import replaces asyncio.sleep"),
        ("import asyncio; asyncio.BaseEventLoop.call_soon = print", "its import replaces asyncio"),
        ("import builtins; builtins.open = print", "its import replaces builtins.open"),
        ("import plugins.running as r; r.run_node = print", "its import replaces plugins.running.run_node"),
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("this is no python", "SyntaxError"),
    ],
)
async def test_an_import_that_misbehaves_is_told_and_nothing_worse(tmp_path: Path, before: str, said: str) -> None:
    write_plugin(tmp_path, "acme", before=before)
    assert said in await error_of(tmp_path)
    assert "acme" not in sys.modules


async def test_an_import_that_hangs_is_given_up(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", before="import threading; threading.Event().wait()")
    assert await error_of(tmp_path, import_s=0.5) == "its import took longer than 0.5 s"


async def test_what_an_import_prints_or_leaves_running_is_no_harm(tmp_path: Path) -> None:
    noise = (
        "import threading; print('x' * 3_000_000)\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    write_plugin(tmp_path, "acme", before=noise)
    assert named(await initialized(tmp_path), "acme").status is READY


async def test_libraries_that_others_use_may_be_imported(tmp_path: Path) -> None:
    write_plugin(
        tmp_path, "acme", before="import aiohttp, sqlite3, email, concurrent.futures, multiprocessing, pydantic"
    )
    assert named(await initialized(tmp_path), "acme").error is None


async def test_the_probe_is_not_told_the_servers_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDDLE_JWT_KEY", "canary")
    write_plugin(tmp_path, "acme", before="import os\nif 'canary' in os.environ.values(): raise ValueError('seen')")
    assert "seen" in await error_of(tmp_path, import_s=5)  # what it may see it sees here, where it has been tried out


async def test_a_node_of_the_servers_own_is_not_shadowed(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", type="n8n-nodes-base.set", version=99)
    assert await error_of(tmp_path) == "its node type 'n8n-nodes-base.set' is one of the server's own"


async def test_nobody_wins_a_node_type_that_two_claim(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme-a", type="acme.same")
    write_plugin(tmp_path, "acme-b", type="acme.same")
    write_plugin(tmp_path, "acme-c", type="acme.same", version=2)
    plugins = await initialized(tmp_path)
    assert [plugin.name for plugin in plugins.failed] == ["acme-a", "acme-b"]
    assert "claimed twice (acme-a, acme-b)" in str(named(plugins, "acme-a").error)
    assert plugins.registry.versions("acme.same") == [2]


async def test_a_plugin_starts_after_those_that_it_needs_and_may_import_them(tmp_path: Path) -> None:
    started = (
        "import sys\nsys.__dict__.setdefault('acme_order', [])\nasync def start(): sys.acme_order.append(__name__)\n"
    )
    stopped = "async def stop(): sys.acme_order.append('no ' + __name__)\n"
    write_plugin(tmp_path, "base", after=started + stopped)
    write_plugin(tmp_path, "acme", before="import base", after=started + stopped, dependencies='base = ">=1.0.0"')
    async with Plugins(settings(tmp_path)) as plugins:
        assert plugins.failed == []
    assert vars(sys).pop("acme_order") == ["base", "acme", "no acme", "no base"]


async def test_a_plugin_whose_need_failed_fails_and_says_why(tmp_path: Path) -> None:
    write_plugin(tmp_path, "base", before="raise ValueError")
    write_plugin(tmp_path, "acme", dependencies='base = ">=1.0.0"')
    assert await error_of(tmp_path) == "it needs the plugin 'base', which failed"
    assert await error_of(tmp_path, disabled=frozenset({"base"})) == "it needs the plugin 'base', which is not loaded"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("async def start(): raise ValueError('no')", "its start raised ValueError: no"),
        ("async def start(): raise SystemExit", "its start raised SystemExit"),
        ("import asyncio\nasync def start(): raise asyncio.CancelledError", "its start raised CancelledError"),
        ("def start(): raise ValueError('no')", "its start raised ValueError: no"),
        (
            "import asyncio\nasync def start(): await asyncio.Event().wait()",
            "its start took longer than 0.1 s",
        ),
    ],
)
async def test_a_start_that_fails_or_hangs_is_told(tmp_path: Path, start: str, said: str) -> None:
    write_plugin(tmp_path, "acme", after=start)
    assert said in await error_of(tmp_path, start_s=0.1)


async def test_a_plugin_that_is_switched_off_is_not_even_tried(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", before="raise ValueError")
    plugins = await initialized(tmp_path, disabled=frozenset({"acme"}))
    plugin = named(plugins, "acme")
    assert (plugin.status, plugin.error, plugin.initialized_in_ms) == (DISABLED, None, None)


async def test_a_reload_makes_another_registry_and_leaves_the_old_one_alone(tmp_path: Path) -> None:
    package = write_plugin(tmp_path, "acme", type="acme.pass")
    async with Plugins(settings(tmp_path)) as plugins:
        before = plugins.registry
        old = kind(before.find("acme.pass", 1))
        init = package / "__init__.py"
        init.write_text(init.read_text().replace('by="acme.pass"', 'by="the new one, longer"'))
        write_plugin(tmp_path, "acme-more")
        await plugins.reload()
        assert (plugins.registry is not before, before.find("acme.more.pass", 1)) == (True, None)
        assert plugins.registry.find("acme.more.pass", 1)
        new = kind(plugins.registry.find("acme.pass", 1))
        assert (await NodeBench([old]).run()).json() == [{"by": "acme.pass"}]
        assert (await NodeBench([new]).run()).json() == [{"by": "the new one, longer"}]


async def test_a_reload_of_what_is_broken_now_says_so(tmp_path: Path) -> None:
    package = write_plugin(tmp_path, "acme")
    async with Plugins(settings(tmp_path)) as plugins:
        (package / "__init__.py").write_text("raise ValueError('broken')")
        await plugins.reload()
        assert "broken" in str(named(plugins, "acme").error)


async def test_each_tenant_sees_what_it_is_allowed(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme")
    allowances = Allowances({"tnt_a": Allowance(deny=("acme", "*.code")), "*": Allowance()})
    plugins = await initialized(tmp_path, allowances=allowances)
    assert plugins.of("tnt_b") is plugins.registry
    assert plugins.of("tnt_a") is plugins.of("tnt_a")
    names = {each.name for each in plugins.of("tnt_a").all()}
    assert names == {each.name for each in plugins.registry.all()} - {"acme.pass", "n8n-nodes-base.code"}


def kind(found: NodeType | None) -> NodeType:
    assert found is not None
    return found
