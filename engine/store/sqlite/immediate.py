"""How every transaction begins: with the right to write, so that none fails half-way because another came first."""

from __future__ import annotations

import sqlite3
import time

PATIENCE_S = 5.0
"""How long another process may hold the file before we say that it is busy."""
PAUSE_S = 0.002


def begin(db: sqlite3.Connection) -> None:
    """Wait for the right to write, and take it. Call it on the connection's thread.

    Raises `sqlite3.OperationalError` (busy) when it does not come.
    """
    give_up = time.monotonic() + PATIENCE_S
    while not begin_at_once(db):
        if time.monotonic() > give_up:
            db.execute("BEGIN IMMEDIATE")
            return
        time.sleep(PAUSE_S)


def begin_at_once(db: sqlite3.Connection) -> bool:
    """Whether the right to write was free, and is ours now. The connection's own busy timeout must be 0."""
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
