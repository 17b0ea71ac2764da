"""Executions that wait, are canceled, time out or change hands."""

from __future__ import annotations

import pytest

from engine.kernel.commands import Command, Record, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    AnyEvent,
    ExecutionCanceled,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionTimedOut,
    ExecutionWaiting,
    LostRun,
    NodeFailed,
    NodeRecovered,
    NodeRetryScheduled,
    NodeStarted,
    NodeSucceeded,
    RecoveryStrategy,
)
from engine.kernel.graph import Graph
from engine.kernel.history import RunStatus
from engine.kernel.scheduler import decide
from engine.kernel.state import InvalidHistory, State, Status, evolve, replay
from plugins.items import Link
from tests.engine.kernel.drive import T0, Drive, queued, started
from tests.engine.kernel.factories import BOOM, chain, outputs, ran, script, some

FLOW = chain("T", "A", "B")
GRAPH = Graph.compile(FLOW, {}, "T")


def upto_a(*more: AnyEvent) -> Drive:
    """An execution whose node A is under way, and what came after that."""
    drive = Drive(GRAPH, script()).begin(queued())
    drive.step()
    for command in decide(GRAPH, drive.state, T0):
        assert isinstance(command, StartNode)
        drive.record(started(command, T0))
    for event in more:
        drive.record(event)
    return drive


def waiting(until_us: int | None = None, signal: str | None = None) -> ExecutionWaiting:
    return ExecutionWaiting(
        at_us=T0, node="A", run=0, attempt=1, outputs=[some(2, "A")], until_us=until_us, signal=signal
    )


def decided(drive: Drive, now_us: int = T0) -> tuple[Command, ...]:
    return decide(GRAPH, drive.state, now_us)


# ------------------------------------------------------------------------------------------------ waiting


def test_a_wait_for_an_instant_wakes_then_and_settles_with_its_outputs() -> None:
    drive = upto_a(waiting(until_us=T0 + 1_000))
    assert drive.state.status is Status.WAITING
    assert drive.state.runs["A"][0].status is RunStatus.WAITING
    assert decided(drive) == (WakeAt(T0 + 1_000),)
    assert decided(drive, T0 + 999) == (WakeAt(T0 + 1_000),)
    assert decided(drive, T0 + 1_000) == (Record(ExecutionResumed(at_us=T0 + 1_000, node="A", run=0)),)
    drive.to_the_end()
    assert ran(drive) == "T A B"
    assert outputs(drive, "A") == [some(2, "A")]
    assert drive.state.runs["A"][0].finished_at_us == T0 + 1_000


def test_a_wait_for_a_signal_asks_for_nothing() -> None:
    drive = upto_a(waiting(signal="approval"))
    assert decided(drive) == ()
    assert drive.state.running == ()


def test_the_items_of_a_signal_replace_the_outputs() -> None:
    drive = upto_a(waiting(until_us=T0 + 1_000, signal="approval"))
    drive.record(ExecutionResumed(at_us=T0 + 5, node="A", run=0, items=some(1, "signal")))
    assert drive.state.status is Status.RUNNING
    assert outputs(drive, "A") == [some(1, "signal")]
    assert ran(drive.to_the_end()) == "T A B"


def test_a_signal_with_a_key_is_remembered_and_one_without_is_not() -> None:
    keyed = ExecutionResumed(at_us=T0, node="A", run=0, items=some(1), key="once")
    assert dict(upto_a(waiting(signal="s"), keyed).state.signals) == {"once": keyed}
    assert not upto_a(waiting(signal="s"), ExecutionResumed(at_us=T0, node="A", run=0)).state.signals


def test_a_wait_stays_a_wait_when_somebody_else_takes_the_execution_up() -> None:
    drive = upto_a(waiting(until_us=T0 + 1_000), ExecutionStarted(at_us=T0 + 1, worker="w2", epoch=2))
    assert drive.state.status is Status.WAITING
    drive.record(ExecutionRecovered(at_us=T0 + 2, worker="w3", epoch=3))
    assert drive.state.status is Status.WAITING
    assert decided(drive) == (WakeAt(T0 + 1_000),)


def test_a_wait_that_ends_a_later_attempt_is_a_recovery() -> None:
    drive = upto_a(
        NodeFailed(at_us=T0, node="A", run=0, error=BOOM),
        NodeRetryScheduled(at_us=T0, node="A", run=0, due_us=T0, delay_us=0, error=BOOM),
        NodeStarted(at_us=T0, node="A", run=0, attempt=2, execution_index=1, inputs=[]),
        ExecutionWaiting(at_us=T0, node="A", run=0, attempt=2, outputs=[some(1)], signal="s"),
        ExecutionResumed(at_us=T0, node="A", run=0),
    )
    (command,) = decided(drive)
    assert isinstance(command, Record)
    assert isinstance(command.event, NodeRecovered)
    assert (command.event.strategy, command.event.attempt) == (RecoveryStrategy.RETRY, 2)
    assert drive.state.runs["A"][0].inputs != (), "inputs are those of the first attempt"


# ------------------------------------------------------------------------------------------------ the end


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (ExecutionCanceled(at_us=T0 + 9, reason="enough"), Status.CANCELED),
        (ExecutionTimedOut(at_us=T0 + 9), Status.TIMED_OUT),
    ],
)
def test_an_end_from_outside_stops_what_runs_and_starts_nothing(end: AnyEvent, status: Status) -> None:
    drive = upto_a(end)
    assert drive.state.status is status
    assert decided(drive) == (StopNode("A", 0, 1),)
    assert drive.state.runs["A"][0].status is RunStatus.CANCELED
    assert drive.state.runs["A"][0].finished_at_us == T0 + 9
    assert drive.state.runs["T"][0].status is RunStatus.SUCCEEDED


def test_a_late_success_does_not_overwrite_a_cancellation() -> None:
    drive = upto_a(ExecutionCanceled(at_us=T0))
    canceled = drive.state
    drive.record(NodeSucceeded(at_us=T0, node="A", run=0, outputs=[some(1)]))
    drive.record(ExecutionSucceeded(at_us=T0))
    assert drive.state == canceled


def test_a_canceled_wait_has_nothing_to_stop() -> None:
    drive = upto_a(waiting(until_us=T0 + 1_000), ExecutionCanceled(at_us=T0))
    assert decided(drive) == decided(drive, T0 + 2_000) == ()
    assert drive.state.runs["A"][0].status is RunStatus.CANCELED


def test_a_canceled_retry_is_not_made() -> None:
    drive = upto_a(
        NodeFailed(at_us=T0, node="A", run=0, error=BOOM),
        NodeRetryScheduled(at_us=T0, node="A", run=0, due_us=T0 + 5, delay_us=5, error=BOOM),
    )
    assert drive.state.runs["A"][0].status is RunStatus.RETRYING
    drive.record(ExecutionCanceled(at_us=T0))
    assert decided(drive, T0 + 99) == ()


def test_a_cancellation_before_anything_ran_is_the_end() -> None:
    drive = Drive(GRAPH, script())
    drive.record(queued())
    drive.record(ExecutionCanceled(at_us=T0))
    assert (drive.state.status, decided(drive), dict(drive.state.runs)) == (Status.CANCELED, (), {})


def test_a_finished_execution_commands_nothing() -> None:
    drive = Drive(GRAPH, script()).begin(queued()).to_the_end()
    assert drive.history[-1] == ExecutionSucceeded(at_us=T0, last_node="B")
    assert decided(drive) == ()


# ------------------------------------------------------------------------------------------------ crashes


def test_a_lost_attempt_begins_again_as_the_same_attempt() -> None:
    drive = upto_a()
    first = next(event for event in drive.history if isinstance(event, NodeStarted) and event.node == "A")
    assert list(drive.state.running) == [("A", 0, 1)]
    drive.record(ExecutionRecovered(at_us=T0, worker="w2", epoch=2, lost=[LostRun("A", 0, 1)]))
    assert not drive.state.running
    (command,) = decided(drive)
    assert isinstance(command, StartNode)
    assert started(command, T0) == first
    assert ran(drive.to_the_end()) == "T A B"


def test_an_attempt_that_is_not_lost_is_waited_for() -> None:
    """Its outcome is unknown, and whoever took over says so."""
    drive = upto_a(ExecutionRecovered(at_us=T0, worker="w2", epoch=2))
    assert decided(drive) == ()
    drive.record(NodeFailed(at_us=T0, node="A", run=0, error=BOOM))
    assert drive.to_the_end().state.status is Status.FAILED


def test_a_pinned_node_that_had_begun_settles_after_a_crash() -> None:
    drive = Drive(GRAPH, script()).begin(queued(pinned={"A": some(1, "pin")}))
    drive.step()
    drive.step()
    assert isinstance(drive.history[-1], NodeStarted)
    assert drive.state.running == (), "nothing runs that could be lost"
    again = Drive(GRAPH, script(A=BOOM), state=replay(GRAPH, drive.history))
    again.record(ExecutionRecovered(at_us=T0, worker="w2", epoch=2))
    assert outputs(again.to_the_end(), "A") == [[item.paired_with(Link(0)) for item in some(1, "pin")]]


# ------------------------------------------------------------------------------------------------ what cannot be


@pytest.mark.parametrize(
    "event",
    [
        queued(),
        NodeSucceeded(at_us=T0, node="A", run=1, outputs=[]),
        NodeSucceeded(at_us=T0, node="A", run=0, attempt=2, outputs=[]),
        NodeSucceeded(at_us=T0, node="T", run=0, outputs=[]),
        NodeSucceeded(at_us=T0, node="B", run=0, outputs=[]),
        NodeFailed(at_us=T0, node="T", run=0, error=BOOM),
        NodeFailed(at_us=T0, node="A", run=0, attempt=2, error=BOOM),
        NodeStarted(at_us=T0, node="A", run=0, execution_index=1, inputs=[]),
        NodeStarted(at_us=T0, node="A", run=0, attempt=2, execution_index=1, inputs=[]),
        NodeStarted(at_us=T0, node="A", run=2, execution_index=1, inputs=[]),
        NodeStarted(at_us=T0, node="T", run=0, execution_index=0, inputs=[]),
        NodeRetryScheduled(at_us=T0, node="A", run=0, due_us=T0, delay_us=0, error=BOOM),
        NodeRecovered(at_us=T0, node="A", run=0, strategy=RecoveryStrategy.RETRY, error=BOOM),
        NodeRecovered(at_us=T0, node="A", run=0, strategy=RecoveryStrategy.SKIP, error=BOOM),
        ExecutionResumed(at_us=T0, node="A", run=0),
        ExecutionWaiting(at_us=T0, node="B", run=0, attempt=1, outputs=[]),
        ExecutionRecovered(at_us=T0, worker="w2", epoch=2, lost=[LostRun("A", 0, 2)]),
    ],
    ids=repr,
)
def test_an_event_that_cannot_follow_is_refused(event: AnyEvent) -> None:
    drive = upto_a()
    with pytest.raises(InvalidHistory):
        evolve(GRAPH, drive.state, event)


def test_a_node_is_never_begun_before_the_execution_is_queued() -> None:
    with pytest.raises(InvalidHistory):
        State().run("A", 0)
