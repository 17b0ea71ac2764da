"""Hand-written reads bound to one tenant: where a Tortoise query would cost ten times the look-up itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from sqlite3 import Error, Row
from typing import Protocol

from engine.ports import StoreUnavailable
from engine.store.scope import TenantBreach
from engine.store.sqlite.batch import is_unavailable

Value = str | int | float | bytes | None


class Rows(Protocol):
    """A read connection."""

    async def fetch(self, sql: str, parameters: Sequence[Value]) -> list[Row]:
        """`?` stands for a parameter."""
        ...


class TenantRows:
    """Reads of one tenant's rows. A query's first parameter is the tenant, and it is filled in here."""

    def __init__(self, rows: Rows, tenant: str) -> None:
        self._rows = rows
        self._tenant = tenant

    async def fetch(self, sql: str, *parameters: Value) -> list[Row]:
        """Raises `TenantBreach` for a query whose first parameter is anything but `tenant_id`, and `StoreUnavailable`
        when the database does not answer."""
        _require_scope(sql)
        try:
            return await self._rows.fetch(sql, (self._tenant, *parameters))
        except Error as error:
            if is_unavailable(error):
                raise StoreUnavailable(str(error)) from error
            raise


@lru_cache(maxsize=256)
def _require_scope(sql: str) -> None:
    if not sql.partition("?")[0].rstrip().endswith("tenant_id ="):
        raise TenantBreach("a query's first parameter must be tenant_id")
