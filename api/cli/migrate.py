"""`heddle migrate`: bring the database to this version's tables."""

from __future__ import annotations

import asyncio

import typer

from api.settings import Settings
from engine.store import migrate as store


def migrate() -> None:
    """Create or upgrade the database. Safe to run at any time, and again."""
    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(store.migrate(settings.store_url))
    typer.echo(f"The database is up to date: {settings.store_url}")
