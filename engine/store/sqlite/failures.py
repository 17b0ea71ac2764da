"""What a failed attempt adds to the statistics: a pointer to its event, and one more in the count of its hour."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from engine.kernel.events import NodeFailed
from engine.ports import Recorded

HOUR_US = 3_600_000_000
KEPT_US = 90 * 24 * HOUR_US
"""What happened longer ago than this is in the logs alone."""

POINT = """
    INSERT INTO node_failures (tenant_id, execution_id, seq, at_us, workflow_id)
    SELECT tenant_id, id, ?, ?, workflow_id FROM executions WHERE id = ?
"""
COUNT = """
    INSERT INTO failure_counts (tenant_id, hour, workflow_id, node, node_type, code, count)
    SELECT tenant_id, ?, coalesce(workflow_id, ''), ?, ?, ?, 1 FROM executions WHERE id = ?
    ON CONFLICT DO UPDATE SET count = count + 1
"""
FORGET = "DELETE FROM node_failures WHERE tenant_id = ? AND at_us < ?"
FORGET_COUNTS = "DELETE FROM failure_counts WHERE tenant_id = ? AND hour < ?"


def count_failures(db: sqlite3.Connection, tenant: str, execution_id: str, failed: Sequence[Recorded]) -> None:
    """In the transaction that records the events, so that the statistics say what the log says."""
    for one in failed:
        event = one.event
        if isinstance(event, NodeFailed):
            db.execute(POINT, (one.seq, event.at_us, execution_id))
            hour = event.at_us // HOUR_US
            db.execute(COUNT, (hour, event.node, event.node_type, event.error.code, execution_id))
            db.execute(FORGET, (tenant, event.at_us - KEPT_US))
            db.execute(FORGET_COUNTS, (tenant, (event.at_us - KEPT_US) // HOUR_US))
