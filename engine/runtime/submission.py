"""Starting an execution: what to run is settled, checked and made durable; only then is the answer given."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from engine.definition.validation import Report
from engine.kernel.events import ExecutionMode, ExecutionQueued
from engine.kernel.retry import NothingToRetry, Wish, plan
from engine.ports import Accepted, Clock, IdempotencyMismatch, Ids, NewExecution
from engine.runtime import history
from engine.runtime.compiled import Compiled
from engine.runtime.definitions import Definitions
from engine.runtime.history import History
from engine.runtime.limits import DataLimits
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
class Again:
    """A wish to try an execution again: from the node that failed or from the one named, on the version that it ran or
    on the latest. `input` is given to that node instead of what it got."""

    execution_id: str
    from_node: str | None = None
    use_latest: bool = False
    input: Json = None
    idempotency_key: str | None = None


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


@dataclass(frozen=True, slots=True)
class NoSuchExecution:
    pass


@dataclass(frozen=True, slots=True)
class NotRetryable:
    """It has not ended, or there is nothing of it to run again."""

    execution: ExecutionRecord
    message: str


Refused: TypeAlias = (
    UnknownWorkflow | UnknownVersion | NotPublished | Invalid | KeyMismatch | BadInput | NoSuchExecution | NotRetryable
)


class Submission:
    def __init__(
        self, *, definitions: Definitions, worker: Worker, clock: Clock, ids: Ids, limits: DataLimits | None = None
    ) -> None:
        self._definitions = definitions
        self._limits = limits or DataLimits()
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
        return await self._accept(
            store, target, queued, actor=actor, key=start.idempotency_key, asked=start, priority=start.priority
        )

    async def retry(self, store: Store, again: Again, *, actor: str) -> Submitted | Refused:
        """A new execution that takes over what an earlier one has finished. Promises what `submit` does."""
        record = await store.executions.get(again.execution_id)
        if record is None:
            return NoSuchExecution()
        if not record.status.final:
            return NotRetryable(record, "It has not ended yet: cancel it, or wait for its end")
        target = await self._again(store, record, latest=again.use_latest)
        if not isinstance(target, Target):
            return target
        earlier = await history.read(store, self._definitions, record)
        before = await self._definitions.get(store, record.definition_hash)
        try:
            queued = retried(before, target.compiled, record, earlier, again, now_us=self._clock.now_us())
        except NothingToRetry as error:
            return NotRetryable(record, str(error))
        except ValueError as error:
            return BadInput(str(error))
        return await self._accept(
            store, target, queued, actor=actor, key=again.idempotency_key, asked=again, retry_of=record.id
        )

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

    async def _again(self, store: Store, record: ExecutionRecord, *, latest: bool) -> Target | Refused:
        if not latest:
            compiled = await self._definitions.get(store, record.definition_hash)
            return Target(record.definition_hash, compiled, record.workflow_id, record.version_id)
        workflow = None if record.workflow_id is None else await store.workflows.get(record.workflow_id)
        if workflow is None:
            return BadInput("The execution ran a definition that is not saved, so there is no later version of it")
        target = await of_version(self._definitions, store, workflow, workflow.latest)
        return Invalid(target) if isinstance(target, Report) else target

    # ------------------------------------------------------------------------------------------- with what

    def _queued(self, compiled: Compiled, start: Start) -> ExecutionQueued:
        """Raises `ValueError` saying what is wrong with the input."""
        items = [Item(json={})] if start.input is None else items_from_json(start.input)
        pinned = pinned_items(compiled, start.mode, start.pin_data)
        excess = self._limits.excess([items, *pinned.values()])
        if excess is not None:
            raise ValueError(f"The input is too much. {excess.message}")
        return ExecutionQueued(
            at_us=self._clock.now_us(),
            mode=start.mode,
            start_node=start_of(compiled, start.mode, start.start_node, start.until_node),
            items=items,
            until_node=start.until_node,
            pinned=pinned,
        )

    async def _accept(
        self,
        store: Store,
        target: Target,
        queued: ExecutionQueued,
        *,
        actor: str,
        key: str | None,
        asked: Start | Again,
        priority: int = 0,
        retry_of: str | None = None,
    ) -> Submitted | Refused:
        new = NewExecution(
            id=self._ids.new("exe"),
            definition_hash=target.definition_hash,
            definition=target.document,
            queued=queued,
            actor=actor,
            workflow_id=target.workflow_id,
            version_id=target.version_id,
            idempotency_key=key,
            request_hash=request_hash(asked) if key else None,
            priority=priority,
            retry_of=retry_of,
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


def retried(
    before: Compiled, after: Compiled, record: ExecutionRecord, earlier: History, again: Again, *, now_us: int
) -> ExecutionQueued:
    """Accepted again, with all that is taken over. Raises `ValueError`, or `NothingToRetry`."""
    queued = earlier.queued
    items = None if again.input is None else items_from_json(again.input)
    taken = plan(
        before.graph(queued.start_node, queued.until_node),
        earlier.state,
        after.graph(queued.start_node, queued.until_node),
        Wish(record.id, again.from_node, items),
    )
    return ExecutionQueued(
        at_us=now_us,
        mode=ExecutionMode.RETRY,
        start_node=queued.start_node,
        items=queued.items,
        until_node=queued.until_node,
        pinned=queued.pinned,
        retried=taken,
    )


def request_hash(asked: Start | Again) -> str:
    """What an idempotency key stands for: everything asked but the key itself."""
    fields = {name: getattr(asked, name) for name in type(asked).__slots__ if name != "idempotency_key"}
    return hashlib.sha256(msgspec.json.encode(fields, order="deterministic")).hexdigest()
