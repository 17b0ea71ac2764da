"""Rows of `workflows` and `workflow_versions`, read into records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sqlite3 import Row
from typing import Any

import msgspec

from engine.store.records import VersionRecord, WorkflowCategory, WorkflowRecord, WorkflowStatus

VERSION_FIELDS = ("id", "workflow_id", "version", "definition_hash", "message", "created_at_us", "created_by")
WORKFLOW_FIELDS = (
    "id", "name", "description", "status", "category", "tags", "latest_version_id", "published_version_id",
    "created_at_us", "created_by", "updated_at_us", "updated_by", "published_at_us",
)  # fmt: skip


def _columns(table: str, fields: Iterable[str], prefix: str) -> str:
    return ", ".join(f"{table}.{field} AS {prefix}{field}" for field in fields)


WITH_VERSIONS = f"""
    SELECT {_columns("workflow", WORKFLOW_FIELDS, "")},
        {_columns("latest", VERSION_FIELDS, "latest_")},
        {_columns("published", VERSION_FIELDS, "published_")}
    FROM workflows workflow
    JOIN workflow_versions latest ON latest.id = workflow.latest_version_id
    LEFT JOIN workflow_versions published ON published.id = workflow.published_version_id
    WHERE workflow.tenant_id = ?
"""  # noqa: S608  # constants only
"""A workflow and both versions that its record holds, in one query; more conditions may follow."""

IMPORTED_AS = f"""
    {WITH_VERSIONS} AND workflow.document_id = ? AND workflow.status <> 'ARCHIVED'
    ORDER BY workflow.published_version_id IS NULL, workflow.id DESC LIMIT 1
"""
"""Which workflow other documents mean by the id of its document: of several a published one, and the latest."""


class _Identified(msgspec.Struct):
    id: Any = None


_identified = msgspec.json.Decoder(_Identified)


def joined_record(row: Row) -> WorkflowRecord:
    """The record of a row of `WITH_VERSIONS`."""
    published = None if row["published_id"] is None else version_record(row, "published_")
    return workflow_record(row, version_record(row, "latest_"), published)


def workflow_record(
    row: Mapping[str, Any] | Row, latest: VersionRecord, published: VersionRecord | None
) -> WorkflowRecord:
    return WorkflowRecord(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        status=WorkflowStatus(row["status"]),
        category=WorkflowCategory(row["category"]),
        tags=tags_from_text(row["tags"]),
        latest=latest,
        published=published,
        created_at_us=row["created_at_us"],
        created_by=row["created_by"],
        updated_at_us=row["updated_at_us"],
        updated_by=row["updated_by"],
        published_at_us=row["published_at_us"],
    )


def version_record(row: Mapping[str, Any] | Row, prefix: str = "") -> VersionRecord:
    return VersionRecord(**{field: row[prefix + field] for field in VERSION_FIELDS})


def document_id(document: bytes) -> str | None:
    """The id that a document names: what other documents call it by."""
    named = _identified.decode(document).id
    return str(named) if isinstance(named, str | int) and not isinstance(named, bool) else None


def tags_to_text(tags: Iterable[str]) -> str:
    """Each tag once, as a line between line breaks, so that one can be looked for. Raises `ValueError`."""
    lines = list(dict.fromkeys(tags))
    for tag in lines:
        if "\n" in tag or not tag.strip():
            raise ValueError(f"A tag is one line of text, not {tag!r}")
    return "".join(["\n", *(f"{tag}\n" for tag in lines)])


def tags_from_text(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")[1:-1])


def search_text(name: str, description: str | None, tags: Iterable[str]) -> str:
    """What a search looks in. SQLite folds the case of ASCII letters only, so it is folded here."""
    return "\n".join([name, description or "", *tags]).casefold()
