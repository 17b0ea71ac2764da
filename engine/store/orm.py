"""Tortoise, bound to one database: several may be open in one process, so nothing is global."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, _current_context
from tortoise.models import Model

from engine.store.sqlite.location import READERS, WRITER

APP = "heddle"


class Routes:
    """Reads go to the read connections, writes to the write connection. Inside a transaction, both go to it."""

    def db_for_read(self, model: type[Model]) -> str:  # noqa: ARG002  # Tortoise's signature
        return WRITER if isinstance(get_connection(WRITER), TransactionalDBClient) else READERS

    def db_for_write(self, model: type[Model]) -> str:  # noqa: ARG002
        return WRITER


def config(connections: dict[str, Any]) -> dict[str, Any]:
    """Tortoise's configuration for these connections."""
    app = {
        "models": ["engine.store.models"],
        "default_connection": WRITER,
        "migrations": "engine.store.migrations",
    }
    return {"connections": connections, "apps": {APP: app}, "routers": [Routes], "use_tz": True, "timezone": "UTC"}


@contextmanager
def current(context: TortoiseContext) -> Iterator[None]:
    """Within the block, models mean this database. Unlike `with context`, many tasks may be in it at once: Tortoise's
    own keeps the token on the context, and a second task would overwrite it."""
    token = _current_context.set(context)
    try:
        yield
    finally:
        _current_context.reset(token)
