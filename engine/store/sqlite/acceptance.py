"""The entry that makes an execution: its row, its first event, and whatever comes with it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from engine.kernel.events import encode
from engine.ports import Accepted, Claim, IdempotencyMismatch, Lease, NewExecution, Recorded, StoreUnavailable
from engine.store.execution_row import COLUMNS, accepted_record, execution_record
from engine.store.sqlite.entries import Answer, EventRow, News

INSERT_DEFINITION = """
    INSERT INTO definitions (tenant_id, hash, document) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
"""
INSERT_EXECUTION = """
    INSERT INTO executions (id, tenant_id, workflow_id, version_id, definition_hash, status, mode, actor, priority,
        created_at_us, duration_us, last_seq, worker, epoch, lease_until_us, retry_of, parent)
    VALUES (?, ?, ?, ?, ?, 'QUEUED', ?, ?, ?, ?, 0, 1, ?, ?, ?, ?, ?)
"""
INSERT_KEY = """
    INSERT INTO idempotency_keys (tenant_id, key, request_hash, execution_id, created_at_us) VALUES (?, ?, ?, ?, ?)
"""
SELECT_KEY = "SELECT request_hash, execution_id FROM idempotency_keys WHERE tenant_id = ? AND key = ?"
SELECT_EXECUTION = f"SELECT {COLUMNS} FROM executions WHERE tenant_id = ? AND id = ?"  # noqa: S608  # constants only


@dataclass(frozen=True, slots=True)
class LeaseFor:
    """Whom an execution is accepted for, and until when it is theirs."""

    worker: str
    until_us: int


class Accept:
    """Written once per idempotency key: the second time answers what the first one made."""

    __slots__ = ("_body", "_lease", "_new", "_tenant", "size")

    def __init__(self, tenant: str, new: NewExecution, lease: LeaseFor | None) -> None:
        self._tenant = tenant
        self._new = new
        self._lease = lease
        self._body = encode(new.queued)
        self.size = len(self._body) + len(new.definition or b"")

    def apply(self, db: sqlite3.Connection, events: list[EventRow]) -> Accepted:
        earlier = self._earlier(db)
        if earlier is not None:
            return earlier
        new, tenant, lease = self._new, self._tenant, self._lease
        if new.definition is not None:
            db.execute(INSERT_DEFINITION, (tenant, new.definition_hash, new.definition))
        holder = (None, 0, None) if lease is None else (lease.worker, 1, lease.until_us)
        db.execute(
            INSERT_EXECUTION,
            (new.id, tenant, new.workflow_id, new.version_id, new.definition_hash, new.queued.mode, new.actor,
             new.priority, new.queued.at_us, *holder, new.retry_of, new.parent),
        )  # fmt: skip
        events.append((new.id, 1, tenant, self._body))
        if new.idempotency_key is not None:
            db.execute(INSERT_KEY, (tenant, new.idempotency_key, new.request_hash, new.id, new.queued.at_us))
        return self._accepted()

    def read_back(self, db: sqlite3.Connection) -> Accepted:
        if db.execute(SELECT_EXECUTION, (self._tenant, self._new.id)).fetchone() is None:
            raise StoreUnavailable("the execution was not written")
        return self._accepted()

    def news(self, answer: Answer) -> News | None:
        if isinstance(answer, Accepted) and answer.replayed:
            return None
        return News(self._tenant, self._new.id, [Recorded(1, self._new.queued)])

    def _earlier(self, db: sqlite3.Connection) -> Accepted | None:
        key = self._new.idempotency_key
        if key is None:
            return None
        row = db.execute(SELECT_KEY, (self._tenant, key)).fetchone()
        if row is None:
            return None
        request_hash, execution_id = row
        if request_hash != self._new.request_hash:
            raise IdempotencyMismatch(f"The idempotency key {key!r} was used before, for another request")
        found = db.execute(SELECT_EXECUTION, (self._tenant, execution_id)).fetchone()
        return Accepted(execution_record(found), replayed=True)

    def _accepted(self) -> Accepted:
        new, claim = self._new, None
        if self._lease is not None:
            claim = Claim(
                lease=Lease(new.id, self._tenant, self._lease.worker, 1),
                definition_hash=new.definition_hash,
                mode=new.queued.mode,
                workflow_id=new.workflow_id,
                version_id=new.version_id,
                seq=1,
                takeover=False,
            )
        return Accepted(accepted_record(new), claim=claim)
