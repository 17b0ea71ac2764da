"""What a reader is told of an execution is what its log says, at every length of the log."""

from __future__ import annotations

from engine.definition import n8n
from engine.kernel.activity import Delayed, Suspended
from engine.kernel.events import (
    AnyEvent,
    ExecutionMode,
    ExecutionQueued,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionWaiting,
    NodeFailed,
    NodeRecovered,
    NodeRetryScheduled,
    NodeStarted,
    NodeSucceeded,
    RecoveryStrategy,
    Source,
)
from engine.runtime.compiled import compile_workflow
from engine.runtime.history import History, fold
from plugins.errors import Failure
from plugins.items import Item, Items
from plugins.registry import built_in
from tests.serving import chain

FAILURE = Failure("NODE_FAILED", "it broke")
COMPILED = compile_workflow(n8n.read(chain("a")), built_in())


def items(*numbers: int) -> Items:
    return [Item({"n": number}) for number in numbers]


def began(*more: AnyEvent) -> History:
    """An execution whose trigger has run, and whose node `a` has begun."""
    return fold(
        COMPILED,
        [
            ExecutionQueued(at_us=1, mode=ExecutionMode.MANUAL, start_node="Start", items=items(1, 2)),
            ExecutionStarted(at_us=2, worker="w", epoch=1),
            NodeStarted(at_us=3, node="Start", run=0, execution_index=0, inputs=[]),
            NodeSucceeded(at_us=4, node="Start", run=0, outputs=[items(1, 2)]),
            NodeStarted(at_us=5, node="a", run=0, execution_index=1, inputs=[Source("Start")]),
            *more,
        ],
    )


FAILED = NodeFailed(at_us=6, node="a", run=0, error=FAILURE)
RETRY = NodeRetryScheduled(at_us=7, node="a", run=0, due_us=90, delay_us=80, error=FAILURE)


def test_node_runs_come_in_the_order_in_which_they_started() -> None:
    assert [(run.node, run.status) for run in began().runs] == [("Start", "SUCCEEDED"), ("a", "RUNNING")]


def test_there_is_no_output_before_the_end() -> None:
    assert began(NodeSucceeded(at_us=6, node="a", run=0, outputs=[items(7)])).output() is None


def test_the_output_is_that_of_the_last_node_and_of_its_first_output_with_items() -> None:
    done = NodeSucceeded(at_us=6, node="a", run=0, outputs=[[], items(7, 8)])
    assert began(done, ExecutionSucceeded(at_us=7, last_node="a")).output() == items(7, 8)


def test_a_retry_is_waited_for_and_counted() -> None:
    waiting = began(FAILED, RETRY)
    [wait] = waiting.waits
    assert isinstance(wait, Delayed)
    assert wait.due_us == 90
    again = NodeStarted(at_us=90, node="a", run=0, attempt=2, execution_index=1, inputs=[Source("Start")])
    mended = NodeSucceeded(at_us=91, node="a", run=0, attempt=2, outputs=[items(7)])
    said = NodeRecovered(at_us=91, node="a", run=0, attempt=2, strategy=RecoveryStrategy.RETRY, error=FAILURE)
    metrics = began(FAILED, RETRY, again, mended, said).metrics()
    assert (metrics.nodes_run, metrics.succeeded, metrics.retries, metrics.recoveries, metrics.items) == (2, 2, 1, 1, 3)


def test_a_node_that_was_passed_by_sends_on_what_it_was_given() -> None:
    skipped = NodeRecovered(at_us=7, node="a", run=0, strategy=RecoveryStrategy.SKIP, error=FAILURE)
    history = began(FAILED, skipped, ExecutionSucceeded(at_us=8, last_node="a"))
    output = history.output()
    assert output is not None
    assert [item.json for item in output] == [{"n": 1}, {"n": 2}]
    assert history.metrics().recoveries == 1


def test_a_timer_is_waited_for() -> None:
    waiting = began(ExecutionWaiting(at_us=6, node="a", run=0, attempt=1, outputs=[items(1)], until_us=99))
    [wait] = waiting.waits
    assert isinstance(wait, Suspended)
    assert wait.until_us == 99
