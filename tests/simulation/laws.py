"""What must hold when everything has come to rest. (What must hold at every step, ledger and oracle say.)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import zip_longest
from typing import TypeAlias

from engine.kernel.events import decode
from engine.store.records import ExecutionStatus
from tests.simulation.disk import Disk
from tests.simulation.ledger import Broken
from tests.simulation.oracle import Oracle
from tests.simulation.plan import Plan
from tests.simulation.reference import expected, happened

Law: TypeAlias = Callable[[Plan, Oracle, Disk], None]

LATE_US = 1_000_000
STATUS = {"ExecutionSucceeded": ExecutionStatus.SUCCEEDED, "ExecutionFailed": ExecutionStatus.FAILED}


def the_tables_hold_what_was_committed(plan: Plan, oracle: Oracle, disk: Disk) -> None:
    stored: dict[str, list[object]] = {}
    for execution, seq, body in disk.events():
        stored.setdefault(execution, []).append(decode(body))
        if seq != len(stored[execution]):
            raise Broken("no gap, no duplicate", f"{execution}: {seq} is number {len(stored[execution])}")
    committed = {name: ledger.events for name, ledger in oracle.ledgers.items()}
    if stored != committed:
        raise Broken("what is committed stays", f"{stored.keys() ^ committed.keys()}")


def the_rows_say_what_the_log_says(plan: Plan, oracle: Oracle, disk: Disk) -> None:
    rows = {row["id"]: row for row in disk.rows()}
    if rows.keys() != oracle.ledgers.keys():
        raise Broken("a row an execution", f"{rows.keys() ^ oracle.ledgers.keys()}")
    for name, ledger in oracle.ledgers.items():
        row, last = rows[name], ledger.events[-1]
        said = (row["status"], row["last_seq"], row["finished_at_us"])
        expected = (STATUS[type(last).__name__], len(ledger.events), last.at_us)
        if said != expected:
            raise Broken("the row says what the log says", f"{name}: {said}, not {expected}")
        if row["worker"] is not None or row["wake_at_us"] is not None:
            raise Broken("nobody holds what has ended", f"{name}: {row['worker']}")


def every_acknowledged_execution_is_there(plan: Plan, oracle: Oracle, disk: Disk) -> None:
    for submission, execution in oracle.acknowledged.items():
        if execution not in oracle.ledgers:
            raise Broken("what is acknowledged is kept", f"{submission}: {execution}")


def a_key_starts_one_execution(plan: Plan, oracle: Oracle, disk: Disk) -> None:
    made = Counter(ledger.queued.items[0].json["by"] for ledger in oracle.ledgers.values())
    for submission in plan.submissions:
        if submission.start.idempotency_key is not None and made[submission.name] != 1:
            raise Broken("a key starts one execution", f"{submission.name}: {made[submission.name]}")


def nothing_is_late(plan: Plan, oracle: Oracle, disk: Disk) -> None:
    """While the server is up, and has room."""
    if plan.mood != "calm" or plan.capacity < len(plan.submissions):
        return
    for name, ledger in oracle.ledgers.items():
        if ledger.latest_us > LATE_US:
            raise Broken("nothing is late", f"{name}: {ledger.latest_us} µs")


def disturbances_change_no_outcome(plan: Plan, oracle: Oracle, disk: Disk) -> None:
    for name, ledger in oracle.ledgers.items():
        (status, runs), (wanted_status, wanted) = happened(ledger), expected(ledger)
        for run, want in zip_longest(runs, wanted):
            if run != want:
                raise Broken("disturbances change no outcome", f"{name}: {run}, not {want}")
        if status != wanted_status:
            raise Broken("disturbances change no outcome", f"{name}: {status}, not {wanted_status}")


LAWS: tuple[Law, ...] = (
    the_tables_hold_what_was_committed,
    the_rows_say_what_the_log_says,
    every_acknowledged_execution_is_there,
    a_key_starts_one_execution,
    nothing_is_late,
    disturbances_change_no_outcome,
)
