"""The hot queries look rows up: none of them scans a table or sorts a backlog."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.store.access import KEY_BY_SECRET
from engine.store.executions import CALLED, HISTORY, ONE
from engine.store.failures import EVENTS, LATEST, OF_WORKFLOW, TOTAL
from engine.store.sqlite.acceptance import SELECT_KEY
from engine.store.sqlite.claims import ABANDONED, DISOWN, DUE, MOST_URGENT, QUEUED, RENEW, TAKE
from engine.store.sqlite.entries import FINISH, MOVE, PARK, PROGRESS, WAKE_PARENT
from engine.store.sqlite.taking import FREE, FREE_OR_OWN, NEXT_DUE
from engine.store.workflow_row import IMPORTED_AS, WITH_VERSIONS

QUERIES = {
    "find a key": KEY_BY_SECRET,
    "one execution": ONE,
    "history": HISTORY,
    "one workflow": f"{WITH_VERSIONS} AND workflow.id = ?",
    "a workflow by name": f"{WITH_VERSIONS} AND workflow.name = ?",
    "idempotency key": SELECT_KEY,
    "abandoned": f"{ABANDONED} {MOST_URGENT}",
    "disown": DISOWN,
    "take one": FREE,
    "cancel one": FREE_OR_OWN,
    "next due": NEXT_DUE,
    "due": f"{DUE} {MOST_URGENT}",
    "queued": f"{QUEUED} {MOST_URGENT}",
    "take": TAKE,
    "renew": RENEW,
    "the workflow that a document means": IMPORTED_AS,
    "wake the parent": WAKE_PARENT,
    "what it has called": CALLED,
    "failures counted": TOTAL,
    "latest failures": EVENTS.format(latest=LATEST),
    "latest failures of a workflow": EVENTS.format(latest=f"{LATEST} {OF_WORKFLOW}"),
    "progress": PROGRESS,
    "move": MOVE,
    "finish": FINISH,
    "park": PARK,
    "newest executions": "SELECT id FROM executions WHERE tenant_id = ? AND id < ? ORDER BY id DESC LIMIT 20",
    "a workflow's executions": (
        "SELECT id FROM executions WHERE tenant_id = ? AND workflow_id = ? ORDER BY id DESC LIMIT 20"
    ),
    "workflows by name": "SELECT id FROM workflows WHERE tenant_id = ? ORDER BY name, id LIMIT 20",
    "workflows by creation": "SELECT id FROM workflows WHERE tenant_id = ? ORDER BY created_at_us, id LIMIT 20",
    "workflows by update": "SELECT id FROM workflows WHERE tenant_id = ? ORDER BY updated_at_us DESC, id DESC LIMIT 20",
}

SORTED = {"abandoned", "due", "the workflow that a document means"}
"""Sorted by urgency, but only what is claimable; and workflows imported under one id."""


@pytest.mark.parametrize("name", QUERIES)
def test_it_uses_an_index(file: Path, name: str) -> None:
    with sqlite3.connect(file) as db:
        sql = QUERIES[name]
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", [1] * sql.count("?"))]
    scans = [step for step in plan if step.startswith("SCAN") and "INDEX" not in step]
    # The one row that `history` has looked up, the few that are the latest failures, those due that are compared.
    assert scans in ([], ["SCAN execution"], ["SCAN latest"], ["SCAN (subquery-1)"]), plan
    assert name in SORTED or not any("TEMP B-TREE" in step for step in plan), plan
