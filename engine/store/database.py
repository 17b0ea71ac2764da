"""One open database: the journal, the door's look-ups, and a store for each tenant."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeAlias, cast

from tortoise.context import TortoiseContext

from engine.ports import Clock, Ids
from engine.store import orm
from engine.store.access import Access
from engine.store.definitions import DefinitionCache, Definitions
from engine.store.executions import Executions
from engine.store.failures import Failures
from engine.store.journal import GroupJournal, OnCommit
from engine.store.migrate import check
from engine.store.rows import TenantRows
from engine.store.session import Session
from engine.store.sqlite.location import READERS, WRITER, connections, path_of
from engine.store.sqlite.ownership import Ownership
from engine.store.sqlite.readers import Readers
from engine.store.sqlite.writer import Writer
from engine.store.tenancy import Store
from engine.store.workflows import Workflows

Stores: TypeAlias = Callable[[str], Store]
"""The store of a tenant, by its id."""


class Database:
    """Open it with `open`; close it, or leave its `async with` block, to let go of the file.

    Several may be open in one process: nothing here is global.
    """

    def __init__(
        self,
        context: TortoiseContext,
        *,
        clock: Clock,
        ids: Ids,
        on_commit: OnCommit,
    ) -> None:
        self._context = context
        self._clock = clock
        self._ids = ids
        self._resources = AsyncExitStack()
        self._readers = cast(Readers, context.connections.get(READERS))
        self._cache = DefinitionCache()
        self.journal = GroupJournal(cast(Writer, context.connections.get(WRITER)), clock=clock, on_commit=on_commit)
        self.access = Access(context, self._readers, clock=clock, ids=ids)

    @classmethod
    async def open(
        cls, url: str, *, clock: Clock, ids: Ids, on_commit: OnCommit | None = None, serve: bool = False
    ) -> Self:
        """Open a migrated database. `serve` is for the server process, which must be the only one of its kind.

        Raises `SchemaOutOfDate`, and `DatabaseInUse` when another server has the file.
        """
        path = path_of(url)
        check(path)
        async with AsyncExitStack() as resources:
            if serve:
                resources.enter_context(Ownership(path))
            context = TortoiseContext()
            with orm.current(context):
                await context.init(config=orm.config(connections(path, owner=serve)))
            for alias in (WRITER, READERS):
                connection = context.connections.get(alias)
                # The readers close first: SQLite checkpoints when its last connection closes, and only one may.
                resources.push_async_callback(connection.close)
                await connection.create_connection(with_db=True)
            database = cls(context, clock=clock, ids=ids, on_commit=on_commit or _tell_nobody)
            database.journal.start()
            resources.push_async_callback(database.journal.close)
            database._resources = resources.pop_all()
        return database

    def tenant(self, tenant_id: str) -> Store:
        """The store bound to this tenant. Called where credentials were checked and where work is claimed only."""
        session = Session(self._context, tenant_id)
        rows = TenantRows(self._readers, tenant_id)
        definitions = Definitions(tenant_id, rows, self._cache)
        return Store(
            tenant_id,
            Workflows(rows, session, definitions, clock=self._clock, ids=self._ids),
            Executions(tenant_id, rows, session, self.journal),
            Failures(rows),
        )

    async def close(self) -> None:
        """Whatever was handed to the journal is written first."""
        await self._resources.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _tell_nobody(tenant: str, execution_id: str, events: object) -> None:
    """For a process without subscribers."""
