"""Paths into JSON."""

import pytest

from plugins.paths import flattened, get, names, pick, with_value, without
from plugins.values import UNDEFINED


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.b", 1), ("a.list[1].x", 2), ("a['list'][1].x", 2), ("d.x", 3), ("a.z", UNDEFINED), ("a.list.length", 2)],
)
def test_a_path_is_followed_and_a_key_as_written_comes_first(path: str, found: object) -> None:
    assert get({"a": {"b": 1, "list": [0, {"x": 2}]}, "d.x": 3, "d": {"x": 4}}, path) == found


def test_setting_copies_only_what_lies_along_the_path() -> None:
    before = {"a": {"b": 1}, "kept": {"c": 2}}
    after = with_value(before, "a.d[1].e", 5)
    assert after == {"a": {"b": 1, "d": [None, {"e": 5}]}, "kept": {"c": 2}}
    assert before == {"a": {"b": 1}, "kept": {"c": 2}}
    assert after["kept"] is before["kept"]


def test_what_is_in_the_way_and_holds_nothing_is_replaced() -> None:
    assert with_value({"a": 1}, "a.b", 2) == {"a": {"b": 2}}


def test_removing_leaves_the_rest() -> None:
    before = {"a": {"b": 1, "c": [1, 2]}, "x.y": 1}
    assert without(before, "a.b") == {"a": {"c": [1, 2]}, "x.y": 1}
    assert without(before, "a.c[0]") == {"a": {"b": 1, "c": [None, 2]}, "x.y": 1}
    assert without(before, "x.y") == {"a": {"b": 1, "c": [1, 2]}}
    assert without(before, "nothing.here") == before
    assert without(before, "a.c.length") == before
    assert without({"s": "text"}, "s.length") == {"s": "text"}


def test_a_path_without_steps_leads_nowhere() -> None:
    assert get({"a": 1}, "[") is UNDEFINED
    assert with_value({"a": 1}, "[", 2) == {"a": 1}


def test_leaves_are_named_by_their_paths() -> None:
    assert list(flattened({"a": {"b": [1, {"c": None}]}, "d": {}, "e": []})) == ["a.b.0", "a.b.1.c"]


def test_picking_keeps_everything_where_it_was() -> None:
    assert pick({"a": {"b": 1, "c": 2}, "d": 3}, ["a.b", "d", "z"]) == {"a": {"b": 1}, "d": 3}


def test_names_come_from_lists_and_from_text() -> None:
    assert names(" a, b ,,c") == names(["a", " b", "c"]) == ["a", "b", "c"]
