"""n8n's workflow documents: read into a `Workflow` and written out again, nothing lost."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition.canonical import canonical, content_hash
from engine.definition.connections import Edge
from engine.definition.draft import Draft, read_draft
from engine.definition.findings import Findings
from engine.definition.issues import InvalidDocument
from engine.definition.workflow import Connection, Workflow
from plugins.items import Json

__all__ = ["canonical", "content_hash", "export", "read"]


def read(document: Json, *, default_timezone: str = "UTC") -> Workflow:
    """The workflow that an n8n document describes.

    Promises distinct node names, and connections between nodes that exist. The document is kept, not copied: it must
    not be changed afterwards. Raises `InvalidDocument` with every error in the structure or the settings.
    """
    found = Findings()
    draft = read_draft(document, found, default_timezone=default_timezone)
    if draft is None or found.errors:
        raise InvalidDocument(found.errors)
    return _workflow(draft)


def export(workflow: Workflow) -> Mapping[str, Json]:
    """The document as it was imported: fields that nobody here knows included."""
    return workflow.document


def _workflow(draft: Draft) -> Workflow:
    identity = draft.document.get("id")
    return Workflow(
        name=draft.name,
        nodes=draft.nodes,
        connections=tuple(_connection(edge) for edge in draft.edges),
        settings=draft.settings,
        pinned=draft.pinned,
        document=draft.document,
        id=str(identity) if isinstance(identity, str | int) else None,
        active=draft.document.get("active") is True,
    )


def _connection(edge: Edge) -> Connection:
    return Connection(*edge)
