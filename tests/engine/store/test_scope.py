"""Tenant-owned models are one tenant's within a scope, refused outside one, and every way round is closed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tortoise import fields
from tortoise.expressions import RawSQL, Subquery
from tortoise.models import Model

import engine
from engine.store import orm
from engine.store.models import (
    ApiKey,
    Definition,
    Execution,
    ExecutionEvent,
    FailureCount,
    IdempotencyKey,
    NodeFailure,
    Workflow,
    WorkflowVersion,
)
from engine.store.paging import Slice
from engine.store.records import Role
from engine.store.rows import TenantRows
from engine.store.scope import TenantBreach, TenantManager, TenantModel, UnscopedQuery, tenant_scope
from tests.engine.store.world import World, a_workflow, new_execution

ROWS: dict[type[TenantModel], Callable[[str], dict[str, Any]]] = {
    ApiKey: lambda mark: {
        "id": f"key_{mark}", "name": "k", "role": "OWNER", "prefix": "p", "secret_hash": mark, "created_at_us": 0
    },
    Definition: lambda mark: {"hash": mark, "document": b"{}"},
    Workflow: lambda mark: {
        "id": f"wf_{mark}", "name": mark, "status": "DRAFT", "category": "CUSTOM", "tags": "\n", "search": "",
        "latest_version_id": f"wfv_{mark}", "created_at_us": 0, "created_by": "a", "updated_at_us": 0,
        "updated_by": "a",
    },
    WorkflowVersion: lambda mark: {
        "id": f"wfv_{mark}", "workflow_id": f"wf_{mark}", "version": "1.0.0", "definition_hash": mark,
        "created_at_us": 0, "created_by": "a",
    },
    Execution: lambda mark: {
        "id": f"exe_{mark}", "definition_hash": mark, "status": "QUEUED", "mode": "MANUAL", "actor": "a",
        "priority": 0, "created_at_us": 0, "duration_us": 0, "last_seq": 1, "epoch": 0,
    },
    ExecutionEvent: lambda mark: {"execution_id": f"exe_{mark}", "seq": 1, "body": b"{}"},
    IdempotencyKey: lambda mark: {"key": mark, "execution_id": f"exe_{mark}", "created_at_us": 0},
    NodeFailure: lambda mark: {"execution_id": f"exe_{mark}", "seq": 1, "at_us": 0},
    FailureCount: lambda mark: {
        "hour": 0, "workflow_id": "", "node": mark, "node_type": "t", "code": "C", "count": 1
    },
}  # fmt: skip
"""A row of each tenant-owned model: the two-tenant case of each."""

owned = pytest.mark.parametrize("model", TenantModel.owned, ids=lambda model: model.__name__)


@pytest.fixture
def database(world: World) -> Iterator[World]:
    with orm.current(world.database._context):
        yield world


@pytest.fixture
async def two(database: World) -> World:
    """Both tenants have one row of every model. Foreign keys are off: each row is looked at alone."""
    await database.database.journal._writer.call(lambda db: db.execute("PRAGMA foreign_keys = OFF"))
    for store, mark in [(database.acme, "a"), (database.globex, "g")]:
        with tenant_scope(store.tenant):
            for model, row in ROWS.items():
                await model.create(**row(mark))
    return database


def test_every_tenant_owned_model_has_a_two_tenant_case() -> None:
    assert set(ROWS) == {model for model in TenantModel.owned if model.__module__ == "engine.store.models"}


def test_every_table_that_names_a_tenant_is_tenant_owned() -> None:
    tables = re.findall(r"CREATE TABLE (\w+) \((.*?)\n    \)", _migrations(), re.DOTALL)
    naming = {table for table, body in tables if "tenant_id" in body}
    assert naming == {model._meta.db_table for model in ROWS}


def _migrations() -> str:
    folder = Path(engine.__file__).parent / "store" / "migrations"
    return "".join(file.read_text() for file in sorted(folder.glob("0*.py")))


class TestWithinAScope:
    @owned
    async def test_a_tenant_reads_its_own_rows_only(self, two: World, model: type[TenantModel]) -> None:
        foreign = ROWS[model]("g")[model._meta.pk_attr]
        with tenant_scope(two.acme.tenant):
            assert [row["tenant_id"] for row in await model.all().values("tenant_id")] == [two.acme.tenant]
            assert await model.filter(pk=foreign) == []
            assert await model.filter(tenant_id=two.globex.tenant) == []
            assert await model.get_or_none(pk=foreign) is None
            assert not await model.exists(pk=foreign)
            assert await model.in_bulk([foreign], model._meta.pk_attr) == {}
            assert await model.all().count() == 1
            assert [row.tenant_id for row in await model.exclude(pk="none")] == [two.acme.tenant]
            first = await model.first()
            assert first is not None
            assert first.tenant_id == two.acme.tenant

    @owned
    async def test_a_tenant_changes_its_own_rows_only(self, two: World, model: type[TenantModel]) -> None:
        foreign = ROWS[model]("g")[model._meta.pk_attr]
        with tenant_scope(two.acme.tenant):
            assert await model.filter(pk=foreign).delete() == 0
            if model in (ApiKey, Workflow):
                assert await model.filter(pk=foreign).update(name="stolen") == 0
                assert await model.filter().update(name="renamed") == 1
            assert await model.filter().delete() == 1
        with tenant_scope(two.globex.tenant):
            assert await model.all().count() == 1

    @owned
    async def test_each_task_has_its_own_scope(self, two: World, model: type[TenantModel]) -> None:
        async def tenants(tenant: str) -> set[str]:
            with tenant_scope(tenant):
                await asyncio.gather(*(model.all().count() for _ in range(3)))
                return {row["tenant_id"] for row in await model.all().values("tenant_id")}

        both = [two.acme.tenant, two.globex.tenant] * 5
        assert await asyncio.gather(*map(tenants, both)) == [{tenant} for tenant in both]

    @owned
    async def test_a_new_row_is_the_bound_tenants(self, two: World, model: type[TenantModel]) -> None:
        with tenant_scope(two.acme.tenant):
            made = await model.create(**ROWS[model]("new"))
        assert made.tenant_id == two.acme.tenant


QUERIES: list[Callable[[type[TenantModel]], Any]] = [
    lambda model: model.all(),
    lambda model: model.filter(pk="x"),
    lambda model: model.exclude(pk="x"),
    lambda model: model.get(pk="x"),
    lambda model: model.get_or_none(pk="x"),
    lambda model: model.first(),
    lambda model: model.last(),
    lambda model: model.exists(pk="x"),
    lambda model: model.annotate(),
    lambda model: model.select_for_update(),
    lambda model: model.raw("SELECT 1"),
    lambda model: model.bulk_create([]),
]


class TestOutsideAScope:
    @owned
    async def test_no_query_begins(self, database: World, model: type[TenantModel]) -> None:
        for query in QUERIES:
            with pytest.raises(UnscopedQuery):
                query(model)

    @owned
    async def test_no_row_is_made(self, database: World, model: type[TenantModel]) -> None:
        with pytest.raises(UnscopedQuery):
            await model.create(**ROWS[model]("x"))
        with pytest.raises(UnscopedQuery):
            await model(tenant_id=database.acme.tenant, **ROWS[model]("x")).save()

    async def test_a_scope_ends_with_its_block(self, database: World) -> None:
        with tenant_scope(database.acme.tenant), tenant_scope(database.globex.tenant):
            pass
        with pytest.raises(UnscopedQuery):
            Workflow.all()


Breach = Callable[[type[TenantModel], World], Awaitable[Any]]


def _foreign(model: type[TenantModel], world: World, mark: str = "g") -> Any:
    return model(tenant_id=world.globex.tenant, **ROWS[model](mark))


def _forged(model: type[TenantModel], world: World) -> Any:
    """One's own tenant, another's key."""
    return model(tenant_id=world.acme.tenant, **ROWS[model]("g"))


def _saved(model: type[TenantModel], world: World) -> Any:
    forged = _forged(model, world)
    forged._saved_in_db = True
    return forged


BREACHES: dict[str, Breach] = {
    "create for another tenant": lambda m, w: m.create(tenant_id=w.globex.tenant, **ROWS[m]("new")),
    "save another's row": lambda m, w: _foreign(m, w, "new").save(),
    "force another's row in": lambda m, w: _foreign(m, w, "new").save(force_create=True),
    "update by a forged key": lambda m, w: _forged(m, w).save(force_update=True),
    "update fields by a forged key": lambda m, w: _forged(m, w).save(update_fields=["tenant_id"]),
    "save as if it had been stored": lambda m, w: _saved(m, w).save(),
    "delete by a forged key": lambda m, w: _saved(m, w).delete(),
    "refresh by a forged key": lambda m, w: _saved(m, w).refresh_from_db(),
    "insert another's rows in bulk": lambda m, w: m.bulk_create([_foreign(m, w, "new")]),
    "upsert in bulk": lambda m, w: m.bulk_create(
        [_forged(m, w)], on_conflict=[m._meta.pk_attr], update_fields=["tenant_id"]
    ),
    "update in bulk": lambda m, w: m.bulk_update([_forged(m, w)], fields=["tenant_id"]),
    "move rows": lambda m, w: m.all().update(tenant_id=w.globex.tenant),
    "raw SQL": lambda m, w: m.raw(f"SELECT * FROM {m._meta.db_table}"),
    "raw SQL of a query": lambda m, w: m.all().raw(f"SELECT * FROM {m._meta.db_table}"),
    "raw SQL as a column": lambda m, w: m.annotate(x=RawSQL(f"(SELECT count(*) FROM {m._meta.db_table})")),
    "a subquery as a column": lambda m, w: m.annotate(x=Subquery(m.all())),
    "a join": lambda m, w: m.all().select_related("anything"),
    "a relation": lambda m, w: m.all().prefetch_related("anything"),
    "get or create another's": lambda m, w: m.get_or_create(tenant_id=w.globex.tenant, **ROWS[m]("g")),
    "update or create another's": lambda m, w: m.update_or_create(tenant_id=w.globex.tenant, **ROWS[m]("g")),
}


class TestWaysRound:
    @owned
    async def test_every_one_is_closed(self, two: World, model: type[TenantModel]) -> None:
        before = await _everything(two, model)
        for name, breach in BREACHES.items():
            with tenant_scope(two.acme.tenant), pytest.raises(TenantBreach):
                await breach(model, two)
            assert await _everything(two, model) == before, name

    @owned
    def test_there_is_no_relation_to_follow_out_of_the_tenant(self, model: type[TenantModel]) -> None:
        assert model._meta.fetch_fields == set()

    def test_a_model_that_inherits_is_scoped_as_well(self) -> None:
        class Base(TenantModel):
            class Meta:
                abstract = True

        class Child(Base):
            id = fields.CharField(max_length=40, primary_key=True)

            class Meta:
                manager = None

        TenantModel.owned.remove(Child)
        assert isinstance(Child._meta.manager, TenantManager)
        with pytest.raises(UnscopedQuery):
            Child.filter()

    def test_nothing_but_the_scope_builds_queries_that_have_none(self) -> None:
        engine_room = Path(engine.__file__).parent
        for path in engine_room.rglob("*.py"):
            if path.name != "scope.py" and path.parent.name not in {"sqlite", "migrations"}:
                unscoped = re.search(r"\b(QuerySet|RawSQL|Subquery|executor_class|execute_query)\(", path.read_text())
                assert unscoped is None, path


async def _everything(world: World, model: type[Model]) -> list[tuple[Any, ...]]:
    rows = await world.database._readers.fetch(f"SELECT * FROM {model._meta.db_table} ORDER BY 1, 2", ())
    return [tuple(row) for row in rows]


class TestHandWrittenReads:
    async def test_the_tenant_is_filled_in(self, world: World) -> None:
        await world.acme.executions.accept(new_execution("exe_1"))
        rows = TenantRows(world.database._readers, world.globex.tenant)
        assert await rows.fetch("SELECT id FROM executions WHERE tenant_id = ?") == []

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT id FROM executions",
            "SELECT id FROM executions WHERE id = ?",
            "SELECT id FROM executions WHERE id = ? AND tenant_id = ?",
            "SELECT id FROM executions WHERE NOT_tenant_id <> ?",
        ],
    )
    async def test_one_that_does_not_begin_with_the_tenant_is_refused(self, world: World, sql: str) -> None:
        with pytest.raises(TenantBreach):
            await TenantRows(world.database._readers, world.acme.tenant).fetch(sql)


class TestTheStore:
    """Whatever a store is asked for by another tenant's id, it answers as it does for one that never was."""

    async def test_another_tenants_ids_are_unknown(self, world: World) -> None:
        theirs = await a_workflow(world.globex, publish=True)
        await world.globex.executions.accept(new_execution("exe_1", workflow_id=theirs.id))
        await world.database.access.create_key(world.globex.tenant, "k", Role.OWNER, secret_hash="s", prefix="p")
        for workflow_id, version_id, execution_id in [
            (theirs.id, theirs.latest.id, "exe_1"),
            ("wf_none", "wfv_none", "exe_none"),
        ]:
            assert await self._answers(world, workflow_id, version_id, execution_id) == [None] * 8 + [{}] * 3
        assert (await world.globex.workflows.get(theirs.id)) == theirs

    async def _answers(self, world: World, workflow_id: str, version_id: str, execution_id: str) -> list[Any]:
        workflows, executions = world.acme.workflows, world.acme.executions
        return [
            await workflows.get(workflow_id),
            await workflows.version(version_id),
            await workflows.version_by_number(workflow_id, "1.0.0"),
            await workflows.versions_page(workflow_id, Slice.first(10)),
            await workflows.publish(workflow_id, version_id, actor="USER:eve"),
            await workflows.save(
                workflow_id, expected_version="1.0.0", version="1.0.1", document=b"[]", definition_hash="h",
                message=None, actor="USER:eve", name="stolen",
            ),
            await executions.get(execution_id),
            await executions.history(execution_id),
            await workflows.many([workflow_id]),
            await workflows.versions([version_id]),
            await executions.many([execution_id]),
        ]  # fmt: skip

    async def test_another_tenants_rows_are_in_no_list(self, world: World) -> None:
        theirs = await a_workflow(world.globex)
        await world.globex.executions.accept(new_execution("exe_1", workflow_id=theirs.id))
        assert (await world.acme.workflows.page(Slice.first(10), with_total=True)).total == 0
        assert (await world.acme.executions.page(Slice.first(10), with_total=True)).total == 0

    async def test_an_execution_of_another_tenants_workflow_is_not_accepted(self, world: World) -> None:
        theirs = await a_workflow(world.globex)
        with pytest.raises(Exception, match="FOREIGN KEY"):
            await world.acme.executions.accept(new_execution("exe_1", workflow_id=theirs.id))
