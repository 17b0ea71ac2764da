"""Starting an execution: what to run is settled, checked and made durable; only then is the answer given."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from engine.definition import n8n
from engine.definition.validation import Report, Stage
from engine.definition.workflow import Node
from engine.kernel.events import ExecutionMode, ExecutionQueued
from engine.ports import Accepted, Clock, IdempotencyMismatch, Ids, NewExecution
from engine.runtime.compiled import STICKY_NOTE, Compiled
from engine.runtime.definitions import Definitions
from engine.runtime.worker import Worker
from engine.store.records import ExecutionRecord, VersionRecord, WorkflowRecord, WorkflowStatus
from engine.store.tenancy import Store
from plugins.items import Item, Items, Json, items_from_json

MANUAL_TRIGGER = "n8n-nodes-base.manualTrigger"
CALLED_TRIGGER = "n8n-nodes-base.executeWorkflowTrigger"


@dataclass(frozen=True, slots=True)
class Start:
    """A wish to run something: a saved workflow (`workflow_id`, `version` or the published one) or a `document`.

    `input` is an object, a list of objects, or n8n items. `pin_data` is read in test runs only.
    """

    workflow_id: str | None = None
    version: str | None = None
    document: Json = None
    input: Json = None
    start_node: str | None = None
    until_node: str | None = None
    pin_data: Json = None
    idempotency_key: str | None = None
    priority: int = 0
    mode: ExecutionMode = ExecutionMode.MANUAL


@dataclass(frozen=True, slots=True)
class Submitted:
    """Accepted and durable. `replayed`: an earlier call with the same idempotency key had started it."""

    execution: ExecutionRecord
    replayed: bool


@dataclass(frozen=True, slots=True)
class UnknownWorkflow:
    pass


@dataclass(frozen=True, slots=True)
class UnknownVersion:
    version: str


@dataclass(frozen=True, slots=True)
class NotPublished:
    workflow: WorkflowRecord


@dataclass(frozen=True, slots=True)
class Invalid:
    report: Report


@dataclass(frozen=True, slots=True)
class KeyMismatch:
    """The idempotency key was used before, for another request."""


@dataclass(frozen=True, slots=True)
class BadInput:
    message: str


Refused: TypeAlias = UnknownWorkflow | UnknownVersion | NotPublished | Invalid | KeyMismatch | BadInput


@dataclass(frozen=True, slots=True)
class Target:
    """What will run: a definition, and the workflow version it is of, if it is saved."""

    definition_hash: str
    compiled: Compiled
    workflow_id: str | None = None
    version_id: str | None = None
    document: bytes | None = None
    """Canonical bytes of a definition that is not saved yet."""


class Submission:
    def __init__(self, *, definitions: Definitions, worker: Worker, clock: Clock, ids: Ids) -> None:
        self._definitions = definitions
        self._worker = worker
        self._clock = clock
        self._ids = ids

    async def submit(self, store: Store, start: Start, *, actor: str) -> Submitted | Refused:
        """Accept an execution: its row and ExecutionQueued are committed when this returns `Submitted`."""
        target = await (self._document(store, start) if start.workflow_id is None else self._saved(store, start))
        if not isinstance(target, Target):
            return target
        try:
            queued = self._queued(target.compiled, start)
        except ValueError as error:
            return BadInput(str(error))
        return await self._accept(store, target, queued, start, actor=actor)

    # ------------------------------------------------------------------------------------------- what to run

    async def _saved(self, store: Store, start: Start) -> Target | Refused:
        assert start.workflow_id is not None
        workflow = await store.workflows.get(start.workflow_id)
        if workflow is None or workflow.status is WorkflowStatus.ARCHIVED:
            return UnknownWorkflow()
        version = await self._version(store, workflow, start.version)
        if not isinstance(version, VersionRecord):
            return version
        compiled = await self._definitions.get(store, version.definition_hash)
        report = await self._definitions.report(
            store.tenant, compiled.workflow.document, stage=Stage.RUN, definition_hash=version.definition_hash
        )
        if report.errors:
            return Invalid(report)
        return Target(version.definition_hash, compiled, workflow.id, version.id)

    async def _version(
        self, store: Store, workflow: WorkflowRecord, wanted: str | None
    ) -> VersionRecord | UnknownVersion | NotPublished:
        if wanted is None:
            return workflow.published or NotPublished(workflow)
        return await store.workflows.version_by_number(workflow.id, wanted) or UnknownVersion(wanted)

    async def _document(self, store: Store, start: Start) -> Target | Refused:
        report = await self._definitions.report(store.tenant, start.document, stage=Stage.RUN)
        if report.errors:
            return Invalid(report)
        definition_hash = n8n.content_hash(start.document)
        compiled = self._definitions.compile(store.tenant, definition_hash, start.document)
        return Target(definition_hash, compiled, document=n8n.canonical(start.document))

    # ------------------------------------------------------------------------------------------- with what

    def _queued(self, compiled: Compiled, start: Start) -> ExecutionQueued:
        """Raises `ValueError` saying what is wrong with the input."""
        nodes = compiled.workflow.nodes
        for name in (start.start_node, start.until_node):
            if name is not None and name not in nodes:
                raise ValueError(f"The workflow has no node named '{name}'")
        return ExecutionQueued(
            at_us=self._clock.now_us(),
            mode=start.mode,
            start_node=start.start_node or default_start(compiled, start.mode).name,
            items=[Item(json={})] if start.input is None else items_from_json(start.input),
            until_node=start.until_node,
            pinned=pinned_items(compiled, start),
        )

    async def _accept(
        self, store: Store, target: Target, queued: ExecutionQueued, start: Start, *, actor: str
    ) -> Submitted | Refused:
        new = NewExecution(
            id=self._ids.new("exe"),
            definition_hash=target.definition_hash,
            definition=target.document,
            queued=queued,
            actor=actor,
            workflow_id=target.workflow_id,
            version_id=target.version_id,
            idempotency_key=start.idempotency_key,
            request_hash=request_hash(start) if start.idempotency_key else None,
            priority=start.priority,
        )
        # To its end, whether or not the caller still waits: what is accepted for this worker is to be run by it.
        taking = asyncio.create_task(self._take(store, new))
        taking.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            accepted = await asyncio.shield(taking)
        except IdempotencyMismatch:
            return KeyMismatch()
        return Submitted(accepted.execution, accepted.replayed)

    async def _take(self, store: Store, new: NewExecution) -> Accepted:
        worker = self._worker if self._worker.has_room else None
        accepted = await store.executions.accept(new, lease_for=worker.name if worker else None)
        if accepted.claim is not None and worker is not None:
            worker.adopt(accepted.claim, [new.queued])
        elif not accepted.replayed:
            self._worker.notice()
        return accepted


def default_start(compiled: Compiled, mode: ExecutionMode) -> Node:
    """The trigger that a plain start means: in a test run the manual one, else the one for being called, first.

    Without any trigger, the top-left node that nothing feeds.

    Raises `ValueError` for a workflow with nothing to start at.
    """
    preferred = (MANUAL_TRIGGER, CALLED_TRIGGER) if mode is ExecutionMode.TEST else (CALLED_TRIGGER, MANUAL_TRIGGER)
    if triggers := compiled.triggers():
        return min(triggers, key=lambda node: preferred.index(node.type) if node.type in preferred else len(preferred))
    fed = {connection.target for connection in compiled.workflow.connections if connection.kind == "main"}
    roots = [
        node
        for node in compiled.workflow.nodes.values()
        if node.name not in fed and not node.disabled and node.type != STICKY_NOTE
    ]
    if not roots:
        raise ValueError("The workflow has no node to start at: add a manual trigger, or name a start node")
    return min(roots, key=lambda node: (node.position[1], node.position[0]))


def pinned_items(compiled: Compiled, start: Start) -> dict[str, Items]:
    """Pin data in force: the caller's, else the document's; in test runs only."""
    if start.mode is not ExecutionMode.TEST:
        return {}
    if start.pin_data is None:
        return dict(compiled.workflow.pinned)
    if not isinstance(start.pin_data, Mapping):
        raise ValueError("pinData must be an object: node names to lists of items")
    return {str(name): items_from_json(items) for name, items in start.pin_data.items()}


def request_hash(start: Start) -> str:
    """What an idempotency key stands for: everything asked but the key itself."""
    asked = {name: getattr(start, name) for name in Start.__slots__ if name != "idempotency_key"}
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()
