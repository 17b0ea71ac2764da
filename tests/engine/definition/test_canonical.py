"""The canonical form and the content hash: what makes two definitions the same."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definition.canonical import BOOKKEEPING
from engine.definition.issues import InvalidDocument
from engine.definition.n8n import canonical, content_hash, export, read
from tests.engine.definition.documents import chain, n8n_test_documents, oracle_documents
from tests.engine.definition.strategies import json_values, n8n_documents


def shuffled(value: Any, by: random.Random) -> Any:
    if isinstance(value, dict):
        entries = [(key, shuffled(inner, by)) for key, inner in value.items()]
        by.shuffle(entries)
        return dict(entries)
    return [shuffled(inner, by) for inner in value] if isinstance(value, list) else value


@given(n8n_documents())
def test_what_goes_in_comes_out_byte_for_byte(doc: dict[str, Any]):
    assert canonical(export(read(doc))) == canonical(doc)


def test_every_recorded_document_comes_out_byte_for_byte():
    documents = oracle_documents()

    assert len(documents) > 900
    assert [name for name, doc, _ in documents if canonical(export(read(doc))) != canonical(doc)] == []


def test_every_document_of_n8n_s_own_tests_comes_out_byte_for_byte():
    documents = n8n_test_documents()

    assert [name for name, doc in documents if canonical(export(read(doc))) != canonical(doc)] == []


@given(n8n_documents(), st.randoms(use_true_random=False))
def test_the_order_of_keys_and_white_space_do_not_count(doc: dict[str, Any], by: random.Random):
    spaced = msgspec.json.format(msgspec.json.encode(shuffled(doc, by)), indent=3)

    assert content_hash(msgspec.json.decode(spaced)) == content_hash(doc)


@given(json_values)
def test_the_canonical_form_is_canonical(value: Any):
    once = canonical({"value": value})

    assert canonical(msgspec.json.decode(once)) == once


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (0, -0.0), (10**22, 1e22), (-3, -3.0)])
def test_equal_numbers_have_one_form(one: float, other: float):
    assert canonical({"a": one}) == canonical({"a": other})


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), (0, None), (1, "1"), ([], {}), (0.1, 0.2)])
def test_values_that_json_tells_apart_have_two_forms(one: Any, other: Any):
    assert canonical({"a": one}) != canonical({"a": other})


def test_keys_are_sorted_and_text_is_utf_8():
    assert canonical({"b": "ü", "a": {"d": 1.5, "c": None}}) == '{"a":{"c":null,"d":1.5},"b":"ü"}'.encode()


def test_the_hash_is_known_to_the_outside_and_stays():
    assert content_hash(chain("A")) == "ef97726124cb10edaada1cba6c9715b5a1adcfb318162061800f93c6684fb31f"


@pytest.mark.parametrize("field", sorted(BOOKKEEPING))
def test_an_instance_s_bookkeeping_does_not_count(field: str):
    assert content_hash({**chain("A"), field: "changed"}) == content_hash(chain("A"))


@pytest.mark.parametrize("field", ["id", "name", "nodes", "connections", "settings", "pinData", "a field of tomorrow"])
def test_everything_else_counts(field: str):
    assert content_hash({**chain("A"), field: "changed"}) != content_hash(chain("A"))


@pytest.mark.parametrize("value", ["\ud800", object()])
def test_what_is_no_json_has_no_canonical_form(value: Any):
    with pytest.raises(InvalidDocument):
        canonical({"a": value})


def test_nesting_without_end_has_no_canonical_form():
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(InvalidDocument):
        canonical({"a": endless})
