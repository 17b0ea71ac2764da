"""One connection writes, a few read, and each has the settings that durability rests on."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.transactions import in_transaction

from engine.store import orm
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.models import Tenant
from engine.store.sqlite import immediate
from engine.store.sqlite.location import WRITER, path_of
from engine.store.sqlite.ownership import DatabaseInUse
from engine.store.sqlite.readers import CONNECTIONS
from engine.store.sqlite.thread import call
from tests.engine.store.world import CountingIds, ManualClock, World, a_workflow, new_execution


def setting(db: sqlite3.Connection, name: str) -> object:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


async def test_the_write_connection_syncs_every_commit(world: World) -> None:
    def work(db: sqlite3.Connection) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "journal_size_limit", "page_size")
        return {name: setting(db, name) for name in names}

    assert await world.database.journal._writer.call(work) == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 0,  # `immediate.begin` waits instead
        "journal_size_limit": 64 * 1024 * 1024,
        "page_size": 8_192,
    }


async def test_read_connections_can_neither_write_nor_checkpoint(world: World) -> None:
    members = world.database._readers._members
    assert len(members) == CONNECTIONS
    for member in members:
        assert await call(member, setting, "query_only") == 1
        assert await call(member, setting, "wal_autocheckpoint") == 0
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await world.database._readers.fetch("DELETE FROM tenants", ())


async def test_only_the_server_checkpoints(url: str) -> None:
    async with await Database.open(url, clock=ManualClock(), ids=CountingIds()) as tool:
        assert await tool.journal._writer.call(setting, "wal_autocheckpoint") == 0
    async with await Database.open(url, clock=ManualClock(), ids=CountingIds(), serve=True) as server:
        assert await server.journal._writer.call(setting, "wal_autocheckpoint") == 1_000


async def test_a_long_read_does_not_hold_up_a_short_one(world: World) -> None:
    slow = asyncio.ensure_future(
        world.database._readers.fetch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT count(*) FROM n", ()
        )
    )
    await world.acme.executions.get("exe_1")
    assert not slow.done()
    await slow


async def test_a_second_server_is_refused_with_the_first_ones_number(world: World, url: str) -> None:
    with pytest.raises(DatabaseInUse, match=r"process \d+"):
        await Database.open(url, clock=ManualClock(), ids=CountingIds(), serve=True)


async def test_a_tool_may_write_beside_the_server(world: World, url: str) -> None:
    async with await Database.open(url, clock=ManualClock(), ids=CountingIds(1_000)) as tool:
        await tool.access.create_tenant("initech")
    assert await world.database.access.tenant_by_name("initech") is not None
    await world.acme.executions.accept(new_execution("exe_1"))


async def test_the_file_is_free_again_when_its_server_is_closed_or_dead(url: str, file: Path) -> None:
    holding = (
        "import sys, pathlib\nfrom engine.store.sqlite.ownership import Ownership\n"
        "held = Ownership(pathlib.Path(sys.argv[1]))\nprint('held', flush=True)\nsys.stdin.read()"
    )
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", holding, str(file), stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    with pytest.raises(DatabaseInUse, match=str(process.pid)):
        await Database.open(url, clock=ManualClock(), ids=CountingIds(), serve=True)
    process.kill()
    await process.communicate()
    for _ in range(2):
        async with await Database.open(url, clock=ManualClock(), ids=CountingIds(), serve=True):
            pass


async def test_two_databases_in_one_process_know_nothing_of_each_other(world: World, tmp_path: Path) -> None:
    other = f"sqlite://{tmp_path}/other.sqlite3"
    await migrate(other)
    async with await Database.open(other, clock=ManualClock(), ids=CountingIds(), serve=True) as second:
        assert await second.access.tenant_by_name("acme") is None
        await second.access.create_tenant("acme")
        tenant = await second.access.create_tenant("globex")
        await asyncio.gather(a_workflow(world.acme, "here"), a_workflow(second.tenant(tenant.id), "there"))
        assert await world.acme.workflows.by_name("there") is None
        assert await second.tenant(tenant.id).workflows.by_name("there") is not None


@pytest.mark.parametrize("url", ["sqlite://:memory:", "sqlite://", "postgres://localhost/heddle", "/tmp/heddle"])
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        path_of(url)


class TestTransactions:
    async def test_a_transaction_sees_its_own_writes_and_nobody_else_does_before_it_ends(self, world: World) -> None:
        with orm.current(world.database._context):
            async with in_transaction(WRITER):
                await Tenant.create(id="tnt_1", name="initech", created_at_us=0)
                assert await Tenant.exists(name="initech")
                assert await world.database.access.tenant_by_name("initech") is None
            assert await Tenant.exists(name="initech")

    async def test_a_transaction_that_fails_leaves_nothing(self, world: World) -> None:
        with orm.current(world.database._context):
            with pytest.raises(IntegrityError):
                await self._two_of_a_name()
            assert not await Tenant.exists(name="initech")

    async def _two_of_a_name(self) -> None:
        async with in_transaction(WRITER):
            for number in (1, 2):
                await Tenant.create(id=f"tnt_{number}", name="initech", created_at_us=0)

    async def test_many_that_read_before_they_write_all_succeed(self, world: World) -> None:
        await asyncio.gather(
            *(a_workflow(world.acme, f"Workflow {n}") for n in range(20)),
            *(world.acme.executions.accept(new_execution(f"exe_{n}")) for n in range(20)),
        )
        assert (await world.acme.executions.get("exe_19")) is not None

    @pytest.mark.parametrize("turns", range(1, 12))
    async def test_one_cancelled_half_way_gives_the_connection_back(self, world: World, turns: int) -> None:
        async def write() -> None:
            with orm.current(world.database._context):
                async with in_transaction(WRITER):
                    for n in range(20):
                        await Tenant.create(id=f"tnt_{n}", name=f"tenant {n}", created_at_us=0)

        writing = asyncio.ensure_future(write())
        for _ in range(turns):
            await asyncio.wait([writing], timeout=0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await world.database.access.create_tenant("initech")
        await world.acme.executions.accept(new_execution("exe_1"))
        assert await world.database.access.tenant_by_name("tenant 1") is None

    async def test_one_that_cannot_begin_gives_the_connection_back(
        self, world: World, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(immediate, "PATIENCE_S", 0.02)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with orm.current(world.database._context):
            for _ in range(2):
                with pytest.raises(OperationalError):
                    async with in_transaction(WRITER):
                        pass
        other.execute("ROLLBACK")
        other.close()
        await world.database.access.create_tenant("initech")
