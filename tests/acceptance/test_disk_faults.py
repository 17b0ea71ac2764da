"""The disk fails for a while: full, broken, read-only, or held by another process. Nothing that was not written is
acknowledged, the error says so, and work goes on by itself once the disk does."""

from __future__ import annotations

import asyncio
import random
import resource
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.clients import Clients
from tests.acceptance.effects import effect_server
from tests.acceptance.oracle import Oracle
from tests.acceptance.server import SERVE, Server
from tests.acceptance.test_kill_loop import ACTING, END_WITHIN_S, workflows
from tests.acceptance.trace import needs_strace

CLIENTS = 6
EGRESS = {"HEDDLE_EGRESS_ALLOWED": '["127.0.0.0/8"]'}


@dataclass(slots=True)
class Busy:
    """A server under the load of the kill loop's clients."""

    server: Server
    oracle: Oracle
    clients: Clients

    @property
    def database(self) -> Path:
        return self.server.data_dir / "heddle.sqlite3"

    async def progress(self, executions: int) -> None:
        """Once so many more have ended."""
        wanted = len(self.oracle.ended) + executions
        await self.oracle.until(lambda: len(self.oracle.ended) >= wanted, within_s=END_WITHIN_S)

    async def refused(self, times: int) -> None:
        """Once so many more requests were refused."""
        refusals, wanted = self.oracle.refusals, self.oracle.refusals.total() + times
        await self.oracle.until(lambda: refusals.total() >= wanted, within_s=END_WITHIN_S)


@asynccontextmanager
async def busy(data_dir: Path, *, command: tuple[str, ...] = SERVE) -> AsyncIterator[Busy]:
    """At the end every client finishes what it began, the server stops as usual, and the oracle finds nothing wrong."""
    oracle = Oracle()
    async with effect_server(oracle) as effects, aiohttp.ClientSession() as http:
        server = Server(data_dir, environment=EGRESS, command=command)
        try:
            server.start()
            up = asyncio.Event()
            up.set()
            clients = Clients(Address(server.url, up), oracle, http, random.Random(0))
            ids = [await clients.create(definition) for definition in workflows(effects)]
            async with asyncio.TaskGroup() as group:
                working = [group.create_task(clients.work(ids)) for _ in range(CLIENTS)]
                working.append(group.create_task(clients.press(ids[1])))
                yield Busy(server, oracle, clients)
                clients.over.set()
                _, unfinished = await asyncio.wait(working, timeout=END_WITHIN_S)
                for task in unfinished:
                    task.cancel()
            assert server.stop() == 0
        finally:
            server.close()
    log = server.log.read_text()
    wrong = oracle.judge(data_dir / "heddle.sqlite3", acting=ACTING)
    assert not wrong, "\n".join(wrong[:20]) + "\n" + log[-4000:]
    assert set(oracle.refusals) <= {"STORAGE_UNAVAILABLE", "TIMEOUT"}, oracle.refusals


@dataclass(frozen=True, slots=True)
class Address:
    url: str
    up: asyncio.Event


async def test_a_full_disk(tmp_path: Path) -> None:
    """No file may change beyond its first kilobytes, and the server's own log is longer already: it cannot speak."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "server.log").write_text("earlier lines\n" * 1000)
    async with busy(tmp_path / "data") as at_work:
        await at_work.progress(4)
        assert at_work.server.process is not None
        pid = at_work.server.process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        await at_work.refused(100)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await at_work.progress(6)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("pwrite64:error=ENOSPC:when=400..460", id="full"),
        pytest.param("pwrite64:error=EROFS:when=400..460", id="read-only"),
        pytest.param("fdatasync:error=EIO:when=60..120", id="sync error"),
    ],
)
async def test_a_disk_that_fails_for_a_while(tmp_path: Path, fault: str) -> None:
    needs_strace()
    call = fault.partition(":")[0]
    tracer = ("strace", "-D", "-f", "-o", str(tmp_path / "trace"), "-e", f"trace={call}", "-e", f"inject={fault}", "--")
    async with busy(tmp_path / "data", command=(*tracer, *SERVE)) as at_work:
        await at_work.refused(3)
        await at_work.progress(12)
    assert "INJECTED" in (tmp_path / "trace").read_text()


async def test_a_database_that_another_process_holds(tmp_path: Path) -> None:
    """Longer than the server's patience of 5 s: requests are refused, and what runs waits."""
    async with busy(tmp_path / "data") as at_work:
        await at_work.progress(4)
        with closing(sqlite3.connect(at_work.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held = time.monotonic()
            await at_work.refused(1)
            sys.stdout.write(f"refused after {time.monotonic() - held:.1f} s\n")
            other.execute("ROLLBACK")
        await at_work.progress(6)
