"""What a node type is: a function, its typed parameters, and what the engine needs to know to run it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from plugins.context import Context
from plugins.items import Item, Items, Outputs
from plugins.outcomes import Outcome


class Effects(StrEnum):
    """What running a node again would do to the world."""

    NONE = "NONE"
    """Nothing: a pure transformation. May run ahead of a commit and again at will."""
    IDEMPOTENT = "IDEMPOTENT"
    """The other side honours the idempotency key: may run again with the same key."""
    EXTERNAL = "EXTERNAL"
    """Acts on the world: after a crash the outcome is unknown."""


class NoParameters:
    """The parameters of a node that has none (or that reads them untyped, by `ctx.parameter`)."""


Answer: TypeAlias = Outputs | Items | Item | Outcome | None
RunAll: TypeAlias = Callable[[Context[Any], Sequence[Item]], Awaitable[Answer] | AsyncIterator[Item]]
"""(context, items of input 0) -> outputs (list of lists), or a flat list for output 0, or an outcome.

An async generator of items is also accepted: they go to output 0."""
RunEach: TypeAlias = Callable[[Context[Any], Item, int], Awaitable[Item | Items | Outputs | None]]
"""(context, item, position) -> what that one item becomes. Lineage and continue-on-fail come from the framework."""


@dataclass(frozen=True, slots=True)
class NodeType:
    """One version of one node type, as registered."""

    name: str
    version: float
    display_name: str
    description: str
    category: str
    tags: tuple[str, ...]
    parameters: type[Any]
    effects: Effects
    run: RunAll | None = None
    run_each: RunEach | None = None
    inputs: int | Callable[[dict[str, Any]], int] = 1
    """How many main inputs, or how to tell from the raw parameters."""
    outputs: tuple[str, ...] | Callable[[dict[str, Any]], tuple[str, ...]] = ("main",)
    """Names of the main outputs, or how to tell from the raw parameters."""
    required_inputs: str | int | tuple[int, ...] | Callable[[dict[str, Any]], int | tuple[int, ...] | None] | None = (
        None
    )
    """For a node with several inputs: "all", a number, or which of them must be there before it may be released."""
    per_item: bool = True
    """False when only the first item's parameters are ever read: expressions are then evaluated once."""
    literal: frozenset[str] = field(default_factory=frozenset)
    """Top-level parameters whose text is never an expression (code)."""
    trigger: bool = False
    check: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None
    """What makes the node impossible to run, told from its stored parameters alone: parameter to message."""
    catches_item_errors: bool = True
    """True when the node turns a failing item into an error item under continue-on-fail."""
    credentials: tuple[str, ...] = ()
    plugin: str = "builtin"


def node(
    name: str,
    *,
    version: float | Sequence[float] = 1,
    display_name: str = "",
    category: str = "UTILITY",
    tags: Sequence[str] = (),
    parameters: type[Any] = NoParameters,
    effects: Effects = Effects.NONE,
    each: bool = False,
    inputs: int | Callable[[dict[str, Any]], int] = 1,
    outputs: Sequence[str] | Callable[[dict[str, Any]], tuple[str, ...]] = ("main",),
    required_inputs: str | int | Sequence[int] | Callable[[dict[str, Any]], int | tuple[int, ...] | None] | None = None,
    per_item: bool = True,
    literal: Sequence[str] = (),
    trigger: bool = False,
    catches_item_errors: bool = True,
    check: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None,
    credentials: Sequence[str] = (),
) -> Callable[[Callable[..., Any]], tuple[NodeType, ...]]:
    """Declare a node type. The decorated name becomes the tuple of its `NodeType`s, one a version.

    The function's docstring is the description. With `each=True` it is called once an item (see `RunEach`).
    """
    versions = (version,) if isinstance(version, int | float) else tuple(version)

    def register(function: Callable[..., Any]) -> tuple[NodeType, ...]:
        return tuple(
            NodeType(
                name=name,
                version=float(v),
                display_name=display_name or name.rsplit(".", 1)[-1],
                description=(function.__doc__ or "").strip(),
                category=category,
                tags=tuple(tags),
                parameters=parameters,
                effects=effects,
                run=None if each else function,
                run_each=function if each else None,
                inputs=inputs,
                outputs=outputs if callable(outputs) else tuple(outputs),
                required_inputs=tuple(required_inputs)
                if isinstance(required_inputs, Sequence) and not isinstance(required_inputs, str)
                else required_inputs,
                per_item=per_item,
                literal=frozenset(literal),
                trigger=trigger,
                catches_item_errors=catches_item_errors,
                check=check,
                credentials=tuple(credentials),
            )
            for v in versions
        )

    return register
