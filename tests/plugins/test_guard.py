"""A plugin's node at arm's length: what it raises, swallows, blocks and answers stays its own affair."""

from __future__ import annotations

import asyncio
import signal
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import uvloop

from plugins import Context, Item, Link, NodeError, Outcome, Outputs, Suspend, node
from plugins.context import NodeInfo, WorkflowInfo
from plugins.guard import Watch, run_plugin
from plugins.node import NodeType
from plugins.testing import NOON, BenchContext
from plugins.values import JsDate


def plugin(run: Callable[..., Any], **settings: Any) -> NodeType:
    run.__doc__ = run.__doc__ or "Does something."
    return replace(node("acme.odd", **settings)(run)[0], plugin="acme")


def answering(answer: Any, **settings: Any) -> NodeType:
    async def run(_ctx: Context[object], _items: Sequence[Item]) -> Any:
        return answer

    return plugin(run, **settings)


def raising(error: BaseException) -> NodeType:
    async def run(_ctx: Context[object], _items: Sequence[Item]) -> Any:
        raise error

    return plugin(run)


def context(kind: NodeType) -> BenchContext:
    info = NodeInfo(id="n", name="Odd", type=kind.name, type_version=1, parameters={})
    workflow = WorkflowInfo(id="w", name="W", timezone="UTC")
    return BenchContext(node_type=kind, node=info, workflow=workflow, inputs=[[Item({})]], state={}, now=NOON)


async def run(kind: NodeType, watch: Watch | None = None, **limits: float) -> Outputs | Outcome:
    return await run_plugin(kind, context(kind), [Item({})], watch or Watch(), **limits)


async def failure(kind: NodeType, **limits: float) -> NodeError:
    with pytest.raises(NodeError) as raised:
        await run(kind, **limits)
    return raised.value


async def test_a_sound_answer_is_passed_on() -> None:
    items = [Item({"a": [1, None, "x"]}, Link(0)), Item({"b": 2.5}, [Link(0), 1])]
    assert await run(answering(items)) == [items]
    assert await run(answering([None, items], outputs=("a", "b"))) == [None, items]
    assert await run(answering(None)) == []


async def test_what_the_next_node_gets_is_what_the_log_will_say() -> None:
    odd = {"when": datetime(2024, 1, 1, tzinfo=UTC), "set": (1, 2), "nan": float("nan"), 1: 2, "date": JsDate("2024")}
    assert await run(answering([Item(odd)])) == [
        [Item({"when": "2024-01-01T00:00:00Z", "set": [1, 2], "nan": None, "1": 2, "date": "2024"})]
    ]


def endless() -> dict[str, Any]:
    inner: dict[str, Any] = {}
    inner["self"] = inner
    return inner


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([Item({"a": object()})], "what JSON cannot say"),
        ([Item({"a": "\ud800"})], "what JSON cannot say"),
        ([Item(endless())], "what JSON cannot say"),
        ([Item({"a": 1}, paired="first")], "what JSON cannot say"),  # type: ignore[arg-type]
        ([Item([1])], "where an Item of an object belongs"),  # type: ignore[arg-type]
        ([{"a": 1}], "a value of type dict where a list of items belongs"),
        ([[{"a": 1}]], "a value of type dict where an Item"),
        ([[Item({})], [Item({})]], "2 outputs, and declares 1"),
        (Suspend([[Item({"a": object()})]]), "what JSON cannot say"),
    ],
)
async def test_an_answer_that_is_not_sound_is_refused(answer: Any, said: str) -> None:
    error = await failure(answering(answer))
    assert said in str(error)
    assert (error.failure.code, error.failure.permanent) == ("BAD_NODE_OUTPUT", True)


async def test_a_text_that_is_far_too_large_is_refused_before_it_is_copied() -> None:
    answer = answering([Item({"a": "x" * (1 << 27)})])
    tracemalloc.start()
    try:
        assert (await failure(answer)).failure.code == "RESPONSE_TOO_LARGE"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


async def test_many_items_that_are_too_much_together_are_refused() -> None:
    error = await failure(answering([Item({"a": {"deep": "x" * (1 << 20)}})] * 70))
    assert error.failure.code == "RESPONSE_TOO_LARGE"


async def test_a_stream_without_end_is_ended() -> None:
    async def forever(_ctx: Context[object], _items: Sequence[Item]) -> AsyncIterator[Item]:
        while True:
            yield Item({"a": "x" * (1 << 20)})

    assert (await failure(plugin(forever))).failure.code == "RESPONSE_TOO_LARGE"


@pytest.mark.parametrize("state", [{"a": object()}, {"a": "x" * (2 << 20)}])
async def test_state_that_the_log_cannot_hold_is_refused(state: dict[str, Any]) -> None:
    async def remember(ctx: Context[object], _items: Sequence[Item]) -> list[Item]:
        ctx.state.update(state)
        return []

    assert "its state" in str(await failure(plugin(remember)))


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()])
async def test_what_would_end_the_server_ends_the_node(error: BaseException) -> None:
    failed = await failure(raising(error))
    assert failed.failure.code == "NODE_CRASHED"
    assert type(error).__name__ in str(failed)


async def test_errors_are_the_nodes_own() -> None:
    with pytest.raises(ZeroDivisionError):
        await run(raising(ZeroDivisionError()))
    assert (await failure(raising(NodeError("no", code="X")))).failure.code == "X"


async def test_cancellation_reaches_the_node_and_its_cleanup_runs() -> None:
    begun, cleaned = asyncio.Event(), asyncio.Event()

    async def wait(_ctx: Context[object], _items: Sequence[Item]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    task = asyncio.create_task(run(plugin(wait)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned.is_set()


async def test_a_node_that_swallows_its_cancellation_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.guard.GRACE_S", 0.01)
    begun, enough = asyncio.Event(), asyncio.Event()

    async def deaf(_ctx: Context[object], _items: Sequence[Item]) -> None:
        while not enough.is_set():
            begun.set()
            try:
                await enough.wait()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(run(plugin(deaf)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    enough.set()


async def test_a_node_that_blocks_the_loop_is_told_of() -> None:
    async def block(_ctx: Context[object], _items: Sequence[Item]) -> list[Item]:
        time.sleep(0.6)  # noqa: ASYNC251 - the fault that is to be found
        return []

    watch = Watch()
    assert await run(plugin(block), watch) == [[]]
    assert watch.blocked
    assert 0.6 <= watch.longest_step_s < 5


async def test_a_node_that_awaits_for_long_blocks_nothing() -> None:
    async def wait(_ctx: Context[object], _items: Sequence[Item]) -> list[Item]:
        await asyncio.sleep(0)
        return []

    watch = Watch()
    await run(plugin(wait), watch)
    assert not watch.blocked


def spin() -> None:
    while True:
        pass


def stubborn() -> None:
    while True:
        try:
            spin()
        except BaseException:
            if time.perf_counter() - began > 0.2:
                raise


began = 0.0


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("block", [spin, stubborn, lambda: time.sleep(60)], ids=["spin", "stubborn", "sleep"])
def test_a_node_that_blocks_the_loop_for_too_long_is_broken_off(
    loop: Callable[[], asyncio.AbstractEventLoop], block: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    global began  # noqa: PLW0603
    began = time.perf_counter()
    monkeypatch.setattr("plugins.steps.AGAIN_S", 0.1)

    async def hold(_ctx: Context[object], _items: Sequence[Item]) -> list[Item]:
        await asyncio.sleep(0)
        block()
        return []

    with asyncio.Runner(loop_factory=loop) as runner:
        error = runner.run(failure(plugin(hold), step_limit_s=0.1))
        assert (error.failure.code, error.failure.permanent) == ("TIMEOUT", True)
        assert runner.run(run(answering([]))) == [[]]
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert time.perf_counter() - began < 5


async def test_where_somebody_else_has_the_signal_a_block_is_found_out_afterwards() -> None:
    async def block(_ctx: Context[object], _items: Sequence[Item]) -> list[Item]:
        time.sleep(0.6)  # noqa: ASYNC251 - the fault that is to be found
        return []

    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        watch = Watch()
        assert await run(plugin(block), watch, step_limit_s=0.1) == [[]]
        assert watch.blocked
    finally:
        signal.signal(signal.SIGALRM, before)
