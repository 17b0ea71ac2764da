"""Edit Fields (Set), in all its versions."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.builtin.set import earlier_set_fields, set_fields
from plugins.builtin.set_before import first_set
from plugins.errors import NodeError
from plugins.items import Binary, Item, Link
from plugins.testing import NodeBench
from plugins.values import UNDEFINED, JsDate, LuxonDateTime

ROW = {"a": 1, "b": "two", "c": {"d": 3, "e": [1, 2]}}


def assigning(*assignments: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    rows = [{"name": name, "type": kind, "value": value} for name, kind, value in assignments]
    return {"assignments": {"assignments": rows}, **more}


async def made(parameters: dict[str, Any], version: float = 3.4, **options: Any) -> list[dict[str, Any]]:
    versions = (*set_fields, *earlier_set_fields, *first_set)
    return (await NodeBench(versions, version=version).run(parameters, [ROW], **options)).json()


async def test_only_what_is_set_comes_out_unless_other_fields_are_included() -> None:
    assert await made(assigning(("x", "number", 5))) == [{"x": 5}]
    assert await made(assigning(("a", "number", 5), includeOtherFields=True)) == [{**ROW, "a": 5}]


@pytest.mark.parametrize(
    ("include", "kept"),
    [
        ({"include": "selected", "includeFields": "a, x"}, {"a": 1}),
        ({"include": "selected", "includeFields": "c.d"}, {"d": 3}),
        ({"include": "except", "excludeFields": "a,c.d"}, {"b": "two", "c": {"e": [1, 2]}}),
        ({"include": "all"}, ROW),
    ],
)
async def test_other_fields_are_chosen_by_name(include: dict[str, Any], kept: dict[str, Any]) -> None:
    assert await made(assigning(includeOtherFields=True, **include)) == [kept]
    assert await made({"fields": {"values": []}, **include}, 3.2) == [kept]


async def test_dots_reach_into_copies_unless_they_are_turned_off() -> None:
    nested = assigning(("c.d", "string", "new"), ("list[1]", "string", "x"), includeOtherFields=True)
    assert await made(nested) == [{**ROW, "c": {"d": "new", "e": [1, 2]}, "list": [None, "x"]}]
    assert ROW["c"] == {"d": 3, "e": [1, 2]}
    assert await made({**nested, "options": {"dotNotation": False}}) == [{**ROW, "c.d": "new", "list[1]": "x"}]


async def test_values_are_made_to_fit_their_type() -> None:
    given = assigning(
        ("text", "string", "={{ 1 }}"),
        ("date", "string", "={{ 2 }}"),
        ("moment", "string", "={{ 3 }}"),
        ("number", "number", "={{ 4 }}"),
        ("nothing", "string", "={{ 5 }}"),
        ("truth", "boolean", "={{ 6 }}"),
    )
    results = {
        "={{ 1 }}": {"k": 1},
        "={{ 2 }}": JsDate("1970-01-01T00:00:00.000Z"),
        "={{ 5 }}": UNDEFINED,
        "={{ 3 }}": LuxonDateTime("1970-01-01T00:00:00.000Z"),
        "={{ 4 }}": " 7 ",
        "={{ 6 }}": "FALSE",
    }
    assert await made(given, evaluate=lambda template, items, index: results[template]) == [
        {
            "text": '{"k":1}',
            "date": '"1970-01-01T00:00:00.000Z"',
            "moment": "1970-01-01T00:00:00.000Z",
            "number": 7,
            "nothing": None,
            "truth": False,
        }
    ]


async def test_what_does_not_fit_is_refused_kept_or_becomes_an_error_item() -> None:
    wrong = assigning(("n", "number", "abc"))
    with pytest.raises(NodeError) as refusal:
        await made(wrong)
    assert str(refusal.value) == "'n' expects a number but we got 'abc' [item 0]"
    assert await made({**wrong, "options": {"ignoreConversionErrors": True}}) == [{"n": "abc"}]
    assert await made(wrong, continue_on_fail=True) == [{"error": "'n' expects a number but we got 'abc' [item 0]"}]
    with pytest.raises(NodeError, match="expects a object but we got array"):
        await made(assigning(("o", "object", [1])))


async def test_each_type_had_its_place_before() -> None:
    fields = [
        {"name": "s", "stringValue": "={{ $json.a }}"},
        {"name": "b", "type": "booleanValue"},
        {"name": "l", "type": "arrayValue", "arrayValue": "[1]"},
    ]
    assert await made({"fields": {"values": fields}, "include": "none"}, 3.1) == [{"s": "1", "b": True, "l": [1]}]


@pytest.mark.parametrize(
    ("template", "fields"),
    [
        ('{"x": 1, "y.z": 2}', {"x": 1, "y": {"z": 2}}),
        ("={ x: {{ $json.a }}, 'y': '{{ $json.b }}', }", {"x": 1, "y": "two"}),
        (
            '={ "c": {{ $json.c }}, "none": {{ $json.zz }}, "text": "{{ $json.zz }}" }',
            {"c": ROW["c"], "none": None, "text": "undefined"},
        ),
        ("={{ $json.c }}", ROW["c"]),
    ],
)
async def test_json_is_filled_in_and_repaired(template: str, fields: dict[str, Any]) -> None:
    assert await made({"mode": "raw", "jsonOutput": template}) == [fields]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("}{ nope", "The 'JSON Output' in item 0 contains invalid JSON"),
        ("[1]", "The 'JSON Output' in item 0 does not contain a valid JSON object"),
        ("null", "Cannot convert undefined or null to object"),
    ],
)
async def test_json_that_is_no_object_is_refused(template: str, message: str) -> None:
    with pytest.raises(NodeError) as refusal:
        await made({"mode": "raw", "jsonOutput": template})
    assert str(refusal.value) == message


async def test_items_are_repeated_in_manual_executions_only() -> None:
    repeating = assigning(("z", "number", 1), duplicateItem=True, duplicateCount=2)
    assert len(await made(repeating)) == 1
    assert len(await made(repeating, mode="manual")) == 3


@pytest.mark.parametrize(
    ("version", "parameters", "kept"),
    [
        (3.4, {"includeOtherFields": True}, True),
        (3.4, {"includeOtherFields": True, "options": {"stripBinary": True}}, False),
        (3.4, {}, False),
        (3.3, {"includeOtherFields": True}, False),
        (3.2, {"options": {"includeBinary": True}}, True),
        (2, {}, True),
        (2, {"keepOnlySet": True}, False),
    ],
)
async def test_binary_data_is_kept_as_each_version_keeps_it(
    version: float, parameters: dict[str, Any], kept: bool
) -> None:
    versions = (*set_fields, *earlier_set_fields, *first_set)
    item = Item({"a": 1}, None, {"file": Binary("text/plain", "aGk=")})
    [out] = (await NodeBench(versions, version=version).run(parameters, [item])).items()
    assert (out.binary is not None) == kept
    assert out.paired == Link(0)


async def test_the_first_versions_write_truth_then_numbers_then_text() -> None:
    values = {
        "string": [{"name": "k", "value": "text"}],
        "number": [{"name": "k", "value": 3}],
        "boolean": [{"name": "b"}],
    }
    assert await made({"values": values}, 1) == [{**ROW, "b": False, "k": "text"}]
    typed = {"values": {"number": [{"name": "n", "value": "5"}, {"name": "m", "value": "x"}]}, "keepOnlySet": True}
    assert await made(typed, 2) == [{"n": 5, "m": "x"}]
    assert await made(typed, 1) == [{"n": "5", "m": "x"}]


async def test_what_is_undefined_is_not_there_in_the_first_versions() -> None:
    values = {"values": {"string": [{"name": "a", "value": "={{ $json.zz }}"}]}}
    assert await made(values, 2) == [{"b": "two", "c": ROW["c"]}]
