"""Cursors open for the list they were made for, and windows tile a list without a gap or a duplicate."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import ApiError, ErrorCode
from schema.pagination import Cursors, Window, cut, window

CURSORS = Cursors(b"k" * 32, "tnt_1")
KEYS = st.lists(st.one_of(st.text(), st.integers(-(2**62), 2**62)), min_size=1, max_size=3).map(tuple)


@given(KEYS, st.text())
def test_a_cursor_opens_where_it_was_sealed(key: tuple[str | int, ...], scope: str) -> None:
    assert CURSORS.open(scope, CURSORS.seal(scope, key)) == key


@given(KEYS, st.text(), st.text())
def test_a_cursor_opens_nowhere_else(key: tuple[str | int, ...], scope: str, other: str) -> None:
    sealed = CURSORS.seal(scope, key)
    if other != scope:
        assert refusal_of(CURSORS, other, sealed) is ErrorCode.CURSOR_INVALID
    assert refusal_of(Cursors(b"k" * 32, "tnt_2"), scope, sealed) is ErrorCode.CURSOR_INVALID
    assert refusal_of(Cursors(b"x" * 32, "tnt_1"), scope, sealed) is ErrorCode.CURSOR_INVALID


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_what_was_never_sealed_is_refused(forged: str) -> None:
    assert refusal_of(CURSORS, "list", forged) is ErrorCode.CURSOR_INVALID


def test_a_huge_cursor_is_refused() -> None:
    assert refusal_of(CURSORS, "list", "A" * 1_000_000) is ErrorCode.CURSOR_INVALID


def refusal_of(cursors: Cursors, scope: str, cursor: str) -> ErrorCode:
    with pytest.raises(ApiError) as refused:
        cursors.open(scope, cursor)
    return refused.value.code


@pytest.mark.parametrize(
    "asked",
    [
        {"first": -1},
        {"first": 101},
        {"first": 2_147_483_647},
        {"first": None, "last": 101},
        {"first": 1, "last": 1},
        {"first": 1, "before": "x"},
        {"first": None, "last": 1, "after": "x"},
    ],
)
def test_a_page_out_of_range_or_in_two_directions_is_refused(asked: dict[str, int | str | None]) -> None:
    with pytest.raises(ApiError) as refused:
        window(CURSORS, "list", **{"after": None, **asked})  # type: ignore[arg-type]
    assert refused.value.code is ErrorCode.BAD_USER_INPUT


@given(st.sets(st.integers(0, 50)), st.integers(1, 5), st.booleans())
def test_windows_tile_the_list(values: set[int], size: int, backwards: bool) -> None:
    rows = sorted(values)
    met: list[int] = []
    key: tuple[int, ...] | None = None
    while True:
        page, has_next, has_previous = cut(rows, Window(size, backwards, key), lambda row: (row,))
        met = [*page, *met] if backwards else [*met, *page]
        if not (has_previous if backwards else has_next):
            break
        key = (page[0] if backwards else page[-1],)
    assert met == rows
