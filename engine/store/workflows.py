"""A tenant's workflows and their versions, each version written once and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.ports import Clock, Ids
from engine.store.definitions import Definitions
from engine.store.models import Definition, Workflow, WorkflowVersion
from engine.store.paging import Order, Slice, read_page
from engine.store.records import Page, VersionRecord, WorkflowCategory, WorkflowRecord, WorkflowStatus
from engine.store.rows import TenantRows
from engine.store.session import Session
from engine.store.workflow_list import WorkflowFilter, WorkflowOrder
from engine.store.workflow_row import (
    IMPORTED_AS,
    VERSION_FIELDS,
    WITH_VERSIONS,
    WORKFLOW_FIELDS,
    document_id,
    joined_record,
    search_text,
    tags_to_text,
    version_record,
    workflow_record,
)


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Another workflow of this tenant has the name."""

    existing: WorkflowRecord


@dataclass(frozen=True, slots=True)
class VersionConflict:
    """Somebody saved in between, or the new version's number is used already."""

    latest: VersionRecord


Row: TypeAlias = dict[str, Any]


class Workflows:
    """An id of another tenant is answered as one that never existed, after the same work.

    Every write is one transaction, and raises `StoreUnavailable` when the database does not take it.
    """

    def __init__(self, rows: TenantRows, session: Session, definitions: Definitions, *, clock: Clock, ids: Ids) -> None:
        self._rows = rows
        self._session = session
        self._definitions = definitions
        self._clock = clock
        self._ids = ids

    # ------------------------------------------------------------------------------------------- reading

    async def get(self, workflow_id: str) -> WorkflowRecord | None:
        return await self._one("AND workflow.id = ?", workflow_id)

    async def referred(self, reference: str) -> WorkflowRecord | None:
        """What a document means by a workflow's id: ours, or the one that the other was imported with. Of several
        imported with the same id, a published one, and the latest. Archived ones do not count."""
        workflow = await self.get(reference)
        if workflow is not None:
            return None if workflow.status is WorkflowStatus.ARCHIVED else workflow
        rows = await self._rows.fetch(IMPORTED_AS, reference)
        return joined_record(rows[0]) if rows else None

    async def by_name(self, name: str) -> WorkflowRecord | None:
        return await self._one("AND workflow.name = ?", name)

    async def many(self, workflow_ids: Iterable[str]) -> dict[str, WorkflowRecord]:
        """Those of these ids that there are."""
        with self._session.reading():
            return await _records(list(workflow_ids))

    async def page(
        self,
        part: Slice,
        *,
        where: WorkflowFilter | None = None,
        order: WorkflowOrder = WorkflowOrder.UPDATED_AT,
        descending: bool = True,
        with_total: bool = False,
    ) -> Page[WorkflowRecord]:
        with self._session.reading():
            page = await read_page(
                Workflow.filter(*(where or WorkflowFilter()).conditions()),
                Order(order.columns, descending),
                part,
                columns=WORKFLOW_FIELDS,
                record=dict,
                with_total=with_total,
            )
            return Page(await _with_versions(page.rows), page.has_next, page.has_previous, page.total)

    async def version(self, version_id: str) -> VersionRecord | None:
        return (await self.versions([version_id])).get(version_id)

    async def version_by_number(self, workflow_id: str, version: str) -> VersionRecord | None:
        with self._session.reading():
            row = await WorkflowVersion.get_or_none(workflow_id=workflow_id, version=version).values(*VERSION_FIELDS)
        return None if row is None else version_record(row)

    async def versions(self, version_ids: Iterable[str]) -> dict[str, VersionRecord]:
        """Those of these ids that there are."""
        with self._session.reading():
            return await _versions(version_ids)

    async def versions_page(
        self, workflow_id: str, part: Slice, *, with_total: bool = False
    ) -> Page[VersionRecord] | None:
        """A workflow's versions, the newest first; the key is `(id,)`. None when there is no such workflow."""
        with self._session.reading():
            page = await read_page(
                WorkflowVersion.filter(workflow_id=workflow_id),
                Order(("id",), descending=True),
                part,
                columns=VERSION_FIELDS,
                record=version_record,
                with_total=with_total,
            )
            known = bool(page.rows) or await Workflow.exists(id=workflow_id)
        return page if known else None

    async def definition(self, definition_hash: str) -> bytes | None:
        """A document's canonical JSON; None when this tenant has none of that hash."""
        return await self._definitions.get(definition_hash)

    # ------------------------------------------------------------------------------------------- writing

    async def create(
        self,
        *,
        name: str,
        description: str | None,
        category: WorkflowCategory,
        tags: Sequence[str],
        document: bytes,
        definition_hash: str,
        version: str,
        message: str | None,
        actor: str,
        publish: bool,
    ) -> WorkflowRecord | NameTaken:
        """A workflow with its first version. `document` is canonical JSON, `definition_hash` its content hash.

        Raises `ValueError` for a tag of several lines.
        """
        now_us = self._clock.now_us()
        workflow_id, version_id = self._ids.new("wf"), self._ids.new("wfv")
        row: Row = {
            "id": workflow_id,
            **_described(name, description, tags),
            "status": WorkflowStatus.PUBLISHED if publish else WorkflowStatus.DRAFT,
            "category": category.value,
            "latest_version_id": version_id,
            "published_version_id": version_id if publish else None,
            "created_at_us": now_us,
            "created_by": actor,
            "updated_at_us": now_us,
            "updated_by": actor,
            "published_at_us": now_us if publish else None,
            "document_id": document_id(document),
        }
        first = VersionRecord(version_id, workflow_id, version, definition_hash, message, now_us, actor)
        async with self._session.writing():
            if taken := await _name_taken(name):
                return taken
            await Workflow.create(**row)
            await _add_version(first, document)
            return (await _with_versions([row]))[0]

    async def save(
        self,
        workflow_id: str,
        *,
        expected_version: str,
        version: str,
        document: bytes,
        definition_hash: str,
        message: str | None,
        actor: str,
        name: str | None = None,
        description: str | None = None,
        category: WorkflowCategory | None = None,
        tags: Sequence[str] | None = None,
    ) -> WorkflowRecord | VersionConflict | NameTaken | None:
        """A new version, numbered `version`; none when the content is what it was. What is left None stays as it is
        (an empty description takes it away).

        Of two that save on top of the same `expected_version`, one gets `VersionConflict`. None: no such workflow.
        """
        now_us = self._clock.now_us()
        async with self._session.writing():
            workflow = (await _records([workflow_id])).get(workflow_id)
            if workflow is None:
                return None
            if name is not None and name != workflow.name and (taken := await _name_taken(name)):
                return taken
            changed = definition_hash != workflow.latest.definition_hash
            if workflow.latest.version != expected_version or (changed and await _number_used(workflow_id, version)):
                return VersionConflict(workflow.latest)
            changes: Row = {
                **_described(
                    workflow.name if name is None else name,
                    workflow.description if description is None else description,
                    workflow.tags if tags is None else tags,
                ),
                "category": (category or workflow.category).value,
                "updated_at_us": now_us,
                "updated_by": actor,
            }
            if changed:
                new = VersionRecord(self._ids.new("wfv"), workflow_id, version, definition_hash, message, now_us, actor)
                await _add_version(new, document)
                changes |= {"latest_version_id": new.id, "document_id": document_id(document)}
            return await _changed(workflow_id, changes)

    async def publish(self, workflow_id: str, version_id: str, *, actor: str) -> WorkflowRecord | None:
        """Make a version the one that runs. None when the workflow has no such version, or there is none."""
        now_us = self._clock.now_us()
        async with self._session.writing():
            if not await WorkflowVersion.exists(id=version_id, workflow_id=workflow_id):
                return None
            return await _changed(
                workflow_id,
                {
                    "status": WorkflowStatus.PUBLISHED.value,
                    "published_version_id": version_id,
                    "published_at_us": now_us,
                    "updated_at_us": now_us,
                    "updated_by": actor,
                },
            )

    async def _one(self, condition: str, value: str) -> WorkflowRecord | None:
        rows = await self._rows.fetch(f"{WITH_VERSIONS} {condition}", value)
        return joined_record(rows[0]) if rows else None


# ------------------------------------------------------------------------------------------------ within a session


async def _records(workflow_ids: Sequence[str]) -> dict[str, WorkflowRecord]:
    rows = await Workflow.filter(id__in=workflow_ids).values(*WORKFLOW_FIELDS)
    return {workflow.id: workflow for workflow in await _with_versions(rows)}


async def _with_versions(rows: Sequence[Row]) -> list[WorkflowRecord]:
    """Records of these workflows; all their versions in one query."""
    keys = [row[key] for row in rows for key in ("latest_version_id", "published_version_id")]
    versions = await _versions(key for key in keys if key is not None)
    return [
        workflow_record(row, versions[row["latest_version_id"]], versions.get(row["published_version_id"] or ""))
        for row in rows
    ]


async def _versions(version_ids: Iterable[str]) -> dict[str, VersionRecord]:
    rows = await WorkflowVersion.filter(id__in=list(set(version_ids))).values(*VERSION_FIELDS)
    return {row["id"]: version_record(row) for row in rows}


async def _name_taken(name: str) -> NameTaken | None:
    rows = await Workflow.filter(name=name).values(*WORKFLOW_FIELDS)
    return NameTaken((await _with_versions(rows))[0]) if rows else None


async def _number_used(workflow_id: str, version: str) -> bool:
    return await WorkflowVersion.exists(workflow_id=workflow_id, version=version)


async def _add_version(version: VersionRecord, document: bytes) -> None:
    definition = await Definition.exists(hash=version.definition_hash)
    if not definition:
        await Definition.create(hash=version.definition_hash, document=document)
    await WorkflowVersion.create(**{field: getattr(version, field) for field in VERSION_FIELDS})


async def _changed(workflow_id: str, changes: Row) -> WorkflowRecord:
    await Workflow.filter(id=workflow_id).update(**changes)
    return (await _records([workflow_id]))[workflow_id]


def _described(name: str, description: str | None, tags: Sequence[str]) -> Row:
    return {
        "name": name,
        "description": description or None,
        "tags": tags_to_text(tags),
        "search": search_text(name, description, tags),
    }
