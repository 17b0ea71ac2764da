"""The sandbox answers what was asked, whole and in order."""

from __future__ import annotations

import math
from typing import Any

import pytest

from engine.expressions.sandbox import V8Sandbox
from engine.ports import Script, ScriptResult
from plugins.errors import Failure
from plugins.items import Item
from plugins.values import UNDEFINED, JsDate, LuxonDateTime
from tests.engine.expressions.conftest import batch, world


async def value(sandbox: V8Sandbox, template: str, **json: Any) -> Any:
    return (await sandbox.evaluate(batch(template, items=[json])))[0][0]


async def test_a_batch_has_one_row_a_template_and_one_cell_an_index(sandbox: V8Sandbox) -> None:
    rows = await sandbox.evaluate(batch("$json.n * 2", "$itemIndex", items=[{"n": 1}, {"n": 2}, {"n": 3}]))
    assert rows == [[2, 4, 6], [0, 1, 2]]


async def test_only_the_indexes_asked_for_are_answered(sandbox: V8Sandbox) -> None:
    asked = batch("$json.n + 0", items=[{"n": n} for n in range(5)])
    answered = await sandbox.evaluate(type(asked)(asked.tenant, asked.templates, [4, 1], asked.world))
    assert answered == [[4, 1]]


async def test_a_batch_of_nothing_is_nothing(sandbox: V8Sandbox) -> None:
    assert await sandbox.evaluate(batch()) == []
    assert await sandbox.evaluate(batch("1", items=[])) == [[]]


async def test_values_that_json_cannot_carry_arrive_at_any_depth(sandbox: V8Sandbox) -> None:
    assert await value(sandbox, "undefined") is UNDEFINED
    assert await value(sandbox, "Infinity") == math.inf
    assert await value(sandbox, "[-Infinity, {a: undefined}]") == [-math.inf, {"a": UNDEFINED}]
    nan = await value(sandbox, "NaN")
    assert math.isnan(nan)
    date = await value(sandbox, "new Date(0)")
    assert type(date) is JsDate
    assert date == "1970-01-01T00:00:00.000Z"
    assert type(await value(sandbox, "$now")) is LuxonDateTime


async def test_an_object_that_looks_like_a_tag_is_an_object(sandbox: V8Sandbox) -> None:
    assert await value(sandbox, "({ $js: 'undefined' })") == {"$js": "undefined"}
    assert await value(sandbox, "({ a: $json })", **{"$js": {"$js": "nan"}}) == {"a": {"$js": {"$js": "nan"}}}


async def test_a_cell_that_fails_harms_no_other(sandbox: V8Sandbox) -> None:
    rows = await sandbox.evaluate(batch("$json.n > 1 ? $('Nobody').first() : $json.n", "7", items=[{"n": 1}, {"n": 2}]))
    assert rows[0][0] == 1
    failure = rows[0][1]
    assert isinstance(failure, Failure)
    assert (failure.code, failure.name, failure.permanent) == ("EXPRESSION_ERROR", "ExpressionError", True)
    assert failure.message == "Referenced node doesn't exist"
    assert rows[1] == [7, 7]


async def test_half_a_character_becomes_the_replacement_character(sandbox: V8Sandbox) -> None:
    assert await value(sandbox, "'a😀'.slice(0, 2)") == "a\ufffd"
    assert await value(sandbox, r"'\\ud83d'") == "\\ud83d"
    assert await value(sandbox, "$json.s + '!'", s="😀") == "😀!"


async def test_large_replies_arrive_whole(unguarded: V8Sandbox) -> None:
    items = [{"n": n, "text": "x" * 100} for n in range(10_000)]
    rows = await unguarded.evaluate(batch("$json", "$json.n", items=items))
    assert rows[0] == items
    assert rows[1] == list(range(10_000))


async def test_specials_survive_a_large_reply(unguarded: V8Sandbox) -> None:
    rows = await unguarded.evaluate(batch("$itemIndex % 2 ? undefined : 'x'.repeat(100)", count=8000))
    assert rows[0] == ["x" * 100, UNDEFINED] * 4000


async def test_a_check_names_what_is_wrong_and_runs_nothing(sandbox: V8Sandbox) -> None:
    found = await sandbox.check("ada", ["={{ 1 + 1 }}", "={{ 1 + }}", "=plain", "={{ (() => { while (true); })() }}"])
    assert found[0] is None
    assert found[1]
    assert found[2:] == [None, None]


# ------------------------------------------------------------------------------------------------ scripts


def script(code: str, *items: dict[str, Any], each: bool = False, tenant: str = "ada") -> Script:
    return Script(tenant, code, each, world([Item(json=json) for json in items or ({},)]))


async def test_a_script_answers_items_and_its_log(unguarded: V8Sandbox) -> None:
    result = await unguarded.run(script("console.log('seen', items.length); return [{json: {n: 1}}]", {}, {}))
    assert result == ScriptResult([Item(json={"n": 1})], ["seen 2"])


async def test_a_script_may_wait_for_its_promises(unguarded: V8Sandbox) -> None:
    result = await unguarded.run(script("let n = 0; while (n < 100) n = await (n + 1); return [{json: {n}}]"))
    assert result == ScriptResult([Item(json={"n": 100})], [])


async def test_a_script_that_throws_fails_with_what_it_had_logged(unguarded: V8Sandbox) -> None:
    result = await unguarded.run(script("console.log('so far'); throw new TypeError('boom')"))
    assert isinstance(result, Failure)
    assert (result.code, result.name, result.message) == ("NODE_FAILED", "TypeError", "boom")
    assert result.context == {"log": ["so far"]}
    assert not result.permanent


async def test_a_script_never_sees_what_another_left(unguarded: V8Sandbox) -> None:
    await unguarded.run(script("globalThis.leak = 1; Array.prototype.leak = 1; return []"))
    result = await unguarded.run(script("return [{json: {a: typeof leak, b: typeof [].leak}}]"))
    assert result == ScriptResult([Item(json={"a": "undefined", "b": "undefined"})], [])


async def test_a_long_list_of_items_comes_back_from_a_script(unguarded: V8Sandbox) -> None:
    result = await unguarded.run(
        script("return Array.from({length: 20000}, (_, n) => ({json: {n, t: 'x'.repeat(50)}}))")
    )
    assert isinstance(result, ScriptResult)
    assert [item.json["n"] for item in result.items] == list(range(20_000))


async def test_scripts_one_after_the_other_keep_their_worker(sandbox: V8Sandbox) -> None:
    pids = set()
    for _ in range(4):
        result = await sandbox.run(script("return Array.from({ length: 9000 }, (_, n) => ({ json: { n } }))"))
        assert isinstance(result, ScriptResult)
        async with sandbox._scripts.lease("ada") as worker:
            pids.add(worker.pid)
    assert len(pids) == 1


async def test_the_scripts_of_older_nodes_have_their_own_names(sandbox: V8Sandbox) -> None:
    old = Script("ada", "item.n += 1; return item", True, world([Item({"n": 1}, 0)]), legacy="functionItem")
    result = await sandbox.run(old)
    assert isinstance(result, ScriptResult)
    assert [item.json for item in result.items] == [{"n": 2}]


async def test_a_script_that_keeps_going_has_an_item_for_each_failure(sandbox: V8Sandbox) -> None:
    code = "if ($json.n === 1) throw new Error('one'); return { json: { n: $json.n } }"
    items = [Item({"n": 1}, 0), Item({"n": 2}, 1)]
    result = await sandbox.run(Script("ada", code, True, world(items), keep_going=True))
    assert isinstance(result, ScriptResult)
    assert result.items[1].json == {"n": 2}
    assert "one" in str(result.items[0])


async def test_a_failed_script_says_where(sandbox: V8Sandbox) -> None:
    result = await sandbox.run(script("const a = 1;\nthrow new Error('boom')"))
    assert isinstance(result, Failure)
    assert (result.code, result.line_number) == ("NODE_FAILED", 2)
    assert result.message.startswith("boom")


@pytest.mark.parametrize("answer", ["5", "[{json: 5}]", "[{json: {}, pairedItem: 'x'}]", "[5]"])
async def test_a_script_whose_answer_is_no_list_of_items_is_refused(unguarded: V8Sandbox, answer: str) -> None:
    result = await unguarded.run(script(f"return {answer}"))
    assert isinstance(result, Failure)
    assert result.code == "EXPRESSION_ERROR"
    assert isinstance(await unguarded.run(script("return []")), ScriptResult)
