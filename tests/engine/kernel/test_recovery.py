"""What follows a failure: another attempt, a skip, a fallback, or the end. Each decision is an event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.definition.recovery import Backoff, FallbackItems, FallbackNode, Recovery, Retry, Skip
from engine.definition.workflow import ExecutionOrder
from engine.kernel.events import (
    ExecutionFailed,
    Given,
    NodeRecovered,
    NodeRetryScheduled,
    NodeStarted,
    RecoveryStrategy,
    Source,
)
from engine.kernel.graph import Graph, UnknownNode
from engine.kernel.history import RunStatus
from engine.kernel.recover import LONGEST_RETRY_AFTER_MS, delay_before_next, recover, worth_retrying
from engine.kernel.state import Status
from plugins.errors import Failure
from plugins.items import Link
from tests.engine.kernel.drive import T0, Drive
from tests.engine.kernel.factories import BOOM, V0, V1, outputs, ran, run, script, some, workflow

TWICE = Retry(max_attempts=2)


def failing(then: Recovery, *wires: str, order: ExecutionOrder = V1) -> Drive:
    """A fails in all its attempts, on three items."""
    flow = workflow(*(wires or ("T > A > B",)), recovery={"A": then}, order=order)
    return run(flow, script(T=[3], A=BOOM))


def kinds(drive: Drive, node: str = "A") -> list[str]:
    return [type(event).__name__ for event in drive.history if getattr(event, "node", None) == node]


# ------------------------------------------------------------------------------------------------ then


def test_a_failure_ends_the_execution_and_says_where() -> None:
    drive = failing(Recovery())
    assert ran(drive) == "T A"
    assert drive.state.status is Status.FAILED
    assert drive.state.last_node == "A"
    failed = drive.history[-1]
    assert isinstance(failed, ExecutionFailed)
    assert (failed.error, failed.node, failed.run, failed.attempt) == (BOOM, "A", 0, 1)
    assert drive.state.runs["A"][0].status is RunStatus.FAILED


def test_a_failure_in_one_branch_leaves_the_other_unrun() -> None:
    assert ran(run(workflow("T > A", "T > B"), script(A=BOOM))) == "T A"


def test_a_skipped_node_passes_its_first_input_through_and_keeps_its_error() -> None:
    drive = failing(Recovery(then=Skip()))
    assert ran(drive) == "T A B"
    assert drive.state.status is Status.SUCCEEDED
    skipped = drive.state.runs["A"][0]
    assert (skipped.status, skipped.recovery, skipped.error) == (RunStatus.RECOVERED, RecoveryStrategy.SKIP, BOOM)
    assert [[(item.json["from"], item.paired) for item in items or ()] for items in skipped.outputs or ()] == [
        [("T", Link(0)), ("T", Link(1)), ("T", Link(2))]
    ]


def test_fallback_items_go_out_of_the_first_output() -> None:
    drive = failing(Recovery(then=FallbackItems(some(2, "spare"))))
    assert outputs(drive, "A") == [some(2, "spare")]
    assert drive.state.runs["A"][0].recovery is RecoveryStrategy.FALLBACK
    assert ran(drive) == "T A B"


def test_a_fallback_node_is_given_what_the_failed_one_was_given() -> None:
    drive = failing(Recovery(then=FallbackNode("F")), "T > A > B", "F > G")
    assert ran(drive) == "T A F G"
    assert outputs(drive, "A") == []
    assert drive.state.runs["F"][0].inputs == drive.state.runs["A"][0].inputs == (Source("T"),)


def test_a_fallback_node_runs_next_in_v1_and_in_its_turn_in_v0() -> None:
    wires = ("T > A > B", "T > C", "F > G")
    assert ran(failing(Recovery(then=FallbackNode("F")), *wires)) == "T A F G C"
    assert ran(failing(Recovery(then=FallbackNode("F")), *wires, order=V0)) == "T A C F G"


def test_a_fallback_node_of_a_node_without_its_first_input_is_given_no_items() -> None:
    flow = workflow("T > A.1", "F > G", recovery={"A": Recovery(then=FallbackNode("F"))})
    assert run(flow, script(A=BOOM)).state.runs["F"][0].inputs == (Given([]),)


def test_a_fallback_node_must_exist() -> None:
    flow = workflow("T > A", recovery={"A": Recovery(then=FallbackNode("Gone"))})
    with pytest.raises(UnknownNode, match="'Gone'"):
        Graph.compile(flow, {}, "T")


def test_nodes_that_fall_back_on_each_other_meet_the_budget() -> None:
    each = {"A": Recovery(then=FallbackNode("B")), "B": Recovery(then=FallbackNode("A"))}
    drive = run(workflow("T > A", "B > C", recovery=each, budget=9), script(A=BOOM, B=BOOM))
    assert drive.state.error is not None
    assert drive.state.error.code == "NODE_RUN_BUDGET_EXCEEDED"


def test_a_policy_holds_for_every_run_of_its_node() -> None:
    flow = workflow("T > A", "X > A", "T > X", recovery={"A": Recovery(then=Skip())})
    drive = run(flow, script(A=BOOM))
    assert [each.status for each in drive.state.runs["A"]] == [RunStatus.RECOVERED] * 2


# ------------------------------------------------------------------------------------------------ retry


def test_a_retry_that_succeeds_is_written_down_as_a_recovery() -> None:
    flow = workflow("T > A > B", recovery={"A": Recovery(Retry(max_attempts=3))})
    drive = run(flow, script(A=(BOOM, replace_message("again"), [1])))
    assert kinds(drive) == [
        *("NodeStarted", "NodeFailed", "NodeRetryScheduled"),
        *("NodeStarted", "NodeFailed", "NodeRetryScheduled"),
        *("NodeStarted", "NodeSucceeded", "NodeRecovered"),
    ]
    recovered = drive.history[-4]
    assert isinstance(recovered, NodeRecovered), "directly after the success, before anything else begins"
    assert (recovered.strategy, recovered.attempt) == (RecoveryStrategy.RETRY, 3)
    assert recovered.error.message == "again"
    made = drive.state.runs["A"][0]
    assert (made.status, made.attempt, made.error) == (RunStatus.SUCCEEDED, 3, None)
    assert made.recovery is RecoveryStrategy.RETRY


def replace_message(message: str) -> Failure:
    return Failure(code="BOOM", message=message)


def test_attempts_of_one_run_share_its_number_and_index() -> None:
    flow = workflow("T > A > B", recovery={"A": Recovery(Retry(max_attempts=3))})
    drive = run(flow, script(A=(BOOM, BOOM, [1])))
    begun = [event for event in drive.history if isinstance(event, NodeStarted) and event.node == "A"]
    assert [(event.run, event.execution_index, event.attempt) for event in begun] == [(0, 1, 1), (0, 1, 2), (0, 1, 3)]
    assert drive.state.runs["B"][0].execution_index == 2


def test_when_all_attempts_have_failed_the_rest_of_the_policy_applies() -> None:
    assert failing(Recovery(TWICE)).state.status is Status.FAILED
    drive = failing(Recovery(TWICE, Skip()))
    assert drive.state.status is Status.SUCCEEDED
    assert drive.state.runs["A"][0].attempt == 2
    assert kinds(drive)[-1] == "NodeRecovered"


def test_no_attempt_begins_before_it_is_due() -> None:
    drive = failing(Recovery(Retry(max_attempts=3, backoff=Backoff.LINEAR, initial_delay_ms=50)))
    begun = [event.at_us - T0 for event in drive.history if isinstance(event, NodeStarted) and event.node == "A"]
    assert begun == [0, 50_000, 150_000]


def test_a_scheduled_retry_says_what_failed_and_when_the_next_begins() -> None:
    drive = failing(Recovery(Retry(max_attempts=2, initial_delay_ms=50)))
    (scheduled,) = (event for event in drive.history if isinstance(event, NodeRetryScheduled))
    assert (scheduled.attempt, scheduled.delay_us, scheduled.error) == (1, 50_000, BOOM)
    assert scheduled.due_us == scheduled.at_us + 50_000


@pytest.mark.parametrize(
    ("failure", "retry_on", "worth"),
    [
        (BOOM, [], True),
        (replace_message("x"), ["BOOM"], True),
        (BOOM, ["OTHER"], False),
        (Failure("HTTP", "x", status=503), ["503"], True),
        (Failure("HTTP", "x", status=404), ["503"], False),
        (Failure("HTTP", "x"), ["None"], False),
        (Failure("BAD", "x", permanent=True), [], False),
        (Failure("BAD", "x", permanent=True), ["BAD"], False),
    ],
)
def test_only_failures_that_the_policy_names_are_retried(failure: Failure, retry_on: list[str], worth: bool) -> None:
    assert worth_retrying(Retry(retry_on=frozenset(retry_on)), failure) is worth


@pytest.mark.parametrize(
    ("backoff", "delays"),
    [
        (Backoff.CONSTANT, [100, 100, 100, 100, 100]),
        (Backoff.LINEAR, [100, 200, 300, 400, 500]),
        (Backoff.EXPONENTIAL, [100, 300, 900, 1000, 1000]),
        (Backoff.FIBONACCI, [100, 100, 200, 300, 500]),
    ],
)
def test_delays_grow_as_the_policy_says_up_to_its_longest(backoff: Backoff, delays: list[int]) -> None:
    retry = Retry(backoff=backoff, initial_delay_ms=100, factor=3.0, max_delay_ms=1000)
    assert [delay_before_next(retry, attempt, BOOM, 0.5) for attempt in range(1, 6)] == [ms * 1000 for ms in delays]


@pytest.mark.parametrize("backoff", list(Backoff))
def test_late_attempts_wait_the_longest_delay(backoff: Backoff) -> None:
    retry = Retry(backoff=backoff, initial_delay_ms=100, factor=9e9, max_delay_ms=700)
    assert delay_before_next(retry, 10_000, BOOM, 0.5) == (100_000 if backoff is Backoff.CONSTANT else 700_000)


def test_jitter_spreads_a_delay_to_both_sides_and_never_above_the_longest() -> None:
    retry = Retry(initial_delay_ms=100, jitter=0.2, max_delay_ms=110)
    assert [delay_before_next(retry, 1, BOOM, roll) for roll in (0.0, 0.5, 1.0)] == [80_000, 100_000, 110_000]


def test_jitter_spreads_the_longest_delay_too() -> None:
    retry = Retry(backoff=Backoff.LINEAR, initial_delay_ms=100, jitter=0.5, max_delay_ms=200)
    assert [delay_before_next(retry, 50, BOOM, roll) for roll in (0.0, 0.25, 0.5)] == [100_000, 150_000, 200_000]


def test_no_delay_stays_no_delay() -> None:
    retry = Retry(backoff=Backoff.EXPONENTIAL, initial_delay_ms=0, factor=100.0, jitter=1.0)
    assert delay_before_next(retry, 10_000, BOOM, 1.0) == 0


def test_jitter_is_derived_and_differs_between_runs_attempts_nodes_and_executions() -> None:
    policy = Recovery(Retry(max_attempts=5, jitter=1.0))

    def due(node: str = "A", run: int = 0, attempt: int = 1, salt: int = 1) -> int:
        event = recover(policy, node=node, run=run, attempt=attempt, failure=BOOM, salt=salt, now_us=0)
        assert isinstance(event, NodeRetryScheduled)
        return event.due_us

    assert due() == due()
    assert len({due(), due(node="B"), due(run=1), due(attempt=2), due(salt=2)}) == 5


def test_what_the_other_side_asks_for_is_honoured() -> None:
    asked = Failure("HTTP", "slow down", status=429, retry_after_ms=5000)
    assert delay_before_next(Retry(initial_delay_ms=100, max_delay_ms=200), 1, asked, 0.5) == 5_000_000
    assert delay_before_next(Retry(initial_delay_ms=9000), 1, asked, 0.5) == 9_000_000


def test_the_other_side_may_not_ask_for_any_wait() -> None:
    asked = Failure("HTTP", "come back next year", retry_after_ms=10**15)
    assert delay_before_next(Retry(), 1, asked, 0.5) == LONGEST_RETRY_AFTER_MS * 1000


def test_the_log_alone_says_when_a_retry_is_due() -> None:
    """An edited policy does not change the past: the due time in the log is obeyed."""
    flow = workflow("T > A", recovery={"A": Recovery(TWICE)})
    drive = run(flow, script(A=(BOOM, [1])))
    scheduled = next(event for event in drive.history if isinstance(event, NodeRetryScheduled))
    edited = replace(flow, nodes={**flow.nodes, "A": replace(flow.nodes["A"], recovery=Recovery())})
    again = Drive(Graph.compile(edited, {}, "T"), script())
    for event in drive.history[: drive.history.index(scheduled) + 1]:
        again.record(event)
    again.now_us = scheduled.at_us
    again.to_the_end()
    assert again.now_us == scheduled.due_us
    assert again.state.status is Status.SUCCEEDED


def test_a_failure_before_the_retry_is_not_carried_to_the_next_run() -> None:
    flow = workflow("T > A > A", recovery={"A": Recovery(TWICE)}, budget=4)
    drive = run(flow, script(A=(BOOM, [1])))
    assert [each.recovery for each in drive.state.runs["A"]] == [RecoveryStrategy.RETRY, None, None]
    assert sum(isinstance(event, NodeRecovered) for event in drive.history) == 1
