"""The first conditions of If, Filter and Switch."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.conditions import legacy
from plugins.errors import NodeError
from plugins.values import UNDEFINED

HOLD: list[tuple[str, str | None, Any, Any]] = [
    ("string", None, "a", "a"),
    ("string", "contains", "Hello", "ell"),
    ("string", "notContains", UNDEFINED, "a"),
    ("string", "startsWith", "Hello", "He"),
    ("string", "notEndsWith", "Hello", "He"),
    ("string", "regex", "Hello", "/^h/i"),
    ("string", "notRegex", "Hello", "^h"),
    ("string", "isEmpty", "", ""),
    ("string", "isNotEmpty", "a", ""),
    ("number", None, 1, 2),
    ("number", "larger", 5, UNDEFINED),
    ("number", "smallerEqual", UNDEFINED, 0),
    ("number", "isEmpty", None, 0),
    ("number", "isNotEmpty", 0, 0),
    ("boolean", "notEqual", None, True),
    ("dateTime", None, "2024-02-15", "2024-02-01T00:00:00"),
    ("dateTime", "before", 0, "2024-02-01"),
]


@pytest.mark.parametrize(("kind", "operation", "left", "right"), HOLD)
def test_it_holds(kind: str, operation: str | None, left: Any, right: Any) -> None:
    assert legacy.holds(kind, operation, left, right)


def test_text_is_not_the_number_it_spells() -> None:
    assert not legacy.holds("number", "equal", "5", 5)


def test_all_or_any_of_the_groups_have_to_hold() -> None:
    mixed = {"string": [{"value1": "a", "value2": "a"}], "number": [{"value1": 1, "operation": "equal", "value2": 2}]}
    assert not legacy.passes(mixed, any_will_do=False)
    assert legacy.passes(mixed, any_will_do=True)
    assert legacy.passes({}, any_will_do=False)
    assert not legacy.passes({}, any_will_do=True)


@pytest.mark.parametrize(
    ("kind", "operation", "left", "message"),
    [
        ("string", "endsWith", UNDEFINED, "Cannot read properties of undefined (reading 'endsWith')"),
        ("string", "notStartsWith", None, "Cannot read properties of null (reading 'startsWith')"),
        ("string", "startsWith", 5, "value1.startsWith is not a function"),
        ("dateTime", "after", "soon", 'The value "soon" is not a valid DateTime.'),
        ("string", "regex", "a", "Invalid regular expression: /[/: Unterminated character class"),
    ],
)
def test_it_complains_as_n8n_does(kind: str, operation: str, left: Any, message: str) -> None:
    with pytest.raises(NodeError) as complaint:
        legacy.holds(kind, operation, left, "[" if operation == "regex" else "2024-01-01")
    assert str(complaint.value) == message
