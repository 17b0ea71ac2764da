"""The order of node runs: N8N.md 4.2 (v1), 4.3 (v0) and what both share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.definition.workflow import Connection, ExecutionOrder
from engine.kernel.events import Given, Source
from engine.kernel.graph import Graph, Shape, UnknownNode
from engine.kernel.state import Status
from tests.engine.kernel.factories import V0, V1, chain, ran, run, script, workflow

BOTH = pytest.mark.parametrize("order", [V0, V1])


@BOTH
def test_a_chain_runs_from_start_to_end(order: ExecutionOrder) -> None:
    drive = run(chain("T", "A", "B", order=order))
    assert ran(drive) == "T A B"
    assert drive.state.status is Status.SUCCEEDED
    assert drive.state.last_node == "B"


@BOTH
def test_a_lone_trigger_is_a_whole_execution(order: ExecutionOrder) -> None:
    assert ran(run(workflow("T", order=order))) == "T"


@BOTH
def test_what_the_start_node_is_not_connected_to_does_not_run(order: ExecutionOrder) -> None:
    assert ran(run(workflow("T > A", "X > B", "X > A", order=order))) == "T A"


@BOTH
def test_an_execution_may_start_anywhere(order: ExecutionOrder) -> None:
    assert ran(run(chain("T", "A", "B", order=order), start="A")) == "A B"


@BOTH
def test_an_empty_output_starts_nothing(order: ExecutionOrder) -> None:
    flow = workflow("T > IF", "IF.0 > A", "IF.1 > B", order=order)
    assert ran(run(flow, script(IF=[0, 2]))) == "T IF B"


@BOTH
def test_a_node_that_answers_no_outputs_at_all_is_not_the_last_node(order: ExecutionOrder) -> None:
    drive = run(chain("T", "A", "B", order=order), script(A=[]))
    assert ran(drive) == "T A"
    assert drive.state.last_node == "T"


@BOTH
def test_several_connections_into_one_input_run_the_node_once_each(order: ExecutionOrder) -> None:
    drive = run(workflow("T > A > C", "T > B > C", order=order))
    assert [run.inputs for run in drive.state.runs["C"]] == [(Source("A"),), (Source("B"),)]


@BOTH
def test_each_run_names_the_output_and_the_run_its_items_come_from(order: ExecutionOrder) -> None:
    drive = run(workflow("T > A", "T > A", "A.1 > B", order=order), script(A=[0, 1]))
    assert [run.inputs for run in drive.state.runs["B"]] == [(Source("A", 1, 0),), (Source("A", 1, 1),)]


# ------------------------------------------------------------------------------------------------ v1


def test_v1_runs_a_branch_to_its_end_before_its_sibling_starts() -> None:
    at = {"A": (0.0, 100.0), "B": (500.0, 0.0), "C": (400.0, 0.0)}
    assert ran(run(workflow("T > A > A2", "T > B > B2", "T > C > C2", at=at))) == "T C C2 B B2 A A2"


def test_v1_runs_the_top_most_first_and_then_the_left_most() -> None:
    at = {"A": (10.0, 0.5), "B": (-20.5, 0.5), "C": (0.0, -3.0)}
    assert ran(run(workflow("T > A", "T > B", "T > C", at=at))) == "T C B A"


def test_v1_sorts_over_all_outputs_of_a_node() -> None:
    at = {"A": (0.0, 2.0), "B": (0.0, 1.0)}
    assert ran(run(workflow("T > IF", "IF.0 > A", "IF.1 > B", at=at), script(IF=[1, 1]))) == "T IF B A"


def test_v1_runs_equal_positions_in_reverse_connection_order() -> None:
    here = (0.0, 0.0)
    flow = workflow("T > A", "T > B", "T.1 > C", at={"A": here, "B": here, "C": here})
    assert ran(run(flow, script(T=[1, 1]))) == "T C B A"


def test_v1_lets_no_empty_output_through() -> None:
    drive = run(workflow("T > IF", "T > M.0", "IF > M.1"), script(IF=[0]), shapes={"M": Shape(2, required="all")})
    assert ran(drive) == "T IF"


# ------------------------------------------------------------------------------------------------ v0


def test_v0_runs_level_by_level_in_connection_order() -> None:
    at = {"A": (0.0, 100.0), "B": (0.0, 0.0)}
    assert ran(run(workflow("T > A > A2", "T > B > B2", "T > C > C2", at=at, order=V0))) == "T A B C A2 B2 C2"


def test_v0_lets_an_empty_output_through_to_later_inputs() -> None:
    drive = run(workflow("T > M.0", "T > F > M.1", order=V0), script(F=[0]))
    assert ran(drive) == "T F M"
    assert drive.state.runs["M"][0].inputs == (Source("T"), Source("F"))


def test_v0_lets_no_empty_output_through_to_the_first_input() -> None:
    assert ran(run(workflow("T > F > A", order=V0), script(F=[0]))) == "T F"


def test_v0_lets_nothing_through_from_a_node_with_no_outputs_at_all() -> None:
    drive = run(workflow("T > M.0", "T > F > M.1", order=V0), script(F=[]))
    assert drive.state.runs["M"][0].inputs == (Source("T"), None)


def test_v0_pulls_in_the_branch_that_a_merge_would_wait_for_in_vain() -> None:
    flow = workflow("T > IF", "IF.0 > A > M.0", "IF.1 > B > M.1", order=V0)
    drive = run(flow, script(IF=[1, 0]))
    assert ran(drive) == "T IF A B M"
    (forced,) = drive.state.runs["B"][0].inputs
    assert isinstance(forced, Given)
    assert [item.json for item in forced.items] == [{}]
    assert forced.cause == Source("A"), "n8n names the arrival that forced it as its source"


def test_v0_pulls_in_the_top_most_node_of_that_branch() -> None:
    flow = workflow("T > IF", "IF.0 > A > M.0", "IF.1 > B > C > D > M.1", order=V0)
    assert ran(run(flow, script(IF=[1, 0]))) == "T IF A B C D M"


def test_v0_pulls_in_nothing_that_is_about_to_run() -> None:
    assert ran(run(workflow("T > A > M.0", "T > B > C > M.1", order=V0))) == "T A B C M"


def test_v0_pulls_in_no_ancestor_of_what_will_run_anyway() -> None:
    flow = workflow("T > IF", "IF.1 > Q > P > M.1", "T > A > M.0", "T > B > P", order=V0)
    assert ran(run(flow, script(IF=[1, 0]))) == "T IF A B P M"


def test_v0_pulls_in_nothing_that_has_run() -> None:
    drive = run(workflow("T > F > M.0", "T > B > M.1", order=V0), script(F=[0]))
    assert ran(drive) == "T F B"


def test_v0_pulls_in_no_trigger() -> None:
    flow = workflow("T > M.0", "Other > B > M.1", order=V0)
    assert ran(run(flow, shapes={"Other": Shape(0, trigger=True)})) == "T M"


def test_v1_pulls_in_nothing() -> None:
    drive = run(workflow("T > IF", "IF.0 > A > M.0", "IF.1 > B > M.1"), script(IF=[1, 0]))
    assert ran(drive) == "T IF A M"


# ------------------------------------------------------------------------------------------------ partial runs


@BOTH
def test_only_nodes_on_a_path_to_the_last_one_run(order: ExecutionOrder) -> None:
    flow = workflow("T > A > B > C", "T > X", "A > Y", order=order)
    assert ran(run(flow, until="B")) == "T A B"


@BOTH
def test_a_loop_behind_the_last_node_is_not_taken(order: ExecutionOrder) -> None:
    assert ran(run(workflow("T > A > B > A", order=order), until="A")) == "T A"


@BOTH
def test_a_start_that_leads_nowhere_near_the_last_node_runs_alone(order: ExecutionOrder) -> None:
    assert ran(run(workflow("T > A", "X > B", order=order), until="B")) == "T"


def test_unknown_nodes_are_named() -> None:
    with pytest.raises(UnknownNode, match="'Nowhere'"):
        Graph.compile(chain("T", "A"), {}, "Nowhere")
    with pytest.raises(UnknownNode, match="'Nowhere'"):
        Graph.compile(chain("T", "A"), {}, "T", "Nowhere")


def test_only_main_connections_between_known_nodes_carry_data() -> None:
    flow = chain("T", "A")
    tool = Connection("T", "ai_tool", 0, 0, "A", "ai_tool", 0)
    loose = (Connection("T", "main", 0, 1, "Gone", "main", 0), Connection("Gone", "main", 0, 0, "A", "main", 0))
    graph = Graph.compile(replace(flow, connections=(*flow.connections, tool, *loose)), {}, "T")
    assert graph.routes == {"T": ((0, "A", 0),)}
