"""Loops and their budget, and the node flags that the kernel acts on: N8N.md 4.5 and 4.6."""

from __future__ import annotations

import pytest

from engine.definition.workflow import ExecutionOrder
from engine.kernel.commands import StartNode
from engine.kernel.events import AnyEvent, NodeSkipped, NodeStarted, NodeSucceeded, Source
from engine.kernel.history import RunStatus
from engine.kernel.state import Status
from plugins.items import Item, Items, Link
from tests.engine.kernel.factories import BOOM, V0, V1, chain, outputs, ran, run, script, some, workflow

BOTH = pytest.mark.parametrize("order", [V0, V1])


# ------------------------------------------------------------------------------------------------ loops


@BOTH
def test_a_connection_back_makes_a_new_run_on_every_pass(order: ExecutionOrder) -> None:
    flow = workflow("T > Loop", "Loop.1 > Body > Loop", "Loop.0 > Done", order=order)
    drive = run(flow, script(Loop=([0, 2], [0, 2], [0, 1], [5, 0])))
    assert ran(drive) == "T Loop Body Loop Body Loop Body Loop Done"
    assert [each.run for each in drive.state.runs["Body"]] == [0, 1, 2]
    assert drive.state.runs["Loop"][3].inputs == (Source("Body", 0, 2),)


@BOTH
def test_a_run_far_back_is_still_there(order: ExecutionOrder) -> None:
    flow = workflow("T > A > A", order=order, budget=101)
    runs = run(flow).state.runs["A"]
    assert [each.run for each in runs] == list(range(100))
    assert runs[0].inputs == (Source("T"),)
    assert runs[70].inputs == (Source("A", 0, 69),)
    assert runs[-1] == runs[99] == list(runs)[99]
    assert runs[97:] == tuple(runs)[97:]
    with pytest.raises(IndexError, match="no run 100"):
        runs[100]


@BOTH
def test_the_budget_ends_a_loop_that_never_ends_and_names_the_node(order: ExecutionOrder) -> None:
    drive = run(workflow("T > A > B > A", order=order, budget=6))
    assert ran(drive) == "T A B A B A"
    assert drive.state.status is Status.FAILED
    assert drive.state.error is not None
    assert drive.state.error.code == "NODE_RUN_BUDGET_EXCEEDED"
    assert "'B'" in drive.state.error.message
    assert "6" in drive.state.error.message


def test_the_budget_may_be_used_up_to_the_last_run() -> None:
    flow = workflow("T > A > B", budget=3)
    assert run(flow).state.status is Status.SUCCEEDED


def test_disabled_and_pinned_nodes_count_too() -> None:
    assert run(workflow("T > A > A", disabled=["A"], budget=5)).state.status is Status.FAILED
    assert run(workflow("T > A > A", budget=5), pinned={"A": some(1)}).state.status is Status.FAILED


def test_what_a_node_keeps_from_run_to_run_is_its_latest_state() -> None:
    def counting(command: StartNode) -> AnyEvent:
        state = {"seen": command.run} if command.run < 2 else None
        return NodeSucceeded(at_us=1, node="A", run=command.run, outputs=[some(1)], state=state)

    drive = run(workflow("T > A > A", budget=5), script(A=counting))
    assert dict(drive.state.contexts) == {"A": {"seen": 1}}


# ------------------------------------------------------------------------------------------------ disabled


@BOTH
def test_a_disabled_node_passes_its_first_input_through(order: ExecutionOrder) -> None:
    drive = run(chain("T", "A", "B", order=order), script(T=[3]))
    disabled = run(workflow("T > A > B", disabled=["A"], order=order), script(T=[3], A=BOOM))
    assert ran(disabled) == ran(drive) == "T A B"
    assert [item.json for item in disabled.state.items([Source("A")])[0] or ()] == [item.json for item in some(3, "T")]
    skipped = next(event for event in disabled.history if isinstance(event, NodeSkipped))
    assert (skipped.reason, skipped.execution_index, skipped.inputs) == ("disabled", 1, [Source("T")])
    assert disabled.state.runs["A"][0].status is RunStatus.SKIPPED


def test_items_that_pass_a_disabled_node_are_paired_with_its_input() -> None:
    drive = run(workflow("T > A", disabled=["A"]), script(T=[3]))
    (passed,) = outputs(drive, "A") or []
    assert [item.paired for item in passed or ()] == [Link(0), Link(1), Link(2)]


def test_a_disabled_merge_drops_its_other_inputs() -> None:
    drive = run(workflow("T > A > M.0", "T > B > M.1", disabled=["M"]), script(A=[1], B=[2]))
    assert [len(items or ()) for items in outputs(drive, "M") or ()] == [1]


def test_a_disabled_node_without_its_first_input_has_no_output() -> None:
    drive = run(workflow("T > M.1", "M > B", disabled=["M"]))
    assert ran(drive) == "T M"
    assert outputs(drive, "M") == []
    assert drive.state.last_node == "M"


def test_a_disabled_trigger_passes_what_it_was_given() -> None:
    drive = run(workflow("T > A", disabled=["T"]), items=some(2))
    assert ran(drive) == "T A"


# ------------------------------------------------------------------------------------------------ pinned


def pin(*values: int) -> Items:
    return [Item({"pinned": value}) for value in values]


def test_a_pinned_node_does_not_run_and_settles_with_its_items() -> None:
    drive = run(chain("T", "A", "B"), script(T=[3], A=BOOM), pinned={"A": pin(1, 2)})
    assert ran(drive) == "T A B"
    assert outputs(drive, "A") == [pin(1, 2)]
    begun, ended = [event for event in drive.history if getattr(event, "node", None) == "A"]
    assert isinstance(begun, NodeStarted)
    assert (begun.execution_index, begun.inputs) == (1, [Source("T")])
    assert isinstance(ended, NodeSucceeded)


def test_pinned_items_are_paired_where_it_is_clear_with_what() -> None:
    one = outputs(run(chain("T", "A"), script(T=[1]), pinned={"A": pin(1, 2)}), "A")
    assert [item.paired for item in (one or [None])[0] or ()] == [Link(0), Link(0)]
    same = outputs(run(chain("T", "A"), script(T=[2]), pinned={"A": pin(1, 2)}), "A")
    assert [item.paired for item in (same or [None])[0] or ()] == [Link(0), Link(1)]


def test_an_empty_pin_stops_the_branch() -> None:
    drive = run(chain("T", "A", "B"), pinned={"A": []})
    assert ran(drive) == "T A"
    assert outputs(drive, "A") == [[]]


def test_a_pinned_trigger_sends_its_pinned_items() -> None:
    drive = run(chain("T", "A"), pinned={"T": pin(7)})
    assert [item.json for item in drive.state.items([Source("T")])[0] or ()] == [{"pinned": 7}]


def test_a_pin_on_a_disabled_node_is_ignored() -> None:
    drive = run(workflow("T > A > B", disabled=["A"]), script(T=[2]), pinned={"A": pin(1)})
    assert drive.state.runs["A"][0].status is RunStatus.SKIPPED
    assert [len(items or ()) for items in outputs(drive, "A") or ()] == [2]
