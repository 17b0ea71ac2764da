"""Brings a database up to date: every migration not yet applied, all in one transaction or not at all."""

from __future__ import annotations

import pkgutil
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor
from tortoise.transactions import in_transaction

from engine.store import migrations, orm
from engine.store.sqlite.location import BUSY_TIMEOUT_MS, WRITER, connections, path_of


class SchemaOutOfDate(Exception):
    """The database is older or newer than this program. `heddle migrate` brings an older one up to date."""


async def migrate(url: str) -> None:
    """Make the database if need be, and bring it up to date. Processes that start at once wait for each other.

    Raises `SchemaOutOfDate` for a database that a newer version of the program has migrated.
    """
    path = path_of(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not pending(path):
        return
    settings = orm.config(connections(path, owner=False))
    context = TortoiseContext()
    with orm.current(context):
        await context.init(config=settings)
        try:
            # BEGIN IMMEDIATE is the lock: whoever comes second finds the migrations applied.
            async with in_transaction(WRITER):
                await MigrationExecutor(get_connection(WRITER), settings["apps"]).migrate(direction="forward")
        finally:
            await context.close_connections()


def check(path: Path) -> None:
    """Raises `SchemaOutOfDate` unless every migration has been applied."""
    if not path.exists():
        raise SchemaOutOfDate(f"There is no database at {path}. Run `heddle migrate` first.")
    if missing := pending(path):
        raise SchemaOutOfDate(f"{path} lacks {', '.join(sorted(missing))}. Run `heddle migrate` first.")


def pending(path: Path) -> set[str]:
    """Names of the migrations that this database lacks. Raises `SchemaOutOfDate` when it has one we do not know."""
    known = {name for _, name, is_package in pkgutil.iter_modules(migrations.__path__) if name[0] != "_"}
    applied = _applied(path)
    if newer := applied - known:
        raise SchemaOutOfDate(f"{path} was made by a newer Heddle: it has {', '.join(sorted(newer))}.")
    return known - applied


def _applied(path: Path) -> set[str]:
    with closing(connect(path, timeout=BUSY_TIMEOUT_MS / 1_000)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'tortoise_migrations'").fetchone():
            return set()
        return {name for (name,) in db.execute("SELECT name FROM tortoise_migrations WHERE app = ?", [orm.APP])}
