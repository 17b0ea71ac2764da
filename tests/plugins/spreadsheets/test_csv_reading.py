"""CSV as csv-parse reads it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.spreadsheets.csv_reading import Dialect, Malformed, records


@pytest.mark.parametrize(
    ("text", "dialect", "rows"),
    [
        ("a,b\n1,2\n3,\n", Dialect(), [{"a": "1", "b": "2"}, {"a": "3", "b": ""}]),
        ('a,b\r\n"x,y","q""t"\r\n"l1\nl2",""', Dialect(), [{"a": "x,y", "b": 'q"t'}, {"a": "l1\nl2", "b": ""}]),
        ("a,a\n1,2\n", Dialect(), [{"a": "2"}]),
        ("1||2\n", Dialect(delimiter="||", header=False), [{"0": "1", "1": "2"}]),
        ("a,b\n1,2\n3,4\n5,6\n", Dialect(from_line=2, most=1), [{"1": "3", "2": "4"}]),
        ('a\nx"y\n"q"z\n', Dialect(relaxed_quotes=True), [{"a": 'x"y'}, {"a": '"q"z'}]),
        ("a,b\n1\n2,3\n", Dialect(skip_bad=True), [{"a": "2", "b": "3"}]),
        ("a\n1\n", Dialect(from_line=9), []),
        ("", Dialect(), []),
    ],
)
def test_rows(text: str, dialect: Dialect, rows: Any) -> None:
    assert list(records(text, dialect)) == rows


@pytest.mark.parametrize(
    ("text", "dialect", "complaint"),
    [
        ("a,b\n1,2\n3\n", Dialect(), "Invalid Record Length: columns length is 2, got 1 on line 3"),
        ("1,2\n3\n", Dialect(header=False), "Invalid Record Length: expect 2, got 1 on line 2"),
        ('a\nx"y\n', Dialect(), 'Invalid Opening Quote: a quote is found on field "a" at line 2, value is "x"'),
        ('a"b', Dialect(), 'Invalid Opening Quote: a quote is found on field 0 at line 1, value is "a"'),
        (
            'a\n"x"y\n',
            Dialect(),
            'Invalid Closing Quote: got "y" at line 2 instead of delimiter, record delimiter, trimable character '
            "(if activated) or comment",
        ),
        ('a\n"x\r\ny', Dialect(), "Quote Not Closed: the parsing is finished with an opening quote at line 4"),
    ],
)
def test_complaints(text: str, dialect: Dialect, complaint: str) -> None:
    with pytest.raises(Malformed) as refusal:
        list(records(text, dialect))
    assert str(refusal.value) == complaint


fields = st.text(alphabet='ab,"\n é', max_size=4)


@given(st.lists(st.lists(fields, min_size=2, max_size=2), min_size=1, max_size=4))
def test_what_another_program_writes_is_read(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    found = [list(row.values()) for row in records(file.getvalue(), Dialect(header=False))]
    assert found == rows
