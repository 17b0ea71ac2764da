"""CSS selectors over pages."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.markup.page import Page, text
from plugins.markup.selectors import MARK, InvalidSelector

PAGE = """<!doctype html><body class="B one"><div id="m" class="c d"><h1>Title</h1><p>One <b>bold</b></p>
<p class="x" @click="a" data-q='it"s'>Two</p><a href="/l?a=1&b=2" data-k="v">Link</a>
<ul><li>1<li class="on">2<li>3 <i>deep</i></ul><input type="CHECKBOX" checked></div>
<article><h2>A1</h2><p class="x y">art1</p></article><article><h2>A2</h2><p>art2</p></article></body>"""


def found(selector: str) -> list[str]:
    return [text([node]) for node in Page(PAGE).select(selector)]


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        ("li, h1", ["Title", "1", "2", "3 deep"]),
        ("p.x, p, .x", ["One bold", "Two", "art1", "art2"]),
        (".X", []),
        ("[data-k=v]", ["Link"]),
        ("a[href^=/l]", ["Link"]),
        ("a[data-k!=v]", []),
        (r"[\@click]", ["Two"]),
        ("""[data-q='it"s']""", ["Two"]),
        ("div > p + p", ["Two"]),
        ("p:not(.x)", ["One bold", "art2"]),
        ("article:has(.x) h2", ["A1"]),
        ("ul:has(> .on) i", ["deep"]),
        ("li:nth-child(n+2)", ["2", "3 deep"]),
        ("ul > ", ["1", "2", "3 deep"]),
        ("> p", []),
        ("", []),
        (":checkbox", [""]),
        (":header", ["Title", "A1", "A2"]),
        ("li:hover", []),
    ],
)
def test_the_standard_is_understood(selector: str, texts: list[str]) -> None:
    assert found(selector) == texts


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        ("li:first", ["1"]),
        ("li:last", ["3 deep"]),
        ("li:eq(-2)", ["2"]),
        ("li:gt(0)", ["2", "3 deep"]),
        ("li:lt(1)", ["1"]),
        ("li:even", ["1", "3 deep"]),
        ("article:first p", ["art1"]),
        ("article:eq(1) > h2", ["A2"]),
        ("li:eq(1).on", ["2"]),
        ("li:first, p:last", ["1", "art2"]),
        ("p:contains(One)", ["One bold"]),
        ('div > *:icontains("TWO") + a', ["Link"]),
        ("li:not(:contains(deep))", ["1", "2"]),
    ],
)
def test_so_are_the_extensions_of_jquery(selector: str, texts: list[str]) -> None:
    assert found(selector) == texts


@pytest.mark.parametrize(
    ("selector", "complaint"),
    [
        ("p[", "Expected name, found "),
        ("p,", "Empty sub-selector"),
        ("p:foo", "unmatched pseudo-class :foo"),
        ("p%", "Unmatched selector: %"),
        ("a[b", "Attribute selector didn't terminate"),
        ("a[b='c", "Attribute value didn't end"),
        ("p:nth-child(n", "Parenthesis not matched"),
        ("p:has(", "Missing closing parenthesis in :has (p:has()"),
        ("p::before", "Pseudo-elements are not supported by css-select"),
        ("p:nth-child(x)", "Unmatched selector: p:nth-child(x)"),
    ],
)
def test_complaints_are_those_of_cheerio(selector: str, complaint: str) -> None:
    with pytest.raises(InvalidSelector) as refusal:
        found(selector)
    assert str(refusal.value) == complaint


@given(st.text(alphabet="ab.#[]:()>+~*,= \\\"'", max_size=12))
def test_any_text_is_a_selector_or_is_refused_and_the_page_stays_as_it_was(selector: str) -> None:
    page = Page(PAGE)
    before = page.select("html")[0].html
    with suppress(InvalidSelector):
        page.select(selector)
    after = page.select("html")[0].html
    assert after == before
    assert MARK not in (after or "")
