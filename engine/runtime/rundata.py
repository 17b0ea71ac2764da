"""The outcome of an execution in n8n's shape: each node's runs, with their sources, outputs and errors."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.definition.validation import Report
from engine.kernel.events import Given, RecoveryStrategy
from engine.kernel.frontier import Input
from engine.kernel.history import NodeRun, RunStatus
from engine.kernel.state import Status
from engine.runtime.history import History
from engine.runtime.node_context import source_json
from plugins.errors import Failure
from plugins.items import Json

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
    runs: dict[str, list[Json]] = {}
    for run in history.runs:
        runs.setdefault(run.node, []).append(_run(run))
    return {
        "status": STATUS.get(history.state.status, "running"),
        "error": _execution_error(history),
        "order": [run.node for run in history.runs],
        "runs": runs,
        "lastNodeExecuted": history.state.last_node,
    }


def refused(report: Report) -> dict[str, Json]:
    """The same shape for a workflow that never started: n8n names an unknown type, and sums up everything else."""
    unknown = next((issue for issue in report.errors if issue.code == "UNKNOWN_NODE_TYPE"), None)
    error = (
        {"name": "UnrecognizedNodeTypeError", "message": unknown.message, "node": None}
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


def _run(run: NodeRun) -> dict[str, Json]:
    erred = run.status is RunStatus.FAILED or run.recovery in (RecoveryStrategy.SKIP, RecoveryStrategy.FALLBACK)
    passed_on = run.status in PASSED_ON
    return {
        "status": "error" if erred else "success" if passed_on else run.status.value.lower(),
        "source": [_source(source) for source in run.inputs if run.execution_index > 0],
        "outputs": msgspec.to_builtins(run.outputs) if passed_on else None,
        "error": error_json(run.error, run.node) if erred and run.error else None,
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
    return error_json(history.state.error, failed[-1] if failed else None)


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
