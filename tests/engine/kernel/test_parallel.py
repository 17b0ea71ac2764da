"""Order "parallel": what runs at once, what does not, and that it comes to what v1 comes to."""

from __future__ import annotations

from engine.definition.recovery import Recovery, Retry
from engine.kernel.commands import Command, Record, StartNode
from engine.kernel.events import (
    AnyEvent,
    ExecutionFailed,
    ExecutionRecovered,
    ExecutionSucceeded,
    ExecutionWaiting,
    LostRun,
    NodeFailed,
    NodeSucceeded,
    Source,
)
from engine.kernel.graph import Graph, Shape
from engine.kernel.history import RunStatus
from engine.kernel.scheduler import decide
from engine.kernel.state import Status
from plugins.items import Outputs
from tests.engine.kernel.drive import T0, Drive, queued, started
from tests.engine.kernel.factories import BOOM, PARALLEL, script, some, workflow

ROUND = {"Z": (0.0, -1.0)}


class Hand:
    """A parallel execution whose attempts end when the test says so."""

    def __init__(self, *wires: str, shapes: dict[str, Shape] | None = None, **more: object) -> None:
        flow = workflow(*wires, order=PARALLEL, **more)  # type: ignore[arg-type]
        pinned = {"P": some(1, "pin")} if "P" in flow.nodes else {}
        self.drive = Drive(Graph.compile(flow, shapes or {}, "T"), script()).begin(queued(pinned=pinned))
        self.go()
        self.end("T", [some(1, "T")])

    def decided(self, now_us: int = T0) -> tuple[Command, ...]:
        return decide(self.drive.graph, self.drive.state, now_us)

    def go(self) -> str:
        """Start and record all that is decided; the nodes that run now, as one line."""
        while not self.drive.state.finished:
            commands = self.decided()
            for command in commands:
                match command:
                    case StartNode():
                        self.record(started(command, T0))
                    case Record(event):
                        self.record(event)
            if not any(isinstance(command, StartNode | Record) for command in commands):
                break
        return self.running

    @property
    def running(self) -> str:
        return " ".join(node for node, _, _ in self.drive.state.running)

    def record(self, event: AnyEvent) -> None:
        self.drive.record(event)

    def end(self, node: str, outputs: Outputs | None = None) -> None:
        run = len(self.drive.state.runs[node]) - 1
        self.record(
            NodeSucceeded(at_us=T0, node=node, run=run, outputs=[some(1, node)] if outputs is None else outputs)
        )

    def fail(self, node: str) -> None:
        self.record(NodeFailed(at_us=T0, node=node, run=0, error=BOOM))


def test_branches_run_at_once() -> None:
    hand = Hand("T > A > A2", "T > B > B2", "T > C")
    assert hand.go() == "A B C"
    hand.end("B")
    assert hand.go() == "A C B2"
    hand.end("C")
    hand.end("A")
    assert hand.go() == "B2 A2"


def test_it_ends_when_nothing_runs_and_nothing_is_left() -> None:
    hand = Hand("T > A", "T > B")
    hand.go()
    hand.end("A")
    assert hand.decided() == ()
    hand.end("B")
    hand.go()
    assert hand.drive.state.status is Status.SUCCEEDED


def test_the_limit_holds_and_the_next_begins_as_soon_as_one_ends() -> None:
    hand = Hand("T > A", "T > B", "T > C", "T > D", at_once=2)
    assert hand.go() == "A B"
    assert hand.decided() == ()
    hand.end("A")
    assert hand.go() == "B C"


def test_what_waits_does_not_count_against_the_limit() -> None:
    hand = Hand("T > A", "T > B", at_once=1)
    assert hand.go() == "A"
    hand.record(ExecutionWaiting(at_us=T0, node="A", run=0, attempt=1, outputs=[[]], signal="go"))
    assert hand.go() == "B"


def test_it_waits_only_when_nothing_else_is_under_way() -> None:
    hand = Hand("T > A", "T > B", "T > C")
    hand.go()
    hand.record(ExecutionWaiting(at_us=T0, node="A", run=0, attempt=1, outputs=[[]], signal="go"))
    assert hand.drive.state.status is Status.RUNNING
    hand.end("B")
    assert hand.drive.state.status is Status.RUNNING
    hand.end("C")
    assert hand.drive.state.status is Status.WAITING


def test_a_node_does_not_run_beside_itself() -> None:
    hand = Hand("T > A > C", "T > B > C", "T > D")
    hand.go()
    hand.end("A")
    hand.end("B")
    assert hand.go() == "D C"
    hand.end("C")
    assert hand.go() == "D C"
    assert [run.inputs for run in hand.drive.state.runs["C"]] == [(Source("B"),), (Source("A"),)]


def test_a_merge_waits_for_all_of_its_branches() -> None:
    hand = Hand("T > A > M.0", "T > B > M.1")
    assert hand.go() == "A B"
    hand.end("B")
    assert hand.go() == "A"
    hand.end("A")
    assert hand.go() == "M"
    assert hand.drive.state.runs["M"][0].inputs == (Source("A"), Source("B"))


def test_a_merge_is_released_only_when_nothing_runs_any_more() -> None:
    hand = Hand("T > A > M.0", "T > B > M.1", "T > C", shapes={"M": Shape(2)})
    hand.go()
    hand.end("A")
    hand.end("B", [[]])
    assert hand.go() == "C"
    hand.end("C")
    assert hand.go() == "M"
    assert hand.drive.state.runs["M"][0].inputs == (Source("A"), None)


def test_merges_are_released_in_the_order_of_v1() -> None:
    hand = Hand("T > A > M.0", "T > B > N.0", "T > C > M.1", "C.1 > N.1", shapes={"M": Shape(2), "N": Shape(2)})
    hand.go()
    hand.end("B")
    hand.end("A")
    hand.end("C", [[]])
    assert hand.go() == "M", "A, which stands above B, comes first in v1"


def test_disabled_and_pinned_nodes_need_no_room() -> None:
    hand = Hand("T > A", "T > D", "T > P", disabled={"D"}, at_once=1)
    assert hand.go() == "A"
    assert [hand.drive.state.runs[node][0].status for node in "DP"] == [RunStatus.SKIPPED, RunStatus.SUCCEEDED]


def test_decisions_are_made_one_at_a_time() -> None:
    hand = Hand("T > A", "T > D", "T > B", disabled={"D"})
    assert [type(command) for command in hand.decided()] == [StartNode], "D stands between A and B"


def test_a_branch_that_fails_for_good_ends_the_execution() -> None:
    hand = Hand("T > A", "T > B")
    hand.go()
    hand.fail("B")
    hand.go()
    assert isinstance(hand.drive.history[-1], ExecutionFailed)
    assert hand.running == "A", "which the runner is told to stop"


def test_the_budget_counts_what_is_about_to_begin() -> None:
    hand = Hand("T > A", "T > B", "T > C", budget=3)
    hand.go()
    assert hand.drive.state.status is Status.FAILED
    assert hand.drive.state.next_index == 3


def test_lost_attempts_begin_again_first_and_within_the_limit() -> None:
    hand = Hand("T > A", "T > B", "T > C", at_once=2)
    hand.go()
    hand.record(ExecutionRecovered(at_us=T0, worker="w", epoch=2, lost=[LostRun("A", 0, 1), LostRun("B", 0, 1)]))
    assert hand.running == ""
    assert hand.go() == "A B"


def test_the_next_attempt_waits_for_room_too() -> None:
    hand = Hand("T > A", "T > B", at_once=1, recovery={"A": Recovery(Retry(max_attempts=2, initial_delay_ms=5))})
    hand.go()
    hand.fail("A")
    assert hand.go() == "B"
    assert hand.decided(T0 + 5_000) == (), "B has the only room there is"
    hand.end("B")
    assert hand.decided(T0 + 5_000) == (StartNode("A", 0, 2, 1, (Source("T"),)),)


def test_the_place_of_a_merge_is_below_the_last_of_its_branches() -> None:
    hand = Hand("T > A > M.0", "T > B > M.1", "B > C", at={"C": (0.0, -1.0)})
    for node in ("B", "A", "M", "C"):
        hand.go()
        hand.end(node)
    hand.go()
    assert hand.drive.state.last_node == "M", "in v1 it is B that completes it, and C stands above it"


def test_the_last_node_is_that_of_v1_whichever_ended_last() -> None:
    hand = Hand("T > A > A2", "T > B")
    hand.go()
    hand.end("B")
    hand.end("A")
    hand.go()
    hand.end("A2")
    hand.go()
    assert hand.drive.history[-1] == ExecutionSucceeded(at_us=T0, last_node="B")
    assert hand.drive.state.last_node == "B"
