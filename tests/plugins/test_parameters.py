"""Typed parameters: binding, what is missing, description."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.coercion import Locator
from plugins.description import describe
from plugins.errors import ParameterError
from plugins.items import Json
from plugins.parameters import Help, bind, expression_defaults, missing
from plugins.values import UNDEFINED


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Row:
    field_name: Annotated[str, Help("Which field", required=True)] = ""
    order: Literal["ascending", "descending"] = "ascending"


@dataclass(frozen=True, slots=True)
class Options:
    disable_dot_notation: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Everything:
    text: str
    count: int = 1
    share: float = 0.5
    flag: bool = False
    colour: Colour = Colour.RED
    anything: Json = None
    mapping: Mapping[str, Json] | None = None
    sheet: Locator | None = None
    rows: Annotated[tuple[Row, ...], Help(group="row")] = ()
    names: tuple[str, ...] = ()
    options: Options = Options()
    odd_name: Annotated[str, Help("Stored under another key", name="URL")] = ""
    greeting: str = "={{ $json.hello }}"


def bound(**stored: Json) -> Everything:
    return bind(Everything, {"text": "t", **stored})


def test_what_is_not_stored_has_its_default() -> None:
    assert bound() == Everything("t")


def test_stored_values_find_their_fields() -> None:
    assert bound(count=3, colour="blue", options={"disableDotNotation": True}, URL="x") == Everything(
        "t", count=3, colour=Colour.BLUE, options=Options(disable_dot_notation=True), odd_name="x"
    )


def test_unknown_keys_are_ignored() -> None:
    assert bound(somethingElse=1) == Everything("t")


@pytest.mark.parametrize(
    ("stored", "count"), [("3", 3), (" 12 ", 12), (2.9, 2), (True, 1), (None, 0), ("", 0), ("1e3", 1000), (-1, -1)]
)
def test_numbers_may_come_as_javascript_would_take_them(stored: Json, count: int) -> None:
    assert bound(count=stored).count == count


@pytest.mark.parametrize(
    ("stored", "flag"),
    [(1, True), ("false", True), ("", False), (0, False), ([], True), (None, False), (math.nan, False)],
)
def test_truth_is_javascripts(stored: Json, flag: bool) -> None:
    assert bound(flag=stored).flag is flag


@pytest.mark.parametrize(
    ("stored", "text"),
    [(5, "5"), (2.0, "2"), (True, "true"), (None, ""), ({"__rl": True, "mode": "id", "value": 7}, "7")],
)
def test_text_may_be_a_number_a_truth_value_or_a_resource_locator(stored: Json, text: str) -> None:
    assert bind(Everything, {"text": stored}).text == text


def test_a_resource_locator_can_be_kept_whole() -> None:
    assert bound(sheet={"__rl": True, "mode": "list", "value": "s1"}).sheet == Locator("list", "s1")


@pytest.mark.parametrize("stored", [{"row": [{"fieldName": "a"}]}, {"row": {"fieldName": "a"}}, [{"fieldName": "a"}]])
def test_a_fixed_collection_is_a_list_however_it_is_stored(stored: Json) -> None:
    assert bound(rows=stored).rows == (Row("a"),)


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_an_empty_collection_stands_for_its_defaults(empty: Json) -> None:
    assert bound(options=empty, rows=empty) == Everything("t")


def test_undefined_means_the_default_but_reaches_untyped_fields() -> None:
    assert bound(count=UNDEFINED, anything=UNDEFINED) == Everything("t", anything=UNDEFINED)


@pytest.mark.parametrize(
    ("stored", "path"),
    [
        ({}, "text"),
        ({"text": []}, "text"),
        ({"text": "t", "count": "many"}, "count"),
        ({"text": "t", "count": math.inf}, "count"),
        ({"text": "t", "colour": "green"}, "colour"),
        ({"text": "t", "options": 5}, "options"),
        ({"text": "t", "options": {"limit": "x"}}, "options.limit"),
        ({"text": "t", "rows": {"row": [{"order": "up"}]}}, "rows.row.order"),
        ({"text": "t", "mapping": [1]}, "mapping"),
    ],
)
def test_what_does_not_fit_is_named_with_its_path(stored: dict[str, Json], path: str) -> None:
    with pytest.raises(ParameterError) as refused:
        bind(Everything, stored)
    assert refused.value.failure.context == {"parameter": path}
    assert path in str(refused.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["text", "count", "rows", "options", "colour", "names", "sheet"]), anything))
def test_whatever_is_stored_binds_or_is_refused(stored: dict[str, Any]) -> None:
    with suppress(ParameterError):
        assert isinstance(bind(Everything, stored), Everything)


def test_required_fields_that_are_empty_are_missing() -> None:
    assert missing(Everything, {}) == ["text"]
    assert missing(Everything, {"text": ""}) == ["text"]
    assert missing(Everything, {"text": "={{ $json.x }}"}) == []
    assert missing(Everything, {"text": "t", "rows": {"row": [{"fieldName": "a"}, {}]}}) == ["rows.row.1.fieldName"]


@dataclass(frozen=True, slots=True)
class Conditional:
    mode: Literal["url", "file"] = "url"
    url: Annotated[str, Help(required=True, when={"mode": ("url",)})] = ""
    path: Annotated[str, Help(required=True, when={"mode": ("file",)})] = ""


def test_a_field_is_required_only_where_it_is_shown() -> None:
    assert missing(Conditional, {}) == ["url"]
    assert missing(Conditional, {"mode": "file"}) == ["path"]


def test_the_description_says_what_a_form_needs() -> None:
    described = {entry["name"]: entry for entry in describe(Everything)}
    assert described["text"] == {"name": "text", "type": "string", "help": "", "required": True}
    assert described["colour"]["options"] == ["red", "blue"]
    assert described["rows"]["fields"][0]["help"] == "Which field"
    assert described["rows"]["group"] == "row"
    assert described["URL"]["default"] == ""
    assert describe(Conditional)[1]["when"] == {"mode": ["url"]}


def test_defaults_that_are_expressions_are_known() -> None:
    assert expression_defaults(Everything) == {"greeting": "={{ $json.hello }}"}


def test_a_field_that_no_json_could_fill_is_refused_when_it_is_declared() -> None:
    @dataclass(frozen=True)
    class Impossible:
        when: complex = 0j

    with pytest.raises(TypeError, match="cannot be a parameter"):
        bind(Impossible, {})
