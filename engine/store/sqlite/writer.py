"""The one connection that writes: Tortoise's statements and the journal's batches take turns on its thread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

import aiosqlite
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import OperationalError

from engine.store.sqlite.immediate import begin
from engine.store.sqlite.thread import call

P = ParamSpec("P")
T = TypeVar("T")


class Writer(SqliteClient):
    """Transactions begin IMMEDIATE: one that reads before it writes can then never fail as locked half-way."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: ARG002  # Tortoise's signature
        if self._connection is None:
            # Whoever holds the lock may use it from its own thread: SQLite serializes, and sqlite3 need not refuse.
            connection = await aiosqlite.connect(self.filename, isolation_level=None, check_same_thread=False)
            self._connection = connection
            await call(connection, _set_up, self.pragmas)
            await self._post_connect()

    async def call(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work` on the writer thread while nobody else has a transaction open."""
        async with self.acquire_connection() as connection:
            return await call(connection, work, *args, **kwargs)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransaction(self)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


class ImmediateTransaction(TransactionContext):
    """A transaction that gives the connection back in every case, also when its task is cancelled half-way."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._lock = writer._lock
        self._token: ConnectionToken | None = None

    async def __aenter__(self) -> TransactionalDBClient:
        if self._writer._connection is None:
            await self._writer.create_connection(with_db=True)
        await self._lock.acquire()
        client = Statements(self._writer)
        try:
            await call(client._connection, begin)
        except BaseException as error:
            await self._finish(client.rollback)
            if isinstance(error, sqlite3.OperationalError):
                raise OperationalError(error) from error
            raise
        self._client = client
        self._token = get_connections().set(client.connection_name, client)
        return client

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        get_connections().reset(self._token)
        await self._finish(self._client.commit if exc is None else self._client.rollback)

    async def _finish(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """The lock is free again once the step is done, whether or not anyone still waits for it."""
        finishing = asyncio.ensure_future(step())
        finishing.add_done_callback(lambda _: self._lock.release())
        await asyncio.shield(finishing)


class Statements(SqliteTransactionWrapper):
    """What Tortoise sees inside a transaction."""

    async def commit(self) -> None:
        try:
            await call(self._connection, _commit)
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        self._finalized = True

    async def rollback(self) -> None:
        await call(self._connection, _rollback)
        self._finalized = True

    async def execute_script(self, query: str) -> None:
        """One statement after the other: sqlite3's own `executescript` would commit the transaction first."""
        await call(self._connection, _script, query)


def _set_up(db: sqlite3.Connection, pragmas: dict[str, Any]) -> None:
    db.row_factory = sqlite3.Row
    for name, value in pragmas.items():
        db.execute(f"PRAGMA {name}={value}")
    db.execute("PRAGMA busy_timeout=0")  # from here on `begin` does the waiting, never on the loop


def _commit(db: sqlite3.Connection) -> None:
    try:
        db.execute("COMMIT")
    except sqlite3.Error:
        _rollback(db)
        raise


def _rollback(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")


def _script(db: sqlite3.Connection, script: str) -> None:
    statement = ""
    for part in script.split(";")[:-1] if script.rstrip().endswith(";") else script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


client_class = Writer
