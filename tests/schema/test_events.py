"""Every event that the kernel records has its type in the schema, and says there what it says in the log."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from graphql import GraphQLObjectType, GraphQLSchema

from engine.definition import n8n
from engine.kernel import events as log
from engine.kernel.events import AnyEvent
from engine.ports import Recorded
from engine.runtime.compiled import compile_workflow
from engine.runtime.live import Batch, Progress
from engine.store.records import ExecutionRecord, ExecutionStatus
from plugins.errors import Failure
from plugins.items import Item
from plugins.outcomes import CallWorkflow
from plugins.registry import built_in
from schema.events import ExecutionEvent
from schema.outputs import OutputNames
from schema.root import build_schema
from schema.telling import Teller
from tests.serving import chain

CORE: GraphQLSchema = build_schema()._schema
FAILURE = Failure("NODE_FAILED", "it broke", description="mend it", item_index=2)
NODE: dict[str, Any] = {"at_us": 7, "node": "a", "run": 1, "attempt": 2}
EVENTS: list[AnyEvent] = [
    log.ExecutionQueued(at_us=1, mode=log.ExecutionMode.MANUAL, start_node="Start", items=[Item({})]),
    log.ExecutionStarted(at_us=1, worker="w", epoch=1),
    log.ExecutionRecovered(at_us=1, worker="w", epoch=2, lost=[log.LostRun("a", 0, 1)]),
    log.ExecutionWaiting(at_us=1, node="a", run=0, attempt=1, outputs=[], until_us=9),
    log.ExecutionResumed(at_us=1, node="a", run=0),
    log.ExecutionSucceeded(at_us=1, last_node="a"),
    log.ExecutionFailed(at_us=1, error=FAILURE, node="a", run=0, attempt=3),
    log.ExecutionCanceled(at_us=1, reason="enough"),
    log.ExecutionTimedOut(at_us=1),
    log.NodeStarted(**NODE, execution_index=1, inputs=[]),
    log.NodeSucceeded(**NODE, outputs=[[Item({"x": 1})], None], duration_us=1_500),
    log.NodeFailed(**NODE, error=FAILURE),
    log.NodeRetryScheduled(**NODE, due_us=99, delay_us=2_000, error=FAILURE),
    log.NodeRecovered(**NODE, strategy=log.RecoveryStrategy.SKIP, error=FAILURE, outputs=[[Item({})]]),
    log.NodeSkipped(**NODE, execution_index=1, inputs=[], reason="disabled"),
    log.WorkflowsCalled(**NODE, calls=[CallWorkflow("wf_1", [Item({})])]),
    log.ChildStarted(**NODE, execution="exe_2"),
    log.ChildEnded(**NODE, execution="exe_2", outputs=[[Item({"x": 1})]]),
]


def teller() -> Teller:
    execution = ExecutionRecord(
        "exe_1", ExecutionStatus.RUNNING, log.ExecutionMode.MANUAL, "hash", None, None, "USER:ada", 1, 1, None, 3,
        None, None, None, None, None,
    )  # fmt: skip
    return Teller(execution, OutputNames(compile_workflow(n8n.read(chain("a")), built_in())))


def told(event: AnyEvent) -> Any:
    return teller().recorded(Recorded(3, event))


def test_the_cases_here_are_all_there_are() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(AnyEvent))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_told_under_its_own_name(event: AnyEvent) -> None:
    said = told(event)
    name = type(event).__name__
    assert isinstance(said, ExecutionEvent)
    assert type(said).__name__ == name
    assert isinstance(CORE.type_map[name], GraphQLObjectType)
    assert (said.execution_id, said.seq, said.at) == ("exe_1", 3, event.at_us)
    if isinstance(event, log.NodeEvent):
        assert (said.node, said.run_index, said.attempt) == ("a", 1, 2)


def test_a_failure_says_where_it_was() -> None:
    error = told(EVENTS[6]).error
    assert (error.code, error.message, error.description) == ("NODE_FAILED", "it broke", "mend it")
    assert (error.node, error.attempt, error.item_index) == ("a", 3, 2)


def test_outputs_are_whole_items_of_every_output() -> None:
    first, second = told(EVENTS[10]).outputs(max_items=100)
    assert (first.index, first.name, first.item_count, first.truncated) == (0, "main", 1, False)
    assert msgspec.json.decode(msgspec.json.encode(first.items)) == [{"json": {"x": 1}}]
    assert (second.index, second.item_count) == (1, 0)
    assert told(EVENTS[10]).duration_ms == 1.5


def test_waits_and_losses_are_told_in_words() -> None:
    assert told(EVENTS[2]).lost_runs == ["a#0"]
    [reason] = told(EVENTS[3]).reasons
    assert (reason.code, reason.node, reason.until) == ("TIMER", "a", 9)


def test_progress_has_no_place_in_the_log() -> None:
    progress = Progress("a", 0, 1, 3, 10, "at it", 5)
    batch = teller().batch(Batch([progress], last_seq=4, final=False))
    [said] = batch.events
    assert (said.seq, said.at, batch.last_seq, batch.is_final) == (None, 5, 4, False)
