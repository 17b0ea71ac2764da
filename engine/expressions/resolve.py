"""A node's parameters, resolved: every expression in the tree evaluated for every item, in at most one batch."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from msgspec.structs import replace

from engine.expressions.fastpath import Plan, plan
from engine.expressions.references import references
from engine.expressions.world import WorldInput, world
from engine.ports import Evaluation, Sandbox
from plugins.errors import Failure, NodeError
from plugins.items import Json
from plugins.values import Undefined

Parameters: TypeAlias = Mapping[str, Json]
Column: TypeAlias = Sequence[Json | Undefined | Failure]
_MISSING = object()
_TREES = 8192
_LONG = 2000
"""Items above which the event loop gets a turn between two columns."""


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A part of the tree without expressions."""

    value: Json


@dataclass(frozen=True, slots=True)
class _Cell:
    """An expression: the number of its column."""

    number: int


@dataclass(frozen=True, slots=True)
class _Object:
    """An object with an expression somewhere below. `children` are the entries that change."""

    original: Mapping[str, Json]
    children: tuple[tuple[str, _Part], ...]


@dataclass(frozen=True, slots=True)
class _Array:
    original: Sequence[Json]
    children: tuple[tuple[int, _Part], ...]


_Part: TypeAlias = _Fixed | _Cell | _Object | _Array


@dataclass(frozen=True, slots=True)
class _Expression:
    template: str
    path: str
    plan: Plan | None

    def column(self, given: WorldInput, indexes: Sequence[int]) -> Column | None:
        return None if self.plan is None else self.plan.column(given, indexes)


@dataclass(frozen=True, slots=True)
class _Tree:
    """Parameters, read once: where the expressions are, and how each is to be answered."""

    parameters: Parameters
    root: _Part
    expressions: tuple[_Expression, ...]

    @property
    def immediate(self) -> bool:
        return all(expression.plan is not None for expression in self.expressions)


class Resolved:
    """Parameters with their values in place. A failed expression raises when it is read, and only then."""

    __slots__ = ("_columns", "_rows", "_tree")

    def __init__(self, tree: _Tree, columns: Sequence[Column], rows: Mapping[int, int] | None) -> None:
        self._tree = tree
        self._columns = columns
        self._rows = rows

    def at(self, index: int) -> Parameters:
        """The whole tree for the item at `index`. Parts without expressions are shared, not copied.

        Raises the `NodeError` of the first expression that failed for this item.
        """
        tree: Parameters = self._built(self._tree.root, index)
        return tree

    def get(self, path: str, index: int, default: Json = None) -> Json:
        """One value by its dotted path (`options.timeout`, `values.0.name`); `default` where there is none.

        Raises the `NodeError` of an expression in that value which failed for this item.
        """
        part: _Part = self._tree.root
        steps = path.split(".")
        for at, step in enumerate(steps):
            match part:
                case _Object():
                    child = next((child for key, child in part.children if key == step), None)
                    part = _Fixed(part.original.get(step, _MISSING)) if child is None else child
                case _Array():
                    number = int(step) if step.isdecimal() else -1
                    child = next((child for key, child in part.children if key == number), None)
                    part = _Fixed(_element(part.original, step)) if child is None else child
                case _:
                    return _below(self._built(part, index), steps[at:], default)
        value = self._built(part, index)
        return default if value is _MISSING else value

    def _built(self, part: _Part, index: int) -> Json:
        match part:
            case _Fixed(value):
                return value
            case _Cell(number):
                return self._value(number, index)
            case _Object(original, children):
                changed = dict(original)
                for key, child in children:
                    changed[key] = self._built(child, index)
                return changed
            case _Array(elements, positions):
                array = list(elements)
                for position, child in positions:
                    array[position] = self._built(child, index)
                return array

    def _value(self, number: int, index: int) -> Json:
        row = index if self._rows is None else self._rows[index]
        value = self._columns[number][row]
        if isinstance(value, Failure):
            raise NodeError.of(_named(value, self._tree.expressions[number], index))
        return value


class Resolver:
    """Resolves parameters, with a memory of every tree it has read. One for the whole process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._trees: OrderedDict[tuple[int, frozenset[str]], _Tree] = OrderedDict()

    def is_immediate(self, parameters: Parameters, literal: frozenset[str] = frozenset()) -> bool:
        """True when, as a rule, no sandbox is needed: there are no expressions, or only plain paths."""
        return self._tree(parameters, literal).immediate

    async def resolve(
        self,
        parameters: Parameters,
        *,
        literal: frozenset[str],
        indexes: Sequence[int],
        tenant: str,
        world: Callable[[], WorldInput],
    ) -> Resolved:
        """Evaluate every expression for every index: plain paths here, all others in one batch in the sandbox.

        Names in `literal` are top-level parameters whose text is never an expression. `world` is only asked when there
        is an expression. The parameters must not be changed afterwards. Raises `SandboxUnavailable`.
        """
        tree = self._tree(parameters, literal)
        if not tree.expressions:
            return Resolved(tree, (), None)
        given = world()
        columns: list[Column | None] = []
        for expression in tree.expressions:
            columns.append(expression.column(given, indexes))
            if len(indexes) > _LONG:
                await asyncio.sleep(0)
        left = [number for number, column in enumerate(columns) if column is None]
        if left:
            templates = [tree.expressions[number].template for number in left]
            evaluated = await evaluate(self._sandbox, tenant, templates, indexes, given)
            for number, column in zip(left, evaluated, strict=True):
                columns[number] = column
        return Resolved(tree, [column for column in columns if column is not None], _rows(indexes))

    def resolve_now(
        self,
        parameters: Parameters,
        *,
        literal: frozenset[str],
        indexes: Sequence[int],
        world: Callable[[], WorldInput],
    ) -> Resolved | None:
        """As `resolve`, without the sandbox and without waiting; None when the sandbox is needed after all."""
        tree = self._tree(parameters, literal)
        if not tree.expressions:
            return Resolved(tree, (), None)
        if not tree.immediate:
            return None
        given = world()
        columns: list[Column] = []
        for expression in tree.expressions:
            column = expression.column(given, indexes)
            if column is None:
                return None
            columns.append(column)
        return Resolved(tree, columns, _rows(indexes))

    def _tree(self, parameters: Parameters, literal: frozenset[str]) -> _Tree:
        key = (id(parameters), literal)
        tree = self._trees.get(key)
        if tree is None:
            tree = self._trees[key] = _read(parameters, literal)  # which holds the parameters, and so their id
            if len(self._trees) > _TREES:
                self._trees.popitem(last=False)
        return tree


async def evaluate(
    sandbox: Sandbox, tenant: str, templates: Sequence[str], indexes: Sequence[int], given: WorldInput
) -> Sequence[Column]:
    """Have the sandbox evaluate templates: a column for each. Raises `SandboxUnavailable`."""
    needed = world(given, references(templates), indexes)
    return await sandbox.evaluate(Evaluation(tenant, templates, indexes, needed))


async def evaluate_one(
    template: str, index: int, *, tenant: str, sandbox: Sandbox, world: Callable[[], WorldInput]
) -> Json | Undefined:
    """One template for one item; text that is no template is its own value.

    Raises `NodeError`, `SandboxUnavailable`.
    """
    if not template.startswith("="):
        return template
    given, quick = world(), plan(template)
    column: Column | None = quick.column(given, [index]) if quick is not None else None
    if column is None:
        column = (await evaluate(sandbox, tenant, [template], [index], given))[0]
    if isinstance(column[0], Failure):
        raise NodeError.of(replace(column[0], item_index=index))
    return column[0]


# ------------------------------------------------------------------------------------------------ reading a tree


def _read(parameters: Parameters, literal: frozenset[str]) -> _Tree:
    expressions: list[_Expression] = []
    children = [
        (name, part)
        for name, value in parameters.items()
        if name not in literal and not isinstance(part := _part(value, name, expressions), _Fixed)
    ]
    root = _Object(parameters, tuple(children)) if children else _Fixed(parameters)
    return _Tree(parameters, root, tuple(expressions))


def _part(value: Json, path: str, expressions: list[_Expression]) -> _Part:
    if isinstance(value, str) and value.startswith("="):
        expressions.append(_Expression(value, path, plan(value)))
        return _Cell(len(expressions) - 1)
    if isinstance(value, dict):
        parts = [(key, _part(child, f"{path}.{key}", expressions)) for key, child in value.items()]
        changing = tuple(part for part in parts if not isinstance(part[1], _Fixed))
        return _Object(value, changing) if changing else _Fixed(value)
    if isinstance(value, list):
        elements = [(at, _part(child, f"{path}.{at}", expressions)) for at, child in enumerate(value)]
        moving = tuple(part for part in elements if not isinstance(part[1], _Fixed))
        return _Array(value, moving) if moving else _Fixed(value)
    return _Fixed(value)


def _rows(indexes: Sequence[int]) -> Mapping[int, int] | None:
    """Where each index's row is; None when they are the same."""
    if isinstance(indexes, range) and indexes.start == 0 and indexes.step == 1:
        return None
    return {index: row for row, index in enumerate(indexes)}


def _below(value: Json, steps: Sequence[str], default: Json) -> Json:
    for step in steps:
        value = value.get(step, _MISSING) if isinstance(value, dict) else _element(value, step)
        if value is _MISSING:
            return default
    return value


def _element(value: Json, step: str) -> Json:
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return _MISSING


def _named(failure: Failure, expression: _Expression, index: int) -> Failure:
    """The failure, said of the parameter and the item it happened for."""
    where = {"parameter": expression.path, "itemIndex": index}
    cause = [{"name": expression.path.rpartition(".")[2], "value": expression.template}]
    context = {**(failure.context or {}), **where, "cause": cause}
    return replace(failure, item_index=index, context=context)
