"""The store under simulation: the engine's own SQL and journal, on connections that wait in virtual time and fail.

Nothing of `engine.store` is replaced but what would wait for a thread or a file: the connections. So group commit, the
fence, claims, read-back after a commit of unknown end, and every statement are the ones that serve.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from tortoise.context import TortoiseContext

from engine.ports import Clock, Ids
from engine.store.database import Database
from engine.store.definitions import DefinitionCache
from engine.store.journal import GroupJournal, OnCommit
from engine.store.sqlite.readers import Readers
from engine.store.sqlite.writer import Writer
from tests.simulation.disk import Connection, Disk, Faults, failure

T = TypeVar("T")

PATIENCE_S = 5.0


class SimWriter:
    """In the place of `engine.store.sqlite.writer.Writer`: the one connection, and the hop to its thread."""

    def __init__(self, disk: Disk, faults: Faults) -> None:
        self._disk = disk
        self._faults = faults
        self._conn = disk.open(faults)
        self._turn = asyncio.Lock()

    def belongs_to(self, worker: str) -> None:
        self._conn.owner = worker

    @property
    def busy(self) -> bool:
        return self._conn.in_transaction

    @asynccontextmanager
    async def acquire_connection(self) -> AsyncIterator[SimWriter]:
        async with self._turn:
            yield self

    async def _execute(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        await self._faults.pass_time()
        await wait_for_turn(self._disk, self._conn)
        answer = work(*args, **kwargs)
        await self._faults.pass_time()
        return answer

    def close(self) -> None:
        self._conn.close()


class SimReaders:
    """In the place of `engine.store.sqlite.readers.Readers`."""

    def __init__(self, disk: Disk, faults: Faults) -> None:
        self._disk = disk
        self._faults = faults
        self._db = disk.reader()

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> list[sqlite3.Row]:
        await self._faults.pass_time()
        if self._faults.strikes(self._faults.unread):
            raise failure(sqlite3.SQLITE_IOERR, "disk I/O error")
        # Unlike a file with a write-ahead log, this database cannot be read while somebody writes.
        await wait_for_turn(self._disk, None)
        rows = self._db.execute(sql, parameters).fetchall()
        await self._faults.pass_time()
        return rows

    def close(self) -> None:
        self._db.close()


class SimDatabase(Database):
    """What one process has open: a database like any other, on connections of the simulation."""

    def __init__(self, disk: Disk, *, clock: Clock, ids: Ids, on_commit: OnCommit, faults: Faults) -> None:
        # Not the base class's: there is no Tortoise here, whose queries are no part of what runs an execution.
        self._context = cast(TortoiseContext, None)
        self._writer = SimWriter(disk, faults)
        self._reads = SimReaders(disk, faults)
        self._readers = cast(Readers, self._reads)
        self._clock = clock
        self._ids = ids
        self._cache = DefinitionCache()
        self.journal = GroupJournal(cast(Writer, self._writer), clock=clock, on_commit=on_commit)

    @property
    def busy(self) -> bool:
        """Whether a transaction of this process is open."""
        return self._writer.busy

    def belongs_to(self, worker: str) -> None:
        self._writer.belongs_to(worker)

    def die(self) -> None:
        """As the process does: nothing of it can reach the database any more."""
        self._writer.close()
        self._reads.close()


async def wait_for_turn(disk: Disk, connection: Connection | None) -> None:
    """Wait while another transaction is open; for so long, and then go on to be told that the database is busy."""
    waited_s = 0.0
    while disk.written_by_another(connection) and (connection is None or waited_s < PATIENCE_S):
        await asyncio.sleep(0.002)
        waited_s += 0.002
