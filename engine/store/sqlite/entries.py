"""What the journal writes: one entry a call, carried out on the writer thread inside a transaction with others.

`apply` raises `Fenced` or `IdempotencyMismatch` before it has written anything, so its neighbours in the batch stand.
Events are only handed over by it: those of a whole batch are inserted together.
`read_back` is asked after a transaction whose end is unknown: the same answer, or `StoreUnavailable` if the database
does not hold what was written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import msgspec

from engine.kernel.events import AnyEvent, NodeFailed, encode
from engine.ports import Fenced, Lease, Recorded, StoreUnavailable
from engine.store.projection import Change, Finished, Moved, Progressed, project
from engine.store.sqlite.failures import count_failures

Answer: TypeAlias = object
EventRow: TypeAlias = tuple[str, int, str, bytes]
"""Execution, seq, tenant, body."""


@dataclass(frozen=True, slots=True)
class News:
    """Events that an entry has added to the log of one execution."""

    tenant: str
    execution_id: str
    events: list[Recorded]


class Entry(Protocol):
    """One durable write. `size` is about the bytes that it adds."""

    @property
    def size(self) -> int: ...

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> Answer:
        """Carry it out; add the events that it records to `events`."""
        ...

    def read_back(self, db: sqlite3.Connection) -> Answer: ...

    def news(self, answer: Answer) -> News | None:
        """What to tell subscribers once it is committed."""
        ...


HELD = "WHERE id = ? AND worker = ? AND epoch = ? AND last_seq = ?"
"""The fence: the lease is still this worker's, and the log ends where it thinks it does."""

PROGRESS = f"UPDATE executions SET last_seq = ? {HELD}"  # noqa: S608  # constants only
MOVE = f"""
    UPDATE executions SET last_seq = ?, status = ?, wake_at_us = ?, started_at_us = coalesce(started_at_us, ?) {HELD}
"""  # noqa: S608
FINISH = f"""
    UPDATE executions SET last_seq = ?, status = ?, finished_at_us = ?,
        duration_us = ? - coalesce(started_at_us, ?, created_at_us), started_at_us = coalesce(started_at_us, ?),
        error = ?, error_code = ?, error_node = ?, wake_at_us = NULL, worker = NULL, lease_until_us = NULL {HELD}
"""  # noqa: S608
PARK = f"""
    UPDATE executions SET status = 'WAITING', wake_at_us = ?, worker = NULL, lease_until_us = NULL {HELD}
"""  # noqa: S608
WAKE_PARENT = """
    UPDATE executions SET wake_at_us = ?
    WHERE id = (SELECT parent FROM executions WHERE id = ?) AND worker IS NULL AND status = 'WAITING'
"""
ENDED = "SELECT 1 FROM executions WHERE id = ? AND finished_at_us IS NOT NULL"


class Append:
    """Events at the end of a log, what they change in the row, and the executions that they start."""

    __slots__ = ("_change", "_expected_seq", "_failed", "_lease", "_recorded", "_rows", "_starts", "size")

    def __init__(
        self, lease: Lease, events: Sequence[AnyEvent], expected_seq: int, starts: Sequence[Entry] = ()
    ) -> None:
        self._lease = lease
        self._expected_seq = expected_seq
        self._recorded = [Recorded(seq, event) for seq, event in enumerate(events, expected_seq + 1)]
        self._rows: list[EventRow] = [
            (lease.execution_id, one.seq, lease.tenant, encode(one.event)) for one in self._recorded
        ]
        self._change = project(events)
        self._failed = [one for one in self._recorded if isinstance(one.event, NodeFailed)]
        self._starts = starts
        self.size = sum(len(row[3]) for row in self._rows) + sum(entry.size for entry in starts)

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> None:
        statement, values = _update(self._change)
        last_seq = self._expected_seq + len(self._rows)
        if db.execute(statement, (last_seq, *values, *_held(self._lease, self._expected_seq))).rowcount != 1:
            raise _fenced(self._lease, self._expected_seq)
        events += self._rows
        if self._failed:
            count_failures(db, self._lease.tenant, self._lease.execution_id, self._failed)
        for entry in self._starts:
            entry.apply(db, events)
        if isinstance(self._change, Finished):
            db.execute(WAKE_PARENT, (self._change.finished_at_us, self._lease.execution_id))

    def read_back(self, db: sqlite3.Connection) -> None:
        found = db.execute(
            "SELECT execution_id, seq, tenant_id, body FROM execution_events "
            "WHERE execution_id = ? AND seq > ? AND seq <= ? ORDER BY seq",
            (self._lease.execution_id, self._expected_seq, self._expected_seq + len(self._rows)),
        )
        if [tuple(row) for row in found] != self._rows:
            raise StoreUnavailable("the events were not written")

    def news(self, answer: Answer) -> News:  # noqa: ARG002  # other entries need it
        return News(self._lease.tenant, self._lease.execution_id, self._recorded)


@dataclass(frozen=True, slots=True)
class Park:
    """An execution let go while it waits."""

    lease: Lease
    expected_seq: int
    due_us: int | None
    children: Sequence[str] = ()
    size: int = 100

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> None:  # noqa: ARG002
        # A child that has ended by now found its parent held, and could not wake it.
        ended = any(db.execute(ENDED, (child,)).fetchone() for child in self.children)
        if db.execute(PARK, (0 if ended else self.due_us, *_held(self.lease, self.expected_seq))).rowcount != 1:
            raise _fenced(self.lease, self.expected_seq)

    def read_back(self, db: sqlite3.Connection) -> None:
        parked = db.execute(
            "SELECT 1 FROM executions WHERE id = ? AND worker IS NULL AND epoch = ? AND last_seq = ?",
            (self.lease.execution_id, self.lease.epoch, self.expected_seq),
        )
        if parked.fetchone() is None:
            raise StoreUnavailable("the execution was not parked")

    def news(self, answer: Answer) -> None:  # noqa: ARG002
        return None


def _held(lease: Lease, expected_seq: int) -> tuple[str, str, int, int]:
    return lease.execution_id, lease.worker, lease.epoch, expected_seq


def _fenced(lease: Lease, expected_seq: int) -> Fenced:
    return Fenced(
        f"{lease.execution_id} is no longer held by {lease.worker} at epoch {lease.epoch}, "
        f"or its log does not end at {expected_seq}: nothing was written"
    )


def _update(change: Change) -> tuple[str, tuple[object, ...]]:
    match change:
        case Progressed():
            return PROGRESS, ()
        case Moved(status=status, started_at_us=started, wake_at_us=wake):
            return MOVE, (status, wake, started)
        case Finished(status=status, finished_at_us=finished, started_at_us=started, error=error, error_node=node):
            body = None if error is None else msgspec.json.encode(error)
            code = None if error is None else error.code
            return FINISH, (status, finished, finished, started, started, body, code, node)
