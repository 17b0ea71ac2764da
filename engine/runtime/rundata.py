"""The outcome of an execution in n8n's shape: each node's runs, with their sources, outputs and errors."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.definition.validation import Code, Issue, Report
from engine.kernel.events import Given, RecoveryStrategy
from engine.kernel.frontier import Input
from engine.kernel.history import NodeRun, RunStatus
from engine.kernel.state import Status
from engine.runtime.history import History
from engine.runtime.node_context import source_json
from plugins.errors import Failure
from plugins.items import Json, to_json

HAS_ISSUES = "The workflow has issues and cannot be executed for that reason. Please fix them first."
STATUS = {
    Status.SUCCEEDED: "success",
    Status.FAILED: "error",
    Status.CANCELED: "canceled",
    Status.TIMED_OUT: "canceled",
    Status.WAITING: "waiting",
}
PASSED_ON = (RunStatus.SUCCEEDED, RunStatus.SKIPPED, RunStatus.RECOVERED)


def run_data(history: History) -> dict[str, Json]:
    """`{status, error, order, runs, lastNodeExecuted}` of an execution, plain JSON throughout."""
    # A run that answers no output at all leaves no record in n8n.
    recorded = [run for run in history.runs if run.outputs != []]
    runs: dict[str, list[Json]] = {}
    for run in recorded:
        runs.setdefault(run.node, []).append(_run(run))
    return {
        "status": STATUS.get(history.state.status, "running"),
        "error": _execution_error(history),
        "order": [run.node for run in recorded],
        "runs": runs,
        "lastNodeExecuted": history.state.last_node,
    }


def refused(report: Report, document: Json) -> dict[str, Json]:
    """The same shape for a workflow that never started: n8n names an unknown type, and sums up everything else."""
    unknown = next((issue for issue in report.errors if issue.code == Code.UNKNOWN_NODE_TYPE), None)
    error = (
        {"name": "UnrecognizedNodeTypeError", "message": _unrecognized(unknown, document), "node": None}
        if unknown
        else {"name": "WorkflowHasIssuesError", "message": HAS_ISSUES, "node": None}
    )
    issues = [msgspec.to_builtins(issue) for issue in report.errors]
    return {
        "status": "error",
        "error": error,
        "order": [],
        "runs": {},
        "lastNodeExecuted": None,
        "preExecution": True,
        "issues": issues,
    }


def _unrecognized(issue: Issue, document: Json) -> str:
    type_ = next((node["type"] for node in document["nodes"] if node.get("name") == issue.node), "")
    return f"Unrecognized node type: {type_}"


def _run(run: NodeRun) -> dict[str, Json]:
    erred = run.status is RunStatus.FAILED or run.recovery in (RecoveryStrategy.SKIP, RecoveryStrategy.FALLBACK)
    passed_on = run.status in PASSED_ON
    return {
        "status": "error" if erred else "success" if passed_on else run.status.value.lower(),
        "source": [_source(source) for source in run.inputs if run.execution_index > 0],
        "outputs": msgspec.json.decode(to_json(run.outputs or [])) if passed_on else None,
        "error": error_json(run.error, None) if erred and run.error else None,
    }


def _source(source: Input) -> Json:
    # n8n names the output whose arrival forced an empty item as that item's source.
    return source_json(source.cause if isinstance(source, Given) else source)


def _execution_error(history: History) -> dict[str, Json] | None:
    if history.state.status is Status.TIMED_OUT:
        return {"name": "TimeoutExecutionCancelledError", "message": "The execution timed out", "node": None}
    if history.state.error is None:
        return None
    failed = [run.node for run in history.runs if run.status is RunStatus.FAILED]
    # A plain error that a script threw does not know its node, in n8n.
    knows_its_node = failed and history.state.error.name in ("NodeOperationError", "NodeApiError")
    return error_json(history.state.error, failed[-1] if knows_its_node else None)


def error_json(error: Failure, node: str | None) -> dict[str, Any]:
    """A failure as n8n writes an error: absent fields left out."""
    optional = {
        "description": error.description,
        "itemIndex": error.item_index,
        "lineNumber": error.line_number,
        "httpCode": None if error.status is None else str(error.status),
    }
    return {
        "name": error.name,
        "message": error.message,
        "node": node,
        "code": error.code,
        **{key: value for key, value in optional.items() if value is not None},
    }
