"""A tenant's failures: totals by node, node type and code, and the latest ones. What they cost does not grow with time:
only the last 90 days are counted, by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.kernel.events import decode
from engine.ports import Recorded
from engine.store.rows import TenantRows, Value
from engine.store.sqlite.failures import HOUR_US

GROUPS = 100
"""Keys of a breakdown, the most frequent first."""
RECENT = 20

TOTAL = "SELECT coalesce(sum(count), 0) AS total FROM failure_counts WHERE tenant_id = ? AND hour >= ?"
BY = {
    column: (
        f"SELECT {column} AS key, sum(count) AS count FROM failure_counts "  # noqa: S608  # constants only
        "WHERE tenant_id = ? AND hour >= ?"
    )
    for column in ("node", "node_type", "code")
}
GROUPED = "GROUP BY key ORDER BY count DESC, key LIMIT ?"
LATEST = "SELECT execution_id, seq FROM node_failures WHERE tenant_id = ? AND at_us >= ?"
OF_WORKFLOW = "AND workflow_id = ?"
EVENTS = f"""
    WITH latest AS ({{latest}} ORDER BY at_us DESC, execution_id DESC, seq DESC LIMIT {RECENT})
    SELECT event.execution_id, event.seq, event.body
    FROM latest JOIN execution_events event ON event.execution_id = latest.execution_id AND event.seq = latest.seq
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Count:
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class ErrorStatistics:
    """Attempts that failed. `recent` are their events with their executions, the latest first."""

    total: int
    by_node: Sequence[Count]
    by_node_type: Sequence[Count]
    by_code: Sequence[Count]
    recent: Sequence[tuple[str, Recorded]]


class Failures:
    """Reads what the journal has counted."""

    def __init__(self, rows: TenantRows) -> None:
        self._rows = rows

    async def statistics(self, *, workflow_id: str | None = None, since_us: int = 0) -> ErrorStatistics:
        """Counts go by whole hours: those of the hour in which `since_us` lies are all in."""
        narrowed = "" if workflow_id is None else OF_WORKFLOW
        values: tuple[Value, ...] = () if workflow_id is None else (workflow_id,)
        hour = since_us // HOUR_US
        [total] = await self._rows.fetch(f"{TOTAL} {narrowed}", hour, *values)
        return ErrorStatistics(
            total=total["total"],
            by_node=await self._counts("node", narrowed, hour, values),
            by_node_type=await self._counts("node_type", narrowed, hour, values),
            by_code=await self._counts("code", narrowed, hour, values),
            recent=await self._recent(narrowed, since_us, values),
        )

    async def _counts(self, column: str, narrowed: str, hour: int, values: tuple[Value, ...]) -> list[Count]:
        rows = await self._rows.fetch(f"{BY[column]} {narrowed} {GROUPED}", hour, *values, GROUPS)
        return [Count(row["key"], row["count"]) for row in rows]

    async def _recent(self, narrowed: str, since_us: int, values: tuple[Value, ...]) -> list[tuple[str, Recorded]]:
        rows = await self._rows.fetch(EVENTS.format(latest=f"{LATEST} {narrowed}"), since_us, *values)
        found = [(row["execution_id"], Recorded(row["seq"], decode(row["body"]))) for row in rows]
        return sorted(found, key=lambda each: (each[1].event.at_us, each[0], each[1].seq), reverse=True)
