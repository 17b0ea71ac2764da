"""The planned executor answers exactly as graphql-core's own does, and keeps nothing for each event of a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any

import pytest
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLSchema,
    create_source_event_stream,
    execute,
    map_source_to_response_event,
    parse,
)

from schema.executor import Plan, PlannedExecutor
from schema.tuning import plain_fields, settle_inputs, settle_types


@strawberry.enum
class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Leaf(Named):
    number: int
    colour: Colour
    maybe: str | None = None
    missing: int = 0


@strawberry.type
class Branch(Named):
    leaf: Leaf
    leaves: list[Leaf]

    @strawberry.field
    async def later(self) -> str:
        await asyncio.sleep(0)
        return "later"

    @strawberry.field
    async def much_later(self) -> Leaf:
        await asyncio.sleep(0)
        return self.leaf

    @strawberry.field
    def fails(self) -> str | None:
        raise ValueError("fails")

    @strawberry.field
    def must_not_fail(self) -> str:
        raise ValueError("must not fail")

    @strawberry.field
    def times(self, n: int = 2) -> int:
        return self.leaf.number * n


Either = Annotated[Leaf | Branch, strawberry.union("Either")]


def leaf(number: int = 1) -> Leaf:
    return Leaf(name=f"leaf {number}", number=number, colour=Colour.BLUE)


def branch() -> Branch:
    return Branch(name="branch", leaf=leaf(), leaves=[leaf(2), leaf(3)])


@strawberry.input
class Wish:
    number: int
    colour: Colour = Colour.RED
    many_words: list[str] | None = None


@strawberry.type
class Query:
    @strawberry.field
    def granted(self, wish: Wish) -> str:
        return repr(wish)

    @strawberry.field
    def branch(self) -> Branch:
        return branch()

    @strawberry.field
    async def branches(self) -> list[Branch] | None:
        return [branch(), branch()]

    @strawberry.field
    def named(self) -> list[Named]:
        return [leaf(), branch()]

    @strawberry.field
    def either(self, leaves: bool = True) -> Either:
        return leaf() if leaves else branch()

    @strawberry.field
    def wrong(self) -> Leaf:
        return Leaf(name="wrong", number="text", colour=Colour.RED)  # type: ignore[arg-type]

    @strawberry.field
    def hollow(self) -> Leaf | None:
        return Leaf(name="hollow", number=None, colour=Colour.RED)  # type: ignore[arg-type]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def one(self) -> int:
        return 1

    @strawberry.mutation
    def two(self) -> int:
        return 2


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def branches(self, count: int) -> AsyncIterator[Branch]:
        for _ in range(count):
            yield branch()


def schema(*, settled: bool) -> GraphQLSchema:
    core: GraphQLSchema = strawberry.Schema(Query, Mutation, Subscription)._schema
    if settled:
        settle_types(core)
        settle_inputs(core)
    return core


OURS, THEIRS = schema(settled=True), schema(settled=False)
PLAIN = plain_fields(OURS)

DOCUMENTS = [
    "{ branch { name } }",
    "{ branch { __typename name leaf { name number colour maybe missing } leaves { number } } }",
    "{ b: branch { n: name later l: leaf { c: colour } } }",
    "{ branch { later muchLater { number } times more: times(n: 7) } }",
    "{ branch { name fails leaf { number } } }",
    "{ branch { name mustNotFail } }",
    "{ branches { name mustNotFail later } }",
    "{ branches { name leaves { name ...f } } } fragment f on Leaf { number colour }",
    "{ named { name __typename ... on Leaf { number } ... on Branch { leaf { number } } } }",
    "{ either { __typename ... on Leaf { number } } other: either(leaves: false) { ... on Branch { name } } }",
    '{ granted(wish: {number: "x"}) }',
    "{ wrong { name number } }",
    "{ hollow { name } }",
    "{ hollow { name number } }",
    "query ($no: Boolean = false) { branch { name @include(if: $no) leaf @skip(if: $no) { number } } }",
    "mutation { one two three: one }",
    "{ __schema { queryType { name fields { name } } } branch { name } }",
]


async def ours(text: str, plan: Plan) -> ExecutionResult:
    executor = PlannedExecutor.build(OURS, parse(text), plan=plan, plain=PLAIN)
    assert isinstance(executor, PlannedExecutor)
    result = executor.execute_operation()
    return await result if asyncio.iscoroutine(result) else result  # type: ignore[no-any-return]


async def theirs(text: str) -> ExecutionResult:
    result = execute(THEIRS, parse(text))
    return result if isinstance(result, ExecutionResult) else await result


def comparable(result: ExecutionResult) -> Any:
    return result.data, [error.formatted for error in result.errors or ()]


@pytest.mark.parametrize("text", DOCUMENTS)
async def test_answers_are_those_of_graphql_core(text: str) -> None:
    expected = comparable(await theirs(text))
    plan = Plan(shared="@" not in text)
    assert [comparable(await ours(text, plan)) for _ in range(2)] == [expected, expected]


async def test_an_input_is_made_with_its_defaults() -> None:
    text = '{ granted(wish: {number: 1, colour: BLUE, manyWords: ["a"]}) other: granted(wish: {number: 2}) }'
    assert (await ours(text, Plan(shared=True))).data == {
        "granted": repr(Wish(number=1, colour=Colour.BLUE, many_words=["a"])),
        "other": repr(Wish(number=2)),
    }


@pytest.mark.parametrize("condition", ["", "@skip(if: false)"])
async def test_a_long_stream_keeps_nothing_for_each_event(condition: str) -> None:
    text = f"subscription {{ branches(count: 2000) {{ name leaf {condition} {{ number }} leaves {{ number }} }} }}"
    plan = Plan(shared=not condition)
    executor = PlannedExecutor.build(OURS, parse(text), plan=plan, plain=PLAIN)
    assert isinstance(executor, PlannedExecutor)
    source = create_source_event_stream(executor)
    stream = map_source_to_response_event(executor, await source if asyncio.iscoroutine(source) else source)
    async for result in stream:
        assert result.data == {
            "branches": {"name": "branch", "leaf": {"number": 1}, "leaves": [{"number": 2}, {"number": 3}]}
        }
    assert len(executor._relevant_sub_fields) <= 3
    assert len(plan.selections) <= 3
