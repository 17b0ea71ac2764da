"""The canonical form of a document, and the hash by which definitions are known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import msgspec

from engine.definition.issues import Code, InvalidDocument, Issue
from plugins.items import Json

BOOKKEEPING = frozenset(
    {
        "active",
        "activeVersion",
        "activeVersionId",
        "createdAt",
        "homeProject",
        "isArchived",
        "meta",
        "parentFolder",
        "parentFolderId",
        "scopes",
        "shared",
        "sharedWithProjects",
        "staticData",
        "tags",
        "triggerCount",
        "updatedAt",
        "usedCredentials",
        "versionCounter",
        "versionId",
    }
)
"""Top-level fields that an n8n instance writes about a workflow: who owns it, when it ran, where it was saved."""


def canonical(document: Mapping[str, Json]) -> bytes:
    """The document as JSON in UTF-8: keys sorted, no space, whole numbers without a point (1.0 is 1, -0.0 is 0).

    Two documents have the same canonical form exactly when they are the same JSON. Raises `InvalidDocument` for what
    is not JSON at all.
    """
    try:
        plain = json.loads(msgspec.json.encode(document), parse_float=_number)  # both walk the document in C
        return msgspec.json.encode(plain, order="sorted")
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidDocument([Issue(Code.INVALID_STRUCTURE, f"not a JSON document: {error}", "")]) from None


def content_hash(document: Mapping[str, Json]) -> str:
    """SHA-256 (hex) of the canonical definition: the document without an instance's bookkeeping.

    Everything an author can write counts, unknown fields too, so that no edit is taken for a repetition.
    """
    content = {key: value for key, value in document.items() if key not in BOOKKEEPING}
    return hashlib.sha256(canonical(content)).hexdigest()


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value
