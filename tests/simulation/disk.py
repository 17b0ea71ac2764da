"""The disk under the simulated store: a database in memory that fails as disks do."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from engine.store.migrate import migrate
from engine.store.sqlite import location

FULL = 2
"""`PRAGMA synchronous`: every commit reaches the disk before it returns."""

NEW_EVENTS = """
    SELECT event.rowid, event.execution_id, event.seq, event.body, execution.worker
    FROM execution_events event LEFT JOIN executions execution ON execution.id = event.execution_id
    WHERE event.rowid > ? ORDER BY event.rowid
"""

_numbers = count()


@dataclass(slots=True)
class Faults:
    """How often a call goes wrong. With all at 0 the store is a sound one, and without latency when `delay_s` is 0."""

    random: Random = field(default_factory=lambda: Random(0))
    busy: float = 0.0
    lost: float = 0.0
    """A commit fails, and was not applied."""
    unacknowledged: float = 0.0
    """A commit fails, and was applied."""
    broken: float = 0.0
    """A statement fails in the middle of its transaction."""
    unread: float = 0.0
    delay_s: float = 0.0
    stalls: float = 0.0
    """How often a hop to the disk takes a hundred times as long."""

    def strikes(self, rate: float) -> bool:
        return rate > 0 and self.random.random() < rate

    def heal(self) -> None:
        """From now on nothing goes wrong."""
        self.busy = self.lost = self.unacknowledged = self.broken = self.unread = 0.0

    async def pass_time(self) -> None:
        """A hop to the disk and back: mostly short, at times long."""
        if self.delay_s:
            long = 100 if self.strikes(self.stalls) else 1
            await asyncio.sleep(self.random.expovariate(1 / (self.delay_s * long)))


@dataclass(frozen=True, slots=True)
class Durable:
    """An event that has just been committed: by the worker `writer`, while the lease was the worker `holder`'s."""

    execution: str
    seq: int
    body: bytes
    writer: str
    holder: str | None


class Disk:
    """One database, which outlives the processes that open it. `on_durable` is told of every event once committed."""

    def __init__(self, image: bytes, *, random: Random) -> None:
        self._uri = f"file:/simulation-{next(_numbers)}?vfs=memdb"
        self._random = random
        self._anchor = self._connect()
        self._load(image)
        self._synced = image
        self._seen = 0
        self.writers: list[Connection] = []
        self.lazy = False
        """Whether a commit may return before it is on the disk."""
        self.on_durable: Callable[[Durable], None] = lambda _: None

    def open(self, faults: Faults) -> Connection:
        """A connection that writes."""
        connection = Connection(self, self._connect(), faults)
        self.writers.append(connection)
        return connection

    def reader(self) -> sqlite3.Connection:
        return self._connect()

    def written_by_another(self, connection: Connection | None) -> bool:
        """Whether a transaction is open that whoever comes now has to wait for."""
        return any(each.in_transaction for each in self.writers if each is not connection)

    def committed(self, db: sqlite3.Connection, owner: str, *, synced: bool) -> None:
        for number, execution, seq, body, holder in db.execute(NEW_EVENTS, (self._seen,)):
            self._seen = number
            self.on_durable(Durable(execution, seq, body, owner, holder))
        # Without a sync at each commit, the system writes to the disk when it likes.
        if not synced and self._random.random() < 0.3:
            self._synced = db.serialize()
        self.lazy = not synced

    def power_cut(self) -> None:
        """What was not synced is gone. Every process must have ended."""
        if not self.lazy:
            return
        self._load(self._synced)
        self._seen = self._anchor.execute("SELECT coalesce(max(rowid), 0) FROM execution_events").fetchone()[0]

    def events(self) -> list[tuple[str, int, bytes]]:
        """All that the tables say, when nobody writes."""
        rows = self._anchor.execute("SELECT execution_id, seq, body FROM execution_events ORDER BY execution_id, seq")
        return [tuple(row) for row in rows]

    def rows(self) -> list[sqlite3.Row]:
        """The executions, when nobody writes."""
        return self._anchor.execute("SELECT * FROM executions ORDER BY id").fetchall()

    def add_tenant(self, tenant: str) -> None:
        self._anchor.execute("INSERT INTO tenants (id, name, created_at_us) VALUES (?, ?, 0)", (tenant, tenant))
        self._synced = self._anchor.serialize()

    def close(self) -> None:
        for writer in list(self.writers):
            writer.close()
        self._anchor.close()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._uri, uri=True, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        return db

    def _load(self, image: bytes) -> None:
        with closing(sqlite3.connect(":memory:")) as source:
            source.deserialize(image)
            source.backup(self._anchor)


class Connection:
    """What the engine takes for its `sqlite3.Connection` to write with."""

    def __init__(self, disk: Disk, db: sqlite3.Connection, faults: Faults) -> None:
        self.owner = ""
        """The worker that writes by it."""
        self._disk = disk
        self._db = db
        self._faults = faults
        for name in ("foreign_keys", "synchronous"):
            db.execute(f"PRAGMA {name}={location._writer(owner=True)[name]}")
        db.execute("PRAGMA busy_timeout=0")
        self._syncs = db.execute("PRAGMA synchronous").fetchone()[0] >= FULL

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        match sql:
            case "BEGIN IMMEDIATE":
                if self._faults.strikes(self._faults.busy):
                    raise failure(sqlite3.SQLITE_BUSY, "database is locked")
            case "COMMIT":
                return self._commit()
            case _ if sql != "ROLLBACK" and self._db.in_transaction and self._faults.strikes(self._faults.broken):
                raise failure(sqlite3.SQLITE_FULL, "database or disk is full")
        return self._db.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        return self._db.executemany(sql, parameters)

    def close(self) -> None:
        """As when its process dies: what was not committed is rolled back."""
        self._db.close()
        self._disk.writers.remove(self)

    def _commit(self) -> sqlite3.Cursor:
        if self._faults.strikes(self._faults.lost):
            raise failure(sqlite3.SQLITE_IOERR, "disk I/O error")
        cursor = self._db.execute("COMMIT")
        self._disk.committed(self._db, self.owner, synced=self._syncs)
        if self._faults.strikes(self._faults.unacknowledged):
            raise failure(sqlite3.SQLITE_IOERR, "disk I/O error after the commit")
        return cursor


def failure(code: int, message: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return error


@cache
def empty_image() -> bytes:
    """A migrated database, as bytes. Not to be called while a loop runs."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "template.sqlite3"
        asyncio.run(migrate(f"sqlite://{path}"))
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode=DELETE")
            db.execute("PRAGMA page_size=1024")
            db.execute("VACUUM")
            return db.serialize()
