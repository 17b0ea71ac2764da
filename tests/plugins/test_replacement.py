"""Replacement text as JavaScript reads it."""

import pytest

from plugins.patterns import compiled
from plugins.replacement import replaced


@pytest.mark.parametrize(
    ("pattern", "text", "replacement", "result"),
    [
        ("a", "banana", "o", "bonono"),
        (r"(\w) (\w)", "a b", "$2_$1", "b_a"),
        ("b", "abc", "[$`|$&|$'|$$]", "a[a|b|c|$]c"),
        ("(a)", "a", "$1$2$10", "a$2a0"),
        ("(?P<x>a)", "ab", "<$<x>>", "<a>b"),
        ("x(y)?", "x", "[$1]", "[]"),
        ("a", "a", "$1$<n>", "$1$<n>"),
    ],
)
def test_references_stand_for_what_was_found(pattern: str, text: str, replacement: str, result: str) -> None:
    assert replaced(compiled(pattern), text, replacement) == result
