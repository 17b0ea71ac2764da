"""A probe: a plugin's import tried out in a process of its own, before this one dares it.

It finds what accidents do: an import that hangs, exits, crashes, calls the network or patches what others use. A plugin
runs with the server's own rights afterwards, so it is no defence against one that is written to deceive.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

REPORT_BYTES = 1 << 20
_BOOT = "import sys; sys.path[:] = {path!r}; from plugins.probe_process import main; main(sys.argv[1])"

Claimed: TypeAlias = tuple[str, float]
"""A node type's name and version."""


class Orders(msgspec.Struct, frozen=True):
    """`folders` are the packages that lie in directories: this plugin's and those that it may import."""

    package: str
    folders: dict[str, str]


class Report(msgspec.Struct, frozen=True):
    """What the plugin's import came to: the node types that it registers, or what was wrong."""

    types: list[Claimed] = []
    error: str | None = None


async def probe(package: str, folders: Mapping[str, Path], *, timeout_s: float) -> Report:
    """Import a package in another process and tell what happened. Raises `OSError` when no process can be started."""
    orders = Orders(package, {name: str(path) for name, path in folders.items()})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        _BOOT.format(path=sys.path),
        msgspec.json.encode(orders).decode(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
        limit=REPORT_BYTES,
    )
    try:
        async with asyncio.timeout(timeout_s):
            return await _report(process)
    except TimeoutError:
        return Report(error=f"its import took longer than {timeout_s:g} s")
    finally:
        with contextlib.suppress(ProcessLookupError):  # whatever it started goes with it
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _report(process: asyncio.subprocess.Process) -> Report:
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        return msgspec.json.decode(line, type=Report)
    except (ValueError, msgspec.DecodeError):
        status = await process.wait()
        how = f"with signal {-status}" if status < 0 else f"with status {status}"
        return Report(error=f"its import ended the process {how}")


def _environment() -> dict[str, str]:
    """The server's own, without the server's settings: keys are among them."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HEDDLE_")}
