"""JSON pointers lead to what they were made from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from engine.definition.pointer import nearest, pointer, resolve
from engine.definition.soundness import walk
from tests.engine.definition.strategies import json_values


@given(json_values)
def test_every_place_has_a_pointer_that_leads_back_to_it(document: Any):
    assert all(resolve(document, pointer(path)) is value for path, value in walk(document))


@pytest.mark.parametrize(
    ("path", "text"),
    [((), ""), (("",), "/"), (("a/b", "m~n", 0), "/a~1b/m~0n/0"), (("~1",), "/~01"), (("ü", " "), "/ü/ ")],
)
def test_pointers_are_written_as_rfc_6901_says(path: tuple[str | int, ...], text: str):
    assert pointer(path) == text


@pytest.mark.parametrize("text", ["/b", "/a/2", "/a/-1", "/a/x", "/a/0/0", "/a/²"])
def test_a_pointer_to_nothing_leads_nowhere(text: str):
    with pytest.raises(LookupError):
        resolve({"a": [1, 2]}, text)


def test_what_is_missing_is_missing_from_somewhere():
    document = {"a": {"b": []}}

    assert nearest(document, ("a", "b")) == ("a", "b")
    assert nearest(document, ("a", "x", "y", "z")) == ("a", "x")
    assert nearest(document, ("a", "b", 0, "z")) == ("a", "b", 0)
