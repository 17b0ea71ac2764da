"""The settings of a document: n8n's, and those that are ours."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

from engine.definition.findings import Findings, Spot
from engine.definition.issues import Code
from engine.definition.number import number
from engine.definition.policy import read_policy
from engine.definition.recovery import Recovery
from engine.definition.workflow import DEFAULT_NODE_RUN_BUDGET, DEFAULT_PARALLEL_NODES, ExecutionOrder, Settings
from plugins.items import Json

MAX_NODE_RUN_BUDGET = 1_000_000
MAX_CONCURRENT_EXECUTIONS = 100_000
MAX_PARALLEL_NODES = 100

_Raw: TypeAlias = Mapping[str, Json]
_UNSET = (None, "", "DEFAULT")
"""How n8n's editor writes that a setting is left to the instance."""


def read_settings(raw: Json, found: Findings, default_timezone: str) -> Settings:
    """What is wrong is found, and stands at its default."""
    here = Spot(found, ("settings",))
    if not isinstance(raw, dict):
        if raw is not None and raw != []:  # [] is how some exporters write an empty object
            here.error(Code.INVALID_STRUCTURE, "settings must be an object")
        raw = {}
    _flags(raw, here)
    _whole(raw, "maxConcurrentExecutions", MAX_CONCURRENT_EXECUTIONS, here)
    return Settings(
        execution_order=_execution_order(raw, here),
        timezone=_timezone(raw, here) or default_timezone,
        timeout_s=_timeout(raw, here),
        max_node_runs=_whole(raw, "maxNodeRuns", MAX_NODE_RUN_BUDGET, here) or DEFAULT_NODE_RUN_BUDGET,
        max_parallel_nodes=_whole(raw, "maxParallelNodes", MAX_PARALLEL_NODES, here) or DEFAULT_PARALLEL_NODES,
        error_workflow=_error_workflow(raw, here),
        save_data=_save_data(raw, here),
        recovery=read_policy(raw.get("recovery"), here.within("recovery")) or Recovery(),
    )


def _execution_order(raw: _Raw, here: Spot) -> ExecutionOrder:
    value, fix = raw.get("executionOrder"), f"Use one of {', '.join(ExecutionOrder)}."
    match value:
        case "v1":
            return ExecutionOrder.V1
        case "parallel":
            return ExecutionOrder.PARALLEL
        case None | "" | "v0":
            pass
        case str():
            message = f"the execution order {value!r} is not known, and counts as v0"
            here.warning(Code.INVALID_SETTING, message, "executionOrder", fix=fix)
        case _:
            here.error(Code.INVALID_SETTING, "executionOrder must be text", "executionOrder", fix=fix)
    return ExecutionOrder.V0


def _timezone(raw: _Raw, here: Spot) -> str | None:
    value = raw.get("timezone")
    if value in _UNSET:
        return None
    zone = _zones().get(value.casefold()) if isinstance(value, str) else None
    if zone is None:
        _wrong(here, "timezone", "must be an IANA time zone, such as Europe/Berlin")
    return zone


@cache
def _zones() -> Mapping[str, str]:
    """Case does not count, as in JavaScript."""
    return {name.casefold(): name for name in zoneinfo.available_timezones()}


def _timeout(raw: _Raw, here: Spot) -> float | None:
    """Seconds. n8n writes -1 for none."""
    value = raw.get("executionTimeout")
    if value in _UNSET:
        return None
    seconds = number(value)
    if seconds is None:
        _wrong(here, "executionTimeout", "must be a number of seconds, or -1 for none")
    return seconds if seconds is not None and seconds > 0 else None


def _whole(raw: _Raw, key: str, high: int, here: Spot) -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    read = None if isinstance(value, str) else number(value)
    if read is None or not read.is_integer() or not 1 <= read <= high:
        _wrong(here, key, f"must be a whole number from 1 to {high}")
        return None
    return int(read)


def _error_workflow(raw: _Raw, here: Spot) -> str | None:
    value = raw.get("errorWorkflow")
    if value in _UNSET:
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    _wrong(here, "errorWorkflow", "must be the id of a workflow")
    return None


def _save_data(raw: _Raw, here: Spot) -> str:
    """ALL, ERRORS or NONE: what is kept once an execution has finished."""
    for key in ("saveDataErrorExecution", "saveDataSuccessExecution"):
        if raw.get(key) not in (*_UNSET, "all", "none"):
            _wrong(here, key, "must be all, none or DEFAULT")
    if raw.get("saveDataSuccessExecution") != "none":
        return "ALL"
    return "ERRORS" if raw.get("saveDataErrorExecution") != "none" else "NONE"


def _flags(raw: _Raw, here: Spot) -> None:
    for key in ("saveManualExecutions", "saveExecutionProgress", "strictDag"):
        value = raw.get(key)
        if value not in _UNSET and not isinstance(value, bool):
            _wrong(here, key, "must be true or false")


def _wrong(here: Spot, key: str, message: str) -> None:
    here.error(Code.INVALID_SETTING, f"{key} {message}", key, fix="Correct it, or remove it for the default.")
