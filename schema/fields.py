"""Fields that a method answers: Strawberry's decorators, with types that mypy can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def resolved(description: str, *, graphql_type: Any = None) -> Callable[[F], F]:
    """A field of an object, or of a root, whose value the method returns."""
    return cast("Callable[[F], F]", strawberry.field(description=description, graphql_type=graphql_type))


def streamed(description: str) -> Callable[[F], F]:
    """A field of the subscription root, whose stream the method returns."""
    return cast("Callable[[F], F]", strawberry.subscription(description=description))
