"""XML as JSON, and JSON as XML."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.markup.xml_reader import MOST_LEVELS, Malformed, Shape, parsed
from plugins.markup.xml_writer import Style, Unwritable, built

MERGED = Shape(merge_attributes=True)
DOCUMENT = '<r a="1"><i id="x">One</i><i>Two</i><E/><m> t <b>b</b></m><c><![CDATA[<raw>]]></c></r>'


@pytest.mark.parametrize(
    ("shape", "json"),
    [
        (
            MERGED,
            {
                "r": {
                    "a": "1",
                    "i": [{"_": "One", "id": "x"}, "Two"],
                    "E": "",
                    "m": {"_": " t ", "b": "b"},
                    "c": "<raw>",
                }
            },
        ),
        (
            Shape(attribute_key="@", text_key="#", with_root=False, lower_names=True, normalize=True),
            {
                "@": {"a": "1"},
                "i": [{"#": "One", "@": {"id": "x"}}, "Two"],
                "e": "",
                "m": {"#": "t", "b": "b"},
                "c": "<raw>",
            },
        ),
        (
            Shape(merge_attributes=True, lists_always=True, ignore_attributes=True, trim=True),
            {"r": {"i": ["One", "Two"], "E": [""], "m": [{"_": "t", "b": ["b"]}], "c": ["<raw>"]}},
        ),
    ],
)  # fmt: skip
def test_elements_become_objects_lists_and_text(shape: Shape, json: Any) -> None:
    assert parsed(DOCUMENT, shape) == json


@pytest.mark.parametrize(
    ("document", "json"),
    [
        ('\ufeff<?xml version="1.0"?>\n<!-- c --><a>&lt;&#65;&#x42;&nbsp;&Eacute;</a>junk', {"a": "<AB\xa0É"}),
        ("<!DOCTYPE a [<!ENTITY x \"y>\"><!-- ]> -->]><a b='1' b='2'/>", {"a": {"b": "1"}}),
        ("<a>  </a>", {"a": "  "}),
        ("<a><![CDATA[ ]]></a>", {"a": " "}),
        ("<a>x<?php ?>y</a >", {"a": "xy"}),
        ("<a x='1'><x>2</x></a>", {"a": {"x": ["1", "2"]}}),
        (" \n ", None),
        ("<!-- nothing -->", None),
    ],
)
def test_what_may_stand_around_and_within(document: str, json: Any) -> None:
    assert parsed(document, MERGED) == json


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("<a>1", "Unclosed root tag\nLine: 0\nColumn: 4\nChar: "),
        ("<a>\n<b></a>", "Unexpected close tag\nLine: 1\nColumn: 7\nChar: >"),
        ("x<a/>", "Non-whitespace before first tag.\nLine: 0\nColumn: 1\nChar: x"),
        ("<!-- c -->x", "Text data outside of root node.\nLine: 0\nColumn: 11\nChar: x"),
        ("<a>1 < 2</a>", "Unencoded <\nLine: 0\nColumn: 8\nChar: 2"),
        ("<a b>", "Attribute without value\nLine: 0\nColumn: 5\nChar: >"),
        ("<a b=c>", "Unquoted attribute value\nLine: 0\nColumn: 6\nChar: c"),
        ("<a b='1'c='2'>", "No whitespace between attributes\nLine: 0\nColumn: 9\nChar: c"),
        ("<a 1='2'>", "Invalid attribute name\nLine: 0\nColumn: 4\nChar: 1"),
        ("<a/ >", "Forward-slash in opening tag not followed by >\nLine: 0\nColumn: 4\nChar:  "),
        ("<a>&x y;</a>", "Invalid character in entity name\nLine: 0\nColumn: 6\nChar:  "),
        ("<a>&nope;</a>", "Invalid character entity\nLine: 0\nColumn: 9\nChar: ;"),
        ("<a><!-- a -- b --></a>", "Malformed comment\nLine: 0\nColumn: 13\nChar:  "),
        ("<a>😀</b>", "Unexpected close tag\nLine: 0\nColumn: 9\nChar: >"),
        ("</a>", "Unmatched closing tag: a\nLine: 0\nColumn: 4\nChar: >"),
        ("<a", "Unexpected end\nLine: 0\nColumn: 2\nChar: "),
    ],
)
def test_complaints_say_what_and_where(document: str, complaint: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parsed(document, MERGED)
    assert str(refusal.value) == complaint


def test_declared_entities_are_never_expanded_nor_fetched() -> None:
    laughs = '<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    for entity in ("m", "f"):
        with pytest.raises(Malformed, match="Invalid character entity"):
            parsed(f"{laughs}<a>&{entity};</a>", MERGED)


def test_depth_has_a_limit() -> None:
    with pytest.raises(Malformed, match="deeper than"):
        parsed("<a>" * (MOST_LEVELS + 1), MERGED)
    json: Any = {}
    for _ in range(MOST_LEVELS + 2):
        json = {"a": json}
    with pytest.raises(Unwritable, match="deeper than"):
        built(json, Style())


@given(st.text(alphabet="<>/!?-[]=&;'\" ab\n", max_size=30))
def test_any_text_is_xml_or_is_refused(document: str) -> None:
    with suppress(Malformed):
        parsed(document, MERGED)


def test_reading_takes_time_in_proportion() -> None:
    begin = time.process_time()
    for hostile in (
        "<a " + "b='1' " * 20_000,
        "<a>" + "&amp;" * 50_000,
        "<!DOCTYPE" + "<" * 50_000,
        "<a>" + "]]>" * 50_000,
    ):
        with pytest.raises(Malformed):
            parsed(hostile, MERGED)
    assert time.process_time() - begin < 5


def test_keys_become_elements_and_lists_repeat_them() -> None:
    json = {
        "a": 1, "b": ["x", 2], "c": {"$": {"id": 'q"', "n": None}, "_": "t"}, "e": None, "f": "<&>", "g": True, "h": [],
        "i": {}, "j": [{"k": 1.5}], "m": {"_": "t", "n": ""},
    }  # fmt: skip
    assert built(json, Style()) == (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<root>\n  <a>1</a>\n  <b>x</b>\n  <b>2</b>\n'
        '  <c id="q&quot;">t</c>\n  <e/>\n  <f>&lt;&amp;&gt;</f>\n  <g>true</g>\n  <i/>\n  <j>\n    <k>1.5</k>\n'
        "  </j>\n  <m>\n    t\n    <n/>\n  </m>\n</root>"
    )


def test_a_single_key_is_the_root_unless_it_is_named() -> None:
    assert built({"a": 1}, Style(headless=True)) == "<a>1</a>"
    assert built({"a": 1}, Style(headless=True, root="doc")) == "<doc>\n  <a>1</a>\n</doc>"
    assert built({"a": [{"b": 1}, {"c": None}]}, Style(headless=True)) == "<a>\n  <b>1</b>\n  <c/>\n</a>"


def test_cdata_spares_the_escaping() -> None:
    assert built({"a": "<]]>"}, Style(headless=True, cdata=True)) == "<a><![CDATA[<]]]]><![CDATA[>]]></a>"


@pytest.mark.parametrize(
    ("json", "complaint"),
    [
        ({"bad name": 1}, "Invalid character in name"),
        ({"a": "\x00"}, "Invalid character in string: \x00 at index 0"),
        ({"a": {"_": None}}, "Missing element text. parent: <a>"),
    ],
)
def test_what_xml_cannot_hold_is_refused(json: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Unwritable) as refusal:
        built(json, Style())
    assert str(refusal.value) == complaint


names = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
texts = st.from_regex(r"[a-zA-Z<>&\"'][a-z<>& ]{0,5}[a-z<>&]", fullmatch=True)
trees = st.dictionaries(
    names,
    st.recursive(texts, lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3), max_leaves=8),
    min_size=1,
    max_size=3,
)


@given(trees)
def test_what_is_written_is_read_back(tree: dict[str, Any]) -> None:
    assert parsed(built({"root": tree}, Style()), MERGED) == {"root": tree}
