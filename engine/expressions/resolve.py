"""A node's parameters, resolved: every expression in the tree evaluated for every item, in at most one batch."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from engine.expressions.fastpath import plan
from engine.expressions.references import references
from engine.expressions.tree import MISSING, Column, Expression, Parameters, Tree, read
from engine.expressions.world import WorldInput, world
from engine.ports import Evaluation, Sandbox
from plugins.errors import Failure, NodeError
from plugins.items import Json
from plugins.values import Undefined

_TREES = 8192
_encoder = msgspec.json.Encoder(enc_hook=lambda _: None)
"""To measure with: what is no JSON (a date of JavaScript's, say) counts as little."""
_LONG = 2000
"""Items that are answered without a pause: one or two milliseconds."""


class Resolved:
    """Parameters with their values in place. A failed expression raises when it is read, and only then."""

    __slots__ = ("_columns", "_rows", "_tree")

    def __init__(self, tree: Tree, columns: Sequence[Column], indexes: Sequence[int]) -> None:
        self._tree = tree
        self._columns = columns
        self._rows = _rows(indexes)

    def at(self, index: int) -> Parameters:
        """The whole tree for the item at `index`. Parts without expressions are shared, not copied.

        Raises the `NodeError` of the first expression that failed for this item.
        """
        tree: Parameters = self._tree.root.built(self._value, index)
        return tree

    def get(self, path: str, index: int, default: Json = None) -> Json:
        """One value by its dotted path (`options.timeout`, `values.0.name`); `default` where there is none.

        Raises the `NodeError` of an expression in that value which failed for this item.
        """
        part = self._tree.root
        for step in path.split("."):
            part = part.below(step)
        value = part.built(self._value, index)
        return default if value is MISSING else value

    def weight(self, most: int) -> int:
        """About how many bytes of JSON its values come to, each counted as often as it stands there. What is shared is
        small in memory, and may be larger than any memory once it is written down. Not counted on above `most`."""
        total = 0
        known: dict[int, int] = {}
        for column in self._columns:
            for value in column:
                if isinstance(value, str):
                    total += len(value)
                elif isinstance(value, dict | list):
                    size = known.get(id(value))
                    if size is None:
                        size = known[id(value)] = len(_encoder.encode(value))
                    total += size
            if total > most:
                break
        return total

    def _value(self, number: int, index: int) -> Json:
        value = self._columns[number][index if self._rows is None else self._rows[index]]
        if type(value) is Failure:
            raise NodeError.of(_located(value, self._tree.expressions[number], index))
        return value


class Resolver:
    """Resolves parameters, with a memory of every tree it has read. One for the whole process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._trees: OrderedDict[tuple[int, frozenset[str]], tuple[Parameters, Tree]] = OrderedDict()

    def is_immediate(self, parameters: Parameters, literal: frozenset[str] = frozenset()) -> bool:
        """True when, as a rule, no sandbox is needed: there are no expressions, or only plain paths."""
        return self._tree(parameters, literal).immediate

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
            return Resolved(tree, (), indexes)
        if not tree.immediate:
            return None
        given = world()
        columns: list[Column] = []
        for expression in tree.expressions:
            column = expression.column(given, indexes)
            if column is None:
                return None
            columns.append(column)
        return Resolved(tree, columns, indexes)

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
            return Resolved(tree, (), indexes)
        given = world()
        columns: list[Column | None] = []
        for expression in tree.expressions:
            quick = (
                expression.column(given, indexes) if len(indexes) <= _LONG else await _long(expression, given, indexes)
            )
            columns.append(quick)
        left = [number for number, column in enumerate(columns) if column is None]
        if left:
            templates = [tree.expressions[number].template for number in left]
            evaluated = await evaluate(self._sandbox, tenant, templates, indexes, given)
            for number, column in zip(left, evaluated, strict=True):
                columns[number] = column
        return Resolved(tree, [column for column in columns if column is not None], indexes)

    def _tree(self, parameters: Parameters, literal: frozenset[str]) -> Tree:
        key = (id(parameters), literal)
        known = self._trees.get(key)
        if known is None:
            known = self._trees[key] = (parameters, read(parameters, literal))  # held, so that the id stays theirs
            if len(self._trees) > _TREES:
                self._trees.popitem(last=False)
        return known[1]


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


async def _long(expression: Expression, given: WorldInput, indexes: Sequence[int]) -> Column | None:
    """A long column, answered in stretches between which others have their turn."""
    column: list[Json | Undefined | Failure] = []
    for start in range(0, len(indexes), _LONG):
        stretch = expression.column(given, indexes[start : start + _LONG])
        if stretch is None:
            return None
        column += stretch
        await asyncio.sleep(0)
    return column


def _rows(indexes: Sequence[int]) -> Mapping[int, int] | None:
    """Where each index's row is; None when they are the same."""
    if isinstance(indexes, range) and indexes.start == 0 and indexes.step == 1:
        return None
    return {index: row for row, index in enumerate(indexes)}


def _located(failure: Failure, expression: Expression, index: int) -> Failure:
    """The failure, said of the parameter and the item it happened for."""
    cause = [{"name": expression.path.rpartition(".")[2], "value": expression.template}]
    where = {"parameter": expression.path, "itemIndex": index, "cause": cause}
    return replace(failure, item_index=index, context={**(failure.context or {}), **where})
