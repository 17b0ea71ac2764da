"""Workflows: named once per tenant, versions kept for good, and of two savers one wins."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.store.database import Database
from engine.store.paging import Slice
from engine.store.records import VersionRecord, WorkflowCategory, WorkflowRecord, WorkflowStatus
from engine.store.tenancy import Store
from engine.store.workflow_list import WorkflowFilter, WorkflowOrder
from engine.store.workflows import NameTaken, VersionConflict
from tests.engine.store.world import ACTOR, DOCUMENT, HASH, START_US, World, a_workflow

BOB = "USER:bob"


async def save(store: Store, workflow: WorkflowRecord, number: str = "1.0.1", **changes: Any) -> Any:
    """Other content, on top of the version that `workflow` shows."""
    values = {
        "expected_version": workflow.latest.version,
        "version": number,
        "document": b'{"nodes":[1]}',
        "definition_hash": f"hash of {number}",
        "message": "changed",
        "actor": BOB,
    }
    return await store.workflows.save(workflow.id, **{**values, **changes})


class TestCreate:
    async def test_what_was_created_is_read_back(self, world: World) -> None:
        made = await a_workflow(
            world.acme,
            "Invoices",
            description="Every month",
            category=WorkflowCategory.AUTOMATION,
            tags=["money", "monthly", "money"],
        )
        assert made == WorkflowRecord(
            id=made.id,
            name="Invoices",
            description="Every month",
            status=WorkflowStatus.DRAFT,
            category=WorkflowCategory.AUTOMATION,
            tags=("money", "monthly"),
            latest=VersionRecord(made.latest.id, made.id, "1.0.0", HASH, None, START_US, ACTOR),
            published=None,
            created_at_us=START_US,
            created_by=ACTOR,
            updated_at_us=START_US,
            updated_by=ACTOR,
        )
        assert await world.acme.workflows.get(made.id) == made
        assert await world.acme.workflows.by_name("Invoices") == made
        assert await world.acme.workflows.many([made.id, "wf_none"]) == {made.id: made}
        assert await world.acme.workflows.definition(HASH) == DOCUMENT

    async def test_it_may_be_published_at_once(self, world: World) -> None:
        made = await a_workflow(world.acme, publish=True)
        assert (made.status, made.published, made.published_at_us) == (WorkflowStatus.PUBLISHED, made.latest, START_US)
        assert await world.acme.workflows.get(made.id) == made

    async def test_a_name_is_taken_once_in_a_tenant(self, world: World) -> None:
        first = await a_workflow(world.acme, "Invoices")
        again = await world.acme.workflows.create(
            name="Invoices",
            description=None,
            category=WorkflowCategory.CUSTOM,
            tags=[],
            document=DOCUMENT,
            definition_hash=HASH,
            version="1.0.0",
            message=None,
            actor=BOB,
            publish=False,
        )
        assert again == NameTaken(first)
        await a_workflow(world.globex, "Invoices")

    async def test_two_that_create_one_name_at_once_make_one_workflow(self, world: World) -> None:
        made = await asyncio.gather(*(a_workflow(world.acme, "Invoices") for _ in range(4)), return_exceptions=True)
        assert sum(isinstance(one, WorkflowRecord) for one in made) == 1

    @pytest.mark.parametrize("tag", ["two\nlines", "", "  "])
    async def test_a_tag_is_one_line(self, world: World, tag: str) -> None:
        with pytest.raises(ValueError, match="one line"):
            await a_workflow(world.acme, tags=[tag])
        assert await world.acme.workflows.by_name("Invoices") is None


class TestSave:
    async def test_new_content_is_a_new_version_and_the_old_one_stays(self, world: World) -> None:
        first = await a_workflow(world.acme)
        world.clock.forward(1)
        saved = await save(world.acme, first)
        assert (saved.latest.version, saved.latest.message) == ("1.0.1", "changed")
        assert (saved.updated_at_us, saved.updated_by, saved.created_by) == (START_US + 1, BOB, ACTOR)
        assert await world.acme.workflows.version(first.latest.id) == first.latest
        assert await world.acme.workflows.definition(HASH) == DOCUMENT
        assert await world.acme.workflows.definition("hash of 1.0.1") == b'{"nodes":[1]}'

    async def test_the_published_version_stays_published(self, world: World) -> None:
        first = await a_workflow(world.acme, publish=True)
        saved = await save(world.acme, first)
        assert (saved.published, saved.status) == (first.latest, WorkflowStatus.PUBLISHED)

    async def test_the_same_content_makes_no_version_but_changes_what_describes_it(self, world: World) -> None:
        first = await a_workflow(world.acme, description="old", tags=["a"])
        saved = await save(
            world.acme, first, definition_hash=HASH, name="Bills", category=WorkflowCategory.APPROVAL, tags=["b"]
        )
        assert saved.latest == first.latest
        assert (saved.name, saved.description, saved.category, saved.tags) == (
            "Bills",
            "old",
            WorkflowCategory.APPROVAL,
            ("b",),
        )
        assert (await save(world.acme, saved, definition_hash=HASH, description="")).description is None

    async def test_of_two_that_save_at_once_one_wins(self, world: World) -> None:
        first = await a_workflow(world.acme)
        saved = await asyncio.gather(*(save(world.acme, first, f"1.0.{n}") for n in range(1, 5)))
        (winner,) = [one for one in saved if isinstance(one, WorkflowRecord)]
        assert [one for one in saved if one != winner] == [VersionConflict(winner.latest)] * 3

    async def test_a_number_is_used_once(self, world: World) -> None:
        first = await a_workflow(world.acme)
        assert await save(world.acme, first, "1.0.0") == VersionConflict(first.latest)

    async def test_a_name_that_another_has_is_refused_and_its_own_is_not(self, world: World) -> None:
        other = await a_workflow(world.acme, "Bills")
        first = await a_workflow(world.acme, "Invoices")
        assert await save(world.acme, first, name="Bills") == NameTaken(other)
        assert (await world.acme.workflows.get(first.id)) == first
        assert (await save(world.acme, first, name="Invoices")).name == "Invoices"

    async def test_content_may_come_back(self, world: World) -> None:
        first = await a_workflow(world.acme)
        second = await save(world.acme, first)
        third = await save(world.acme, second, "1.0.2", document=DOCUMENT, definition_hash=HASH)
        assert (third.latest.version, third.latest.definition_hash) == ("1.0.2", HASH)


class TestVersions:
    async def test_one_is_found_by_its_number(self, world: World) -> None:
        first = await a_workflow(world.acme)
        saved = await save(world.acme, first)
        assert await world.acme.workflows.version_by_number(first.id, "1.0.0") == first.latest
        assert await world.acme.workflows.version_by_number(first.id, "1.0.1") == saved.latest
        assert await world.acme.workflows.version_by_number(first.id, "9.0.0") is None

    async def test_they_are_listed_newest_first(self, world: World) -> None:
        workflow = await a_workflow(world.acme)
        for n in range(1, 5):
            workflow = await save(world.acme, workflow, f"1.0.{n}")
        page = await world.acme.workflows.versions_page(workflow.id, Slice.first(3), with_total=True)
        assert page is not None
        assert [one.version for one in page.rows] == ["1.0.4", "1.0.3", "1.0.2"]
        assert (page.has_next, page.total) == (True, 5)
        rest = await world.acme.workflows.versions_page(workflow.id, Slice.first(3, after=(page.rows[-1].id,)))
        assert rest is not None
        assert [one.version for one in rest.rows] == ["1.0.1", "1.0.0"]

    async def test_publishing_one_makes_it_the_one_that_runs(self, world: World) -> None:
        first = await a_workflow(world.acme)
        await save(world.acme, first)
        world.clock.forward(1)
        published = await world.acme.workflows.publish(first.id, first.latest.id, actor=BOB)
        assert published is not None
        assert (published.published, published.latest.version) == (first.latest, "1.0.1")
        assert (published.status, published.published_at_us) == (WorkflowStatus.PUBLISHED, START_US + 1)

    async def test_a_version_of_another_workflow_is_not_published(self, world: World) -> None:
        first, other = await a_workflow(world.acme, "a"), await a_workflow(world.acme, "b")
        assert await world.acme.workflows.publish(first.id, other.latest.id, actor=BOB) is None
        assert await world.acme.workflows.get(first.id) == first


class TestLists:
    @pytest.mark.parametrize(
        ("where", "names"),
        [
            (WorkflowFilter(), ["a", "b", "c"]),
            (WorkflowFilter(search="ÄRGER"), ["b"]),
            (WorkflowFilter(search="10%"), ["c"]),
            (WorkflowFilter(search="_"), []),
            (WorkflowFilter(search="monthly"), ["a"]),
            (WorkflowFilter(categories=frozenset({WorkflowCategory.APPROVAL, WorkflowCategory.UTILITY})), ["b"]),
            (WorkflowFilter(statuses=frozenset({WorkflowStatus.PUBLISHED})), ["c"]),
            (WorkflowFilter(tags=["money"]), ["a", "c"]),
            (WorkflowFilter(tags=["money", "monthly"]), ["a"]),
            (WorkflowFilter(tags=["mon"]), []),
            (WorkflowFilter(updated_after_us=START_US + 1), ["c"]),
        ],
        ids=[
            "all",
            "folded case",
            "a percent sign",
            "an underscore",
            "a word",
            "categories",
            "statuses",
            "a tag",
            "two tags",
            "a part of a tag",
            "updated after",
        ],
    )
    async def test_a_list_is_narrowed(self, world: World, where: WorkflowFilter, names: list[str]) -> None:
        await a_workflow(world.acme, "a", tags=["money", "monthly"])
        world.clock.forward(1)
        await a_workflow(world.acme, "b", description="Kein Ärger", category=WorkflowCategory.APPROVAL)
        world.clock.forward(1)
        await a_workflow(world.acme, "c", description="10% off", tags=["money"], publish=True)
        page = await world.acme.workflows.page(
            Slice.first(10), where=where, order=WorkflowOrder.NAME, descending=False, with_total=True
        )
        assert [workflow.name for workflow in page.rows] == names
        assert page.total == len(names)

    async def test_a_list_holds_both_versions_of_each_workflow(self, world: World) -> None:
        first = await a_workflow(world.acme, "a", publish=True)
        saved = await save(world.acme, first)
        draft = await a_workflow(world.acme, "b")
        page = await world.acme.workflows.page(Slice.first(10), order=WorkflowOrder.NAME, descending=False)
        assert page.rows == [saved, draft]

    async def test_a_list_costs_two_queries_however_long_it_is(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for n in range(10):
            await a_workflow(world.acme, f"Workflow {n}", publish=n % 2 == 0)
        asked = count_queries(world.database, monkeypatch)
        await world.acme.workflows.page(Slice.first(10))
        assert len(asked) == 2

    async def test_a_workflow_costs_one_query(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        made = await a_workflow(world.acme, publish=True)
        asked = count_queries(world.database, monkeypatch)
        await world.acme.workflows.get(made.id)
        assert len(asked) == 1


class TestDefinitions:
    async def test_one_is_read_once_and_then_kept(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        await a_workflow(world.acme)
        asked = count_queries(world.database, monkeypatch)
        assert [await world.acme.workflows.definition(HASH) for _ in range(3)] == [DOCUMENT] * 3
        assert len(asked) == 1

    async def test_what_is_kept_for_one_tenant_is_not_given_to_another(self, world: World) -> None:
        await a_workflow(world.acme)
        assert await world.acme.workflows.definition(HASH) == DOCUMENT
        assert await world.globex.workflows.definition(HASH) is None


def count_queries(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query from now on, through the read connections."""
    asked: list[str] = []
    fetch = database._readers.fetch

    async def counted(sql: str, parameters: Any) -> Any:
        asked.append(sql)
        return await fetch(sql, parameters)

    monkeypatch.setattr(database._readers, "fetch", counted)
    return asked
