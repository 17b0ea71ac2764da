"""A group commit: the statements here and now, the wait for the disk on the writer thread.

A thread that runs statements has to win the interpreter back after each of them, up to 5 ms each time while the event
loop is busy: a hundred statements then keep a batch from its commit for half a second. Statements touch memory only
and take microseconds, so those of a small batch are run by the loop itself, with nobody to win it back from; the
thread is left with `COMMIT`, the one that waits for the disk. A large batch, and one that meets another process in
the file or fails in any way, is the thread's from beginning to end.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence

from engine.store.sqlite.batch import Outcome, abandon, commit, conclude, stage
from engine.store.sqlite.entries import Entry
from engine.store.sqlite.immediate import begin_at_once
from engine.store.sqlite.thread import call
from engine.store.sqlite.writer import Writer

LOOP_BYTES = 256 * 1024
"""More than this is written by the thread alone."""
LOOP_ENTRIES = 32
"""After so many, about 2 ms, the loop may turn once."""


async def write(writer: Writer, entries: Sequence[Entry]) -> list[Outcome]:
    """One transaction. Promises what `batch.commit` does."""
    async with writer.acquire_connection() as connection:
        if sum(entry.size for entry in entries) <= LOOP_BYTES:
            outcomes = await _staged(connection._conn, entries)
            if outcomes is not None:
                return await call(connection, conclude, entries, outcomes)
        return await call(connection, commit, entries)


async def _staged(db: sqlite3.Connection, entries: Sequence[Entry]) -> list[Outcome] | None:
    """None when the thread had better do it, from the beginning."""
    try:
        if not begin_at_once(db):
            return None
        outcomes: list[Outcome] = []
        for start in range(0, len(entries), LOOP_ENTRIES):
            outcomes += stage(db, entries[start : start + LOOP_ENTRIES])
            if start + LOOP_ENTRIES < len(entries):
                await asyncio.sleep(0)
    except BaseException as error:
        abandon(db)
        if isinstance(error, Exception):
            return None
        raise
    return outcomes
