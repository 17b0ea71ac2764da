"""The connections that only read: a few, so that a long history does not hold up a short look-up."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import aiosqlite
from tortoise.backends.sqlite.client import SqliteClient, translate_exceptions

from engine.store.sqlite.thread import call

CONNECTIONS = 3


class Readers(SqliteClient):
    """Tortoise's queries and hand-written ones, each on whichever connection is idle."""

    def __init__(self, file_path: str, **settings: Any) -> None:
        super().__init__(file_path, **settings)
        self._members: list[aiosqlite.Connection] = []
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()

    async def create_connection(self, with_db: bool) -> None:
        for _ in range(CONNECTIONS - len(self._members)):
            self._connection = None
            await super().create_connection(with_db)
            assert self._connection is not None
            self._members.append(self._connection)
            self._idle.put_nowait(self._connection)

    async def close(self) -> None:
        members, self._members = self._members, []
        self._connection = None
        for member in members:
            await member.close()

    def acquire_connection(self) -> Turn:  # type: ignore[override]  # Tortoise only enters and leaves what it gets
        return Turn(self._idle)

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> list[sqlite3.Row]:
        """Rows of a hand-written query with `?` placeholders; a fraction of what a Tortoise query costs."""
        async with Turn(self._idle) as connection:
            return await call(connection, _fetch, sql, parameters)

    @translate_exceptions
    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        rows = await self.fetch(query, values or ())
        return len(rows), rows

    @translate_exceptions
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.fetch(query, values or ())]


class Turn:
    """A connection for the length of a block."""

    def __init__(self, idle: asyncio.LifoQueue[aiosqlite.Connection]) -> None:
        self._idle = idle

    async def __aenter__(self) -> aiosqlite.Connection:
        self._connection = await self._idle.get()
        return self._connection

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._idle.put_nowait(self._connection)


def _fetch(db: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> list[sqlite3.Row]:
    return db.execute(sql, parameters).fetchall()


client_class = Readers
