"""Merge, in all its versions."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.builtin.merge import first_merge, merge, second_merge
from plugins.errors import NodeError
from plugins.items import Item, Link
from plugins.testing import NodeBench, Result

LEFT = [{"id": 1, "name": "a", "v": {"x": 1}}, {"id": 2, "name": "b"}, {"id": 3, "name": "c", "n": None}]
RIGHT = [
    {"id": 1, "name": "A", "v": {"y": 2}},
    {"id": 3, "city": "Y", "n": 5},
    {"id": 4, "city": "Z"},
    {"id": 3, "city": ""},
]
BY_ID = {"mode": "combine", "fieldsToMatchString": "id"}


async def merged(parameters: dict[str, Any], *inputs: Any, version: float = 3.2) -> Result:
    bench = NodeBench((*merge, *second_merge, *first_merge), version=version)
    return await bench.run(parameters, inputs=inputs or (LEFT, RIGHT))


def ids(result: Result) -> list[Any]:
    return [row.get("id") for row in result.json()]


def lineage(item: Item) -> list[tuple[int, int]]:
    links = item.paired if isinstance(item.paired, list) else [item.paired]
    return [(link.input or 0, link.item) for link in links if isinstance(link, Link)]


async def test_append_puts_all_inputs_one_after_another() -> None:
    result = await merged({"numberInputs": 3}, [{"a": 1}], None, [{"c": 1}, {"c": 2}])
    assert result.json() == [{"a": 1}, {"c": 1}, {"c": 2}]
    assert [lineage(item) for item in result.items()] == [[(0, 0)], [(2, 0)], [(2, 1)]]


@pytest.mark.parametrize(
    ("join", "found"),
    [
        ("keepMatches", [1, 3, 3]),
        ("keepNonMatches", [2, 4]),
        ("keepEverything", [1, 3, 3, 2, 4]),
        ("enrichInput1", [1, 3, 3, 2]),
        ("enrichInput2", [1, 3, 3, 4]),
    ],
)
@pytest.mark.parametrize("version", [2.0, 2.1, 3.0])
async def test_items_with_equal_fields_are_joined(join: str, found: list[int], version: float) -> None:
    pairs = {"mergeByFields": {"values": [{"field1": "id", "field2": "id"}]}, "advanced": True}
    assert ids(await merged({"mode": "combine", **pairs, "joinMode": join}, version=version)) == found


async def test_later_inputs_are_laid_over_and_nested_objects_join() -> None:
    first, second, _ = (await merged(BY_ID)).items()
    assert first.json == {"id": 1, "name": "A", "v": {"x": 1, "y": 2}}
    assert lineage(first) == [(0, 0), (1, 0)]
    assert second.json == {"id": 3, "name": "c", "n": 5, "city": "Y"}


async def test_an_enriched_second_input_gives_way_to_the_first() -> None:
    result = await merged({**BY_ID, "joinMode": "enrichInput2"})
    assert result.json()[0] == {"id": 1, "name": "a", "v": {"y": 2, "x": 1}}
    assert lineage(result.items()[0]) == [(1, 0), (0, 0)]


async def test_what_does_not_match_says_where_it_is_from() -> None:
    result = await merged({**BY_ID, "joinMode": "keepNonMatches"})
    assert [row["_source"] for row in result.json()] == ["input1", "input2"]
    assert ids(await merged({**BY_ID, "joinMode": "keepNonMatches", "outputDataFrom": "input2"})) == [4]


async def test_one_side_of_the_matches_names_each_item_once() -> None:
    assert ids(await merged({**BY_ID, "outputDataFrom": "input1"})) == [1, 3]
    assert ids(await merged({**BY_ID, "outputDataFrom": "input2"})) == [1, 3, 3]


async def test_only_the_first_partner_counts_on_request() -> None:
    first = {**BY_ID, "options": {"multipleMatches": "first"}}
    assert ids(await merged(first)) == [1, 3]
    assert ids(await merged({**first, "joinMode": "keepEverything"})) == [1, 3, 2, 4, 3]
    assert ids(await merged({**first, "joinMode": "keepNonMatches"})) == [2, 4]


async def test_equality_is_strict_unless_it_may_be_fuzzy() -> None:
    left, right = [{"id": 1}, {"id": None}, {}], [{"id": "1"}, {"id": ""}]
    assert ids(await merged(BY_ID, left, right)) == []
    fuzzy = {**BY_ID, "options": {"fuzzyCompare": True}}
    assert len(ids(await merged(fuzzy, left, right))) == 2


async def test_dots_in_names_reach_into_objects_unless_they_are_just_dots() -> None:
    by_path = {"mode": "combine", "fieldsToMatchString": "a.b"}
    nested = [{"a": {"b": 1}}]
    assert len((await merged(by_path, nested, nested)).items()) == 1
    assert len((await merged({**by_path, "options": {"disableDotNotation": True}}, nested, nested)).items()) == 0


@pytest.mark.parametrize(
    ("clash", "json"),
    [
        ({"resolveClash": "addSuffix"}, {"a_1": 1, "o_1": {"x": 1}, "a_2": "", "o_2": {"y": 2}}),
        ({"resolveClash": "preferInput1"}, {"a": 1, "o": {"y": 2, "x": 1}}),
        ({"resolveClash": "preferLast"}, {"a": "", "o": {"x": 1, "y": 2}}),
        ({"mergeMode": "shallowMerge"}, {"a": "", "o": {"y": 2}}),
        ({"overrideEmpty": True}, {"a": 1, "o": {"x": 1, "y": 2}}),
        ({"overrideEmpty": True, "mergeMode": "shallowMerge"}, {"a": 1, "o": {"y": 2}}),
    ],
)
async def test_clashes_are_resolved_as_told(clash: dict[str, Any], json: dict[str, Any]) -> None:
    options = {"options": {"clashHandling": {"values": clash}}}
    result = await merged(
        {"mode": "combine", "combineBy": "combineAll", **options}, [{"a": 1, "o": {"x": 1}}], [{"a": "", "o": {"y": 2}}]
    )
    assert result.json() == [json]


async def test_lists_are_merged_by_position() -> None:
    result = await merged(
        {"mode": "combine", "combineBy": "combineAll"}, [{"l": [1, {"a": 1}, 3]}], [{"l": [9, {"b": 2}]}]
    )
    assert result.json() == [{"l": [9, {"a": 1, "b": 2}, 3]}]


async def test_a_preference_that_is_not_known_leaves_nothing() -> None:
    unknown = {**BY_ID, "options": {"clashHandling": {"values": {"resolveClash": "preferInput2"}}}}
    assert (await merged(unknown)).json() == [{}, {}, {}]


async def test_items_at_the_same_position_are_one() -> None:
    by_position = {"mode": "combine", "combineBy": "combineByPosition"}
    result = await merged(by_position, [{"a": 1}, {"a": 2}], [{"b": 1}])
    assert result.json() == [{"a": 1, "b": 1}]
    assert lineage(result.items()[0]) == [(0, 0), (1, 0), (1, 0)]
    unpaired = {**by_position, "options": {"includeUnpaired": True}}
    assert (await merged(unpaired, [{"a": 1}, {"a": 2}], [{"b": 1}])).json() == [{"a": 1, "b": 1}, {"a": 2}]
    second = {"mode": "combine", "combinationMode": "mergeByPosition", "options": {"includeUnpaired": True}}
    assert (await merged(second, [{"a": 1}], [{"b": 1}, {"b": 2}], version=2)).json() == [{"a": 1, "b": 1}, {"b": 2}]


async def test_a_branch_is_chosen() -> None:
    three = {"mode": "chooseBranch", "numberInputs": 3}
    assert (await merged({**three, "useDataOfInput": "3"}, [{"a": 1}], [{"b": 1}], [{"c": 1}])).json() == [{"c": 1}]
    [empty] = (await merged({**three, "output": "empty"}, [{"a": 1}], [{"b": 1}], [{"c": 1}])).items()
    assert (empty.json, lineage(empty)) == ({}, [(0, 0), (1, 0), (2, 0)])
    with pytest.raises(NodeError, match="Input 4 doesn't exist"):
        await merged({**three, "useDataOfInput": 4}, [], [], [])


def test_a_chosen_branch_waits_for_all_and_the_rest_for_any() -> None:
    needs = merge[0].required_inputs
    assert callable(needs)
    assert needs({"mode": "chooseBranch", "numberInputs": 3}) == (0, 1, 2)
    assert needs({}) == 1


@pytest.mark.parametrize(
    ("parameters", "version", "message"),
    [
        ({"mode": "combine"}, 3.2, 'You need to define at least one pair of fields in "Fields to Match" to match on'),
        (
            {"mode": "combine", "advanced": True, "mergeByFields": {"values": [{"field1": "id"}]}},
            3.2,
            "You need to define both fields in \"Fields to Match\" for pair 1, field 1 = 'id' field 2 = ''",
        ),
        (
            {"mode": "combine", "mergeByFields": {"values": [{"field1": "id", "field2": "zz"}]}},
            2.0,
            "Field 'zz' is not present in any of items in 'Input 2'",
        ),
    ],
)
async def test_missing_fields_are_named(parameters: dict[str, Any], version: float, message: str) -> None:
    with pytest.raises(NodeError) as refusal:
        await merged(parameters, version=version)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"mode": "mergeByIndex"}, [1, 3, 4]),
        ({"mode": "mergeByIndex", "join": "outer"}, [1, 3, 4, 3]),
        ({"mode": "mergeByIndex", "join": "inner"}, [1, 3, 4]),
        ({"mode": "keepKeyMatches", "propertyName1": "id", "propertyName2": "id"}, [1, 3]),
        ({"mode": "removeKeyMatches", "propertyName1": "id", "propertyName2": "id"}, [2]),
        ({"mode": "mergeByKey", "propertyName1": "id", "propertyName2": "id"}, [1, 2, 3]),
        ({"mode": "passThrough", "output": "input2"}, [1, 3, 4, 3]),
        ({"mode": "wait"}, [None]),
    ],
)
async def test_the_first_version_had_modes_of_its_own(parameters: dict[str, Any], found: list[Any]) -> None:
    assert ids(await merged(parameters, version=1)) == found


async def test_the_last_item_with_a_key_wins_and_fields_give_way_as_told() -> None:
    by_key = {"mode": "mergeByKey", "propertyName1": "id", "propertyName2": "id"}
    assert (await merged(by_key, version=1)).json()[2] == {"id": 3, "name": "c", "n": None, "city": ""}
    assert (await merged({**by_key, "overwrite": "blank"}, version=1)).json()[0]["name"] == "a"
