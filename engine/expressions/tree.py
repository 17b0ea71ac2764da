"""A node's parameters read once: where in the tree the expressions are, and how each of them is to be answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from engine.expressions.fastpath import Plan, plan
from engine.expressions.world import WorldInput
from plugins.errors import Failure
from plugins.items import Json
from plugins.values import Undefined

Parameters: TypeAlias = Mapping[str, Json]
Column: TypeAlias = Sequence[Json | Undefined | Failure]
"""The values of one expression, one for each item."""
Values: TypeAlias = Callable[[int, int], Json]
"""(number of an expression, index of an item) -> its value. Raises `NodeError` for one that failed."""

MISSING: Final = object()
"""What a path finds where there is nothing."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A template, where it stands (`options.url`), and how Python can answer it, if it can."""

    template: str
    path: str
    plan: Plan | None

    def column(self, given: WorldInput, indexes: Sequence[int]) -> Column | None:
        """None when only the sandbox knows."""
        return None if self.plan is None else self.plan.column(given, indexes)


class Part(Protocol):
    """A part of the tree."""

    def built(self, values: Values, index: int) -> Json:
        """It with its values in place, for one item."""
        ...

    def below(self, step: str) -> Part:
        """The part under a key or a position; `Fixed(MISSING)` where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """A part without expressions: itself, never copied."""

    value: Json

    def built(self, values: Values, index: int) -> Json:  # noqa: ARG002
        return self.value

    def below(self, step: str) -> Part:
        return Fixed(element(self.value, step))


@dataclass(frozen=True, slots=True)
class Cell:
    """An expression, by its number."""

    number: int

    def built(self, values: Values, index: int) -> Json:
        return values(self.number, index)

    def below(self, step: str) -> Part:
        return _Within(self, step)


@dataclass(frozen=True, slots=True)
class Object:
    """An object with an expression somewhere below. `changing` are the entries that are not fixed."""

    original: Mapping[str, Json]
    changing: tuple[tuple[str, Part], ...]

    def built(self, values: Values, index: int) -> Json:
        changed = dict(self.original)
        for key, part in self.changing:
            changed[key] = part.built(values, index)
        return changed

    def below(self, step: str) -> Part:
        return next((part for key, part in self.changing if key == step), Fixed(self.original.get(step, MISSING)))


@dataclass(frozen=True, slots=True)
class Array:
    """A list with an expression somewhere below."""

    original: Sequence[Json]
    changing: tuple[tuple[int, Part], ...]

    def built(self, values: Values, index: int) -> Json:
        changed = list(self.original)
        for position, part in self.changing:
            changed[position] = part.built(values, index)
        return changed

    def below(self, step: str) -> Part:
        found = next((part for position, part in self.changing if str(position) == step), None)
        return found or Fixed(element(self.original, step))


@dataclass(frozen=True, slots=True)
class _Within:
    """Something inside an expression's value."""

    whole: Part
    step: str

    def built(self, values: Values, index: int) -> Json:
        return element(self.whole.built(values, index), self.step)

    def below(self, step: str) -> Part:
        return _Within(self, step)


@dataclass(frozen=True, slots=True)
class Tree:
    """A node's parameters and the expressions in them."""

    root: Part
    expressions: tuple[Expression, ...]
    immediate: bool
    """All of them, as a rule, can be answered in Python."""


def read(parameters: Parameters, literal: frozenset[str]) -> Tree:
    """Every string that starts with `=` is an expression, except below the top-level names in `literal`."""
    found: list[Expression] = []
    parts = [(name, _part(value, name, found)) for name, value in parameters.items() if name not in literal]
    changing = tuple((name, part) for name, part in parts if not isinstance(part, Fixed))
    root: Part = Object(parameters, changing) if changing else Fixed(parameters)
    return Tree(root, tuple(found), all(expression.plan is not None for expression in found))


def _part(value: Json, path: str, found: list[Expression]) -> Part:
    if isinstance(value, str) and value.startswith("="):
        found.append(Expression(value, path, plan(value)))
        return Cell(len(found) - 1)
    if isinstance(value, dict):
        entries = [(key, _part(child, f"{path}.{key}", found)) for key, child in value.items()]
        changing = tuple((key, part) for key, part in entries if not isinstance(part, Fixed))
        return Object(value, changing) if changing else Fixed(value)
    if isinstance(value, list):
        elements = [(at, _part(child, f"{path}.{at}", found)) for at, child in enumerate(value)]
        moving = tuple((at, part) for at, part in elements if not isinstance(part, Fixed))
        return Array(value, moving) if moving else Fixed(value)
    return Fixed(value)


def element(value: Json, step: str) -> Json:
    """What stands under a key or a position of a value, or `MISSING`."""
    if isinstance(value, Mapping):
        return value.get(step, MISSING)
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return MISSING
