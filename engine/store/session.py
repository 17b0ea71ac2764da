"""The way from one tenant's store to Tortoise: binds the database and the tenant for the length of a block."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from engine.ports import StoreUnavailable
from engine.store import orm
from engine.store.scope import tenant_scope
from engine.store.sqlite.batch import is_unavailable
from engine.store.sqlite.location import WRITER


class Session:
    """One tenant's, in one database."""

    def __init__(self, context: TortoiseContext, tenant: str) -> None:
        self._context = context
        self._tenant = tenant

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Queries within go to the read connections."""
        with orm.current(self._context), tenant_scope(self._tenant):
            yield

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """One transaction on the write connection; its queries see its own writes.

        Nothing that waits for another writer may be awaited within. Raises `StoreUnavailable`.
        """
        with self.reading():
            try:
                async with in_transaction(WRITER):
                    yield
            except OperationalError as error:
                if error.args and is_unavailable(error.args[0]):
                    raise StoreUnavailable(str(error)) from error
                raise
