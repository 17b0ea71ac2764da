"""Semantic versions and differences between definitions."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.definition.diff import Diff, NodeChange, diff
from engine.definition.issues import InvalidDocument
from engine.definition.n8n import content_hash, read
from engine.definition.versions import Bump, InvalidVersion, bump, parse
from engine.definition.workflow import Connection
from tests.engine.definition.documents import TRIGGER, chain, node, to
from tests.engine.definition.strategies import broken, n8n_documents

STICKY = "n8n-nodes-base.stickyNote"


def between(old: Any, new: Any) -> Diff:
    return diff(read(old), read(new))


def can_be_read(document: Any) -> bool:
    try:
        read(document)
    except InvalidDocument:
        return False
    return True


def edited(**changes: Any) -> Diff:
    """What a change of fields of the node A makes."""
    new = chain("A")
    new["nodes"][1] |= changes
    return between(chain("A"), new)


# ------------------------------------------------------------------------------------------------ versions

numbers = st.integers(0, 10**6)
prereleases = st.sampled_from(["", "-alpha", "-rc.1", "-0.3.7", "+build", "-rc.1+build.5"])
versions = st.builds(lambda a, b, c, tail: f"{a}.{b}.{c}{tail}", numbers, numbers, numbers, prereleases)


@given(versions)
def test_a_version_is_written_as_it_was_read(text: str):
    assert str(parse(text)) == text


@given(versions, st.lists(st.sampled_from(Bump), min_size=1, max_size=6))
def test_a_bump_never_goes_back_and_never_repeats(text: str, bumps: list[Bump]):
    reached = [parse(text)]
    for by in bumps:
        reached.append(bump(reached[-1], by))

    assert reached == sorted(reached)
    assert len(set(map(str, reached))) == len(reached)


def test_bumps_count_as_semantic_versions_do():
    start = parse("1.2.3")

    assert [str(bump(start, by)) for by in Bump] == ["2.0.0", "1.3.0", "1.2.4"]


@pytest.mark.parametrize("text", ["", "1", "1.0", "v1.0.0", "1.0.0 ", "1.-1.0", "1.0.0-" + "a" * 200])
def test_anything_else_is_no_version(text: str):
    with pytest.raises(InvalidVersion):
        parse(text)


# ------------------------------------------------------------------------------------------------ differences


@given(n8n_documents())
def test_a_definition_does_not_differ_from_itself(document: Any):
    assert between(document, copy.deepcopy(document)) == Diff()


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(n8n_documents(), st.data())
def test_there_is_a_bump_exactly_when_the_content_hash_changes(old: Any, data: st.DataObject):
    new = data.draw(broken(st.just(old), breaks=2))
    assume(can_be_read(new))

    assert (between(old, new).bump is None) == (content_hash(old) == content_hash(new))


@given(n8n_documents(), n8n_documents())
def test_a_difference_turned_around_is_the_difference_the_other_way(old: Any, new: Any):
    there, back = between(old, new), between(new, old)

    assert set(there.added_nodes) == set(back.removed_nodes)
    assert set(there.removed_connections) == set(back.added_connections)
    assert {one.node for one in there.changed_nodes} == {one.node for one in back.changed_nodes}
    assert set(there.changed_fields) == set(back.changed_fields)


@pytest.mark.parametrize(
    ("changes", "fields", "expected"),
    [
        ({"type": "x.other"}, ("type",), Bump.MAJOR),
        ({"typeVersion": 2}, ("typeVersion",), Bump.MINOR),
        ({"parameters": {"url": "a"}}, ("parameters",), Bump.PATCH),
        ({"position": [1, 2]}, ("position",), Bump.PATCH),
        ({"disabled": True}, ("disabled",), Bump.PATCH),
        ({"notes": "n", "x-unknown": 1}, ("notes", "x-unknown"), Bump.PATCH),
    ],
)
def test_a_changed_node_names_its_fields(changes: dict[str, Any], fields: tuple[str, ...], expected: Bump):
    assert edited(**changes) == Diff(changed_nodes=(NodeChange("A", fields),), bump=expected)


def test_a_changed_parameter_is_named():
    old, new = chain("A"), chain("A")
    old["nodes"][1]["parameters"] = {"same": 1, "gone": 1, "url": "a"}
    new["nodes"][1]["parameters"] = {"same": 1.0, "url": "b", "new": True}

    (change,) = between(old, new).changed_nodes

    assert change.fields == ("parameters.gone", "parameters.url", "parameters.new")


def test_true_is_not_one():
    assert edited(disabled=False).bump is Bump.PATCH
    assert edited(position=[0.0, False]).bump is Bump.PATCH
    assert edited(position=[0.0, -0.0]).bump is None


def test_an_added_node_is_minor_and_a_removed_one_major():
    smaller, larger = chain("A"), chain("A", "B")
    connection = Connection("A", "main", 0, 0, "B", "main", 0)

    assert between(smaller, larger) == Diff(added_nodes=("B",), added_connections=(connection,), bump=Bump.MINOR)
    assert between(larger, smaller) == Diff(removed_nodes=("B",), removed_connections=(connection,), bump=Bump.MAJOR)


def test_a_renamed_node_is_removed_and_added():
    change = between(chain("A"), chain("B"))

    assert (change.removed_nodes, change.added_nodes, change.bump) == (("A",), ("B",), Bump.MAJOR)


def test_a_connection_more_or_less_is_minor():
    old, new = chain("A", "B"), chain("A", "B")
    new["connections"]["T"]["main"][0].append(to("B"))

    assert between(old, new).bump is Bump.MINOR
    assert between(new, old).bump is Bump.MINOR
    assert between(old, new).added_connections == (Connection("T", "main", 0, 1, "B", "main", 0),)


def test_a_connection_that_is_there_twice_is_one_more():
    once, twice = chain("A"), chain("A")
    twice["connections"]["T"]["main"][0].append(to("A"))

    assert between(once, twice).added_connections == (Connection("T", "main", 0, 1, "A", "main", 0),)


def test_connections_in_another_order_are_a_patch():
    old, new = chain("A", "B"), chain("A", "B")
    old["connections"]["T"]["main"][0] = [to("A"), to("B")]
    new["connections"]["T"]["main"][0] = [to("B"), to("A")]

    assert between(old, new) == Diff(changed_fields=("connections",), bump=Bump.PATCH)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"parameters": {"path": "b"}}, Bump.MAJOR),
        ({"disabled": True}, Bump.MAJOR),
        ({"webhookId": "other"}, Bump.MAJOR),
        ({"position": [5, 5], "notes": "n"}, Bump.PATCH),
    ],
)
def test_a_trigger_that_starts_differently_is_major(changes: dict[str, Any], expected: Bump):
    new = chain("A")
    new["nodes"][0] |= changes

    assert between(chain("A"), new).bump is expected


def test_which_types_are_triggers_may_be_said():
    new = chain("A")
    new["nodes"][1]["parameters"] = {"a": 1}

    assert diff(read(chain("A")), read(new), is_trigger=lambda _: True).bump is Bump.MAJOR
    assert diff(read(chain("A")), read(new), is_trigger=TRIGGER.__eq__).bump is Bump.PATCH


def test_notes_on_the_canvas_come_and_go():
    noted = chain("A")
    noted["nodes"].append(node("note", STICKY))

    assert between(chain("A"), noted).bump is Bump.PATCH
    assert between(noted, chain("A")).bump is Bump.PATCH


def test_fields_of_the_document_are_named():
    old = chain("A", settings={"timezone": "UTC"}, pinData={})
    new = {**chain("A", settings={"timezone": "Asia/Tokyo"}), "name": "other", "meta": {"instanceId": "x"}}

    assert between(old, new) == Diff(changed_fields=("name", "settings.timezone", "pinData"), bump=Bump.PATCH)
