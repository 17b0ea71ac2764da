"""What items are paired with when they enter and leave a node: N8N.md section 2."""

from __future__ import annotations

from engine.kernel.events import Given, Source
from engine.kernel.lineage import arriving, leaving
from plugins.items import Item, Items, Lineage, Link, SourceOverwrite
from tests.engine.kernel.factories import run, script, some, workflow


def items(*paired: Lineage) -> Items:
    return [Item({"n": number}, each) for number, each in enumerate(paired)]


def paired(found: Items | None) -> list[Lineage]:
    return [item.paired for item in found or ()]


def test_arriving_items_are_paired_with_their_own_place() -> None:
    before = items(None, 7, Link(0, source_overwrite=SourceOverwrite("X")), [0, 1], 4)
    assert paired(arriving(before)) == [0, 1, 2, 3, 4]


def test_arriving_items_name_every_input_but_the_first() -> None:
    assert paired(arriving(items(0, 1), 2)) == [Link(0, 2), Link(1, 2)]


def test_arriving_items_keep_all_else() -> None:
    item = Item({"a": 1}, None, {}, {"message": "x"})
    (arrived,) = arriving([item])
    assert (arrived.json, arrived.binary, arrived.error) == (item.json, item.binary, item.error)
    assert arrived.json is item.json


def test_an_item_that_is_paired_so_already_is_not_copied() -> None:
    before = items(0, 1, 1)
    after = arriving(before)
    assert [each is was for each, was in zip(after, before, strict=True)] == [True, True, False]


def test_leaving_items_come_from_a_lone_input_item() -> None:
    (first, second) = leaving([items(None, 5), items(None)], [items(0)])
    assert (paired(first), paired(second)) == ([0, 5], [0])


def test_leaving_items_as_many_as_arrived_are_paired_one_by_one() -> None:
    assert [paired(each) for each in leaving([items(None, None, 0)], [items(0, 1, 2)])] == [[0, 1, 0]]


def test_a_lone_leaving_item_is_paired_with_the_first() -> None:
    assert [paired(each) for each in leaving([items(None)], [items(0, 1, 2)])] == [[0]]


def test_otherwise_lineage_stays_unknown() -> None:
    unknown = items(None, None)
    assert leaving([unknown], [items(0, 1, 2)]) == [unknown]
    assert leaving([unknown, []], [items(0, 1)]) == [unknown, []]
    assert leaving([unknown], [items(0, 1), items(0)]) == [unknown]
    assert leaving([unknown], [[]]) == [unknown]
    assert leaving([unknown], [None]) == [unknown]
    assert leaving([], [items(0)]) == []
    assert leaving([None], [items(0)]) == [None]


def test_inputs_are_resolved_to_the_items_that_were_sent() -> None:
    state = run(workflow("T > A.0", "T.1 > B"), script(T=[2, 1])).state
    first, missing, beyond, given = state.items([Source("T", 0), None, Source("T", 9), Given(some(1, "x"))])
    assert [item.json for item in first or ()] == [item.json for item in some(2, "T")]
    assert missing is None
    assert beyond == []
    assert paired(given) == [Link(0, 3)]
