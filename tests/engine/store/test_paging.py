"""Pages laid end to end are the list: in every order and direction, forwards and backwards, while rows come and go."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.kernel.events import AnyEvent, ExecutionFailed, ExecutionMode
from engine.store.executions import ExecutionFilter, ExecutionOrder
from engine.store.paging import Key, Slice
from engine.store.records import ExecutionRecord, ExecutionStatus, Page, WorkflowRecord
from engine.store.workflow_list import WorkflowOrder
from plugins.errors import Failure
from tests.engine.store.world import START_US, World, a_workflow, new_execution, queued, started, succeeded

Read = Callable[[Slice], Awaitable[Page[object]]]
NAMES = ["delta", "alpha", "charlie", "bravo", "echo", "Foxtrot", "golf"]


async def walk(read: Read, key: Callable[[object], Key], size: int, *, backward: bool) -> list[object]:
    """All rows, page by page, in the order of the list."""
    rows: list[object] = []
    part = Slice.last(size) if backward else Slice.first(size)
    while True:
        page = await read(part)
        rows = [*page.rows, *rows] if backward else [*rows, *page.rows]
        assert len(page.rows) <= size
        if not (page.has_previous if backward else page.has_next):
            return rows
        part = Slice.last(size, before=key(rows[0])) if backward else Slice.first(size, after=key(rows[-1]))


@pytest.mark.parametrize("order", WorkflowOrder)
@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
async def test_pages_of_workflows_are_the_list(world: World, order: WorkflowOrder, descending: bool) -> None:
    for n, name in enumerate(NAMES):
        world.clock.forward(n % 2)  # so that some were made in the same microsecond
        await a_workflow(world.acme, name)
        await a_workflow(world.globex, name)

    async def read(part: Slice) -> Page[WorkflowRecord]:
        return await world.acme.workflows.page(part, order=order, descending=descending, with_total=True)

    whole = (await read(Slice.first(100))).rows
    assert sorted(whole, key=order.key, reverse=descending) == whole
    assert {workflow.name for workflow in whole} == set(NAMES)
    for size, backward in itertools.product((1, 2, 3, 7, 8), (False, True)):
        assert await walk(read, order.key, size, backward=backward) == whole  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ExecutionOrder)
@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
async def test_pages_of_executions_are_the_list(world: World, order: ExecutionOrder, descending: bool) -> None:
    for n in range(9):
        accepted = await world.acme.executions.accept(new_execution(f"exe_{n}"), lease_for="w1")
        assert accepted.claim is not None
        if n % 3:
            ended: list[AnyEvent] = [started(), succeeded(START_US + n % 2 * 50)]
            await world.database.journal.append(accepted.claim.lease, ended, expected_seq=1)

    async def read(part: Slice) -> Page[ExecutionRecord]:
        return await world.acme.executions.page(part, order=order, descending=descending, with_total=True)

    whole = (await read(Slice.first(100))).rows
    assert sorted(whole, key=order.key, reverse=descending) == whole
    assert len(whole) == 9
    for size, backward in itertools.product((1, 2, 4, 9), (False, True)):
        assert await walk(read, order.key, size, backward=backward) == whole  # type: ignore[arg-type]


async def test_rows_that_come_in_between_shift_nothing(world: World) -> None:
    for name in ("b", "d", "f"):
        await a_workflow(world.acme, name)
    order = WorkflowOrder.NAME
    first = await world.acme.workflows.page(Slice.first(2), order=order, descending=False)
    await a_workflow(world.acme, "a")
    await a_workflow(world.acme, "e")
    after = order.key(first.rows[-1])
    second = await world.acme.workflows.page(Slice.first(2, after=after), order=order, descending=False)
    assert [workflow.name for workflow in second.rows] == ["e", "f"]
    assert (second.has_next, second.has_previous) == (False, True)


async def test_a_key_of_another_order_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="another order"):
        await world.acme.executions.page(Slice.first(1, after=("exe_1", "exe_1")))


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (ExecutionFilter(), ["exe_4", "exe_3", "exe_2", "exe_1"]),
        (ExecutionFilter(statuses=frozenset({ExecutionStatus.FAILED, ExecutionStatus.QUEUED})), ["exe_4", "exe_2"]),
        (ExecutionFilter(modes=frozenset({ExecutionMode.WEBHOOK})), ["exe_3"]),
        (ExecutionFilter(error_code="NODE_FAILED"), ["exe_2"]),
        (ExecutionFilter(started_after_us=START_US, started_before_us=START_US + 3), ["exe_2"]),
        (ExecutionFilter(workflow_id="wf_none"), []),
    ],
    ids=["all", "statuses", "modes", "error code", "started between", "another workflow"],
)
async def test_a_list_of_executions_is_narrowed(world: World, where: ExecutionFilter, names: list[str]) -> None:
    failed = ExecutionFailed(at_us=START_US + 2, error=Failure(code="NODE_FAILED", message="no"))
    ends: dict[str, list[AnyEvent]] = {
        "exe_1": [started(START_US), succeeded()],
        "exe_2": [started(START_US + 2), failed],
    }
    for name in ("exe_1", "exe_2", "exe_3", "exe_4"):
        mode = ExecutionMode.WEBHOOK if name == "exe_3" else ExecutionMode.MANUAL
        accepted = await world.acme.executions.accept(new_execution(name, queued=queued(mode=mode)), lease_for="w1")
        assert accepted.claim is not None
        await world.database.journal.append(accepted.claim.lease, ends.get(name, []), expected_seq=1)
        if name == "exe_3":
            await world.database.journal.append(accepted.claim.lease, [started(START_US + 9)], expected_seq=1)
    page = await world.acme.executions.page(Slice.first(10), where=where, with_total=True)
    assert [execution.id for execution in page.rows] == names
    assert page.total == len(names)


async def test_executions_of_one_workflow(world: World) -> None:
    workflow = await a_workflow(world.acme)
    for n in range(4):
        mine: dict[str, Any] = {"workflow_id": workflow.id, "version_id": workflow.latest.id} if n % 2 else {}
        await world.acme.executions.accept(new_execution(f"exe_{n}", **mine))
    page = await world.acme.executions.page(Slice.first(10), where=ExecutionFilter(workflow_id=workflow.id))
    assert [execution.id for execution in page.rows] == ["exe_3", "exe_1"]
    assert (page.rows[0].workflow_id, page.rows[0].version_id) == (workflow.id, workflow.latest.id)
    assert set(await world.acme.executions.many(["exe_0", "exe_9"])) == {"exe_0"}
