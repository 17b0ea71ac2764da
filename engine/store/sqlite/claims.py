"""The entries that move leases: claiming work, and keeping what was claimed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from engine.kernel.events import ExecutionMode
from engine.ports import Claim, Lease, StoreUnavailable
from engine.store.sqlite.entries import Answer, EventRow

CANDIDATE = """
    SELECT id, tenant_id, definition_hash, mode, workflow_id, version_id, last_seq, epoch, priority,
        worker IS NOT NULL AND status <> 'QUEUED' AS takeover
    FROM executions
"""
LOOKED_AT = 1_000
"""How many of those that are due are compared, the longest due first: a flood of them must not make a claim slow."""
ABANDONED = f"""
    SELECT * FROM (
        {CANDIDATE} WHERE lease_until_us IS NOT NULL AND lease_until_us <= ? ORDER BY lease_until_us LIMIT {LOOKED_AT}
    )
"""  # noqa: S608  # constants only
DUE = f"""
    SELECT * FROM (
        {CANDIDATE} WHERE wake_at_us IS NOT NULL AND worker IS NULL AND wake_at_us <= ?
        ORDER BY wake_at_us LIMIT {LOOKED_AT}
    )
"""  # noqa: S608
QUEUED = f"{CANDIDATE} WHERE status = 'QUEUED' AND worker IS NULL"
MOST_URGENT = "ORDER BY priority DESC, id LIMIT ?"
DISOWN = "UPDATE executions SET lease_until_us = 0 WHERE lease_until_us > 0 AND worker <> ?"
"""The leases of dead workers: run out, however many more than can be claimed at once."""

TAKE = """
    UPDATE executions SET worker = ?, epoch = ?, lease_until_us = ?, wake_at_us = NULL,
        status = CASE status WHEN 'WAITING' THEN 'RUNNING' ELSE status END
    WHERE id = ?
"""
HELD = "SELECT 1 FROM executions WHERE id = ? AND worker = ? AND epoch = ?"
RENEW = "UPDATE executions SET lease_until_us = ? WHERE lease_until_us IS NOT NULL AND worker = ?"


@dataclass(slots=True)
class ClaimSome:
    """Work that nobody holds: what has begun (due, or abandoned by whoever held it) before what is queued.

    `taken` is what was found of it.
    """

    worker: str
    limit: int
    now_us: int
    until_us: int
    orphaned: bool
    size: int = 1_000
    taken: Sequence[Claim] = ()

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> Sequence[Claim]:  # noqa: ARG002
        if self.orphaned:
            db.execute(DISOWN, (self.worker,))
        begun = [*self._select(db, ABANDONED, self.now_us), *self._select(db, DUE, self.now_us)]
        begun.sort(key=lambda row: (-row["priority"], row["id"]))
        taken = begun[: self.limit]
        if len(taken) < self.limit:
            taken += self._select(db, QUEUED)[: self.limit - len(taken)]
        db.executemany(TAKE, [(self.worker, row["epoch"] + 1, self.until_us, row["id"]) for row in taken])
        self.taken = [claim_of(row, self.worker) for row in taken]
        return self.taken

    def read_back(self, db: sqlite3.Connection) -> Sequence[Claim]:
        # Leases that nobody knew of would be renewed with the others for ever, and nothing would run under them.
        if not self.taken or not all(is_held(db, one.lease) for one in self.taken):
            raise StoreUnavailable("nothing was claimed")
        return self.taken

    def news(self, answer: Answer) -> None:  # noqa: ARG002
        return None

    def _select(self, db: sqlite3.Connection, query: str, *values: object) -> list[sqlite3.Row]:
        return db.execute(f"{query} {MOST_URGENT}", (*values, self.limit)).fetchall()


def claim_of(row: sqlite3.Row, worker: str) -> Claim:
    """What `TAKE` makes of a candidate."""
    return Claim(
        lease=Lease(row["id"], row["tenant_id"], worker, row["epoch"] + 1),
        definition_hash=row["definition_hash"],
        mode=ExecutionMode(row["mode"]),
        workflow_id=row["workflow_id"],
        version_id=row["version_id"],
        seq=row["last_seq"],
        takeover=bool(row["takeover"]),
    )


def is_held(db: sqlite3.Connection, lease: Lease) -> bool:
    return db.execute(HELD, (lease.execution_id, lease.worker, lease.epoch)).fetchone() is not None


@dataclass(frozen=True, slots=True)
class Renew:
    """Every lease of a worker, prolonged."""

    worker: str
    until_us: int
    size: int = 1_000

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> None:  # noqa: ARG002
        db.execute(RENEW, (self.until_us, self.worker))

    def read_back(self, db: sqlite3.Connection) -> None:
        behind = db.execute(
            "SELECT 1 FROM executions WHERE lease_until_us IS NOT NULL AND worker = ? AND lease_until_us < ? LIMIT 1",
            (self.worker, self.until_us),
        )
        if behind.fetchone() is not None:
            raise StoreUnavailable("the leases were not prolonged")

    def news(self, answer: Answer) -> None:  # noqa: ARG002
        return None
