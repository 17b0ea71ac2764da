"""Executions copied inside a database file, up to some event: as they are when their worker dies right after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

DEAD = "wrk_dead"
FAR_US = 1 << 60


@contextmanager
def written(file: Path) -> Iterator[sqlite3.Connection]:
    """One transaction straight in the file, as nothing but a test may."""
    with closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")


def copied(db: sqlite3.Connection, whole: str, copy: str, *, to: int, **columns: object) -> None:
    """A copy with the first `to` events, run by a worker that is dead and whose lease has long to run; or with other
    `columns`."""
    row = _row(db, whole) | {"id": copy, "last_seq": to, "status": "RUNNING", "worker": DEAD, "epoch": 1}
    row |= {"lease_until_us": FAR_US, "wake_at_us": None, "finished_at_us": None, **columns}
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO executions ({names}) VALUES ({marks})", list(row.values()))
    db.execute(
        "INSERT INTO execution_events (execution_id, seq, tenant_id, body) "
        "SELECT ?, seq, tenant_id, body FROM execution_events WHERE execution_id = ? AND seq <= ?",
        (copy, whole, to),
    )


def _row(db: sqlite3.Connection, execution_id: str) -> dict[str, Any]:
    found = db.execute("SELECT * FROM executions WHERE id = ?", (execution_id,))
    names = [column[0] for column in found.description]
    return dict(zip(names, found.fetchone(), strict=True))
