"""What items are paired with when they leave a node, where there is no doubt: N8N.md section 2."""

from __future__ import annotations

from engine.kernel.events import Given, Source
from engine.kernel.lineage import leaving
from plugins.items import Item, Items, Lineage, Link
from tests.engine.kernel.factories import run, script, some, workflow


def items(*paired: Lineage) -> Items:
    return [Item({"n": number}, each) for number, each in enumerate(paired)]


def paired(found: Items | None) -> list[Lineage]:
    """Lineage, short where it can be."""
    return [_short(item.paired) for item in found or ()]


def _short(lineage: Lineage) -> Lineage:
    return lineage.item if isinstance(lineage, Link) and lineage == Link(lineage.item) else lineage


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
