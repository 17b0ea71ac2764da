"""A migrated database file for each test; migrated once, then copied."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.store.database import Database
from engine.store.migrate import migrate
from tests.engine.store.world import CountingIds, ManualClock, Told, World, world_in


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    asyncio.run(migrate(f"sqlite://{path}"))
    return path


@pytest.fixture
def file(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "heddle.sqlite3"))


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite://{file}"


@pytest.fixture
async def world(url: str) -> AsyncIterator[World]:
    clock, ids, told = ManualClock(), CountingIds(), Told()
    async with await Database.open(url, clock=clock, ids=ids, on_commit=told, serve=True) as database:
        yield await world_in(database, clock, ids, told)
