"""The filter parameter."""

from __future__ import annotations

import math
from typing import Any

import pytest

from plugins.conditions import passes
from plugins.errors import NodeError
from plugins.values import UNDEFINED, JsDate


def condition(left: Any, operator: str, right: Any = "", **more: Any) -> dict[str, Any]:
    kind, operation = operator.split(":")
    return {"leftValue": left, "rightValue": right, "operator": {"type": kind, "operation": operation, **more}}


def holds(*conditions: dict[str, Any], combinator: str = "and", **options: Any) -> bool:
    given = {"caseSensitive": True, "typeValidation": "strict", "version": 2, **options}
    return passes({"conditions": list(conditions), "combinator": combinator, "options": given}, item=3)


HOLD = [
    condition("abc", "string:equals", "abc"),
    condition("abc", "string:notEquals", "ABC"),
    condition(None, "string:notContains", "a"),
    condition("undefined", "string:contains", UNDEFINED),
    condition("abc", "string:startsWith", "ab"),
    condition("abc", "string:notStartsWith", "bc"),
    condition("abc", "string:endsWith", "bc"),
    condition("abc", "string:notEndsWith", "ab"),
    condition("abc", "string:regex", "/^A/i"),
    condition("abc", "string:notRegex", "^b"),
    condition("", "string:empty", singleValue=True),
    condition(UNDEFINED, "string:notExists", singleValue=True),
    condition("", "string:exists", singleValue=True),
    condition(5, "number:equals", 5.0),
    condition(5, "number:gt", 4),
    condition(5, "number:gte", 5),
    condition(None, "number:lte", 5),
    condition(-1, "number:lt", None),
    condition(0, "number:notEmpty", singleValue=True),
    condition(math.nan, "number:notExists", singleValue=True),
    condition(True, "boolean:true", singleValue=True),
    condition(None, "boolean:false", singleValue=True),
    condition(False, "boolean:notEquals", True),
    condition("2024-01-15", "dateTime:equals", "2024-01-15T00:00:00.000Z"),
    condition("2024-02-01T10:00:00Z", "dateTime:after", "2024-01-15"),
    condition("2024-01-15", "dateTime:afterOrEquals", "2024-01-15"),
    condition("2024-01-14", "dateTime:before", JsDate("2024-01-15T00:00:00.000Z")),
    condition("2024-01-15", "dateTime:beforeOrEquals", "Mon, 15 Jan 2024 00:00:00 GMT"),
    condition([1, 2], "array:contains", 2, rightType="any"),
    condition(["2"], "array:notContains", 2, rightType="any"),
    condition([1, 2], "array:lengthGt", 1, rightType="number"),
    condition(None, "array:lengthLt", 1, rightType="number"),
    condition([], "array:empty", singleValue=True),
    condition({"a": 1}, "object:notEmpty", singleValue=True),
    condition({}, "object:empty", singleValue=True),
    condition(None, "object:notExists", singleValue=True),
]


@pytest.mark.parametrize("given", HOLD, ids=lambda given: str(given["operator"]))
def test_it_holds(given: dict[str, Any]) -> None:
    assert holds(given)


def test_a_missing_date_compares_with_nothing() -> None:
    assert not holds(condition(None, "dateTime:before", "2024-01-01"))
    assert not holds(condition(None, "dateTime:notEquals", "2024-01-01"))


def test_undefined_is_not_at_most_a_number() -> None:
    assert not holds(condition(UNDEFINED, "number:lte", 5))


def test_and_wants_all_and_or_wants_any() -> None:
    true, false = condition(1, "number:equals", 1), condition(1, "number:equals", 2)
    assert not holds(true, false)
    assert holds(true, false, combinator="or")
    assert holds()
    assert not holds(combinator="or")


def test_conditions_after_the_deciding_one_are_not_looked_at() -> None:
    wrong = condition("abc", "number:equals", 1)
    assert not holds(condition(1, "number:equals", 2), wrong)
    assert holds(condition(1, "number:equals", 1), wrong, combinator="or")


def test_case_is_ignored_on_request_but_not_by_patterns() -> None:
    assert holds(condition("ABC", "string:contains", "b"), caseSensitive=False)
    assert not holds(condition("ABC", "string:regex", "b"), caseSensitive=False)


@pytest.mark.parametrize(
    ("value", "true"), [("5", True), ("true", True), ("false", False), ("0", False), ("", False), ([], False)]
)
def test_loosely_most_text_is_true(value: Any, true: bool) -> None:
    assert holds(condition(value, "boolean:true", singleValue=True), typeValidation="loose") is true


def test_the_first_filter_took_all_text_for_true() -> None:
    assert not holds(condition("false", "boolean:false", singleValue=True), typeValidation="loose", version=1)


def test_loosely_values_are_converted() -> None:
    assert holds(condition("5", "number:equals", 5), typeValidation="loose")
    assert holds(condition({"a": 1}, "string:contains", '"a"'), typeValidation="loose")
    assert holds(condition("[1,5]", "array:contains", 5, rightType="any"), typeValidation="loose")


def test_since_version_three_blank_text_is_an_empty_number() -> None:
    blank = condition("", "number:notEmpty", singleValue=True)
    assert holds(blank, typeValidation="loose", version=2)
    assert not holds(blank, typeValidation="loose", version=3)


REFUSED = [
    (
        condition("abc", "number:equals", 5),
        "strict",
        "Wrong type: 'abc' is a string but was expecting a number [condition 0, item 3]",
    ),
    (
        condition(5, "number:gt", ""),
        "strict",
        "Wrong type: '' is a string but was expecting a number [condition 0, item 3]",
    ),
    (
        condition([1], "array:contains", 2),
        "strict",
        "Wrong type: '2' is a number but was expecting an array [condition 0, item 3]",
    ),
    (
        condition([], "object:notEmpty", singleValue=True),
        "strict",
        "Wrong type: '' is an object but was expecting an object [condition 0, item 3]",
    ),
    (condition("x", "object:notEmpty", ""), "strict", "Comparison type expects an object but both fields are a string"),
    (
        condition("soon", "dateTime:after", "2024-01-01"),
        "strict",
        "Wrong type: 'soon' is a string but was expecting a dateTime [condition 0, item 3]",
    ),
    (
        condition("abc", "number:equals", 5),
        "loose",
        "Conversion error: the string 'abc' can't be converted to a number [condition 0, item 3]",
    ),
    (condition("a", "string:regex", "["), "strict", "Invalid regular expression: /[/: Unterminated character class"),
]


@pytest.mark.parametrize(("given", "validation", "message"), REFUSED)
def test_what_does_not_fit_is_refused_in_n8ns_words(given: dict[str, Any], validation: str, message: str) -> None:
    with pytest.raises(NodeError) as refusal:
        holds(given, typeValidation=validation)
    assert str(refusal.value) == message
    assert refusal.value.failure.item_index == 3


def test_the_advice_names_the_side_and_the_conversion() -> None:
    with pytest.raises(NodeError) as refusal:
        holds(condition(5, "number:gt", ""))
    assert "Converting the second field to a number by adding <code>.toNumber()</code>" in (
        refusal.value.failure.description or ""
    )
