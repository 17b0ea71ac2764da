"""The nodes that work on lists of items, beyond what the oracle's cases show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins import CodeResult, Item, Link, NodeError
from plugins.builtin.aggregate import aggregate
from plugins.builtin.compare_datasets import compare_datasets
from plugins.builtin.remove_duplicates import remove_duplicates
from plugins.builtin.rename_keys import rename_keys
from plugins.builtin.sort import sort
from plugins.builtin.split_in_batches import split_in_batches
from plugins.builtin.split_out import split_out
from plugins.builtin.summarize import summarize
from plugins.context import Arrival
from plugins.items import Binary
from plugins.running import arrive
from plugins.testing import NodeBench

PNG = Binary("image/png", "UE5H")


def by(*fields: str, order: str = "ascending") -> dict[str, Any]:
    return {"sortFieldsUi": {"sortField": [{"fieldName": field, "order": order} for field in fields]}}


class TestSort:
    @given(st.lists(st.fixed_dictionaries({"a": st.integers(0, 3), "b": st.sampled_from("xyZ")}), max_size=12))
    async def test_it_is_stable_and_the_first_field_weighs_most(self, rows: list[dict[str, Any]]) -> None:
        result = await NodeBench(sort).run(by("a", "b"), rows or [{"a": 0, "b": "x"}])
        expected = sorted(rows or [{"a": 0, "b": "x"}], key=lambda row: (row["a"], row["b"].lower()))
        assert result.json() == expected

    async def test_keyed_and_compared_orders_agree(self) -> None:
        rows = [{"a": value} for value in (3, 1, 2, 1)]
        keyed = await NodeBench(sort).run(by("a", order="descending"), rows)
        compared = await NodeBench(sort).run(by("a", order="descending"), [*rows, {"a": 0.5}])
        assert [item.paired for item in compared.items()][:4] == [item.paired for item in keyed.items()]

    async def test_a_shuffle_repeats_itself_for_the_same_run_only(self) -> None:
        rows = [{"n": n} for n in range(50)]
        first, again = [await NodeBench(sort).run({"type": "random"}, rows) for _ in range(2)]
        other = await NodeBench(sort).run({"type": "random"}, rows, run_index=1)
        assert first.json() == again.json() != other.json()

    async def test_a_script_orders_and_cannot_change_items(self) -> None:
        def reversed_order(_code: str, _items: Any, _each: bool) -> CodeResult:
            return CodeResult([Item({"order": [1, 0]})])

        result = await NodeBench(sort).run(
            {"type": "code", "code": "return 0"}, [{"n": 1}, {"n": 2}], javascript=reversed_order
        )
        assert result.items() == [Item({"n": 2}, Link(1)), Item({"n": 1}, Link(0))]

    async def test_without_fields_there_is_nothing_to_sort_by(self) -> None:
        with pytest.raises(NodeError, match="Please add a field to sort by"):
            await NodeBench(sort).run()


class TestSplitOut:
    async def test_an_objects_values_are_split_too(self) -> None:
        result = await NodeBench(split_out).run({"fieldToSplitOut": "o"}, [{"o": {"a": 1, "b": {"c": 2}}}])
        assert result.json() == [{"o": 1}, {"c": 2}]

    async def test_binary_data_is_split_by_its_own_name(self) -> None:
        item = Item({"n": 1}, binary={"one": PNG, "two": PNG})
        result = await NodeBench(split_out).run({"fieldToSplitOut": "$binary"}, [item])
        assert [list(made.binary or {}) for made in result.items()] == [["one"], ["two"]]

    async def test_binary_data_stays_when_asked_to(self) -> None:
        item = Item({"list": [1]}, binary={"one": PNG})
        kept = await NodeBench(split_out).run({"fieldToSplitOut": "list", "options": {"includeBinary": True}}, [item])
        assert kept.items()[0].binary == {"one": PNG}

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"fieldToSplitOut": "a,b", "options": {"destinationFieldName": "x"}}, "same number of destination fields"),
            ({"fieldToSplitOut": "a", "include": "selectedOtherFields"}, "No fields specified"),
        ],
    )
    async def test_settings_that_contradict_each_other_are_refused(self, parameters: Any, message: str) -> None:
        with pytest.raises(NodeError, match=message):
            await NodeBench(split_out).run(parameters, [{"a": [1]}])


class TestAggregate:
    async def test_lists_can_be_merged(self) -> None:
        parameters = {
            "fieldsToAggregate": {"fieldToAggregate": [{"fieldToAggregate": "t"}]},
            "options": {"mergeLists": True},
        }
        result = await NodeBench(aggregate).run(parameters, [{"t": [1, None]}, {"t": 2}, {}])
        assert result.json() == [{"t": [1, 2]}]

    async def test_binary_data_gets_names_that_do_not_clash(self) -> None:
        items = [Item({}, binary={"f": PNG}), Item({}, binary={"f": PNG}), Item({}, binary={"f": Binary("a/b", "")})]
        everything = {"aggregate": "aggregateAllItemData", "options": {"includeBinaries": True}}
        [item] = (await NodeBench(aggregate).run(everything, items)).items()
        assert list(item.binary or {}) == ["f", "f_1", "f_2"]
        everything["options"] = {"includeBinaries": True, "keepOnlyUnique": True}
        [item] = (await NodeBench(aggregate).run(everything, items)).items()
        assert list(item.binary or {}) == ["f", "f_1"]

    @pytest.mark.parametrize(
        ("fields", "message"), [([], "No fields specified"), ([{"fieldToAggregate": "a"}] * 2, "used more than once")]
    )
    async def test_no_field_and_one_field_twice_are_refused(self, fields: Any, message: str) -> None:
        with pytest.raises(NodeError, match=message):
            await NodeBench(aggregate).run({"fieldsToAggregate": {"fieldToAggregate": fields}})

    async def test_items_of_which_nothing_is_left_are_left_out(self) -> None:
        parameters = {"aggregate": "aggregateAllItemData", "include": "specifiedFields", "fieldsToInclude": "a"}
        [item] = (await NodeBench(aggregate).run(parameters, [{"a": 1}, {"b": 2}, {"a": 3}])).items()
        assert (item.json, item.paired) == ({"data": [{"a": 1}, {"a": 3}]}, [Link(0), Link(2)])


class TestRemoveDuplicates:
    @given(st.lists(st.fixed_dictionaries({"a": st.integers(0, 3), "b": st.sampled_from("xy")}), min_size=1))
    async def test_the_first_of_each_kind_is_kept_in_order(self, rows: list[dict[str, Any]]) -> None:
        firsts = [row for position, row in enumerate(rows) if row not in rows[:position]]
        assert (await NodeBench(remove_duplicates).run(items=rows)).json() == firsts

    async def test_other_executions_are_out_of_reach(self) -> None:
        with pytest.raises(NodeError, match="previous executions"):
            await NodeBench(remove_duplicates).run({"operation": "removeItemsSeenInPreviousExecutions"})

    @pytest.mark.parametrize("parameters", [{"compare": "selectedFields"}, {"compare": "allFieldsExcept"}])
    async def test_fields_must_be_named(self, parameters: Any) -> None:
        with pytest.raises(NodeError, match="No fields specified"):
            await NodeBench(remove_duplicates).run(parameters)


class TestRenameKeys:
    @staticmethod
    def pattern(search: str, replace: str, **options: Any) -> dict[str, Any]:
        replacement = {"searchRegex": search, "replaceRegex": replace, "options": options}
        return {"additionalOptions": {"regexReplacement": {"replacements": [replacement]}}}

    async def test_a_pattern_of_exponential_cost_costs_nothing(self) -> None:
        result = await NodeBench(rename_keys).run(self.pattern("(a+)+$", "x"), [{"a" * 5000 + "!": 1}])
        assert result.json() == [{"a" * 5000 + "!": 1}]

    @pytest.mark.parametrize("search", ["(", "(?=a)", r"(a)\1"])
    async def test_a_pattern_that_cannot_be_run_is_refused(self, search: str) -> None:
        with pytest.raises(NodeError, match="Invalid regular expression"):
            await NodeBench(rename_keys).run(self.pattern(search, ""), [{"a": 1}])

    async def test_renaming_stops_at_its_depth(self) -> None:
        row = {"old1": {"old2": [{"old3": 1}]}}
        for depth, expected in [
            (0, {"new1": {"old2": [{"old3": 1}]}}),
            (1, {"new1": {"new2": [{"old3": 1}]}}),
            (-1, {"new1": {"new2": [{"new3": 1}]}}),
        ]:
            assert (await NodeBench(rename_keys).run(self.pattern("old", "new", depth=depth), [row])).json() == [
                expected
            ]


class TestSummarize:
    async def test_floats_add_up_as_in_javascript(self) -> None:
        values = {"fieldsToSummarize": {"values": [{"aggregation": "sum", "field": "v"}]}}
        result = await NodeBench(summarize).run(values, [{"v": 0.1}, {"v": 0.2}, {"v": 0.3}])
        assert result.json() == [{"sum_v": 0.6000000000000001}]

    async def test_nothing_to_average_is_null(self) -> None:
        asked = [{"aggregation": kind, "field": "v"} for kind in ("average", "sum", "min", "max")]
        result = await NodeBench(summarize).run({"fieldsToSummarize": {"values": asked}}, [{"v": "x"}, {"v": None}])
        assert result.json() == [{"average_v": None, "sum_v": 0, "min_v": "x", "max_v": "x"}]

    async def test_groups_keep_their_types_and_order_from_version_1_1_on(self) -> None:
        values = {"fieldsToSummarize": {"values": [{"field": "v"}]}, "fieldsToSplitBy": "g"}
        rows = [{"g": group, "v": 1} for group in ("b", 10, 2, "2", None)]
        typed = await NodeBench(summarize).run(values, rows)
        assert [row["g"] for row in typed.json()] == ["b", 10, 2, "2", None]
        keyed = await NodeBench(summarize, version=1).run(values, rows)
        assert [row["g"] for row in keyed.json()] == ["2", "10", "b", "null"]

    async def test_empty_groups_can_be_left_out(self) -> None:
        values = {
            "fieldsToSummarize": {"values": [{"field": "v"}]},
            "fieldsToSplitBy": "g",
            "options": {"skipEmptySplitFields": True},
        }
        result = await NodeBench(summarize).run(values, [{"g": "", "v": 1}, {"g": None, "v": 1}, {"g": 0, "v": 1}])
        assert result.json() == [{"g": 0, "count_v": 1}]


class TestCompareDatasets:
    PAIRS = {"mergeByFields": {"values": [{"field1": "id", "field2": "id"}]}}  # noqa: RUF012 - never changed

    async def test_everything_is_told_apart(self) -> None:
        left, right = (
            [{"id": 1, "v": 1}, {"id": 2, "v": 1}, {"id": 3}],
            [{"id": 2, "v": 1}, {"id": 3, "w": 1}, {"id": 4}],
        )
        result = await NodeBench(compare_datasets).run(self.PAIRS, inputs=[left, right])
        assert [result.json(output) for output in range(4)] == [
            [{"id": 1, "v": 1}],
            [{"id": 2, "v": 1}],
            [{"keys": {"id": 3}, "same": {"id": 3}, "different": {"w": {"inputA": None, "inputB": 1}}}],
            [{"id": 4}],
        ]

    async def test_an_input_that_never_arrives_has_nothing(self) -> None:
        result = await NodeBench(compare_datasets).run(self.PAIRS, inputs=[None, [{"id": 1}]])
        assert [result.json(output) for output in range(4)] == [[], [], [], [{"id": 1}]]

    async def test_items_without_the_field_match_nothing(self) -> None:
        result = await NodeBench(compare_datasets).run(
            self.PAIRS, inputs=[[{"id": 1}, {"x": 1}], [{"id": 2}, {"x": 1}]]
        )
        assert (result.json(0), result.json(3)) == ([{"id": 1}, {"x": 1}], [{"id": 2}, {"x": 1}])

    async def test_a_field_that_nobody_has_is_an_error(self) -> None:
        with pytest.raises(NodeError, match="Field 'id' is not present in any of items in 'Input B'"):
            await NodeBench(compare_datasets).run(self.PAIRS, inputs=[[{"id": 1}], [{"x": 1}]])


class TestLoop:
    @staticmethod
    async def rounds(count: int, size: Any, **options: Any) -> list[list[dict[str, Any]]]:
        """What goes round the loop, batch by batch, and at last what comes out of it."""
        bench, state, arrivals = NodeBench(split_in_batches), {}, []
        given, source = [{"i": i} for i in range(count)], "In"
        seen = []
        while True:
            sources = [{"previousNode": source, "previousNodeOutput": 0, "previousNodeRun": max(len(arrivals) - 1, 0)}]
            result = await bench.run(
                {"batchSize": size, "options": options},
                given,
                state=state,
                earlier=arrivals,
                run_index=len(arrivals),
                sources=sources,
            )
            arrivals.append(Arrival(arrive([Item(row) for row in given]), sources[0]))
            state, given, source = dict(result.state), result.json(1), "Body"
            seen.append(given or result.json(0))
            if not given:
                return seen

    @given(st.integers(1, 12), st.integers(1, 5))
    async def test_every_item_goes_round_once_and_comes_out_in_order(self, count: int, size: int) -> None:
        *batches, done = await self.rounds(count, size)
        assert all(len(batch) <= size for batch in batches)
        assert [row for batch in batches for row in batch] == done == [{"i": i} for i in range(count)]

    async def test_the_state_does_not_grow_with_the_items(self) -> None:
        small, large = [
            (await NodeBench(split_in_batches).run({"batchSize": 1}, [{"i": i} for i in range(count)])).state
            for count in (2, 2000)
        ]
        assert len(repr(small)) + 3 >= len(repr(large))
