"""If, Filter and Switch."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.builtin.filter import filter_items, first_filter
from plugins.builtin.if_ import first_if, if_
from plugins.builtin.switch import switch
from plugins.builtin.switch_before import first_switch, second_switch
from plugins.errors import NodeError
from plugins.items import Link
from plugins.testing import NodeBench

NUMBERS = [{"n": 1}, {"n": 2}, {"n": 3}]


def conditions(left: str, operator: str, right: Any, **options: Any) -> dict[str, Any]:
    kind, operation = operator.split(":")
    return {
        "options": {"caseSensitive": True, "typeValidation": "strict", "version": 2, **options},
        "combinator": "and",
        "conditions": [{"leftValue": left, "rightValue": right, "operator": {"type": kind, "operation": operation}}],
    }


OVER_ONE = {"conditions": conditions("={{ $json.n }}", "number:gt", 1)}
TEXT_AMONG = [{"n": 1}, {"n": "two"}, {"n": 3}]


async def test_if_sends_each_item_one_of_two_ways_with_its_lineage() -> None:
    result = await NodeBench(if_).run(OVER_ONE, NUMBERS)
    assert (result.json(0), result.json(1)) == ([{"n": 2}, {"n": 3}], [{"n": 1}])
    assert [item.paired for item in result.items(0)] == [Link(1), Link(2)]


async def test_an_item_that_cannot_be_compared_stops_if_or_counts_as_false() -> None:
    with pytest.raises(NodeError, match=r"Wrong type: 'two'.*item 1"):
        await NodeBench(if_).run(OVER_ONE, TEXT_AMONG)
    result = await NodeBench(if_).run(OVER_ONE, TEXT_AMONG, continue_on_fail=True)
    assert result.json(1) == [{"n": 1}, {"n": "two"}]


async def test_dates_without_a_zone_are_of_the_workflows() -> None:
    given = {"conditions": conditions("2024-01-01T00:00:00Z", "dateTime:before", "={{ $json.date }}")}
    row = [{"date": "2023-12-31T20:00:00"}]
    assert (await NodeBench(if_).run(given, row, timezone="UTC")).json(0) == []
    assert (await NodeBench(if_).run(given, row, timezone="America/New_York")).json(0) == row


async def test_the_first_if_joins_groups_by_all_or_any() -> None:
    given = {
        "conditions": {
            "number": [{"value1": "={{ $json.n }}", "operation": "larger", "value2": 1}],
            "boolean": [{"value1": True, "value2": False}],
        }
    }
    assert (await NodeBench(first_if).run(given, NUMBERS)).json(0) == []
    assert (await NodeBench(first_if).run({**given, "combineOperation": "any"}, NUMBERS)).json(0) == NUMBERS[1:]


async def test_filter_records_what_it_discards_on_an_output_that_leads_nowhere() -> None:
    result = await NodeBench(filter_items).run(OVER_ONE, NUMBERS)
    assert [len(items or ()) for items in result.outputs] == [2, 1]
    assert filter_items[0].outputs == ("kept",)
    first = {"conditions": {"number": [{"value1": "={{ $json.n }}", "operation": "equal", "value2": 2}]}}
    assert (await NodeBench(first_filter).run(first, NUMBERS)).json() == [{"n": 2}]


def rule(number: int) -> dict[str, Any]:
    return {"conditions": conditions("={{ $json.n }}", "number:gte", number)}


RULES = {"rules": {"values": [rule(3), rule(2)]}}


@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        ({}, [[3], [2]]),
        ({"fallbackOutput": "extra"}, [[3], [2], [1]]),
        ({"fallbackOutput": 1}, [[3], [1, 2]]),
        ({"allMatchingOutputs": True}, [[3], [2, 3]]),
        ({"allMatchingOutputs": True, "fallbackOutput": "extra"}, [[3], [2, 3], [1]]),
    ],
)
async def test_switch_sends_items_by_rules(options: dict[str, Any], outputs: list[list[int]]) -> None:
    result = await NodeBench(switch).run({**RULES, "options": options}, NUMBERS)
    assert [[row["n"] for row in result.json(output)] for output in range(len(result.outputs))] == outputs


async def test_switch_sends_items_by_an_expression() -> None:
    by = {"mode": "expression", "numberOutputs": 3, "output": "={{ $json.n }}"}
    result = await NodeBench(switch).run(by, [{"n": 2}, {"n": 0}])
    assert [len(items or ()) for items in result.outputs] == [1, 0, 1]
    with pytest.raises(NodeError, match=r"^The ouput 3 is not allowed\. $"):
        await NodeBench(switch).run(by, NUMBERS)
    failed = await NodeBench(switch).run(by, [{"n": 9}], continue_on_fail=True)
    assert failed.json(0) == [{"error": "The ouput 9 is not allowed"}]


def test_switch_names_its_outputs_before_it_runs() -> None:
    names = switch[0].outputs
    assert callable(names)
    assert names({"rules": {"values": [{"outputKey": "Apples"}, {}]}, "options": {"fallbackOutput": "extra"}}) == (
        "Apples",
        "1",
        "fallback",
    )
    assert names({"mode": "expression", "numberOutputs": 2}) == ("0", "1")


async def test_the_first_switches_compare_one_value() -> None:
    rules = [{"operation": "equal", "value2": 1, "output": 2}, {"operation": "larger", "value2": 2, "output": 3}]
    given = {"value1": "={{ $json.n }}", "rules": {"rules": rules}, "fallbackOutput": 0}
    first = await NodeBench(first_switch).run(given, NUMBERS)
    assert [first.json(output) for output in range(4)] == [[{"n": 2}], [], [{"n": 1}], [{"n": 3}]]
    second = await NodeBench(second_switch).run({**given, "fallbackOutput": -1}, NUMBERS)
    assert [second.json(output) for output in range(2)] == [[{"n": 1}], [{"n": 3}]]
