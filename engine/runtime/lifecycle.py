"""A workflow's life: created, updated, published. What is saved has been validated, and a version never changes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from engine.definition import n8n
from engine.definition.diff import diff
from engine.definition.findings import Findings
from engine.definition.validation import Report, Stage
from engine.definition.validation.version import check_version
from engine.definition.versions import Bump, bump, parse
from engine.runtime.engine import Engine
from engine.runtime.submission import BadInput, Invalid, UnknownVersion, UnknownWorkflow
from engine.store.records import VersionRecord, WorkflowCategory, WorkflowRecord
from engine.store.tenancy import Store
from engine.store.workflows import NameTaken, VersionConflict
from plugins.items import Json

NAME_CHARS = 200
TEXT_CHARS = 10_000
TAGS = 50
FIRST_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class NewWorkflow:
    """What a workflow is created from. Without a name, it has its document's."""

    document: Json
    name: str | None = None
    description: str | None = None
    category: WorkflowCategory = WorkflowCategory.AUTOMATION
    tags: Sequence[str] = ()
    version: str = FIRST_VERSION
    publish: bool = False
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a workflow whose latest version is `expected_version`. What is None stays as it is.

    `bump` of None means the one that the change of the document calls for.
    """

    workflow_id: str
    expected_version: str
    document: Json = None
    name: str | None = None
    description: str | None = None
    category: WorkflowCategory | None = None
    tags: Sequence[str] | None = None
    bump: Bump | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    workflow: WorkflowRecord


Created: TypeAlias = Saved | Invalid | NameTaken | BadInput
Updated: TypeAlias = Saved | Invalid | VersionConflict | NameTaken | UnknownWorkflow | BadInput
Published: TypeAlias = Saved | Invalid | UnknownWorkflow | UnknownVersion


async def create(engine: Engine, store: Store, new: NewWorkflow, *, actor: str) -> Created:
    """Save a workflow under its first version, and publish that when asked to. Raises `StoreUnavailable`."""
    stage = Stage.PUBLISH if new.publish else Stage.SAVE
    report = with_version(await engine.validate(store.tenant, new.document, stage=stage), new.version)
    if report.errors:
        return Invalid(report)
    name = new.name if new.name is not None else new.document.get("name")
    problem = _problem(name=name or "", description=new.description, tags=new.tags, message=new.message)
    if problem is not None:
        return BadInput(problem)
    created = await store.workflows.create(
        name=name,
        description=new.description,
        category=new.category,
        tags=_distinct(new.tags),
        document=n8n.canonical(new.document),
        definition_hash=n8n.content_hash(new.document),
        version=new.version,
        message=new.message,
        actor=actor,
        publish=new.publish,
    )
    return created if isinstance(created, NameTaken) else Saved(created)


async def update(engine: Engine, store: Store, change: Change, *, actor: str) -> Updated:
    """Save a new version on top of the one expected; only what else is said of it changes when the document does not.

    Raises `StoreUnavailable`.
    """
    workflow = await store.workflows.get(change.workflow_id)
    if workflow is None:
        return UnknownWorkflow()
    if workflow.latest.version != change.expected_version:
        return VersionConflict(workflow.latest)
    problem = _problem(name=change.name, description=change.description, tags=change.tags, message=change.message)
    if problem is not None:
        return BadInput(problem)
    old = (await engine.compiled(store, workflow.latest.definition_hash)).workflow
    document = old.document if change.document is None else change.document
    report = await engine.validate(store.tenant, document, stage=Stage.SAVE)
    if report.errors:
        return Invalid(report)
    by = change.bump or diff(old, n8n.read(document)).bump or Bump.PATCH
    saved = await store.workflows.save(
        workflow.id,
        expected_version=change.expected_version,
        version=str(bump(parse(workflow.latest.version), by)),
        document=n8n.canonical(document),
        definition_hash=n8n.content_hash(document),
        message=change.message,
        actor=actor,
        name=change.name,
        description=change.description,
        category=change.category,
        tags=None if change.tags is None else _distinct(change.tags),
    )
    match saved:
        case None:
            return UnknownWorkflow()
        case WorkflowRecord():
            return Saved(saved)
        case refused:
            return refused


async def publish(engine: Engine, store: Store, workflow_id: str, version: str | None, *, actor: str) -> Published:
    """Make a version (without one: the latest) what executions run. Raises `StoreUnavailable`."""
    workflow = await store.workflows.get(workflow_id)
    if workflow is None:
        return UnknownWorkflow()
    chosen = await _version(store, workflow, version)
    if chosen is None:
        return UnknownVersion(version or "")
    document = (await engine.compiled(store, chosen.definition_hash)).workflow.document
    report = await engine.validate(store.tenant, document, stage=Stage.PUBLISH)
    if report.errors:
        return Invalid(report)
    published = await store.workflows.publish(workflow.id, chosen.id, actor=actor)
    return UnknownWorkflow() if published is None else Saved(published)


def with_version(report: Report, version: str) -> Report:
    """The report, and what is wrong with a version number."""
    found = Findings()
    check_version(version, found)
    more = found.report()
    return replace(report, errors=(*more.errors, *report.errors), warnings=(*more.warnings, *report.warnings))


async def _version(store: Store, workflow: WorkflowRecord, version: str | None) -> VersionRecord | None:
    if version is None:
        return workflow.latest
    return await store.workflows.version_by_number(workflow.id, version)


# ------------------------------------------------------------------------------------------------ what is said of it


def _problem(
    *, name: str | None, description: str | None, tags: Sequence[str] | None, message: str | None
) -> str | None:
    """What is wrong with the words, and what to do about it."""
    if name is not None and not (name.strip() and len(name) <= NAME_CHARS and _is_one_line(name)):
        return f"A workflow needs a name of one line, at most {NAME_CHARS} characters: in the input or the definition"
    if any(text is not None and not _is_text(text) for text in (description, message)):
        return f"A text may have {TEXT_CHARS} characters, none of them NUL or half a surrogate pair"
    if tags is not None and (len(tags) > TAGS or not all(0 < len(tag) <= NAME_CHARS for tag in tags)):
        return f"A workflow may have {TAGS} tags, each of 1 to {NAME_CHARS} characters"
    if tags is not None and not all(map(_is_one_line, tags)):
        return "A tag is a text of one line"
    return None


def _is_text(text: str) -> bool:
    return len(text) <= TEXT_CHARS and not any(char == "\0" or unicodedata.category(char) == "Cs" for char in text)


def _is_one_line(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text)


def _distinct(tags: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(tags))
