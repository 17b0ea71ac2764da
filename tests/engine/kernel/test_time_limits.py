"""What may take how long: an attempt by its node's limit, an execution by its workflow's."""

from __future__ import annotations

import pytest

from engine.definition.recovery import Recovery, Retry, Skip
from engine.definition.workflow import ExecutionOrder
from engine.kernel.commands import Record, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    AnyEvent,
    ExecutionFailed,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    ExecutionTimedOut,
    ExecutionWaiting,
    LostRun,
    NodeFailed,
    NodeRecovered,
    NodeRetryScheduled,
    NodeSucceeded,
)
from engine.kernel.graph import LONGEST_TIMEOUT_S, Graph
from engine.kernel.scheduler import TIMEOUT, decide
from engine.kernel.state import Status
from plugins.errors import Failure
from tests.engine.kernel.drive import T0, Drive, queued, started
from tests.engine.kernel.factories import BOOM, PARALLEL, V0, V1, script, some, workflow

ORDERS = pytest.mark.parametrize("order", [V0, V1, PARALLEL])
SECOND = 1_000_000


def upto_a(*more: AnyEvent, at_us: int = T0, **limits: object) -> Drive:
    """An execution whose node A is under way since `at_us`, and what came after that."""
    graph = Graph.compile(workflow("T > A > B", **limits), {}, "T")  # type: ignore[arg-type]
    drive = Drive(graph, script()).begin(queued())
    drive.step()
    (command,) = decide(graph, drive.state, at_us)
    assert isinstance(command, StartNode)
    drive.record(started(command, at_us))
    for event in more:
        drive.record(event)
    return drive


# ------------------------------------------------------------------------------------------------ an attempt


@ORDERS
def test_an_attempt_that_takes_too_long_is_stopped_and_fails(order: ExecutionOrder) -> None:
    drive = upto_a(timeout_ms={"A": 20}, order=order)
    assert decide(drive.graph, drive.state, T0 + 19_999) == (WakeAt(T0 + 20_000),)
    stop, record = decide(drive.graph, drive.state, T0 + 20_000)
    assert stop == StopNode("A", 0, 1)
    assert isinstance(record, Record)
    assert isinstance(record.event, NodeFailed)
    assert (record.event.error.code, record.event.error.permanent) == (TIMEOUT, False)
    drive.record(record.event)
    (ends,) = decide(drive.graph, drive.state, T0 + 20_000)
    assert isinstance(ends, Record)
    assert isinstance(ends.event, ExecutionFailed)


def test_another_attempt_has_all_of_the_time_again() -> None:
    failed = NodeFailed(at_us=T0 + 20_000, node="A", run=0, error=Failure(TIMEOUT, "slow"))
    drive = upto_a(
        failed,
        timeout_ms={"A": 20},
        recovery={"A": Recovery(Retry(max_attempts=2, initial_delay_ms=5, retry_on=frozenset({TIMEOUT})), Skip())},
    )
    (scheduled,) = decide(drive.graph, drive.state, T0 + 20_000)
    assert isinstance(scheduled, Record)
    assert isinstance(scheduled.event, NodeRetryScheduled)
    drive.record(scheduled.event)
    (again,) = decide(drive.graph, drive.state, T0 + 25_000)
    assert isinstance(again, StartNode)
    drive.record(started(again, T0 + 25_000))
    assert decide(drive.graph, drive.state, T0 + 25_000) == (WakeAt(T0 + 45_000),)


def test_a_lost_attempt_has_all_of_the_time_again() -> None:
    drive = upto_a(
        ExecutionRecovered(at_us=T0 + 10_000, worker="w2", epoch=2, lost=[LostRun("A", 0, 1)]), timeout_ms={"A": 20}
    )
    (again,) = decide(drive.graph, drive.state, T0 + 10_000)
    assert isinstance(again, StartNode)
    drive.record(started(again, T0 + 10_000))
    assert decide(drive.graph, drive.state, T0 + 10_000) == (WakeAt(T0 + 30_000),)


def test_waiting_is_no_part_of_an_attempt() -> None:
    waiting = ExecutionWaiting(at_us=T0, node="A", run=0, attempt=1, outputs=[some(1)], until_us=T0 + SECOND)
    drive = upto_a(waiting, timeout_ms={"A": 20})
    assert decide(drive.graph, drive.state, T0 + 500_000) == (WakeAt(T0 + SECOND),)


def test_a_node_without_a_limit_may_take_for_ever() -> None:
    assert decide((drive := upto_a()).graph, drive.state, T0 + 10**15) == ()


# ------------------------------------------------------------------------------------------------ an execution


@ORDERS
def test_an_execution_that_takes_too_long_ends(order: ExecutionOrder) -> None:
    drive = upto_a(timeout_s=3, order=order)
    assert decide(drive.graph, drive.state, T0 + 3 * SECOND - 1) == (WakeAt(T0 + 3 * SECOND),)
    assert decide(drive.graph, drive.state, T0 + 3 * SECOND) == (Record(ExecutionTimedOut(at_us=T0 + 3 * SECOND)),)
    drive.record(ExecutionTimedOut(at_us=T0 + 3 * SECOND))
    assert decide(drive.graph, drive.state, T0 + 3 * SECOND) == (StopNode("A", 0, 1),)
    assert drive.state.status is Status.TIMED_OUT


def test_it_ends_while_it_waits_for_a_signal() -> None:
    drive = upto_a(
        ExecutionWaiting(at_us=T0, node="A", run=0, attempt=1, outputs=[some(1)], signal="go"), timeout_s=0.5
    )
    assert decide(drive.graph, drive.state, T0) == (WakeAt(T0 + 500_000),)
    assert drive.to_the_end().state.status is Status.TIMED_OUT
    assert drive.history[-1].at_us == T0 + 500_000


def test_it_ends_while_it_waits_for_a_later_instant_or_attempt() -> None:
    waiting = ExecutionWaiting(at_us=T0, node="A", run=0, attempt=1, outputs=[some(1)], until_us=T0 + SECOND)
    retried = NodeRetryScheduled(at_us=T0, node="A", run=0, due_us=T0 + SECOND, delay_us=SECOND, error=BOOM)
    for events in ([waiting], [NodeFailed(at_us=T0, node="A", run=0, error=BOOM), retried]):
        drive = upto_a(*events, timeout_s=0.5)
        assert decide(drive.graph, drive.state, T0) == (WakeAt(T0 + 500_000),)
        assert drive.to_the_end().state.status is Status.TIMED_OUT
        assert drive.history[-1].at_us == T0 + 500_000


def test_a_wait_that_ends_before_goes_on_and_the_limit_stays() -> None:
    waiting = ExecutionWaiting(at_us=T0, node="A", run=0, attempt=1, outputs=[some(1)], until_us=T0 + SECOND)
    drive = upto_a(waiting, timeout_s=2)
    assert decide(drive.graph, drive.state, T0) == (WakeAt(T0 + SECOND),)
    drive.record(ExecutionResumed(at_us=T0 + SECOND, node="A", run=0))
    assert drive.state.deadline_us == T0 + 2 * SECOND


def test_the_time_runs_from_the_first_start_whoever_takes_over() -> None:
    drive = upto_a(
        ExecutionStarted(at_us=T0 + 1, worker="w2", epoch=2),
        ExecutionRecovered(at_us=T0 + 2 * SECOND, worker="w3", epoch=3),
        timeout_s=3,
    )
    assert drive.state.deadline_us == T0 + 3 * SECOND


def test_a_success_that_comes_too_late_is_none() -> None:
    drive = upto_a(timeout_s=3)
    drive.record(NodeSucceeded(at_us=T0 + 3 * SECOND, node="A", run=0, outputs=[some(1)]))
    assert decide(drive.graph, drive.state, T0 + 3 * SECOND) == (Record(ExecutionTimedOut(at_us=T0 + 3 * SECOND)),)


def test_a_recovery_does_not_outlive_the_execution() -> None:
    drive = upto_a(
        NodeFailed(at_us=T0, node="A", run=0, error=BOOM), timeout_s=3, recovery={"A": Recovery(then=Skip())}
    )
    (record,) = decide(drive.graph, drive.state, T0)
    assert isinstance(record, Record)
    assert isinstance(record.event, NodeRecovered)
    (late,) = decide(drive.graph, drive.state, T0 + 3 * SECOND)
    assert late == Record(ExecutionTimedOut(at_us=T0 + 3 * SECOND))


def test_a_limit_beyond_all_clocks_is_a_long_one() -> None:
    drive = upto_a(timeout_s=1e300)
    assert drive.state.deadline_us == T0 + LONGEST_TIMEOUT_S * SECOND
