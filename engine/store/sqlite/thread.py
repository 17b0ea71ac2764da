"""A function call on the thread of an aiosqlite connection: one hop for any number of statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

import aiosqlite

P = ParamSpec("P")
T = TypeVar("T")


async def call(
    connection: aiosqlite.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run `work(raw connection, …)` after everything queued there before. It runs to its end even when cancelled."""
    # aiosqlite offers this for its own methods alone; one await per statement would cost ten times as much.
    queue: Callable[..., Awaitable[T]] = connection._execute
    return await queue(work, connection._conn, *args, **kwargs)
