"""The laws of order "parallel", and of time limits in any order: each holds in every free world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from engine.kernel.activity import Delayed, Running, Suspended
from engine.kernel.commands import Record, StartNode
from engine.kernel.events import (
    TERMINAL,
    ExecutionStarted,
    ExecutionTimedOut,
    NodeFailed,
    NodeStarted,
    NodeSucceeded,
    decode,
    encode,
)
from engine.kernel.scheduler import TIMEOUT, decide
from engine.kernel.state import Status, replay
from tests.engine.kernel.crew import Crew
from tests.engine.kernel.drive import T0
from tests.engine.kernel.factories import PARALLEL, V0, V1
from tests.engine.kernel.free import FreeWorld


def whichever_attempt_ends_first_the_outcome_is_that_of_v1(world: FreeWorld) -> None:
    if not world.is_free():
        return
    one_by_one = world.crew(V1).to_the_end()
    for seed in range(3):
        _the_same(world, one_by_one, world.crew(PARALLEL, seed).to_the_end())


def a_crash_at_any_moment_changes_nothing(world: FreeWorld) -> None:
    if not world.is_free():
        return
    whole = world.crew(PARALLEL).to_the_end()
    for cut in range(2, len(whole.history)):
        _the_same(world, whole, whole.taken_over(cut, Random(cut)).to_the_end())


def _the_same(world: FreeWorld, one: Crew, other: Crew) -> None:
    assert one.state.status == other.state.status
    if one.state.status is Status.SUCCEEDED:
        assert world.told(one) == world.told(other)
        assert one.state.last_node == other.state.last_node


def the_log_alone_makes_the_state(world: FreeWorld) -> None:
    crew = world.crew(PARALLEL).to_the_end()
    assert replay(crew.graph, [decode(encode(event)) for event in crew.history]) == crew.state


def no_more_run_at_once_than_may_and_no_node_beside_itself(world: FreeWorld) -> None:
    def look(crew: Crew) -> None:
        assert len(crew.state.running) <= crew.graph.at_once
        active = [each.node for each in crew.state.active]
        assert len(active) == len(set(active))

    _watched(world, look)


def nothing_that_could_run_is_kept_waiting(world: FreeWorld) -> None:
    def look(crew: Crew) -> None:
        commands = decide(crew.graph, crew.state, crew.now_us)
        if not any(isinstance(command, StartNode | Record) for command in commands):
            busy = {each.node for each in crew.state.active}
            has_room = len(crew.state.running) < crew.graph.at_once
            assert not has_room or all(ready.node in busy for ready in crew.state.frontier.stack)

    _watched(world, look)


def it_waits_when_nothing_but_waits_is_left(world: FreeWorld) -> None:
    def look(crew: Crew) -> None:
        active = crew.state.active
        waits = any(isinstance(each, Suspended) for each in active)
        assert (crew.state.status is Status.WAITING) == (
            waits and all(isinstance(each, Suspended | Delayed) for each in active)
        )

    _watched(world, look)


def decisions_come_alone_and_starts_do_not_clash(world: FreeWorld) -> None:
    def look(crew: Crew) -> None:
        commands = decide(crew.graph, crew.state, crew.now_us)
        assert commands == decide(crew.graph, crew.state, crew.now_us)
        starts = [command for command in commands if isinstance(command, StartNode)]
        assert starts == list(commands) or not starts
        assert len({(start.node, start.run) for start in starts}) == len(starts)
        assert len({start.execution_index for start in starts}) == len(starts)
        assert sum(isinstance(command, Record) for command in commands) <= 1

    _watched(world, look)


def an_attempt_is_given_up_when_its_time_is_over_and_not_before(world: FreeWorld) -> None:
    crew = world.crew(PARALLEL).to_the_end()
    began: dict[tuple[str, int], int] = {}
    for event in crew.history:
        if isinstance(event, NodeStarted):
            began[event.node, event.run] = event.at_us
        if isinstance(event, NodeSucceeded | NodeFailed):
            timeout_ms = crew.graph.nodes[event.node].timeout_ms
            took_us = event.at_us - began[event.node, event.run]
            if isinstance(event, NodeFailed) and event.error.code == TIMEOUT:
                assert timeout_ms is not None
                assert took_us >= timeout_ms * 1000
    assert not any(
        isinstance(each, Running) and each.due_us is not None and each.due_us < crew.now_us
        for each in crew.state.active
        if crew.state.status is Status.SUCCEEDED
    )


def an_execution_ends_when_its_time_is_over_wherever_it_was_resumed(world: FreeWorld) -> None:
    settings = replace(world.workflow.settings, timeout_s=0.004)
    limited = replace(world, workflow=replace(world.workflow, settings=settings))
    for order in (V0, V1, PARALLEL):
        whole = limited.crew(order).to_the_end()
        _ends_in_time(whole)
        for cut in range(2, len(whole.history)):
            _ends_in_time(whole.taken_over(cut, Random(cut)).to_the_end())


def _ends_in_time(crew: Crew) -> None:
    (begun,) = [event for event in crew.history if isinstance(event, ExecutionStarted)]
    assert begun.at_us == T0
    *events, end = crew.history
    assert isinstance(end, TERMINAL)
    assert all(event.at_us < T0 + 4_000 for event in events)
    assert end.at_us <= T0 + 4_000
    assert isinstance(end, ExecutionTimedOut) == (end.at_us == T0 + 4_000)


def _watched(world: FreeWorld, look: Callable[[Crew], None]) -> None:
    crew = world.crew(PARALLEL)
    crew.look = look
    crew.to_the_end()


PARALLEL_LAWS: tuple[Callable[[FreeWorld], None], ...] = (
    whichever_attempt_ends_first_the_outcome_is_that_of_v1,
    a_crash_at_any_moment_changes_nothing,
    the_log_alone_makes_the_state,
    no_more_run_at_once_than_may_and_no_node_beside_itself,
    nothing_that_could_run_is_kept_waiting,
    it_waits_when_nothing_but_waits_is_left,
    decisions_come_alone_and_starts_do_not_clash,
    an_attempt_is_given_up_when_its_time_is_over_and_not_before,
    an_execution_ends_when_its_time_is_over_wherever_it_was_resumed,
)
