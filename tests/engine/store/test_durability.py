"""What was acknowledged is there, whatever happens to the process or the disk."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.ports import Fenced, Lease, StoreUnavailable
from engine.store import journal
from engine.store.database import Database
from engine.store.sqlite import immediate
from engine.store.sqlite.batch import JournalBroken, commit
from engine.store.sqlite.entries import Append, Entry
from tests.engine.store.world import (
    CountingIds,
    ManualClock,
    World,
    new_execution,
    result,
    seqs,
    started,
    succeeded,
)


async def held(world: World, name: str = "exe_1") -> Lease:
    accepted = await world.acme.executions.accept(new_execution(name), lease_for="w1")
    assert accepted.claim is not None
    return accepted.claim.lease


async def pragma(world: World, setting: str) -> None:
    """Change a setting of the write connection."""

    def work(db: sqlite3.Connection) -> None:
        db.execute(f"PRAGMA {setting}")

    await world.database.journal._writer.call(work)


async def test_a_killed_process_loses_nothing_that_it_acknowledged(url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.engine.store.appender", url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(300)]
    process.send_signal(signal.SIGKILL)
    lines += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    words = [line.decode().split() for line in lines if line.endswith(b"\n")]
    tenant = words[0][1]
    acknowledged = {name: int(seq) for name, seq in words[1:]}

    async with await Database.open(url, clock=ManualClock(), ids=CountingIds(), serve=True) as database:
        store = database.tenant(tenant)
        for name, seq in acknowledged.items():
            history = await store.executions.history(name, limit=100_000)
            record = await store.executions.get(name)
            assert history is not None
            assert record is not None
            assert seqs(history) == list(range(1, len(history) + 1))
            assert record.last_seq == len(history) >= seq
        claims = await database.journal.claim("w2", limit=100, lease_us=1, orphaned=True)
        assert {claim.lease.execution_id for claim in claims} == {f"exe_{n}" for n in range(8)}


async def test_a_database_that_another_process_holds_takes_nothing_and_says_so(
    world: World, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = await held(world)
    monkeypatch.setattr(immediate, "PATIENCE_S", 0.02)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        await world.database.journal.append(lease, [started()], expected_seq=1)
    assert seqs(await world.acme.executions.history("exe_1") or []) == [1]
    other.execute("ROLLBACK")
    await world.database.journal.append(lease, [started()], expected_seq=1)
    other.close()


async def test_a_full_disk_takes_nothing_and_says_so(world: World) -> None:
    lease = await held(world)
    await pragma(world, "max_page_count = 1")  # as low as the file is long
    with pytest.raises(StoreUnavailable):
        await world.database.journal.append(lease, [result(n) for n in range(2_000)], expected_seq=1)
    assert seqs(await world.acme.executions.history("exe_1") or []) == [1]
    assert seqs(world.told.of("exe_1")) == [1]
    await pragma(world, "max_page_count = 1000000")
    await world.database.journal.append(lease, [started()], expected_seq=1)


async def test_a_busy_database_is_said_to_those_who_write_through_tortoise_too(
    world: World, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(immediate, "PATIENCE_S", 0.02)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        await world.database.access.create_tenant("initech")
    other.execute("ROLLBACK")
    other.close()
    await world.database.access.create_tenant("initech")


async def test_closing_writes_what_was_handed_in(url: str) -> None:
    database = await Database.open(url, clock=ManualClock(), ids=CountingIds(), serve=True)
    tenant = (await database.access.create_tenant("acme")).id
    accepting = [
        asyncio.ensure_future(database.tenant(tenant).executions.accept(new_execution(f"exe_{n}"))) for n in range(50)
    ]
    await asyncio.wait(accepting, timeout=0)  # one turn of the loop: handed in, none written yet
    await database.close()
    assert len(await asyncio.gather(*accepting)) == 50
    with pytest.raises(StoreUnavailable):
        await database.journal.append(Lease("exe_1", tenant, "w1", 1), [started()], expected_seq=1)


async def test_an_append_whose_caller_went_away_is_written_all_the_same(world: World) -> None:
    lease = await held(world)
    appending = asyncio.ensure_future(world.database.journal.append(lease, [started()], expected_seq=1))
    await asyncio.wait([appending], timeout=0)
    appending.cancel()
    await world.database.journal.append(lease, [succeeded()], expected_seq=2)
    assert seqs(world.told.of("exe_1")) == [1, 2, 3]


async def test_callers_beyond_the_journals_room_wait_their_turn(world: World) -> None:
    lease = await held(world)
    world.database.journal._room = asyncio.Semaphore(2)
    appending = [
        asyncio.ensure_future(world.database.journal.append(lease, [result(n)], expected_seq=n + 1)) for n in range(50)
    ]
    await asyncio.wait(appending, timeout=0)
    assert len(world.database.journal._waiting) <= 2
    await asyncio.gather(*appending)
    assert seqs(world.told.of("exe_1")) == list(range(1, 52))


async def test_what_is_handed_in_while_a_batch_is_written_is_the_next_batch(world: World) -> None:
    leases = [await held(world, f"exe_{n}") for n in range(100)]
    before = world.database.journal.counts.transactions
    await asyncio.gather(
        *(world.database.journal.append(lease, [started()], expected_seq=1) for lease in leases),
        *(world.database.journal.append(lease, [succeeded()], expected_seq=2) for lease in leases),
    )
    assert world.database.journal.counts.transactions - before <= 2


async def test_a_subscriber_that_fails_spoils_no_write(world: World) -> None:
    lease = await held(world)
    world.told.news = None  # type: ignore[assignment]  # so telling raises
    await world.database.journal.append(lease, [started()], expected_seq=1)
    assert seqs(await world.acme.executions.history("exe_1") or []) == [1, 2]


# ------------------------------------------------------------------------------------------------ an unknown end


class Faulty:
    """A connection on which one statement ends in an error, before or after it took effect."""

    def __init__(self, db: sqlite3.Connection, statement: str, *, takes_effect: bool, then: str = "") -> None:
        self._db = db
        self._statement = statement
        self._takes_effect = takes_effect
        self._then = then

    def __getattr__(self, name: str) -> object:
        return getattr(self._db, name)

    def execute(self, sql: str, parameters: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if self._then and self._then in sql:
            raise _disk_error()
        if sql != self._statement:
            return self._db.execute(sql, parameters)
        if self._takes_effect:
            self._db.execute(sql)
        raise _disk_error()


def _disk_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    return error


async def outcomes(world: World, faulty: Callable[[sqlite3.Connection], Faulty], entries: list[Entry]) -> list[object]:
    def work(db: sqlite3.Connection) -> list[object]:
        return list(commit(faulty(db), entries))  # type: ignore[arg-type]

    return await world.database.journal._writer.call(work)


async def test_a_commit_that_failed_but_took_effect_is_acknowledged(world: World) -> None:
    lease = await held(world)
    entries: list[Entry] = [Append(lease, [started()], 1), Append(lease, [succeeded()], 2)]
    got = await outcomes(world, lambda db: Faulty(db, "COMMIT", takes_effect=True), entries)
    assert got == [None, None]
    assert seqs(await world.acme.executions.history("exe_1") or []) == [1, 2, 3]


async def test_a_commit_that_failed_without_effect_is_not_acknowledged(world: World) -> None:
    lease = await held(world)
    got = await outcomes(world, lambda db: Faulty(db, "COMMIT", takes_effect=False), [Append(lease, [started()], 1)])
    assert [type(one) for one in got] == [StoreUnavailable]
    assert seqs(await world.acme.executions.history("exe_1") or []) == [1]
    await world.database.journal.append(lease, [started()], expected_seq=1)


async def test_a_foreign_event_in_its_place_is_no_proof_that_an_append_was_written(world: World) -> None:
    lease = await held(world)
    await world.database.journal.append(lease, [result(1)], expected_seq=1)
    got = await outcomes(
        world, lambda db: Faulty(db, "BEGIN IMMEDIATE", takes_effect=False), [Append(lease, [result(2)], 1)]
    )
    assert [type(one) for one in got] == [StoreUnavailable]


async def test_where_nothing_can_be_read_back_nothing_is_claimed_about_it(world: World) -> None:
    lease = await held(world)
    with pytest.raises(JournalBroken):
        await outcomes(
            world,
            lambda db: Faulty(db, "COMMIT", takes_effect=True, then="SELECT execution_id, seq"),
            [Append(lease, [started()], 1)],
        )


async def test_a_broken_journal_takes_nothing_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = await held(world)

    async def broken(*_: object) -> object:
        raise JournalBroken("the disk is gone")

    monkeypatch.setattr(journal, "write", broken)
    both = await asyncio.gather(
        *(world.database.journal.append(lease, [started()], expected_seq=1) for _ in range(2)), return_exceptions=True
    )
    assert [type(one) for one in both] == [JournalBroken, JournalBroken]
    with pytest.raises(JournalBroken):
        await world.database.journal.renew("w1", lease_us=1)


async def test_an_append_after_a_refused_one_is_refused_as_well(world: World) -> None:
    lease = await held(world)
    too_big = result(1 << 70)  # an event can say so, and a row cannot
    got = await asyncio.gather(
        world.database.journal.append(lease, [started(1 << 70)], expected_seq=1),
        world.database.journal.append(lease, [too_big], expected_seq=2),
        return_exceptions=True,
    )
    assert [type(one) for one in got] == [OverflowError, Fenced]
