"""Partial runs: from a named node, up to a named node, with pinned data in the place of what is not to run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.kernel.events import ExecutionMode
from engine.runtime.submission import BadInput, Start
from tests.engine.runtime.documents import ACTOR, Bench, Document, add, bench_in, called, flow, manual


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    folder: Path = tmp_path_factory.mktemp("partial")
    async with bench_in(folder) as bench:
        yield bench


pytestmark = pytest.mark.asyncio(loop_scope="module")


def abc() -> Document:
    return flow(manual(), add("a"), add("b"), add("c"))


def two_triggers() -> Document:
    """T leads to a, When leads to b."""
    document = flow(manual(), add("a"))
    other = flow(called(), add("b"))
    document["nodes"] += other["nodes"]
    document["connections"] |= other["connections"]
    return document


async def ran(bench: Bench, document: Document, **more: Any) -> list[str]:
    _, history = await bench.run(document, mode=ExecutionMode.TEST, **more)
    return [run.node for run in history.runs]


async def refused(bench: Bench, document: Document, **more: Any) -> str:
    wish = Start(document=document, mode=ExecutionMode.TEST, **more)
    answer = await bench.engine.submit(bench.store, wish, actor=ACTOR)
    assert isinstance(answer, BadInput), answer
    return answer.message


async def test_a_run_starts_at_the_node_named_with_the_input_given(bench: Bench) -> None:
    record, history = await bench.run(abc(), mode=ExecutionMode.TEST, start_node="b", input=[{"x": 1}])
    assert [run.node for run in history.runs] == ["b", "c"]
    assert [item.json for item in history.output() or ()] == [{"x": 1, "b": "b", "c": "c"}]
    assert record.mode is ExecutionMode.TEST


async def test_a_run_stops_after_the_node_named_last(bench: Bench) -> None:
    assert await ran(bench, abc(), until_node="b") == ["T", "a", "b"]


async def test_one_node_is_run_by_itself(bench: Bench) -> None:
    assert await ran(bench, abc(), start_node="b", until_node="b") == ["b"]


async def test_the_trigger_is_the_one_that_leads_to_the_last_node(bench: Bench) -> None:
    assert await ran(bench, two_triggers(), until_node="b") == ["When", "b"]
    assert await ran(bench, two_triggers(), until_node="a") == ["T", "a"]


async def test_pinned_data_stands_for_a_node_and_the_documents_own_counts_unless_told(bench: Bench) -> None:
    document = {**abc(), "pinData": {"a": [{"json": {"pinned": "own"}}]}}
    _, own = await bench.run(document, mode=ExecutionMode.TEST, until_node="b")
    _, told = await bench.run(document, mode=ExecutionMode.TEST, until_node="b", pin_data={"a": [{"pinned": "told"}]})
    assert [item.json for item in own.output() or ()] == [{"pinned": "own", "b": "b"}]
    assert [item.json for item in told.output() or ()] == [{"pinned": "told", "b": "b"}]


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"start_node": "nowhere"}, "The workflow has no node named 'nowhere'"),
        ({"until_node": "nowhere"}, "The workflow has no node named 'nowhere'"),
        ({"pin_data": {"nowhere": []}}, "pinData names a node that the workflow does not have: 'nowhere'"),
        ({"pin_data": []}, "pinData must be an object: node names to lists of items"),
        ({"pin_data": {"a": [1]}}, "item 0 must be an object, not int"),
        ({"start_node": "c", "until_node": "a"}, "No way leads from 'c' to 'a'"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(bench: Bench, wish: dict[str, Any], message: str) -> None:
    assert await refused(bench, abc(), **wish) == message
