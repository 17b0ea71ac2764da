"""What a document may ask for: its size, depth, aliases and directives, counted before it is validated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from schema.errors import ApiError, ErrorCode


@dataclass(frozen=True, slots=True)
class Limits:
    """`depth` counts selection sets below the root, `fields` every field with its fragments spelled out."""

    tokens: int = 5_000
    operations: int = 1
    fields: int = 500
    depth: int = 10
    introspection_depth: int = 15
    aliases: int = 15
    directives: int = 20
    errors: int = 10
    first: int = 100
    """Rows of a page."""
    wait_ms: int = 60_000
    """How long a mutation may wait for the execution that it started."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection set comes to, fragments spelled out."""

    fields: int = 0
    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    directives: int = 0

    def plus(self, other: Measure) -> Measure:
        return Measure(
            self.fields + other.fields,
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
        )


NOTHING = Measure()
RECURSION = 100
BOTTOMLESS = Measure(depth=RECURSION, introspection_depth=RECURSION)
"""What is nested beyond that is not looked into."""


def check(document: DocumentNode, limits: Limits) -> Measure:
    """What all operations come to.

    Raises `ApiError`: OPERATION_NOT_ALLOWED for several operations, DOCUMENT_TOO_COMPLEX for too much of anything.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > limits.operations:
        raise ApiError(ErrorCode.OPERATION_NOT_ALLOWED, f"A request may hold {limits.operations} operation")
    ruler = Ruler(document)
    measure = NOTHING
    for operation in operations:
        own = Measure(directives=len(operation.directives or ()))
        measure = measure.plus(ruler.of(operation.selection_set)).plus(own)
        if operation.operation is OperationType.MUTATION:
            _once_each(operation.selection_set)
    _hold(measure, limits)
    return measure


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """Names of all fields selected at the root, fragments spelled out and conditions ignored."""
    fragments = _fragments(document)
    names: set[str] = set()
    seen: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            match selection:
                case FieldNode():
                    names.add(selection.name.value)
                case InlineFragmentNode():
                    waiting.append(selection.selection_set)
                case FragmentSpreadNode() if (name := selection.name.value) in fragments and name not in seen:
                    seen.add(name)
                    waiting.append(fragments[name].selection_set)
    return frozenset(names)


class Ruler:
    """Measures selection sets, each fragment once: a bomb of fragments costs no more than its text."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = _fragments(document)
        self._measured: dict[str, Measure] = {}

    def of(self, selections: SelectionSetNode, *, level: int = 0) -> Measure:
        if level > RECURSION:
            return BOTTOMLESS
        total = NOTHING
        for selection in selections.selections:
            total = total.plus(Measure(directives=len(selection.directives or ())))
            match selection:
                case FieldNode():
                    total = total.plus(self._field(selection, level))
                case InlineFragmentNode():
                    total = total.plus(self.of(selection.selection_set, level=level + 1))
                case FragmentSpreadNode():
                    total = total.plus(self._fragment(selection.name.value, level))
        return total

    def _field(self, field: FieldNode, level: int) -> Measure:
        own = Measure(fields=1, aliases=int(field.alias is not None))
        if field.selection_set is None:
            return own
        inner = self.of(field.selection_set, level=level + 1)
        if field.name.value.startswith("__"):
            deep = max(inner.depth, inner.introspection_depth)
            return own.plus(Measure(inner.fields, 0, deep, inner.aliases, inner.directives))
        return own.plus(
            Measure(inner.fields, inner.depth + 1, inner.introspection_depth, inner.aliases, inner.directives)
        )

    def _fragment(self, name: str, level: int) -> Measure:
        if name not in self._measured:
            self._measured[name] = NOTHING  # A cycle counts once here; validation refuses it.
            if name in self._fragments:
                self._measured[name] = self.of(self._fragments[name].selection_set, level=level + 1)
        return self._measured[name]


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def _hold(measure: Measure, limits: Limits) -> None:
    """The names of the measures are those of their limits."""
    for what in ("fields", "depth", "introspection_depth", "aliases", "directives"):
        if getattr(measure, what) > getattr(limits, what):
            words = what.replace("_", " ")
            message = f"The document asks for too much: its {words} may be at most {getattr(limits, what)}"
            raise ApiError(ErrorCode.DOCUMENT_TOO_COMPLEX, message)


def _once_each(selections: SelectionSetNode) -> None:
    """One mutation may not be repeated under aliases."""
    names: Sequence[str] = [node.name.value for node in selections.selections if isinstance(node, FieldNode)]
    if len(set(names)) < len(names):
        raise ApiError(ErrorCode.DOCUMENT_TOO_COMPLEX, "A mutation field may occur once in an operation")
