"""Executions that an execution brings about: those of the workflows it calls, and that of its error workflow."""

from __future__ import annotations

import structlog

from engine.definition.validation import Report
from engine.definition.workflow import Workflow
from engine.kernel.calls import Answer
from engine.kernel.events import ExecutionFailed, ExecutionMode, ExecutionQueued
from engine.kernel.state import State
from engine.ports import Claim, Clock, Ids, NewExecution
from engine.runtime import history
from engine.runtime.definitions import Definitions
from engine.runtime.live import Live, UnknownExecution
from engine.runtime.rundata import HAS_ISSUES, error_json
from engine.runtime.starting import default_start
from engine.runtime.targets import Target, of_document, of_version
from engine.store.database import Stores
from engine.store.records import ExecutionRecord, ExecutionStatus
from engine.store.tenancy import Store
from plugins.errors import Failure
from plugins.items import Item, Items, Json
from plugins.outcomes import CallWorkflow

ACTOR = "SYSTEM:heddle"
DEEPEST = 32
"""How many executions may wait for one another in a row: a workflow that calls itself for ever ends here."""
WATCH_S = 3_600.0
ERROR_TRIGGER = "n8n-nodes-base.errorTrigger"
MODES = {
    ExecutionMode.SCHEDULE: "trigger",
    ExecutionMode.SUBWORKFLOW: "integrated",
    ExecutionMode.TEST: "manual",
}
"""What n8n calls a mode, where that is not our word in lower case."""

logger = structlog.get_logger(__name__)


class Children:
    """Says what to start, and what came of it. Starts nothing itself: that takes a place in the parent's log."""

    def __init__(self, *, definitions: Definitions, stores: Stores, clock: Clock, ids: Ids, live: Live) -> None:
        self._definitions = definitions
        self._stores = stores
        self._clock = clock
        self._ids = ids
        self._live = live

    async def called(self, parent: Claim, call: CallWorkflow, *, depth: int, awaited: bool) -> NewExecution | Failure:
        """The execution that a call of `parent`, which is `depth` calls deep itself, asks for, and waits for if it is
        `awaited`."""
        if depth >= DEEPEST:
            return _too_deep()
        store = self._stores(parent.lease.tenant)
        if call.document is None:
            target = await self._published(store, call.workflow_id)
        else:
            target = await of_document(self._definitions, store, call.document)
        match target:
            case Failure():
                return target
            case Report():
                return _has_issues(target)
        try:
            start = default_start(target.compiled, ExecutionMode.SUBWORKFLOW).name
        except ValueError as error:
            return Failure(code="NO_TRIGGER", message=str(error), permanent=True)
        return self._new(parent, target, ExecutionMode.SUBWORKFLOW, start, call.items, depth=depth + 1, awaited=awaited)

    async def ended(self, parent: Claim, execution_id: str) -> None:
        """Returns once the execution has ended; or after a long time, when it is no longer worth a watch."""
        await self._live.finished(self._stores(parent.lease.tenant), execution_id, timeout_s=WATCH_S)

    async def has_ended(self, called: Claim, execution_id: str) -> bool:
        record = await self._stores(called.lease.tenant).executions.get(execution_id)
        return record is None or record.status.final

    async def answer(self, parent: Claim, execution_id: str) -> Answer | None:
        """How an execution that was called ended; None while it has not."""
        store = self._stores(parent.lease.tenant)
        record = await store.executions.get(execution_id)
        if record is None:
            raise UnknownExecution(execution_id)
        if not record.status.final:
            return None
        if record.status is not ExecutionStatus.SUCCEEDED:
            return Answer(execution_id, error=_failure(record))
        state = (await history.read(store, self._definitions, record)).state
        last = None if state.last_node is None else state.runs[state.last_node][-1]
        return Answer(execution_id, outputs=[[]] if last is None else last.outputs or [[]])

    async def after_failure(
        self, failed: Claim, workflow: Workflow, state: State, event: ExecutionFailed
    ) -> NewExecution | None:
        """The execution of the workflow that is to run when `failed` has failed; None when there is none."""
        reference = workflow.settings.error_workflow or (failed.workflow_id if _error_trigger(workflow) else None)
        if reference is None or failed.mode in (ExecutionMode.ERROR, ExecutionMode.TEST):
            return None
        target = await self._published(self._stores(failed.lease.tenant), reference)
        trigger = _error_trigger(target.compiled.workflow) if isinstance(target, Target) else None
        if not isinstance(target, Target) or trigger is None:
            logger.warning("no_error_workflow", execution=failed.lease.execution_id, wanted=reference)
            return None
        item = Item(error_item(failed, workflow, state, event))
        return self._new(failed, target, ExecutionMode.ERROR, trigger, [item])

    async def _published(self, store: Store, reference: str) -> Target | Report | Failure:
        workflow = await store.workflows.referred(reference)
        if workflow is None:
            return Failure(code="NOT_FOUND", message=f"There is no workflow with the id '{reference}'", permanent=True)
        if workflow.published is None:
            message = f"The workflow '{workflow.name}' is not published, so it cannot be called"
            return Failure(code="NOT_PUBLISHED", message=message, permanent=True)
        return await of_version(self._definitions, store, workflow, workflow.published)

    def _new(
        self,
        parent: Claim,
        target: Target,
        mode: ExecutionMode,
        start: str,
        items: Items,
        *,
        depth: int = 0,
        awaited: bool = False,
    ) -> NewExecution:
        id = parent.lease.execution_id
        return NewExecution(
            id=self._ids.new("exe"),
            definition_hash=target.definition_hash,
            definition=target.document,
            queued=ExecutionQueued(
                at_us=self._clock.now_us(),
                mode=mode,
                start_node=start,
                items=items,
                depth=depth,
                caller=id if awaited else None,
            ),
            actor=ACTOR,
            workflow_id=target.workflow_id,
            version_id=target.version_id,
            parent=id,
        )


def error_item(failed: Claim, workflow: Workflow, state: State, event: ExecutionFailed) -> dict[str, Json]:
    """What an error trigger starts with, as n8n writes it. The address is within this server."""
    id = failed.lease.execution_id
    return {
        "execution": {
            "id": id,
            "url": f"/executions/{id}",
            "error": error_json(event.error, event.node),
            "lastNodeExecuted": event.node or state.last_node,
            "mode": MODES.get(failed.mode, failed.mode.value.lower()),
        },
        "workflow": {"id": failed.workflow_id or workflow.id or "", "name": workflow.name},
    }


def _error_trigger(workflow: Workflow) -> str | None:
    triggers = (node.name for node in workflow.nodes.values() if node.type == ERROR_TRIGGER and not node.disabled)
    return next(triggers, None)


def _too_deep() -> Failure:
    return Failure(
        code="NESTING_TOO_DEEP",
        message=f"Workflows call one another more than {DEEPEST} deep: does this one call itself?",
        name="WorkflowOperationError",
        permanent=True,
    )


def _has_issues(report: Report) -> Failure:
    first = report.errors[0]
    return Failure(
        code="INVALID_WORKFLOW",
        message=HAS_ISSUES,
        name="WorkflowHasIssuesError",
        description=f"{first.code} at {first.pointer}: {first.message}",
        permanent=True,
    )


def _failure(child: ExecutionRecord) -> Failure:
    """The child's failure as its caller's. Calling again may help, whatever the failure was."""
    context: dict[str, Json] = {"execution": child.id}
    if child.status is ExecutionStatus.CANCELED:
        message = "The execution of the called workflow was canceled"
        return Failure(code="SUB_WORKFLOW_CANCELED", message=message, name="WorkflowOperationError", context=context)
    error = child.error or Failure(code="SUB_WORKFLOW_FAILED", message="The called workflow failed")
    return Failure(
        code=error.code,
        message=error.message,
        name=error.name,
        description=error.description,
        status=error.status,
        line_number=error.line_number,
        context=context,
    )
