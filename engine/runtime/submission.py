"""Starting an execution: what to run is settled, checked and made durable; only then is the answer given."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from engine.definition.validation import Report
from engine.kernel.events import ExecutionMode, ExecutionQueued
from engine.ports import Accepted, Clock, IdempotencyMismatch, Ids, NewExecution
from engine.runtime.compiled import Compiled
from engine.runtime.definitions import Definitions
from engine.runtime.starting import pinned_items, start_of
from engine.runtime.targets import Target, of_document, of_version
from engine.runtime.worker import Worker
from engine.store.records import ExecutionRecord, VersionRecord, WorkflowRecord, WorkflowStatus
from engine.store.tenancy import Store
from plugins.items import Item, Json, items_from_json


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
        target = await of_version(self._definitions, store, workflow, version)
        return Invalid(target) if isinstance(target, Report) else target

    async def _version(
        self, store: Store, workflow: WorkflowRecord, wanted: str | None
    ) -> VersionRecord | UnknownVersion | NotPublished:
        if wanted is None:
            return workflow.published or NotPublished(workflow)
        return await store.workflows.version_by_number(workflow.id, wanted) or UnknownVersion(wanted)

    async def _document(self, store: Store, start: Start) -> Target | Refused:
        target = await of_document(self._definitions, store, start.document)
        return Invalid(target) if isinstance(target, Report) else target

    # ------------------------------------------------------------------------------------------- with what

    def _queued(self, compiled: Compiled, start: Start) -> ExecutionQueued:
        """Raises `ValueError` saying what is wrong with the input."""
        return ExecutionQueued(
            at_us=self._clock.now_us(),
            mode=start.mode,
            start_node=start_of(compiled, start.mode, start.start_node, start.until_node),
            items=[Item(json={})] if start.input is None else items_from_json(start.input),
            until_node=start.until_node,
            pinned=pinned_items(compiled, start.mode, start.pin_data),
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


def request_hash(start: Start) -> str:
    """What an idempotency key stands for: everything asked but the key itself."""
    asked = {name: getattr(start, name) for name in Start.__slots__ if name != "idempotency_key"}
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()
