"""A batch of entries as one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TypeAlias

from engine.ports import Fenced, IdempotencyMismatch, StoreUnavailable
from engine.store.sqlite.entries import Answer, Entry, EventRow
from engine.store.sqlite.immediate import begin

Outcome: TypeAlias = Answer | Exception
"""An entry's answer, or why it was not written."""

INSERT_EVENTS = "INSERT INTO execution_events (execution_id, seq, tenant_id, body) VALUES "
ROWS = 64

NOT_TAKEN = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
"""Primary result codes that speak of the database, not of what was written."""


class JournalBroken(StoreUnavailable):
    """The database fails so badly that a write could not even be read back. Nothing more is taken; restart."""


def commit(db: sqlite3.Connection, entries: Sequence[Entry]) -> list[Outcome]:
    """One outcome an entry, in order. What has an answer is durable; what has not is not in the database.

    An entry that cannot be written fails alone. Raises `JournalBroken` when that could not be made sure.
    """
    try:
        begin(db)
        outcomes = stage(db, entries)
    except Exception as error:  # noqa: BLE001  # whatever one entry breaks on must not take the others along
        return _failed(db, entries, error)
    return conclude(db, entries, outcomes)


def stage(db: sqlite3.Connection, entries: Sequence[Entry]) -> list[Outcome]:
    """Carry them out in the transaction that is open."""
    events: list[EventRow] = []
    outcomes = [_apply(db, entry, events) for entry in entries]
    for start in range(0, len(events), ROWS):
        # Many rows a statement: after each one the thread has to win the interpreter back.
        rows = events[start : start + ROWS]
        db.execute(INSERT_EVENTS + ", ".join(["(?, ?, ?, ?)"] * len(rows)), [value for row in rows for value in row])
    return outcomes


def conclude(db: sqlite3.Connection, entries: Sequence[Entry], outcomes: list[Outcome]) -> list[Outcome]:
    """Commit what was staged. Promises what `commit` does."""
    try:
        db.execute("COMMIT")
    except Exception as error:  # noqa: BLE001  # as above
        return _failed(db, entries, error)
    return outcomes


def abandon(db: sqlite3.Connection) -> None:
    """Take back what was staged. Raises `JournalBroken`."""
    try:
        if db.in_transaction:
            db.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise JournalBroken(f"A failed transaction could not be rolled back: {error}") from error


def is_unavailable(error: BaseException) -> bool:
    """Whether the database did not take a write, rather than refused it."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in NOT_TAKEN


def _apply(db: sqlite3.Connection, entry: Entry, events: list[EventRow]) -> Outcome:
    try:
        return entry.apply(db, events)
    except (Fenced, IdempotencyMismatch) as refusal:
        return refusal


def _failed(db: sqlite3.Connection, entries: Sequence[Entry], error: Exception) -> list[Outcome]:
    abandon(db)
    if is_unavailable(error):
        return [_read_back(db, entry, error) for entry in entries]
    if len(entries) == 1:
        return [error]
    return [outcome for entry in entries for outcome in commit(db, [entry])]


def _read_back(db: sqlite3.Connection, entry: Entry, cause: Exception) -> Outcome:
    try:
        return entry.read_back(db)
    except StoreUnavailable as error:
        error.__cause__ = cause
        return error
    except sqlite3.Error as error:
        raise JournalBroken(f"Whether a write was applied could not be read back: {error}") from cause
