"""What is too much: a clear failure of the node that made it, and a server that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from engine.kernel.events import ExecutionMode, ExecutionWaiting, NodeFailed, NodeSucceeded
from engine.runtime.inbox import Signal
from engine.runtime.limits import LOG_CHARS, MESSAGE_CHARS, DataLimits, Metered, beginning, shortened, weighed
from engine.runtime.submission import BadInput, Start
from engine.store.records import ExecutionStatus
from plugins.context import Response
from plugins.errors import Failure, NodeError
from plugins.items import Item
from tests.engine.runtime.documents import ACTOR, Bench, Document, add, bench_in, flow, manual, node

SMALL = DataLimits(items=50, bytes=100_000)


def succeeded(*counts: int, **more: Any) -> NodeSucceeded:
    outputs = [[Item({"n": n}) for n in range(count)] for count in counts]
    return NodeSucceeded(at_us=9, node="A", run=2, attempt=3, outputs=outputs, duration_us=5, **more)


# ------------------------------------------------------------------------------------------------ counting


@pytest.mark.parametrize("counts", [(), (0,), (50,), (20, 30)])
def test_what_is_within_the_limits_is_kept_as_it_is(counts: tuple[int, ...]) -> None:
    event = succeeded(*counts)
    assert SMALL.kept(event) is event


@pytest.mark.parametrize("counts", [(51,), (25, 26)])
def test_too_many_items_over_all_outputs_are_a_failure_that_no_retry_mends(counts: tuple[int, ...]) -> None:
    failed = SMALL.kept(succeeded(*counts))
    assert isinstance(failed, NodeFailed)
    assert (failed.node, failed.run, failed.attempt, failed.at_us, failed.duration_us) == ("A", 2, 3, 9, 5)
    assert (failed.error.code, failed.error.permanent) == ("ITEM_LIMIT_EXCEEDED", True)
    assert "51 items" in failed.error.message


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize(
    "event",
    [
        succeeded(state={"kept": "x" * 100_000}),
        succeeded(log=["x" * 60_000, "y" * 60_000]),
        NodeSucceeded(at_us=0, node="A", run=0, outputs=[[Item({"a": "x" * 60_000}), Item({"a": "y" * 60_000})]]),
        NodeSucceeded(at_us=0, node="A", run=0, outputs=[[Item({"k" * 100_001: 1})]]),
        NodeSucceeded(at_us=0, node="A", run=0, outputs=[[Item({}, None, {"data": {"data": "x" * 100_001}})]]),
        ExecutionWaiting(at_us=0, node="A", run=0, attempt=1, outputs=[[Item({"a": "x" * 100_001})]]),
    ],
    ids=["state", "log", "items", "names", "binary", "a wait"],
)
def test_too_many_bytes_are_a_failure_wherever_they_are(event: NodeSucceeded | ExecutionWaiting, heavy: bool) -> None:
    failed = SMALL.kept(event, heavy=heavy)
    assert isinstance(failed, NodeFailed)
    assert failed.error.code == "OUTPUT_TOO_LARGE"


def test_what_json_cannot_say_is_a_failure_too() -> None:
    for value in ("\ud800", object()):
        event = NodeSucceeded(at_us=0, node="A", run=0, outputs=[[Item({"a": value})]])
        failed = SMALL.kept(event, heavy=value == "\ud800")
        assert isinstance(failed, NodeFailed)
        assert failed.error.code == "INVALID_OUTPUT"


def test_a_value_that_stands_in_many_places_is_counted_in_each_and_not_beyond_the_limit() -> None:
    bomb: Any = "x" * 1_000
    for _ in range(40):
        bomb = [bomb, bomb]  # 10^15 bytes of JSON
    assert weighed(bomb, 100_000) < 0
    event = NodeSucceeded(at_us=0, node="A", run=0, outputs=[[Item({"a": bomb})]])
    assert isinstance(SMALL.kept(event, heavy=True), NodeFailed)


def test_a_failures_words_and_log_have_limits_too() -> None:
    short = Failure(code="X", message="x" * MESSAGE_CHARS, context={"a": 1})
    assert shortened(short) is short
    assert len(shortened(Failure(code="X", message="x" * 10**6, context={"a": 1})).message) == MESSAGE_CHARS + 1
    assert beginning(["a", "b"]) == ["a", "b"]
    assert beginning(["a", "b" * LOG_CHARS, "c"]) == ["a"]


async def test_what_one_attempt_reads_has_a_limit_in_all() -> None:
    class Answers:
        async def request(self, method: str, url: str, **options: object) -> Response:
            return Response(200, "OK", {}, b"x" * 40, url)

    http = Metered(Answers(), 100)
    assert [len((await http.request("GET", "/")).body) for _ in range(2)] == [40, 40]
    with pytest.raises(NodeError) as caught:
        await http.request("GET", "/")
    assert caught.value.failure.code == "OUTPUT_TOO_LARGE"


# ------------------------------------------------------------------------------------------------ in the engine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with bench_in(tmp_path_factory.mktemp("limits"), data=SMALL) as bench:
        yield bench


in_the_engine = pytest.mark.asyncio(loop_scope="module")


def code(script: str, **more: Any) -> Document:
    return node("Code", "code", 2, jsCode=script) | more


@in_the_engine
@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("return Array.from({length: 51}, (_, n) => ({json: {n}}))", "ITEM_LIMIT_EXCEEDED"),
        ("return [{json: {a: 'x'.repeat(200000)}}]", "OUTPUT_TOO_LARGE"),
    ],
)
async def test_a_node_that_puts_out_too_much_fails(bench: Bench, script: str, error: str) -> None:
    record, _ = await bench.run(flow(manual(), code(script), add("a")))
    assert record.error is not None
    assert (record.status, record.error.code, record.error_node) == (ExecutionStatus.FAILED, error, "Code")
    fine, _ = await bench.run(flow(manual(), code("return [{json: {fine: true}}]")))
    assert fine.status is ExecutionStatus.SUCCEEDED


@in_the_engine
async def test_its_recovery_policy_applies_but_no_retry(bench: Bench) -> None:
    much = code(
        "return Array.from({length: 51}, (_, n) => ({json: {n}}))",
        retryOnFail=True,
        waitBetweenTries=1,
        onError="continueRegularOutput",
    )
    record, history = await bench.run(flow(manual(), much, add("a")), input={"in": 1})
    assert record.status is ExecutionStatus.SUCCEEDED
    assert [item.json for item in history.output() or ()] == [{"in": 1, "a": "a"}]
    assert history.metrics().retries == 0


@in_the_engine
async def test_doubling_a_text_again_and_again_ends_at_the_limit(bench: Bench) -> None:
    doubles = [add(f"d{n}", f"={{{{ $json.d{n - 1} }}}}{{{{ $json.d{n - 1} }}}}") for n in range(1, 40)]
    record, history = await bench.run(flow(manual(), *doubles), input={"d0": "x" * 100})
    assert record.error is not None
    assert record.error.code == "OUTPUT_TOO_LARGE"
    assert len(history.runs) < 15


@in_the_engine
async def test_a_large_value_in_every_field_of_every_item_ends_at_the_limit(bench: Bench) -> None:
    fields = [
        {"id": f"{n}", "name": f"f{n}", "value": "={{ $('T').first().json }}", "type": "object"} for n in range(99)
    ]
    bomb = node("Bomb", "set", 3.4, assignments={"assignments": fields}, options={})
    given = [{"big": "x" * 50_000}, *({"n": n} for n in range(49))]
    record, _ = await bench.run(flow(manual(), bomb), input=given)
    assert record.error is not None
    assert record.error.code == "OUTPUT_TOO_LARGE"


@in_the_engine
async def test_an_execution_cannot_be_started_or_resumed_with_too_much(bench: Bench) -> None:
    wish = Start(document=flow(manual()), mode=ExecutionMode.MANUAL, input=[{"n": n} for n in range(51)])
    refused = await bench.engine.submit(bench.store, wish, actor=ACTOR)
    assert refused == BadInput("The input is too much. These are 51 items, and there may be 50 at a time")
    signal = Signal(items=[Item({"n": n}) for n in range(51)])
    refused = await bench.engine.resume(bench.store, "exe_1", signal)
    assert isinstance(refused, BadInput)


@in_the_engine
async def test_a_product_of_many_items_is_refused_before_it_is_made() -> None:
    from plugins.bounds import MOST_ITEMS, at_most

    assert at_most(MOST_ITEMS) == MOST_ITEMS
    with pytest.raises(NodeError, match="would make"):
        at_most(MOST_ITEMS + 1)
