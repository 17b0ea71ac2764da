"""A node's parameters with every expression in its place, and every failure in its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from engine.expressions.resolve import Resolved, Resolver, evaluate_one
from engine.expressions.sandbox import V8Sandbox
from engine.ports import Evaluation, Script
from plugins.errors import Failure, NodeError
from plugins.values import UNDEFINED
from tests.engine.expressions.factories import at

NONE: frozenset[str] = frozenset()


class Recording:
    """A sandbox that notes what it was asked, and answers each template with itself, or its failure."""

    def __init__(self) -> None:
        self.asked: list[Evaluation] = []

    async def evaluate(self, batch: Evaluation) -> Sequence[Sequence[Any]]:
        self.asked.append(batch)
        return [[self._cell(template, index) for index in batch.indexes] for template in batch.templates]

    async def run(self, script: Script) -> Failure:
        raise NotImplementedError

    def _cell(self, template: str, index: int) -> Any:
        if "fail" in template:
            return Failure(code="EXPRESSION_ERROR", message="no", name="ExpressionError", permanent=True)
        return f"{template}@{index}"


async def resolved(parameters: dict[str, Any], *rows: dict[str, Any], literal: frozenset[str] = NONE) -> Resolved:
    rows = rows or ({},)
    return await Resolver(Recording()).resolve(
        parameters, literal=literal, indexes=range(len(rows)), tenant="ada", world=lambda: at(*rows)
    )


async def test_values_take_the_place_of_their_expressions_at_any_depth() -> None:
    parameters = {"a": "={{ $json.n }}", "b": {"c": ["x", "={{ $json.n }}!", {"d": "={{ $json.m }}"}]}, "e": 1}
    answer = await resolved(parameters, {"n": 1}, {"n": 2, "m": 3})
    assert answer.at(0) == {"a": 1, "b": {"c": ["x", "1!", {"d": UNDEFINED}]}, "e": 1}
    assert answer.at(1) == {"a": 2, "b": {"c": ["x", "2!", {"d": 3}]}, "e": 1}
    assert parameters["a"] == "={{ $json.n }}"


async def test_a_tree_without_expressions_is_given_back_as_it_is() -> None:
    parameters = {"a": 1, "b": {"c": [1, "two"]}}

    def nobody_asks() -> Any:
        raise AssertionError("the world is not needed")

    answer = await Resolver(Recording()).resolve(
        parameters, literal=NONE, indexes=range(3), tenant="ada", world=nobody_asks
    )
    assert answer.at(2) is parameters
    assert answer.get("b.c.1", 2) == "two"


async def test_parts_without_expressions_are_shared() -> None:
    parameters = {"a": "={{ $json.n }}", "big": {"x": [1]}}
    assert (await resolved(parameters)).at(0)["big"] is parameters["big"]


async def test_literal_parameters_are_never_expressions() -> None:
    parameters = {"jsCode": "=not an expression", "other": {"jsCode": "={{ $json.n }}"}}
    answer = await resolved(parameters, {"n": 1}, literal=frozenset({"jsCode"}))
    assert answer.at(0) == {"jsCode": "=not an expression", "other": {"jsCode": 1}}


async def test_everything_else_goes_to_the_sandbox_in_one_batch() -> None:
    sandbox = Recording()
    parameters = {"a": "={{ 1 + 1 }}", "b": "={{ $json.n }}", "c": ["={{ 2 + 2 }}"]}
    answer = await Resolver(sandbox).resolve(
        parameters, literal=NONE, indexes=range(2), tenant="ada", world=lambda: at({"n": 1}, {"n": 2})
    )
    assert [(batch.tenant, batch.templates, batch.indexes) for batch in sandbox.asked] == [
        ("ada", ["={{ 1 + 1 }}", "={{ 2 + 2 }}"], range(2))
    ]
    assert answer.at(1) == {"a": "={{ 1 + 1 }}@1", "b": 2, "c": ["={{ 2 + 2 }}@1"]}


async def test_what_python_declines_at_run_time_goes_to_the_sandbox_too() -> None:
    answer = await resolved({"a": "={{ $json.s.size }}"}, {"s": {"size": 1}}, {"s": "text"})
    assert answer.get("a", 1) == "={{ $json.s.size }}@1"


async def test_indexes_need_not_begin_at_nought() -> None:
    answer = await Resolver(Recording()).resolve(
        {"a": "={{ $json.n }}"}, literal=NONE, indexes=[2, 1], tenant="ada", world=lambda: at({}, {"n": 1}, {"n": 2})
    )
    assert (answer.at(1), answer.at(2)) == ({"a": 1}, {"a": 2})


async def test_a_failure_is_raised_where_it_is_read_and_nowhere_else() -> None:
    parameters = {"url": "={{ fail() }}", "options": {"x": "={{ $json.n }}", "y": "={{ fail }}"}}
    answer = await resolved(parameters, {"n": 1})
    assert answer.get("options.x", 0) == 1
    for read in (lambda: answer.at(0), lambda: answer.get("options", 0), lambda: answer.get("url", 0)):
        with pytest.raises(NodeError):
            read()


async def test_a_failure_names_its_parameter_its_item_and_its_template() -> None:
    answer = await resolved({"options": {"list": ["={{ fail() }}"]}}, {}, {})
    with pytest.raises(NodeError, match="no") as caught:
        answer.get("options.list.0", 1)
    failure = caught.value.failure
    assert failure.item_index == 1
    assert failure.context == {
        "parameter": "options.list.0",
        "itemIndex": 1,
        "cause": [{"name": "0", "value": "={{ fail() }}"}],
    }


async def test_paths_reach_into_values_and_beyond_them() -> None:
    answer = await resolved({"a": {"b": "={{ $json.o }}", "c": [5]}, "d": None}, {"o": {"k": [7]}})
    assert answer.get("a.b.k.0", 0) == 7
    assert answer.get("a.c.0", 0) == 5
    assert answer.get("d", 0, "default") is None
    for path in ("a.b.x", "a.b.k.1", "a.c.1", "x", "d.x", "a.b.k.0.deeper"):
        assert answer.get(path, 0, "default") == "default"


async def test_what_needs_no_sandbox_is_resolved_at_once() -> None:
    resolver = Resolver(Recording())
    plain, other = {"a": "={{ $json.n }}"}, {"a": "={{ 1 + 1 }}"}
    assert resolver.is_immediate(plain)
    assert not resolver.is_immediate(other)
    now = resolver.resolve_now(plain, literal=NONE, indexes=range(1), world=lambda: at({"n": 1}))
    assert now is not None
    assert now.at(0) == {"a": 1}
    assert resolver.resolve_now(other, literal=NONE, indexes=range(1), world=lambda: at({"n": 1})) is None
    assert resolver.resolve_now(plain, literal=NONE, indexes=range(3), world=lambda: at({"n": 1})) is None


async def test_long_columns_are_whole_and_declined_as_a_whole() -> None:
    rows = [{"n": n, "s": {"size": n}} for n in range(5000)]
    answer = await resolved({"a": "=n{{ $json.n }}", "b": "={{ $json.s.size }}"}, *rows)
    assert [answer.at(n) for n in (0, 2000, 4999)] == [{"a": f"n{n}", "b": n} for n in (0, 2000, 4999)]
    answer = await resolved({"b": "={{ $json.s.size }}"}, *rows, {"s": "text"})
    assert answer.get("b", 17) == "={{ $json.s.size }}@17"


async def test_one_template_by_itself(sandbox: V8Sandbox) -> None:
    async def one(template: str) -> Any:
        return await evaluate_one(template, 1, tenant="ada", sandbox=sandbox, world=lambda: at({"n": 1}, {"n": 2}))

    assert await one("plain") == "plain"
    assert await one("={{ $json.n }}") == 2
    assert await one("={{ $json.n * 2 }}") == 4
    with pytest.raises(NodeError, match="Referenced node doesn't exist"):
        await one("={{ $('X').item }}")


async def test_a_whole_node_against_the_real_sandbox(sandbox: V8Sandbox) -> None:
    parameters = {"a": "={{ $json.n * 2 }}", "b": "={{ $('T').item.json.n }}", "c": "={{ $input.all().length }} items"}
    answer = await Resolver(sandbox).resolve(
        parameters, literal=NONE, indexes=range(2), tenant="ada", world=lambda: at({"n": 1}, {"n": 2})
    )
    assert answer.at(1) == {"a": 4, "b": 2, "c": "2 items"}
