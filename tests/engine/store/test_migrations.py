"""Migrating makes the tables that the models describe, whoever comes first and however often."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engine.store import models
from engine.store.database import Database
from engine.store.migrate import SchemaOutOfDate, migrate, pending
from engine.store.scope import TenantModel
from tests.engine.store.world import CountingIds, ManualClock, World, a_workflow, new_execution


def columns(file: Path, table: str) -> dict[str, bool]:
    """Name and whether it may be null."""
    with sqlite3.connect(file) as db:
        return {name: not required for _, name, _, required, _, _ in db.execute(f"PRAGMA table_info({table})")}


@pytest.mark.parametrize("model", [models.Tenant, *TenantModel.owned], ids=lambda model: model.__name__)
def test_the_tables_are_what_the_models_say(file: Path, model: type[TenantModel]) -> None:
    expected = {name: field.null for name, field in model._meta.fields_map.items()}
    assert columns(file, model._meta.db_table) == expected


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("execution_events", ["execution_id", "seq"]),
        ("definitions", ["tenant_id", "hash"]),
        ("idempotency_keys", ["tenant_id", "key"]),
    ],
)
def test_composite_keys_are_primary_keys(file: Path, table: str, key: list[str]) -> None:
    with sqlite3.connect(file) as db:
        info = sorted((place, name) for _, name, _, _, _, place in db.execute(f"PRAGMA table_info({table})") if place)
    assert [name for _, name in info] == key


@pytest.mark.parametrize("table", sorted(model._meta.db_table for model in TenantModel.owned))
def test_every_tenant_owned_table_refers_to_rows_of_its_own_tenant(file: Path, table: str) -> None:
    with sqlite3.connect(file) as db:
        references = db.execute(f"PRAGMA foreign_key_list({table})").fetchall()
    by_key: dict[int, set[str]] = {}
    for number, _, _, column, *_ in references:
        by_key.setdefault(number, set()).add(column)
    assert by_key
    assert all("tenant_id" in key for key in by_key.values())


@pytest.mark.parametrize("table", ["definitions", "workflow_versions", "execution_events"])
async def test_what_is_final_cannot_be_updated_by_anyone(world: World, file: Path, table: str) -> None:
    await a_workflow(world.acme)
    await world.acme.executions.accept(new_execution("exe_1"))
    with sqlite3.connect(file) as db, pytest.raises(sqlite3.IntegrityError, match="never updated"):
        db.execute(f"UPDATE {table} SET tenant_id = tenant_id")


def test_migrating_again_changes_nothing(url: str, file: Path) -> None:
    before = file.read_bytes()
    asyncio.run(migrate(url))
    assert file.read_bytes() == before


async def test_a_database_and_its_directory_are_made(tmp_path: Path) -> None:
    file = tmp_path / "data" / "heddle.sqlite3"
    await migrate(f"sqlite://{file}")
    assert pending(file) == set()


def test_processes_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path / 'heddle.sqlite3'}"
    program = f"import asyncio, engine.store.migrate as m\ninput()\nasyncio.run(m.migrate({url!r}))"
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    errors = [process.communicate()[1] for process in processes]
    assert errors == [""] * 4
    with sqlite3.connect(tmp_path / "heddle.sqlite3") as db:
        applied = db.execute("SELECT count(*) FROM tortoise_migrations").fetchone()
    assert applied == (len(pending(tmp_path / "none.sqlite3")),)


async def test_a_database_that_was_never_migrated_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(SchemaOutOfDate, match="heddle migrate"):
        await Database.open(f"sqlite://{tmp_path}/none.sqlite3", clock=ManualClock(), ids=CountingIds())
    (tmp_path / "empty.sqlite3").touch()
    with pytest.raises(SchemaOutOfDate, match="0001_tables"):
        await Database.open(f"sqlite://{tmp_path}/empty.sqlite3", clock=ManualClock(), ids=CountingIds())


async def test_a_database_of_a_newer_version_is_left_alone(url: str, file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('heddle', '9999_later', '')")
    with pytest.raises(SchemaOutOfDate, match="newer Heddle"):
        await migrate(url)
    with pytest.raises(SchemaOutOfDate, match="newer Heddle"):
        await Database.open(url, clock=ManualClock(), ids=CountingIds())
