"""Scripts of Code, Function and Function Item nodes: what they find, may return, and say when they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from engine.expressions.sandbox import V8Sandbox
from engine.ports import Script, ScriptResult
from plugins.errors import Failure
from plugins.items import Item, Link
from tests.engine.expressions.conftest import world

NOT_ITEMS = "Code doesn't return items properly"
NO_JSON = "A 'json' property isn't an object [item 0]"


class Scripts:
    """One sandbox for all scripts of this file. They run over two items: `{i: 0}` and `{i: 1}`."""

    def __init__(self, runner: asyncio.Runner, sandbox: V8Sandbox) -> None:
        self._runner = runner
        self._sandbox = sandbox

    def run(
        self,
        code: str,
        *,
        each: bool = False,
        keep_going: bool = False,
        legacy: Literal["function", "functionItem"] | None = None,
        **changes: Any,
    ) -> ScriptResult | Failure:
        items = [Item({"i": position}, Link(position)) for position in range(2)]
        script = Script("ada", code, each, {**world(items), **changes}, keep_going, legacy)
        return self._runner.run(self._sandbox.run(script))

    def json(self, code: str, **how: Any) -> list[Any]:
        """The items' data."""
        result = self.run(code, **how)
        assert isinstance(result, ScriptResult), result
        return [item.json for item in result.items]

    def message(self, code: str, **how: Any) -> str:
        """What the failed script says."""
        failure = self.run(code, **how)
        assert isinstance(failure, Failure), failure
        return failure.message


@pytest.fixture(scope="module")
def scripts() -> Iterator[Scripts]:
    with asyncio.Runner() as runner:
        sandbox = V8Sandbox()
        runner.run(sandbox.start())
        yield Scripts(runner, sandbox)
        runner.run(sandbox.close())


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("return []", []),
        ("return null", []),
        ("return {}", [{}]),
        ("return {a: 1}", [{"a": 1}]),
        ("return [{a: 1}, {json: {b: 1}}]", "Unknown top-level item key: a [item 0]"),
        ("return [{json: {}, a: 1}]", "Invalid output format [item 0]"),
        ("return undefined", NOT_ITEMS),
        ("return [5]", NOT_ITEMS),
        ("return [{json: 5}]", NO_JSON),
        ("return [{json: {}, binary: 5}]", "A 'binary' property isn't an object [item 0]"),
        ("return [{json: {big: 10n, no: NaN, at: new Date(0)}}]",
         [{"big": "10", "no": None, "at": "1970-01-01T00:00:00.000Z"}]),
        ("const a = {}; a.a = a; return [{json: a}]", "Unknown error"),
    ],
)  # fmt: skip
def test_a_script_for_all_items_returns_items(scripts: Scripts, code: str, answer: list[Any] | str) -> None:
    assert (scripts.message(code) if isinstance(answer, str) else scripts.json(code)) == answer


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("return {i: $json.i}", [{"i": 0}, {"i": 1}]),
        ("return {json: {i: item.json.i}, other: 1}", [{"i": 0}, {"i": 1}]),
        ("if ($itemIndex) return {b: $itemIndex}", [{"b": 1}]),
        ("return [1]", NO_JSON),
        ("return 'x'", NO_JSON),
        ("\n$input.last()", "Can't use .last() here [line 2, for item 0]"),
        ("await null; return {i: (await Promise.resolve($json)).i}", [{"i": 0}, {"i": 1}]),
    ],
)
def test_a_script_for_each_item_returns_one_or_none(scripts: Scripts, code: str, answer: list[Any] | str) -> None:
    how = {"each": True}
    assert (scripts.message(code, **how) if isinstance(answer, str) else scripts.json(code, **how)) == answer


def test_the_lineage_of_each_item_is_its_own(scripts: Scripts) -> None:
    result = scripts.run("return {json: {}, pairedItem: 9}", each=True)
    assert isinstance(result, ScriptResult)
    assert [item.paired for item in result.items] == [Link(0), Link(1)]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("throw new Error('no')", "no [line 1]"),
        ("\n\nnull.x", "Cannot read properties of null (reading 'x') [line 3]"),
        ("const f = () => {\n  g()\n}\nf()", "g is not defined [line 2]"),
        ("await null\nthrow new RangeError('far')", "far [line 2]"),
        ("return JSON.parse('{')", "Expected property name or '}' in JSON at position 1 (line 1 column 2) [line 1]"),
        ("throw 'text'", "Unknown error"),
        ("throw {message: 'no'}", "Unknown error"),
        ("throw new Error('')", "Unknown error"),
        ("", "Unknown error"),
        ("return [", "Unexpected token '}' "),
        ("require('fs')", "Module 'fs' is disallowed [line 1]"),
        ("$('Nobody')", "Cannot assign to read only property 'name' of object 'Error: Referenced node doesn't exist'"),
        ("await new Promise(() => {})", "The script waits for something that never happens"),
    ],
)
def test_a_failure_says_what_and_where(scripts: Scripts, code: str, message: str) -> None:
    assert scripts.message(code) == message


def test_a_script_that_keeps_going_has_error_items(scripts: Scripts) -> None:
    fails_once = "if ($json.i) throw new Error('no'); return {}"
    assert scripts.json(fails_once, each=True, keep_going=True) == [{}, {"error": "no [line 1]"}]
    assert scripts.json("await 1; " + fails_once, each=True, keep_going=True) == [{}, {"error": "no [line 1]"}]


def test_scripts_find_timers_buffers_coders_and_no_host(scripts: Scripts) -> None:
    code = """
    const names = ['setTimeout', 'Buffer', 'TextEncoder', 'atob', 'fetch', 'process', 'WebAssembly', 'crypto'];
    const order = [];
    setTimeout(() => order.push('late'), 20);
    setTimeout(() => order.push('soon'), 1);
    const never = setTimeout(() => order.push('never'), 10);
    clearTimeout(never);
    await new Promise(resolve => setTimeout(resolve, 30));
    const text = new TextDecoder().decode(new TextEncoder().encode('ü')) + atob(btoa('a'));
    const types = names.map(name => eval('typeof ' + name));
    return [{ types, order, text, base64: Buffer.from('ü').toString('base64') }];
    """
    there, absent = "function", "undefined"
    assert scripts.json(code) == [
        {
            "types": [there, there, there, there, absent, absent, absent, absent],
            "order": ["soon", "late"],
            "text": "üa",
            "base64": "w7w=",
        }
    ]


def test_names_that_are_given_may_be_taken(scripts: Scripts) -> None:
    assert scripts.json("const items = $input.all(), $json = 5; return {n: items.length + $json}") == [{"n": 7}]
    assert scripts.json("$now = 1; item = 2; return {n: $now + item}") == [{"n": 3}]


def test_what_is_logged_comes_with_the_result(scripts: Scripts) -> None:
    result = scripts.run("console.log('a', {b: 1}, undefined); console.error(new Map()); return []")
    assert isinstance(result, ScriptResult)
    assert result.log == ['a {"b":1} undefined', "{}"]


def test_static_data_comes_back_when_it_was_asked_for(scripts: Scripts) -> None:
    kept = {"global": {"n": 1}}
    code = "$getWorkflowStaticData('global').n++; $getWorkflowStaticData('node').m = 1; return []"
    result = scripts.run(code, static_data=kept)
    assert isinstance(result, ScriptResult)
    assert result.static_data == {"global": {"n": 2}, "node:N": {"m": 1}}
    untouched = scripts.run("return []", static_data=kept)
    assert isinstance(untouched, ScriptResult)
    assert untouched.static_data is None


def test_a_script_cannot_spoil_its_own_report(scripts: Scripts) -> None:
    assert scripts.json("JSON.stringify = () => 'x'; JSON.parse = 5; return {a: 1}") == [{"a": 1}]


@pytest.mark.parametrize(
    ("legacy", "code", "answer"),
    [
        ("function", "items[0].json.x = 1; return items", [{"i": 0, "x": 1}, {"i": 1}]),
        ("function", "return [{a: 1}]", [{"a": 1}]),
        ("function", "return [{json: {}}, {a: 1}]", "Inconsistent item format"),
        ("function", "throw new Error('no')", "Cannot read properties of undefined (reading 'split')"),
        ("function", "return (await Promise.resolve(items)).slice(1)", [{"i": 1}]),
        ("functionItem", "item.x = $itemIndex; return item", [{"i": 0, "x": 0}, {"i": 1, "x": 1}]),
        ("functionItem", "return null", "Cannot convert undefined or null to object"),
        ("functionItem", "return {t: typeof items + typeof getNodeParameter}", [{"t": "undefinedfunction"}] * 2),
    ],
)
def test_the_older_nodes_keep_their_own_rules(
    scripts: Scripts, legacy: Literal["function", "functionItem"], code: str, answer: list[Any] | str
) -> None:
    how = {"legacy": legacy}
    assert (scripts.message(code, **how) if isinstance(answer, str) else scripts.json(code, **how)) == answer
