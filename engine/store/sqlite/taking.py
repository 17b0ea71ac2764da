"""The entries that pick one execution out: to go on with it at once, or to end it where it is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from engine.kernel.events import ExecutionCanceled
from engine.ports import Claim, Lease, StoreUnavailable
from engine.store.sqlite.claims import CANDIDATE, TAKE, claim_of, is_held
from engine.store.sqlite.entries import Answer, Append, EventRow, News

FREE = f"""
    {CANDIDATE} WHERE tenant_id = ? AND id = ? AND finished_at_us IS NULL AND (worker IS NULL OR lease_until_us <= ?)
"""
FREE_OR_OWN = f"""
    {CANDIDATE} WHERE tenant_id = ? AND id = ? AND finished_at_us IS NULL
        AND (worker IS NULL OR lease_until_us <= ? OR worker = ?)
"""
NEXT_DUE = """
    SELECT wake_at_us FROM executions WHERE wake_at_us IS NOT NULL AND worker IS NULL ORDER BY wake_at_us LIMIT 1
"""


@dataclass(slots=True)
class TakeOne:
    """An execution that has not ended and that nobody holds, claimed; None for any other. `taken` is what was."""

    tenant: str
    execution_id: str
    worker: str
    now_us: int
    until_us: int
    size: int = 1_000
    taken: Claim | None = None

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> Claim | None:  # noqa: ARG002
        row = db.execute(FREE, (self.tenant, self.execution_id, self.now_us)).fetchone()
        self.taken = None if row is None else claim_of(row, self.worker)
        if self.taken is not None:
            db.execute(TAKE, (self.worker, self.taken.lease.epoch, self.until_us, self.execution_id))
        return self.taken

    def read_back(self, db: sqlite3.Connection) -> Claim | None:
        if self.taken is None or not is_held(db, self.taken.lease):
            raise StoreUnavailable("the execution was not taken")
        return self.taken

    def news(self, answer: Answer) -> None:  # noqa: ARG002
        return None


class Cancel:
    """The end of an execution that has not ended, and that nobody holds but perhaps `worker`, who does not run it.

    Answers whether it was ended by this.
    """

    __slots__ = ("_append", "_event", "_execution_id", "_now_us", "_tenant", "_worker", "size")

    def __init__(self, tenant: str, execution_id: str, event: ExecutionCanceled, *, worker: str, now_us: int) -> None:
        self._tenant = tenant
        self._execution_id = execution_id
        self._event = event
        self._worker = worker
        self._now_us = now_us
        self._append: Append | None = None
        self.size = 1_000

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> bool:
        row = db.execute(FREE_OR_OWN, (self._tenant, self._execution_id, self._now_us, self._worker)).fetchone()
        self._append = None
        if row is None:
            return False
        lease = Lease(row["id"], self._tenant, self._worker, row["epoch"] + 1)
        db.execute(TAKE, (lease.worker, lease.epoch, self._now_us, lease.execution_id))
        self._append = Append(lease, [self._event], row["last_seq"])
        self._append.apply(db, events)
        return True

    def read_back(self, db: sqlite3.Connection) -> bool:
        if self._append is None:
            raise StoreUnavailable("the execution was not canceled")
        self._append.read_back(db)
        return True

    def news(self, answer: Answer) -> News | None:
        return self._append.news(None) if answer is True and self._append is not None else None


class NextDue:
    """When the first of those that wait for an instant is due."""

    size = 100

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> int | None:  # noqa: ARG002
        row = db.execute(NEXT_DUE).fetchone()
        return None if row is None else int(row["wake_at_us"])

    def read_back(self, db: sqlite3.Connection) -> int | None:
        return self.apply(db, [])

    def news(self, answer: Answer) -> None:  # noqa: ARG002
        return None
