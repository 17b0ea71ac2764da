"""One row of `executions`, read into a record."""

from __future__ import annotations

from collections.abc import Mapping
from sqlite3 import Row
from typing import Any

import msgspec

from engine.kernel.events import ExecutionMode
from engine.ports import NewExecution
from engine.store.records import ExecutionRecord, ExecutionStatus
from plugins.errors import Failure

FIELDS = (
    "id", "status", "mode", "definition_hash", "workflow_id", "version_id", "actor", "created_at_us", "started_at_us",
    "finished_at_us", "last_seq", "error", "error_node", "wake_at_us", "retry_of", "parent",
)  # fmt: skip
COLUMNS = ", ".join(FIELDS)

_failure = msgspec.json.Decoder(Failure)


def execution_record(row: Mapping[str, Any] | Row) -> ExecutionRecord:
    """The record of a row that has at least `FIELDS`."""
    error = row["error"]
    return ExecutionRecord(
        id=row["id"],
        status=ExecutionStatus(row["status"]),
        mode=ExecutionMode(row["mode"]),
        definition_hash=row["definition_hash"],
        workflow_id=row["workflow_id"],
        version_id=row["version_id"],
        actor=row["actor"],
        created_at_us=row["created_at_us"],
        started_at_us=row["started_at_us"],
        finished_at_us=row["finished_at_us"],
        last_seq=row["last_seq"],
        error=None if error is None else _failure.decode(error),
        error_node=row["error_node"],
        wake_at_us=row["wake_at_us"],
        retry_of=row["retry_of"],
        parent=row["parent"],
    )


def accepted_record(new: NewExecution) -> ExecutionRecord:
    """The record of an execution that has just been accepted."""
    return ExecutionRecord(
        id=new.id,
        status=ExecutionStatus.QUEUED,
        mode=new.queued.mode,
        definition_hash=new.definition_hash,
        workflow_id=new.workflow_id,
        version_id=new.version_id,
        actor=new.actor,
        created_at_us=new.queued.at_us,
        started_at_us=None,
        finished_at_us=None,
        last_seq=1,
        error=None,
        error_node=None,
        wake_at_us=None,
        retry_of=new.retry_of,
        parent=new.parent,
    )
