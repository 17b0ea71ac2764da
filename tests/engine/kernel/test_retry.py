"""Trying an execution again: what is taken over, what runs again and why, and the laws of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

import pytest

from engine.definition.recovery import FallbackNode, Recovery
from engine.definition.workflow import Workflow
from engine.kernel.events import ExecutionMode, ExecutionQueued, NodeStarted, Source, Verdict, decode, encode
from engine.kernel.graph import Graph
from engine.kernel.retry import NothingToRetry, Wish, plan
from engine.kernel.snapshot import Status
from engine.kernel.state import replay
from plugins.items import Item, Items
from tests.engine.kernel.drive import T0, Drive, Performer
from tests.engine.kernel.factories import BOOM, Answer, chain, diamond, ran, run, script, workflow
from tests.engine.kernel.worlds import World, world

SEEDS = range(400)


def again(
    first: Drive,
    perform: Performer | None = None,
    *,
    from_node: str | None = None,
    items: Items | None = None,
    graph: Graph | None = None,
    signal: Callable[..., Items | None] | None = None,
) -> Drive:
    """The execution tried again, to its end."""
    before, after = first.graph, graph or first.graph
    queued = first.history[0]
    assert isinstance(queued, ExecutionQueued)
    wish = Wish("exe_1", from_node, items)
    event = ExecutionQueued(
        at_us=T0,
        mode=ExecutionMode.RETRY,
        start_node=queued.start_node,
        items=queued.items,
        until_node=queued.until_node,
        pinned=queued.pinned,
        retried=plan(before, first.state, after, wish),
    )
    drive = Drive(after, perform or script())
    if signal is not None:
        drive.signal = signal
    return drive.begin(event).to_the_end()


def fresh(drive: Drive) -> list[str]:
    """What ran in this execution, in order: not what was taken over."""
    return [event.node for event in drive.history if isinstance(event, NodeStarted)]


def decisions(drive: Drive) -> Mapping[str, str]:
    queued = drive.history[0]
    assert isinstance(queued, ExecutionQueued)
    assert queued.retried is not None
    return {each.node: f"{each.verdict} {each.reason}" for each in queued.retried.plan}


def failing(flow: Workflow, **answers: Answer | tuple[Answer, ...]) -> Drive:
    drive = run(flow, script(**answers))
    assert drive.state.status is Status.FAILED
    return drive


def test_only_the_node_that_failed_and_what_follows_run_again() -> None:
    drive = again(failing(chain("T", "A", "B", "C"), B=BOOM))
    assert fresh(drive) == ["B", "C"]
    assert ran(drive) == "T A B C"
    assert drive.state.status is Status.SUCCEEDED
    assert decisions(drive) == {"T": "REUSED FINISHED", "A": "REUSED FINISHED", "B": "RERUN FAILED"}


def test_a_named_node_and_all_downstream_of_it_run_again() -> None:
    drive = again(run(chain("T", "A", "B", "C")), from_node="A")
    assert fresh(drive) == ["A", "B", "C"]
    assert decisions(drive) == {
        "T": "REUSED FINISHED",
        "A": "RERUN NAMED",
        "B": "INVALIDATED DOWNSTREAM",
        "C": "INVALIDATED DOWNSTREAM",
    }


def test_another_branch_is_taken_over_and_its_data_still_arrives() -> None:
    drive = again(run(diamond()), from_node="A")
    assert fresh(drive) == ["A", "M"]
    assert drive.state.runs["M"][0].inputs == (Source("A"), Source("B"))


def test_what_had_not_begun_when_another_branch_failed_runs_now() -> None:
    drive = again(failing(workflow("T > A > A2", "T > B > B2"), A2=BOOM))
    assert fresh(drive) == ["A2", "B", "B2"]


def test_a_loop_runs_again_from_its_head() -> None:
    flow = workflow("T > L", "L.0 > Done", "L.1 > X > Y > L")
    loop: tuple[Answer, ...] = ([0, 1], [0, 1], [1, 0])
    first = failing(flow, L=loop, Y=([1], BOOM))
    assert fresh(first) == ["T", "L", "X", "Y", "L", "X", "Y"]
    drive = again(first, script(L=loop))
    assert fresh(drive) == ["L", "X", "Y", "L", "X", "Y", "L", "Done"]
    assert decisions(drive) == {
        "T": "REUSED FINISHED",
        "L": "RERUN LOOP_HEAD",
        "X": "INVALIDATED DOWNSTREAM",
        "Y": "INVALIDATED DOWNSTREAM",
    }


def test_a_run_that_was_released_without_all_of_its_inputs_is_not_run_twice() -> None:
    flow = workflow("T > A > M.0", "T > B > M.1", "T > C")
    first = run(flow, script(B=[0]))
    drive = again(first, from_node="C")
    assert fresh(drive) == ["C"]


def test_a_fallback_is_downstream_of_what_it_stands_in_for() -> None:
    flow = workflow("T > A > B", "F > G", recovery={"A": Recovery(then=FallbackNode("F"))})
    first = run(flow, script(A=BOOM))
    assert fresh(first) == ["T", "A", "F", "G"]
    assert fresh(again(first, script(A=BOOM), from_node="G")) == ["G"]
    assert fresh(again(first, from_node="A")) == ["A", "B"]


def test_other_items_can_be_given_to_the_node_that_begins_again() -> None:
    drive = again(failing(chain("T", "A", "B"), A=BOOM), items=[Item({"edited": True})])
    [items] = drive.state.items(drive.state.runs["A"][0].inputs)
    assert items is not None
    assert [item.json for item in items] == [{"edited": True}]


def test_a_node_that_has_changed_runs_again_with_all_that_follows() -> None:
    flow = chain("T", "A", "B", "C")
    first = failing(flow, C=BOOM)
    changed = replace(flow, nodes={**flow.nodes, "B": replace(flow.nodes["B"], parameters={"x": 1})})
    drive = again(first, graph=Graph.compile(changed, {}, "T"))
    assert fresh(drive) == ["B", "C"]
    assert decisions(drive)["B"] == "RERUN CHANGED"
    assert decisions(drive)["C"] == "INVALIDATED DOWNSTREAM"


def test_a_node_that_has_only_moved_is_taken_over() -> None:
    flow = chain("T", "A", "B")
    first = failing(flow, B=BOOM)
    moved = replace(flow, nodes={**flow.nodes, "A": replace(flow.nodes["A"], position=(9.0, 9.0), notes="moved")})
    assert fresh(again(first, graph=Graph.compile(moved, {}, "T"))) == ["B"]


def test_a_node_that_is_gone_is_said_to_be_and_one_that_was_put_in_runs() -> None:
    first = failing(chain("T", "A", "B", "C"), C=BOOM)
    drive = again(first, graph=Graph.compile(workflow("T > A > N > C"), {}, "T"))
    assert fresh(drive) == ["N", "C"]
    assert decisions(drive)["B"] == "INVALIDATED REMOVED"


def test_what_went_well_is_not_tried_again_unless_a_node_is_named() -> None:
    with pytest.raises(NothingToRetry):
        again(run(chain("T", "A")))


def test_a_node_that_has_not_run_cannot_be_begun_from() -> None:
    with pytest.raises(ValueError, match="'B' has not run"):
        again(failing(chain("T", "A", "B"), A=BOOM), from_node="B")


# ------------------------------------------------------------------------------------------------ laws


def retried(seed: int) -> tuple[World, Drive, Drive] | None:
    """A random execution, and the same tried again in the same world; None when there is nothing to try."""
    random = Random(seed)
    made = world(random)
    first = Drive(made.graph(), made.perform, made.signal).begin(made.queued).to_the_end()
    from_node = random.choice([None, *first.state.runs])
    try:
        return made, first, again(first, made.perform, from_node=from_node, signal=made.signal)
    except NothingToRetry:
        return None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_laws_of_trying_again_hold_in_every_world(seed: int) -> None:
    tried = retried(seed)
    if tried is None:
        return
    _, first, drive = tried
    queued = drive.history[0]
    assert isinstance(queued, ExecutionQueued)
    assert queued.retried is not None
    kept = {(each.node, each.run) for each in queued.retried.runs}
    reused = {each.node for each in queued.retried.plan if each.verdict is Verdict.REUSED}
    assert {node for node, _ in kept} == reused

    started = {(event.node, event.run) for event in drive.history if isinstance(event, NodeStarted)}
    assert not started & kept, "a run that was taken over ran again"
    for each in queued.retried.runs:
        for source in each.inputs:
            if isinstance(source, Source):
                assert (source.node, source.run) in kept, "a run was taken over whose input runs again"
        before = first.state.runs[each.node][each.run]
        after = drive.state.runs[each.node][each.run]
        assert (after.outputs, after.inputs, after.status) == (before.outputs, before.inputs, before.status)
    for decision in queued.retried.plan:
        if decision.verdict is Verdict.RERUN and drive.state.status is Status.SUCCEEDED:
            assert decision.node in drive.state.runs, "what was to run again has not"
    assert drive.state.finished
    stored = [decode(encode(event)) for event in drive.history]
    assert replay(drive.graph, stored) == drive.state, "the log alone does not make the state"


def test_the_worlds_have_enough_to_try_again() -> None:
    tried = [each for seed in SEEDS if (each := retried(seed)) is not None]
    kept = [event.retried for _, _, drive in tried if isinstance(event := drive.history[0], ExecutionQueued)]
    assert len(tried) > len(SEEDS) / 2
    assert sum(bool(each and each.runs) for each in kept) > len(SEEDS) / 4
