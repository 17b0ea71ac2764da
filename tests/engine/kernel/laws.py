"""The laws of the kernel: each holds in every world. A broken law is an `AssertionError` that says which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from engine.kernel.commands import Record, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    TERMINAL,
    AnyEvent,
    ExecutionCanceled,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionWaiting,
    LostRun,
    NodeFailed,
    NodeRecovered,
    NodeRetryScheduled,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    RecoveryStrategy,
    Source,
    decode,
    encode,
)
from engine.kernel.history import NodeRun, RunStatus
from engine.kernel.scheduler import decide
from engine.kernel.state import State, evolve, replay
from plugins.errors import Failure
from tests.engine.kernel.drive import Drive
from tests.engine.kernel.naive import Naive
from tests.engine.kernel.worlds import World

SETTLED = {RunStatus.SUCCEEDED, RunStatus.RECOVERED, RunStatus.SKIPPED}
UNKNOWN = Failure("OUTCOME_UNKNOWN", "the server stopped while this node was running")


def executed(world: World) -> Drive:
    return Drive(world.graph(), world.perform, world.signal).begin(world.queued).to_the_end()


def the_same_state_gets_the_same_commands(world: World) -> None:
    drive = Drive(world.graph(), world.perform, world.signal).begin(world.queued)
    while not drive.state.finished:
        first = decide(drive.graph, drive.state, drive.now_us)
        assert first == decide(drive.graph, drive.state, drive.now_us)
        assert first == decide(world.graph(), replay(world.graph(), drive.history), drive.now_us)
        drive.step()


def the_log_alone_makes_the_state(world: World) -> None:
    drive = executed(world)
    stored = [decode(encode(event)) for event in drive.history]
    assert replay(world.graph(), stored) == drive.state


def the_runs_are_those_of_the_naive_schedule(world: World) -> None:
    drive = executed(world)
    naive = Naive(world)
    status = naive.execute()
    assert [_told(run) for run in in_order(drive.state)] == [
        (each.node, each.run, each.attempt, tuple(each.inputs), each.status, each.outputs) for each in naive.done
    ]
    assert drive.state.status == status
    assert drive.state.last_node == naive.last_node


def nothing_starts_before_its_inputs_have_settled(world: World) -> None:
    graph, state = world.graph(), State()
    for event in executed(world).history:
        if isinstance(event, NodeStarted | NodeSkipped):
            assert any(each is not None for each in event.inputs), "started with nothing"
            for each in event.inputs:
                assert not isinstance(each, Source) or state.run(each.node, each.run).status in SETTLED
        state = evolve(graph, state, event)


def one_attempt_at_a_time(world: World) -> None:
    graph, state = world.graph(), State()
    for event in executed(world).history:
        state = evolve(graph, state, event)
        assert len(state.active) <= 1


def no_retry_is_early_or_beyond_its_policy(world: World) -> None:
    history = executed(world).history
    for place, event in enumerate(history):
        if not isinstance(event, NodeStarted) or event.attempt == 1:
            continue
        retry = world.workflow.nodes[event.node].recovery.retry
        before, failed = history[place - 1], history[place - 2]
        assert retry is not None
        assert event.attempt <= retry.max_attempts
        assert isinstance(before, NodeRetryScheduled)
        assert isinstance(failed, NodeFailed)
        assert (before.node, before.run, before.attempt) == (event.node, event.run, event.attempt - 1)
        assert event.at_us >= before.due_us
        assert not failed.error.permanent
        assert before.delay_us <= max(retry.max_delay_ms, failed.error.retry_after_ms or 0) * 1000


def every_failure_is_followed_by_a_decision(world: World) -> None:
    history = executed(world).history
    attempts: set[tuple[str, int]] = set()
    for event, after in pairwise(history):
        if isinstance(event, NodeFailed):
            attempts.add((event.node, event.run))
            assert isinstance(after, (NodeRetryScheduled, NodeRecovered, *TERMINAL))
        if isinstance(event, NodeSucceeded) and (event.node, event.run) in attempts:
            assert isinstance(after, NodeRecovered)
            assert after.strategy is RecoveryStrategy.RETRY


def no_wait_is_over_early(world: World) -> None:
    due_us: int | None = None
    for event in executed(world).history:
        if isinstance(event, ExecutionWaiting):
            due_us = event.until_us
        if isinstance(event, ExecutionResumed):
            assert due_us is None or event.at_us >= due_us


def attempts_of_a_run_share_its_place_and_inputs(world: World) -> None:
    seen: dict[tuple[str, int], NodeStarted] = {}
    for event in executed(world).history:
        if isinstance(event, NodeStarted):
            first = seen.setdefault((event.node, event.run), event)
            assert (event.execution_index, event.inputs) == (first.execution_index, first.inputs)


def runs_are_numbered_without_gaps(world: World) -> None:
    state = executed(world).state
    assert [run.execution_index for run in in_order(state)] == list(range(state.next_index))
    for node, runs in state.runs.items():
        assert [(run.node, run.run) for run in runs] == [(node, number) for number in range(len(runs))]


def the_budget_bounds_every_execution(world: World) -> None:
    state = executed(world).state
    budget = world.workflow.settings.max_node_runs
    assert state.next_index <= budget
    if state.error is not None and state.error.code == "NODE_RUN_BUDGET_EXCEEDED":
        assert state.next_index == budget


def only_what_leads_to_the_last_node_runs(world: World) -> None:
    until = world.queued.until_node
    if until is None:
        return
    state = executed(world).state
    kept = Naive(world).above(until, list(world.workflow.connections)) | {until, world.queued.start_node}
    fallbacks = {event.fallback_node for event in executed(world).history if isinstance(event, NodeRecovered)}
    assert set(state.runs) <= kept | fallbacks


def an_end_is_the_end(world: World) -> None:
    drive = executed(world)
    assert isinstance(drive.history[-1], TERMINAL)
    assert not any(isinstance(event, TERMINAL) for event in drive.history[:-1])
    assert decide(drive.graph, drive.state, drive.now_us + 10**12) == ()
    for event in drive.history:
        assert evolve(drive.graph, drive.state, event) == drive.state


def a_crash_after_any_event_changes_nothing(world: World) -> None:
    whole = executed(world)
    for cut in range(1, len(whole.history)):
        assert outcome(_taken_over(world, whole.history[:cut]).to_the_end().state) == outcome(whole.state)


def an_unknown_outcome_is_a_failure_like_any_other(world: World) -> None:
    whole = executed(world)
    graph = world.graph()
    for cut in range(1, len(whole.history)):
        state = replay(graph, whole.history[:cut])
        for node, run, attempt in state.running:
            drive = _resumed(world, whole.history[:cut])
            drive.record(ExecutionRecovered(at_us=drive.now_us, worker="w2", epoch=2))
            drive.record(NodeFailed(at_us=drive.now_us, node=node, run=run, attempt=attempt, error=UNKNOWN))
            drive.to_the_end()


def a_cancellation_stops_what_runs_and_nothing_undoes_it(world: World) -> None:
    whole = executed(world)
    graph = world.graph()
    for cut in range(1, len(whole.history)):
        state = replay(graph, whole.history[:cut])
        canceled = evolve(graph, state, ExecutionCanceled(at_us=1))
        assert list(decide(graph, canceled, 10**18)) == [StopNode(*attempt) for attempt in state.running]
        assert not any(run.status is RunStatus.RUNNING for run in in_order(canceled))
        assert evolve(graph, canceled, whole.history[cut]) == canceled


def commands_and_states_agree(world: World) -> None:
    """What is decided next follows from what is under way, and from nothing else."""
    drive = Drive(world.graph(), world.perform, world.signal).begin(world.queued)
    while not drive.state.finished:
        commands = decide(drive.graph, drive.state, drive.now_us)
        assert len(commands) <= 1
        for command in commands:
            match command:
                case StartNode(node, run, attempt):
                    assert run <= len(drive.state.runs.get(node, ()))
                    assert attempt == 1 or drive.state.runs[node][run].status is RunStatus.RETRYING
                    assert not world.workflow.nodes[node].disabled
                    assert node not in world.queued.pinned
                case WakeAt(due_us):
                    assert due_us > drive.now_us
                case Record(event):
                    assert event.at_us == drive.now_us
        drive.step()


LAWS: tuple[Callable[[World], None], ...] = (
    the_runs_are_those_of_the_naive_schedule,
    the_log_alone_makes_the_state,
    the_same_state_gets_the_same_commands,
    nothing_starts_before_its_inputs_have_settled,
    one_attempt_at_a_time,
    no_retry_is_early_or_beyond_its_policy,
    every_failure_is_followed_by_a_decision,
    no_wait_is_over_early,
    attempts_of_a_run_share_its_place_and_inputs,
    runs_are_numbered_without_gaps,
    the_budget_bounds_every_execution,
    only_what_leads_to_the_last_node_runs,
    an_end_is_the_end,
    a_crash_after_any_event_changes_nothing,
    an_unknown_outcome_is_a_failure_like_any_other,
    a_cancellation_stops_what_runs_and_nothing_undoes_it,
    commands_and_states_agree,
)


def in_order(state: State) -> list[NodeRun]:
    return sorted((run for runs in state.runs.values() for run in runs), key=lambda run: run.execution_index)


def outcome(state: State) -> Any:
    """All that an execution leaves behind, but for the times."""
    return state.status, state.last_node, state.error, [_told(run) for run in in_order(state)]


def _told(run: NodeRun) -> Any:
    return run.node, run.run, run.attempt, run.inputs, run.status, run.outputs


def _resumed(world: World, history: Sequence[AnyEvent]) -> Drive:
    state = replay(world.graph(), history)
    return Drive(world.graph(), world.perform, world.signal, state, list(history), history[-1].at_us)


def _taken_over(world: World, history: Sequence[AnyEvent]) -> Drive:
    drive = _resumed(world, history)
    lost = [LostRun(*attempt) for attempt in drive.state.running]
    drive.record(ExecutionRecovered(at_us=drive.now_us, worker="w2", epoch=2, lost=lost))
    return drive
