"""Nodes with several inputs wait in slots, and are released when nothing else is left: N8N.md 4.4."""

from __future__ import annotations

import pytest

from engine.definition.workflow import ExecutionOrder
from engine.kernel.events import Source
from engine.kernel.frontier import Input
from engine.kernel.graph import Required, Shape
from tests.engine.kernel.drive import Drive
from tests.engine.kernel.factories import V0, V1, diamond, ran, run, script, workflow

BOTH = pytest.mark.parametrize("order", [V0, V1])


def inputs(drive: Drive, node: str = "M") -> list[tuple[Input, ...]]:
    return [each.inputs for each in drive.state.runs.get(node, ())]


@BOTH
def test_a_node_waits_until_all_its_inputs_have_arrived(order: ExecutionOrder) -> None:
    drive = run(diamond(order))
    assert ran(drive) == "T A B M"
    assert inputs(drive) == [(Source("A"), Source("B"))]


def test_a_filled_slot_goes_to_the_front_in_v1() -> None:
    assert ran(run(workflow("T > A > M.0", "T > B > M.1", "T > C"))) == "T A B M C"


def test_a_filled_slot_goes_to_the_end_in_v0() -> None:
    assert ran(run(workflow("T > A > M.0", "T > B > M.1", "T > C > D", order=V0))) == "T A B C M D"


@BOTH
def test_a_single_connected_input_never_waits(order: ExecutionOrder) -> None:
    assert inputs(run(workflow("T > M.0", order=order), shapes={"M": Shape(3, required="all")})) == [(Source("T"),)]


@BOTH
def test_a_second_arrival_on_one_input_opens_a_second_slot(order: ExecutionOrder) -> None:
    drive = run(workflow("T > A > M.0", "T > B > M.0", "T > C > M.1", "T > D > M.1", order=order))
    assert inputs(drive) == [(Source("A"), Source("C")), (Source("B"), Source("D"))]


@BOTH
def test_what_is_left_over_is_released_at_the_end(order: ExecutionOrder) -> None:
    drive = run(workflow("T > A > M.0", "T > B > M.0", "T > C > M.1", order=order))
    assert inputs(drive) == [(Source("A"), Source("C")), (Source("B"), None)]


@BOTH
def test_slots_of_one_node_are_released_one_at_a_time_from_the_lowest(order: ExecutionOrder) -> None:
    drive = run(workflow("T > A > M.0", "T > B > M.0", "T > F > M.1", "M > N", order=order), script(F=[]))
    assert ran(drive) == "T A B F M N M N"
    assert inputs(drive) == [(Source("A"), None), (Source("B"), None)]


def test_v1_releases_a_node_whose_only_connected_input_is_not_the_first() -> None:
    assert inputs(run(workflow("T > M.1"))) == [(None, Source("T"))]


def test_v0_never_releases_a_node_without_its_first_input() -> None:
    assert inputs(run(workflow("T > M.1", order=V0))) == []


def test_v0_releases_nothing_that_has_no_items() -> None:
    assert ran(run(workflow("T > A > M.0", "T > F > M.1", order=V0), script(A=[0], F=[0]))) == "T A F"


@pytest.mark.parametrize(
    ("required", "released"),
    [
        (None, True),
        (1, True),
        (2, False),
        ((0,), True),
        ((1,), False),
        ((0, 1), False),
        ((0, 5), False),
        ("all", False),
    ],
)
def test_v1_releases_only_what_has_the_inputs_that_its_type_requires(required: Required, released: bool) -> None:
    drive = run(diamond(), script(B=[0]), shapes={"M": Shape(2, required=required)})
    assert inputs(drive) == ([(Source("A"), None)] if released else [])


@pytest.mark.parametrize(("required", "released"), [((0, 1), True), (2, True), ("all", False)])
def test_v0_asks_only_whether_all_inputs_are_required(required: Required, released: bool) -> None:
    flow = workflow("T > A > M.0", "T > B > M.1", order=V0)
    drive = run(flow, script(B=[]), shapes={"M": Shape(2, required=required)})
    assert inputs(drive) == ([(Source("A"), None)] if released else [])


def test_a_waiting_node_behind_another_waiting_node_is_released_after_it() -> None:
    flow = workflow("T > C > M2.1", "T > F > M1.0", "T > B > M1.1", "M1 > M2.0")
    drive = run(flow, script(F=[0]))
    assert ran(drive) == "T C F B M1 M2"
    assert inputs(drive, "M2") == [(Source("M1"), Source("C"))]


def test_nodes_are_released_in_the_order_in_which_they_began_to_wait() -> None:
    flow = workflow("T > F", "F > M.1", "F > N.1", "T > A > N.0", "T > B > M.0", "M > X", "N > Y")
    assert ran(run(flow, script(F=[0]))) == "T F A B N Y M X"


def test_only_one_node_is_released_before_the_rest_goes_on() -> None:
    flow = workflow("T > F", "F > M.1", "F > N.1", "T > A > M.0", "M > X > N.1", "T > B > N.0")
    drive = run(flow, script(F=[0]))
    assert ran(drive) == "T F A B M X N"
    assert inputs(drive, "N") == [(Source("B"), Source("X"))]


def test_a_merge_in_a_loop_is_released_though_it_comes_before_itself() -> None:
    flow = workflow("T > M.0", "M > A", "A.1 > M.1")
    assert ran(run(flow, script(A=[0, 0]))) == "T M A"


def test_two_outputs_of_one_node_may_fill_one_slot() -> None:
    drive = run(workflow("T > IF", "IF.0 > M.0", "IF.1 > M.1"), script(IF=[1, 1]))
    assert inputs(drive) == [(Source("IF", 0), Source("IF", 1))]


def test_three_inputs_wait_for_all_three() -> None:
    flow = workflow("T > A > M.0", "T > B > M.1", "T > C > M.2")
    assert inputs(run(flow)) == [(Source("A"), Source("B"), Source("C"))]
    assert inputs(run(flow, script(B=[0]))) == [(Source("A"), None, Source("C"))]
