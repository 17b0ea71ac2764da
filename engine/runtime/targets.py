"""What will run: a definition that was found, checked and made ready, for whoever wants an execution of it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.definition import n8n
from engine.definition.validation import Report, Stage
from engine.runtime.compiled import Compiled
from engine.runtime.definitions import Definitions
from engine.store.records import VersionRecord, WorkflowRecord
from engine.store.tenancy import Store
from plugins.items import Json


@dataclass(frozen=True, slots=True)
class Target:
    """A definition, and the workflow version it is of, if it is saved."""

    definition_hash: str
    compiled: Compiled
    workflow_id: str | None = None
    version_id: str | None = None
    document: bytes | None = None
    """Canonical bytes of a definition that is not saved yet."""


async def of_version(
    definitions: Definitions, store: Store, workflow: WorkflowRecord, version: VersionRecord
) -> Target | Report:
    """A saved version; the report when it has errors that keep it from running."""
    compiled = await definitions.get(store, version.definition_hash)
    document = compiled.workflow.document
    report = await definitions.report(store.tenant, document, stage=Stage.RUN, definition_hash=version.definition_hash)
    if report.errors:
        return report
    return Target(version.definition_hash, compiled, workflow.id, version.id)


async def of_document(definitions: Definitions, store: Store, document: Json) -> Target | Report:
    """The same for a document that is not saved."""
    report = await definitions.report(store.tenant, document, stage=Stage.RUN)
    if report.errors:
        return report
    definition_hash = n8n.content_hash(document)
    compiled = definitions.compile(store.tenant, definition_hash, document)
    return Target(definition_hash, compiled, document=n8n.canonical(document))
