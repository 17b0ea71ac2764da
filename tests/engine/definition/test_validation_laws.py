"""Laws of validation, for any JSON at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from engine.definition.issues import InvalidDocument, Issue
from engine.definition.n8n import read
from engine.definition.pointer import resolve
from engine.definition.validation import Report, Stage, validate
from engine.definition.validation.cycles import find_cycles
from plugins.registry import built_in
from tests.engine.definition.documents import oracle_documents
from tests.engine.definition.strategies import broken_exports, json_values, n8n_documents

CATALOG = built_in()


class EverythingIsWrong:
    async def check(self, templates: Sequence[str]) -> Sequence[str | None]:
        return ["wrong"] * len(templates)


def judge(document: Any, stage: Stage = Stage.PUBLISH) -> Report:
    return asyncio.run(validate(document, CATALOG, stage=stage, syntax=EverythingIsWrong()))


def leads_somewhere(document: Any, pointer: str) -> bool:
    """The place exists, or it is missing from a place that does."""
    for candidate in (pointer, pointer.rpartition("/")[0]):
        try:
            resolve(document, candidate)
        except LookupError:
            continue
        return True
    return False


def refusals(document: Any) -> Sequence[Issue]:
    try:
        read(document)
    except InvalidDocument as refusal:
        return refusal.issues
    return ()


def hold(document: Any) -> None:
    """Never an exception; places that exist; and what may be saved can be read."""
    report = judge(document)
    issues = (*report.errors, *report.warnings)
    assert [issue for issue in issues if not leads_somewhere(document, issue.pointer)] == []
    msgspec.json.encode([issue.message + issue.pointer for issue in issues])
    assert set(refusals(document)) == set(judge(document, Stage.SAVE).errors)


@given(json_values)
def test_any_json_gets_a_report(document: Any):
    hold(document)


@given(st.fixed_dictionaries({"nodes": json_values, "connections": json_values, "settings": json_values}))
def test_anything_shaped_like_a_workflow_gets_a_report(document: Any):
    hold(document)


@given(broken_exports())
def test_a_broken_export_gets_a_report(document: Any):
    hold(document)


@given(st.sampled_from(oracle_documents()), st.data())
def test_an_export_with_broken_bytes_gets_a_report_if_it_is_json_still(case: Any, data: st.DataObject):
    broken = bytearray(msgspec.json.encode(case[1]))
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), min_size=1, max_size=5)):
        broken[place] = data.draw(st.sampled_from(b'{}[]",:0189-.eEtfn\\u \xff\x00'))
    try:
        document = msgspec.json.decode(broken)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    hold(document)


@given(n8n_documents())
def test_a_document_in_order_may_be_saved(document: Any):
    assert judge(document, Stage.SAVE).errors == ()


@given(st.text(st.characters(categories=["Cs", "Ll"]), min_size=1), n8n_documents())
def test_text_that_is_not_unicode_never_leaves_a_report(text: str, document: Any):
    report = judge({**document, text: {text: [text]}})

    msgspec.json.encode(report)


# ------------------------------------------------------------------------------------------------ cycles

EDGES = st.sets(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg")))
PLACES = {name: place for place, name in enumerate("gfedcba")}


def reachable(edges: set[tuple[str, str]], start: str) -> set[str]:
    """By definition: what some path of at least one edge leads to."""
    found: set[str] = set()
    while True:
        more = {target for source, target in edges if source == start or source in found} - found
        if not more:
            return found
        found |= more


@given(EDGES)
def test_every_node_that_leads_back_to_itself_shares_a_part_with_one_reported_cycle(edges: set[tuple[str, str]]):
    reach = {name: reachable(edges, name) for name in PLACES}
    parts = {frozenset(other for other in reach[name] if name in reach[other]) for name in PLACES} - {frozenset()}

    cycles = find_cycles(sorted(edges), PLACES)

    assert sorted(sum(set(cycle) <= part for cycle in cycles) for part in parts) == [1] * len(parts)
    assert len(cycles) == len(parts)
    for cycle in cycles:
        assert len(set(cycle)) == len(cycle)
        assert set(zip(cycle, [*cycle[1:], cycle[0]], strict=True)) <= edges
