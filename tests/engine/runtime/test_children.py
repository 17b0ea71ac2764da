"""Workflows that call workflows, and workflows that run when others have failed: through the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from engine.kernel.events import ChildEnded, ChildStarted, ExecutionCanceled, ExecutionMode, NodeStarted
from engine.runtime.children import DEEPEST
from engine.runtime.kin import FORSAKEN
from engine.store.records import ExecutionRecord, ExecutionStatus
from tests.engine.runtime.documents import Bench, add, bench_in, call, called, flow, manual, node, stop, wait


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench_in(tmp_path) as bench:
        yield bench


async def test_a_called_workflow_is_an_execution_of_its_own_whose_items_come_back(bench: Bench) -> None:
    other = await bench.save(flow(called(), add("b"), name="Other"))
    record, history = await bench.run(flow(manual(), call(other), add("c")), input=[{"a": 1}, {"a": 2}])
    assert record.status is ExecutionStatus.SUCCEEDED
    assert [item.json for item in history.output() or ()] == [{"a": n, "b": "b", "c": "c"} for n in (1, 2)]
    [child] = await bench.in_mode(ExecutionMode.SUBWORKFLOW)
    assert (child.parent, child.workflow_id, child.status) == (record.id, other, ExecutionStatus.SUCCEEDED)


async def test_another_workflow_is_known_by_the_id_of_its_document_too(bench: Bench) -> None:
    await bench.save(flow(called(), add("b"), name="Other", id="n8nOther1"))
    record, _ = await bench.run(flow(manual(), call("n8nOther1")))
    assert record.status is ExecutionStatus.SUCCEEDED


async def test_a_foreign_workflow_is_as_unknown_as_one_that_never_was(bench: Bench) -> None:
    stranger = await bench.engine.access.create_tenant("stranger")
    theirs = await Bench(bench.engine, bench.engine.store(stranger.id)).save(
        flow(called(), name="Secret", id="theirDocument")
    )
    messages = []
    for id in (theirs, "theirDocument", "wf_" + "0" * 32):
        record, _ = await bench.run(flow(manual(), call(id)))
        assert record.error is not None
        assert record.error.code == "NOT_FOUND"
        messages.append(record.error.message.replace(id, "…"))
    assert len(set(messages)) == 1


async def test_a_workflow_that_is_not_published_cannot_be_called(bench: Bench) -> None:
    draft = await bench.save(flow(called(), name="Draft"), publish=False)
    record, _ = await bench.run(flow(manual(), call(draft)))
    assert record.error is not None
    assert record.error.code == "NOT_PUBLISHED"


async def test_a_failed_call_fails_the_node_and_can_be_tried_again(bench: Bench) -> None:
    other = await bench.save(flow(called(), stop(message="sub boom"), name="Other"))
    calling = call(other) | {"retryOnFail": True, "maxTries": 2, "waitBetweenTries": 0}
    record, history = await bench.run(flow(manual(), calling))
    assert record.error is not None
    assert record.error.message == "sub boom"
    assert history.runs[1].attempt == 2
    assert len(await bench.in_mode(ExecutionMode.SUBWORKFLOW)) == 2


async def test_calls_for_each_item_are_made_one_after_another_and_stop_at_the_first_that_fails(bench: Bench) -> None:
    failing = {"conditions": {"boolean": [{"value1": "={{ $json.n === 2 }}", "value2": True}]}}
    document = flow(called(), node("If", "if", 1, **failing), stop(), name="Other")
    other = await bench.save(document)
    items = [{"n": n} for n in (1, 2, 3)]
    record, _ = await bench.run(flow(manual(), call(other, mode="each")), input=items)
    assert record.error is not None
    assert record.error.message == "Error executing workflow with item at index 1"
    assert record.error.description == "enough"
    assert record.error.item_index == 1
    assert len(await bench.in_mode(ExecutionMode.SUBWORKFLOW)) == 2


async def test_without_waiting_the_input_passes_through(bench: Bench) -> None:
    other = await bench.save(flow(called(), stop(), name="Other"))
    record, history = await bench.run(
        flow(manual(), call(other, options={"waitForSubWorkflow": False}), add("c")), input={"a": 1}
    )
    assert record.status is ExecutionStatus.SUCCEEDED
    assert [item.json for item in history.output() or ()] == [{"a": 1, "c": "c"}]
    [child] = await bench.in_mode(ExecutionMode.SUBWORKFLOW)
    ended, _ = await bench.end(child)
    assert ended.status is ExecutionStatus.FAILED


async def test_a_workflow_that_calls_itself_for_ever_ends_with_a_clear_error(bench: Bench) -> None:
    await bench.save(flow(called(), call("me"), name="Me", id="me"))
    record, _ = await bench.run(flow(manual(), call("me")))
    assert record.error is not None
    assert record.error.code == "NESTING_TOO_DEEP"
    assert len(await bench.in_mode(ExecutionMode.SUBWORKFLOW)) == DEEPEST


async def test_a_parked_caller_holds_nothing_and_is_woken_by_the_end_of_what_it_called(bench: Bench) -> None:
    other = await bench.save(flow(called(), wait(seconds=1.2), add("b"), name="Other"))
    caller = await bench.begin(flow(manual(), call(other)))
    async for batch in bench.engine.tail(bench.store, caller.id):
        if any(isinstance(getattr(each, "event", None), ChildStarted) for each in batch.events):
            break
    record, history = await bench.end(caller)
    assert record.status is ExecutionStatus.SUCCEEDED
    assert [item.json for item in history.output() or ()] == [{"b": "b"}]
    starts = [each for each in await bench.events(record) if isinstance(each, NodeStarted)]
    assert [each.node for each in starts] == ["T", "Call"]


async def test_more_callers_than_there_is_room_for_do_not_block_what_they_call(tmp_path: Path) -> None:
    async with bench_in(tmp_path, capacity=2) as bench:
        other = await bench.save(flow(called(), add("b"), name="Other"))
        ended = await asyncio.gather(*(bench.run(flow(manual(), call(other))) for _ in range(6)))
        assert {record.status for record, _ in ended} == {ExecutionStatus.SUCCEEDED}


async def test_a_restart_between_call_and_answer_starts_nothing_twice(tmp_path: Path) -> None:
    async with bench_in(tmp_path, drain_s=0.0) as bench:
        other = await bench.save(flow(called(), wait(seconds=1.5), add("b"), name="Other"))
        caller = await bench.begin(flow(manual(), call(other), add("c")))
        async for batch in bench.engine.tail(bench.store, caller.id):
            if any(isinstance(getattr(each, "event", None), ChildStarted) for each in batch.events):
                break
    async with bench_in(tmp_path) as bench:
        record, history = await bench.end(caller)
        assert record.status is ExecutionStatus.SUCCEEDED
        assert [item.json for item in history.output() or ()] == [{"b": "b", "c": "c"}]
        assert len(await bench.in_mode(ExecutionMode.SUBWORKFLOW)) == 1
        kinds = [type(each) for each in await bench.events(record)]
        assert (kinds.count(ChildStarted), kinds.count(ChildEnded)) == (1, 1)


async def started(bench: Bench, caller: ExecutionRecord) -> None:
    """Returns when it has started what it calls."""
    async for batch in bench.engine.tail(bench.store, caller.id):
        if any(isinstance(getattr(each, "event", None), ChildStarted) for each in batch.events):
            return


async def ends(bench: Bench, mode: ExecutionMode, count: int) -> list[ExecutionStatus]:
    children = await bench.in_mode(mode)
    assert len(children) == count
    return [(await bench.end(child))[0].status for child in children]


async def test_who_is_canceled_takes_along_what_it_has_called_however_deep(bench: Bench) -> None:
    inner = await bench.save(flow(called(), wait(seconds=3_600), name="Inner"))
    middle = await bench.save(flow(called(), call(inner), name="Middle"))
    caller = await bench.begin(flow(manual(), call(middle)))
    await started(bench, caller)
    # The middle one may have called on already.
    called_ones = await bench.in_mode(ExecutionMode.SUBWORKFLOW)
    [child] = [each for each in called_ones if each.parent is not None and caller.id in each.parent]
    await started(bench, child)
    await bench.engine.cancel(bench.store, caller.id, reason="enough", actor="USER:ada")
    assert await ends(bench, ExecutionMode.SUBWORKFLOW, 2) == [ExecutionStatus.CANCELED] * 2
    canceled = [each for each in await bench.events(child) if isinstance(each, ExecutionCanceled)]
    assert [each.reason for each in canceled] == [FORSAKEN]


async def test_who_runs_out_of_time_takes_along_what_it_has_called(bench: Bench) -> None:
    other = await bench.save(flow(called(), wait(seconds=3_600), name="Other"))
    record, _ = await bench.run(flow(manual(), call(other), executionTimeout=0.3))
    assert record.status is ExecutionStatus.TIMED_OUT
    assert await ends(bench, ExecutionMode.SUBWORKFLOW, 1) == [ExecutionStatus.CANCELED]


async def test_what_nobody_waits_for_outlives_who_started_it(bench: Bench) -> None:
    other = await bench.save(flow(called(), wait(seconds=1.2), name="Other"))
    document = flow(manual(), call(other, options={"waitForSubWorkflow": False}), stop())
    record, _ = await bench.run(document)
    assert record.status is ExecutionStatus.FAILED
    assert await ends(bench, ExecutionMode.SUBWORKFLOW, 1) == [ExecutionStatus.SUCCEEDED]


async def test_a_canceled_call_fails_the_node_that_made_it(bench: Bench) -> None:
    other = await bench.save(flow(called(), wait(seconds=3_600), name="Other"))
    caller = await bench.begin(flow(manual(), call(other)))
    await started(bench, caller)
    [child] = await bench.in_mode(ExecutionMode.SUBWORKFLOW)
    await bench.engine.cancel(bench.store, child.id, reason=None, actor="USER:ada")
    record, _ = await bench.end(caller)
    assert record.error is not None
    assert record.error.code == "SUB_WORKFLOW_CANCELED"


# ------------------------------------------------------------------------------------------------ error workflows


async def test_the_error_workflow_is_told_of_a_failure_once(bench: Bench) -> None:
    told = await bench.save(flow(node("Oh", "errorTrigger"), add("seen"), name="Told", id="told"))
    failing = await bench.save(flow(manual(), stop(message="boom"), name="Failing", errorWorkflow="told"))
    record, _ = await bench.run(failing)
    assert record.status is ExecutionStatus.FAILED
    [about] = await bench.in_mode(ExecutionMode.ERROR)
    ended, history = await bench.end(about)
    assert (ended.status, ended.workflow_id, ended.parent) == (ExecutionStatus.SUCCEEDED, told, record.id)
    [item] = history.queued.items
    assert item.json["workflow"] == {"id": failing, "name": "Failing"}
    assert item.json["execution"]["id"] == record.id
    assert item.json["execution"]["error"]["message"] == "boom"
    assert item.json["execution"]["lastNodeExecuted"] == "Stop"
    assert item.json["execution"]["mode"] == "manual"


async def test_a_workflow_with_an_error_trigger_of_its_own_is_its_own_error_workflow(bench: Bench) -> None:
    document = flow(manual(), stop(), name="Both")
    document["nodes"].append(node("Oh", "errorTrigger") | {"position": [0, 400]})
    both = await bench.save(document)
    record, _ = await bench.run(both)
    [about] = await bench.in_mode(ExecutionMode.ERROR)
    assert (about.workflow_id, about.parent) == (both, record.id)


async def test_an_error_workflow_that_fails_starts_no_other(bench: Bench) -> None:
    document = flow(node("Oh", "errorTrigger"), stop(message="worse"), name="Worse", id="worse", errorWorkflow="worse")
    await bench.save(document)
    failing = await bench.save(flow(manual(), stop(), name="Failing", errorWorkflow="worse"))
    await bench.run(failing)
    [about] = await bench.in_mode(ExecutionMode.ERROR)
    ended, _ = await bench.end(about)
    assert ended.status is ExecutionStatus.FAILED
    assert len(await bench.in_mode(ExecutionMode.ERROR)) == 1


async def test_a_test_run_and_a_foreign_error_workflow_start_nothing(bench: Bench) -> None:
    stranger = await bench.engine.access.create_tenant("stranger")
    theirs = Bench(bench.engine, bench.engine.store(stranger.id))
    await theirs.save(flow(node("Oh", "errorTrigger"), name="Theirs", id="theirs"))
    await bench.save(flow(node("Oh", "errorTrigger"), name="Ours", id="ours"))
    await bench.run(await bench.save(flow(manual(), stop(), name="A", errorWorkflow="theirs")))
    await bench.run(flow(manual(), stop(), name="B", errorWorkflow="ours"), mode=ExecutionMode.TEST)
    assert await bench.in_mode(ExecutionMode.ERROR) == []
    assert await theirs.in_mode(ExecutionMode.ERROR) == []
