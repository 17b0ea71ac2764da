"""What the corpus of n8n's answers does not say of the language: its data is safe, its state is none."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

import engine.expressions
from plugins.errors import Failure
from plugins.items import Item
from plugins.values import UNDEFINED
from tests.engine.expressions.conftest import Live, batch, world

SOURCES = Path(engine.expressions.__file__).parent / "js"
ROWS: list[dict[str, Any]] = [{"n": 2, "list": [3, 1, 2]}, {"n": 1, "list": [9, 8]}]

WRITES = {
    "$json.n = 99": 99,
    "$json.n++": 2,
    "delete $json.n": True,
    "Object.assign($json, {n: 99}).n": 99,
    "$json.list.sort()": [1, 2, 3],
    "$json.list.push(7)": 4,
    "(() => { const key = 'pu' + 'sh'; return $json.list[key](7) })()": 4,
    "(() => { const {push} = $json.list; return push.call($json.list, 7) })()": 4,
    "(() => { try { $json.list['pu' + 'sh'](7) } catch { return 'caught' } return $json.list.length })()": 4,
    "(() => { [$json.n] = [98]; return $json.n })()": 98,
    "(() => { for ($json.n of [1, 2, 97]); return $json.n })()": 97,
    "(() => { $input.all().forEach(item => { item.json.n = 96 }); return $input.first().json.n })()": 96,
    "$input.all().sort((a, b) => a.json.n - b.json.n).map(item => item.json.n)": [1, 2],
    "extend($json.list, 'reverse', [])": [2, 1, 3],
    "[0].map($json.list['push'], $json.list)": [6],
}
KEEPS = [
    ("/(secret)/.test('secret')", "[RegExp.$1, RegExp.lastMatch, RegExp['$&'], RegExp.input].join('')", ""),
    ("$now.zone.leak = 1", "$now.zone.leak", UNDEFINED),
    ("[].push.call($now.zone, 'leak')", "$now.zone[0]", UNDEFINED),
    ("$now.loc.dtFormatter($now, {}).dtf.leak = 1", "$now.loc.dtFormatter($now, {}).dtf.leak", UNDEFINED),
    ("[].push.call($now.loc.dtFormatter($now, {}).dtf, 1)", "$now.loc.dtFormatter($now, {}).dtf[0]", UNDEFINED),
    ("DateTime.DATE_FULL.year = '2-digit'", "$now.toLocaleString(DateTime.DATE_FULL)", "November 14, 2023"),
    ("Duration.fromMillis(1).matrix.days.hours = 5", "Duration.fromObject({days: 1}).as('hours')", 24),
    ("DateTime.fromISO('2024-11-03T01:30', {zone: {type: 'iana', name: 'Asia/Tokyo', offset: () => 1}})",
     "DateTime.fromISO('2024-01-01', {zone: 'Asia/Tokyo'}).toISO()", "2024-01-01T00:00:00.000+09:00"),
    *((f"[{each}].map(f => [].push.call(f, 'leak'))", f"({each})[0]", UNDEFINED) for each in (
        "$jmespath", "$items", "$input.all", "$('N').all", "$now.zone.offset", "$now.loc.months", "$now.toISO",
        "DateTime.fromISO", "$execution.customData.get", "extend", "$if", "$now.loc.numberFormatter({}).format",
    )),
    ("$jmespath.leak = 1", "$jmespath.leak", UNDEFINED),
    ("$execution.customData.set('leak', 1)", "$execution.customData.get('leak')", UNDEFINED),
    ("leak = 1", "typeof leak", "undefined"),
    ("(async () => { await null; $json.n = 99 })()", "$json.n", 2),
]  # fmt: skip
READ_TWO_WAYS = {
    "[0 <!--$json[`\n7 // `]]": [True],
    "[`<!-- ${1} -->`, '<!--'].join()": "<!-- 1 -->,<!--",
    "((a) => a\n--> 0)(1)": "invalid syntax",
    "/[/]'/.source": "[/]'",
    "(() => { return\n7 })()": UNDEFINED,
}
"""Where scripts and modules, or two parsers, may see two programs: the one that was vetted is the one that runs."""


@pytest.mark.parametrize(("write", "answer"), WRITES.items())
def test_a_write_has_its_value_and_changes_nothing(live: Live, write: str, answer: Any) -> None:
    rows = live.evaluate(batch(write, "$json", "$input.all().map(item => item.json)", items=ROWS))
    assert rows[0][0] == answer
    assert rows[1] == ROWS
    assert rows[2] == [ROWS, ROWS]


@pytest.mark.parametrize(("before", "after", "answer"), KEEPS)
def test_nothing_is_kept_from_one_evaluation_to_the_next(live: Live, before: str, after: str, answer: Any) -> None:
    rows = live.evaluate(batch(before, after, items=ROWS))
    assert rows[1][0] == answer
    assert live.evaluate(batch(after, items=ROWS))[0][0] == answer


@pytest.mark.parametrize(("code", "answer"), READ_TWO_WAYS.items())
def test_what_is_vetted_is_what_runs(live: Live, code: str, answer: Any) -> None:
    found = live.cell(code)
    assert (found.message if isinstance(found, Failure) else found) == answer


@pytest.mark.parametrize("name", ["$$d", "$$g", r"\u0024\u0024d", "(($$w) => 1)(2)", "(() => { let {a: $$k} = {} })()"])
def test_the_names_of_the_compiler_are_not_for_use(live: Live, name: str) -> None:
    answer = live.cell(name)
    assert isinstance(answer, Failure)
    assert answer.message == "invalid syntax"


def test_the_value_of_a_template_does_not_depend_on_what_ran_before(live: Live) -> None:
    asked = batch("DateTime.fromISO('2024-11-03T01:30', {zone: 'America/New_York'}).toISO()")
    first = live.evaluate(asked)
    assert live.evaluate(batch("$now.plus({years: 100}).toISO()", "$today.isInDST")) is not None
    assert live.evaluate(asked) == first == [["2024-11-03T01:30:00.000-05:00"]]


def test_local_times_are_in_the_workflow_s_zone(live: Live) -> None:
    asked = batch("DateTime.fromMillis(0).toISO()")
    for zone, answer in {"Asia/Tokyo": "1970-01-01T09:00:00.000+09:00", "UTC": "1970-01-01T00:00:00.000Z"}.items():
        asked.world["workflow"]["timezone"] = zone
        assert live.evaluate(asked) == [[answer]]


def test_a_long_line_of_descent_is_followed_to_its_end(live: Live) -> None:
    """A loop of twenty thousand passes: each run's item comes from the run before."""
    passes = 20_000
    back = [{"previousNode": "Loop", "previousNodeOutput": 0, "previousNodeRun": run} for run in range(passes)]
    first = {"outputs": [[Item({"n": 7}, 0)]], "sources": []}
    loop = [{"outputs": [[Item({}, 0)]], "sources": [source]} for source in [{"previousNode": "T"}, *back[:-1]]]
    asked = batch("$('T').item.json.n + 0", items=[{}])
    there = {
        **world([Item({}, 0)]),
        "nodes": {name: {"parameters": {}} for name in ("T", "Loop", "N")},
        "connections": {source: {"main": [[{"node": node, "type": "main", "index": 0}] for node in targets]}
                        for source, targets in {"T": ["Loop"], "Loop": ["Loop", "N"]}.items()},
        "runs": {"T": [first], "Loop": loop},
        "sources": [back[-1]],
    }  # fmt: skip
    assert live.evaluate(type(asked)(asked.tenant, asked.templates, [0], there)) == [[7]]


@pytest.mark.parametrize("bundle", ["bundle.js", "script.js"])
def test_the_bundle_was_built_from_these_sources(bundle: str) -> None:
    """`npm ci && npm run build` in engine/expressions/js makes it anew."""
    digest = hashlib.sha256()
    paths = [*SOURCES.glob("src/**/*.js"), SOURCES / "build.mjs", SOURCES / "package-lock.json"]
    for name in sorted(path.relative_to(SOURCES).as_posix() for path in paths):
        digest.update(f"{name}\n".encode() + (SOURCES / name).read_bytes())
    head = (SOURCES / bundle).read_text()[:500]
    assert re.findall(r"^// sources: (\w+)$", head, re.M) == [digest.hexdigest()]
