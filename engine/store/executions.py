"""A tenant's executions: accepting them, and reading what the journal has written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.kernel.events import ExecutionCanceled, ExecutionMode, decode
from engine.ports import Accepted, Claim, NewExecution, Recorded
from engine.store.execution_row import COLUMNS, FIELDS, execution_record
from engine.store.journal import LEASE_US, GroupJournal
from engine.store.models import Execution
from engine.store.paging import Key, Order, Slice, read_page
from engine.store.records import ExecutionRecord, ExecutionStatus, Page
from engine.store.rows import TenantRows
from engine.store.session import Session

ONE = f"SELECT {COLUMNS} FROM executions WHERE tenant_id = ? AND id = ?"  # noqa: S608  # constants only

CALLED = "SELECT id FROM executions WHERE tenant_id = ? AND parent = ? AND finished_at_us IS NULL"

HISTORY = """
    WITH execution AS (SELECT id FROM executions WHERE tenant_id = ? AND id = ?)
    SELECT event.seq, event.body
    FROM execution LEFT JOIN execution_events event ON event.execution_id = execution.id AND event.seq > ?
    ORDER BY event.seq LIMIT ?
"""


class ExecutionOrder(StrEnum):
    """Ids are sortable by time, so they are the order of creation."""

    CREATED_AT = "CREATED_AT"
    DURATION = "DURATION"

    @property
    def columns(self) -> tuple[str, ...]:
        return ("id",) if self is ExecutionOrder.CREATED_AT else ("duration_us", "id")

    def key(self, execution: ExecutionRecord) -> Key:
        """Where an execution stands in this order: a cursor, before it is made opaque."""
        if self is ExecutionOrder.CREATED_AT:
            return (execution.id,)
        return (duration_us(execution), execution.id)


def duration_us(execution: ExecutionRecord) -> int:
    """From its start to its end; 0 while it runs."""
    if execution.finished_at_us is None:
        return 0
    began_at_us = execution.created_at_us if execution.started_at_us is None else execution.started_at_us
    return execution.finished_at_us - began_at_us


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """What is left empty does not narrow the list."""

    workflow_id: str | None = None
    statuses: frozenset[ExecutionStatus] = frozenset()
    modes: frozenset[ExecutionMode] = frozenset()
    started_after_us: int | None = None
    started_before_us: int | None = None
    error_code: str | None = None

    def conditions(self) -> dict[str, object]:
        wanted = {
            "workflow_id": self.workflow_id,
            "status__in": sorted(self.statuses) or None,
            "mode__in": sorted(self.modes) or None,
            "started_at_us__gt": self.started_after_us,
            "started_at_us__lt": self.started_before_us,
            "error_code": self.error_code,
        }
        return {name: value for name, value in wanted.items() if value is not None}


class Executions:
    """An id of another tenant is answered as one that never existed, after the same work."""

    def __init__(self, tenant: str, rows: TenantRows, session: Session, journal: GroupJournal) -> None:
        self._tenant = tenant
        self._rows = rows
        self._session = session
        self._journal = journal

    async def accept(self, new: NewExecution, *, lease_for: str | None = None, lease_us: int = LEASE_US) -> Accepted:
        """Durable when it returns. With `lease_for`, claimed for that worker in the same transaction.

        Raises `IdempotencyMismatch` or `StoreUnavailable`.
        """
        return await self._journal.accept(self._tenant, new, lease_for=lease_for, lease_us=lease_us)

    async def take(self, execution_id: str, worker: str, *, lease_us: int = LEASE_US) -> Claim | None:
        """Claim this execution; None when it has ended, or somebody holds it, or there is none. Raises
        `StoreUnavailable`."""
        return await self._journal.take(self._tenant, execution_id, worker, lease_us=lease_us)

    async def cancel(self, execution_id: str, event: ExecutionCanceled, *, worker: str) -> bool:
        """End an execution that nobody holds, or that `worker` holds and does not run: in one transaction. False when
        it has ended before, when another worker holds it, or when there is none. Raises `StoreUnavailable`."""
        return await self._journal.cancel(self._tenant, execution_id, event, worker=worker)

    async def get(self, execution_id: str) -> ExecutionRecord | None:
        rows = await self._rows.fetch(ONE, execution_id)
        return execution_record(rows[0]) if rows else None

    async def many(self, execution_ids: Iterable[str]) -> dict[str, ExecutionRecord]:
        """Those of these ids that there are."""
        with self._session.reading():
            rows = await Execution.filter(id__in=list(execution_ids)).values(*FIELDS)
        return {row["id"]: execution_record(row) for row in rows}

    async def history(self, execution_id: str, *, after: int = 0, limit: int = 500) -> list[Recorded] | None:
        """The log from `after` (exclusive), at most `limit` events; None when there is no such execution."""
        rows = await self._rows.fetch(HISTORY, execution_id, after, limit)
        if not rows:
            return None
        return [Recorded(row["seq"], decode(row["body"])) for row in rows if row["seq"] is not None]

    async def under_way_for(self, execution_id: str) -> list[str]:
        """Executions that this one has called for and that have not ended."""
        rows = await self._rows.fetch(CALLED, execution_id)
        return [row["id"] for row in rows]

    async def page(
        self,
        part: Slice,
        *,
        where: ExecutionFilter | None = None,
        order: ExecutionOrder = ExecutionOrder.CREATED_AT,
        descending: bool = True,
        with_total: bool = False,
    ) -> Page[ExecutionRecord]:
        with self._session.reading():
            return await read_page(
                Execution.filter(**(where or ExecutionFilter()).conditions()),
                Order(order.columns, descending),
                part,
                columns=FIELDS,
                record=execution_record,
                with_total=with_total,
            )
