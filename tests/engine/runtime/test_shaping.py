"""From what a node answered to what is recorded."""

from __future__ import annotations

from engine.definition.workflow import Node, OnError
from engine.runtime.shaping import is_error, is_soft_failure, shape
from plugins import Item, Items, Link, Outputs


def items(*rows: dict[str, object]) -> Items:
    return [Item(dict(row)) for row in rows]


def arrived(*rows: dict[str, object]) -> Items:
    return [Item(dict(row), Link(position)) for position, row in enumerate(rows)]


def shaped(outputs: Outputs, *inputs: Items | None, outputs_declared: int = 1, **flags: object) -> Outputs:
    node = Node(id="n", name="N", type="t", **flags)  # type: ignore[arg-type]
    return shape(outputs, node=node, inputs=list(inputs), regular_outputs=outputs_declared)


def lineage(outputs: Outputs) -> list[list[object]]:
    return [[item.paired for item in rows or ()] for rows in outputs]


def test_everything_that_came_from_one_item_is_paired_with_it() -> None:
    assert lineage(shaped([items({}, {}), items({})], arrived({}))) == [[Link(0), Link(0)], [Link(0)]]


def test_as_many_out_as_in_are_paired_one_by_one() -> None:
    assert lineage(shaped([items({}, {})], arrived({}, {}))) == [[Link(0), Link(1)]]


def test_lineage_that_is_not_certain_is_left_out() -> None:
    assert lineage(shaped([items({}, {}, {})], arrived({}, {}))) == [[None, None, None]]
    assert lineage(shaped([items({})], arrived({}), arrived({}))) == [[None]]


def test_lineage_that_the_node_gave_is_kept() -> None:
    given = [Item({}, Link(1)), Item({}, 0)]
    assert lineage(shaped([given], arrived({}, {}))) == [[Link(1), 0]]


def test_an_error_object_becomes_a_plain_error_item() -> None:
    assert shaped([[Item({"a": 1}, error={"message": "boom"})]], arrived({}))[0] == [Item({"error": "boom"}, Link(0))]
    assert shaped([items({"$error": {"message": "b"}, "$json": {}})], arrived({}))[0] == [Item({"error": "b"}, Link(0))]


def test_errors_go_to_one_more_output_with_the_item_that_they_came_from() -> None:
    answer = [Item({"ok": 1}, Link(0)), Item({"error": "boom"}, Link(1))]
    good, bad = shaped([answer], arrived({"i": 1}, {"i": 2}), on_error=OnError.CONTINUE_ERROR)
    assert good == [Item({"ok": 1}, Link(0))]
    assert bad == [Item({"i": 2, "error": "boom"}, Link(1))]


def test_an_error_with_a_bare_number_for_lineage_stays_as_it_is() -> None:
    _, bad = shaped([[Item({"error": "boom"}, 1)]], arrived({"i": 1}, {"i": 2}), on_error=OnError.CONTINUE_ERROR)
    assert bad == [Item({"error": "boom"}, 1)]


def test_a_node_with_several_outputs_has_its_error_output_last() -> None:
    answer: Outputs = [items({"a": 1}), items({"error": "x"})]
    assert [
        len(rows or ()) for rows in shaped(answer, arrived({}), outputs_declared=2, on_error=OnError.CONTINUE_ERROR)
    ] == [1, 0, 1]


def test_only_the_shapes_that_n8n_takes_for_errors_are_errors() -> None:
    assert is_error(Item({"error": "x"}))
    assert is_error(Item({"error": "x", "message": "m"}))
    assert not is_error(Item({"error": "x", "other": 1}))
    assert not is_error(Item({"error": ""}))


def test_always_output_data_answers_one_empty_item_descended_from_all() -> None:
    (out,) = shaped([[]], arrived({}, {}), always_output_data=True)
    assert out == [Item({}, [Link(0), Link(1)])]
    assert shaped([], arrived({}), always_output_data=True) == [[Item({}, [Link(0)])]]
    assert shaped([items({"a": 1})], arrived({}), always_output_data=True) == [[Item({"a": 1}, Link(0))]]


def test_a_first_item_with_an_error_counts_as_a_failed_attempt() -> None:
    assert is_soft_failure([items({"error": "x"})])
    assert not is_soft_failure([items({"a": 1}, {"error": "x"})])
    assert not is_soft_failure([[], items({"error": "x"})])
