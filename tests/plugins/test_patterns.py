"""JavaScript's regular expressions on RE2."""

from __future__ import annotations

import pytest

from plugins.patterns import InvalidPattern, slashed
from tests.plugins.v8 import answer


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        ("^a.c$", ""),
        ("^h", "i"),
        ("\\d+", "g"),
        ("\\s", ""),
        ("[\\s\\d]", ""),
        ("[^]x", ""),
        ("[]", ""),
        ("\\u0041", ""),
        ("\\x41", ""),
        ("a/b", ""),
        ("[[]", ""),
        ("\\_", ""),
        ("\\e", ""),
        ("(?<year>\\d{4})", ""),
        ("^b", "m"),
        (".b", "s"),
        ("[\\b]", ""),
        ("\\cJ", ""),
        ("a|b", ""),
        ("\\w+@\\w+", ""),
        ("[A-Z]{2,}", "i"),
        ("\\$", ""),
        ("\\-", ""),
    ],
)
@pytest.mark.parametrize("text", ["abc", "ABC", "a\nb", "12 34", "a@b", "[", "e_", " ", "", "a/b", "$-", "\x08"])
def test_it_matches_where_javascript_does(source: str, flags: str, text: str) -> None:
    found = slashed(f"/{source}/{flags}").search(text) is not None
    assert found == answer("new RegExp(a, b).test(c)", source, flags, text)


def test_a_pattern_without_slashes_is_all_source() -> None:
    assert slashed("^a").search("abc")
    assert not slashed("^A").search("abc")


@pytest.mark.parametrize("source", ["[", "(", ")", "*", "a**", "[z-a]", "a{2,1}"])
def test_it_complains_in_v8s_words(source: str) -> None:
    with pytest.raises(InvalidPattern) as complaint:
        slashed(source)
    assert str(complaint.value) == answer("{ try { new RegExp(a) } catch (e) { return e.message } }", source)


@pytest.mark.parametrize("source", ["(?=a)", "(?!a)", "(?<=a)b", "(a)\\1"])
def test_what_re2_cannot_do_is_refused_by_name(source: str) -> None:
    with pytest.raises(InvalidPattern, match="not supported"):
        slashed(source)


def test_a_hostile_pattern_takes_no_longer_than_the_text() -> None:
    assert not slashed("^(a+)+$").search("a" * 50_000 + "!")
