"""What validation is given: the known node types, and those who can judge parameters and expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.definition.pointer import Token
from plugins.items import Json
from plugins.node import NodeType


class Catalog(Protocol):
    """The node types that this server provides."""

    def find(self, type: str, version: float, /) -> NodeType | None:
        """What runs that version: itself, or another version that stands in for it; None when nothing does."""
        ...

    def versions(self, type: str, /) -> Sequence[float]:
        """The versions of a type, ascending; empty when the type is not known."""
        ...


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """`path` is below the node's parameters. A missing parameter is required and not there; with an unusable one the
    node could not even begin."""

    path: tuple[Token, ...]
    message: str
    missing: bool = False
    unusable: bool = False


class ParameterCheck(Protocol):
    def __call__(self, type: NodeType, raw: Mapping[str, Json], /) -> Sequence[ParameterProblem]:
        """What is certainly wrong with these parameters, told without evaluating an expression. Never raises."""
        ...


class SyntaxChecker(Protocol):
    async def check(self, templates: Sequence[str]) -> Sequence[str | None]:
        """For each template (`={{ … }}`): what is wrong with its syntax, or None. Evaluates nothing.

        Whatever this raises, `validate` raises: that no answer could be had says nothing about the definition.
        """
        ...
