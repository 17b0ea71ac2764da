"""Issues: what is wrong with a definition, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Every kind of issue. Stable: clients tell issues apart by it."""

    INVALID_STRUCTURE = "INVALID_STRUCTURE"
    """Not shaped as a workflow document: a value of the wrong type, something indispensable missing."""
    INVALID_TEXT = "INVALID_TEXT"
    """Text that cannot be stored: half a surrogate pair, or NUL in a name."""
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_ISSUES = "TOO_MANY_ISSUES"
    """More issues of one code than are worth listing; says how many were left out."""
    EMPTY_NODE_NAME = "EMPTY_NODE_NAME"
    DUPLICATE_NODE_NAME = "DUPLICATE_NODE_NAME"
    DUPLICATE_NODE_ID = "DUPLICATE_NODE_ID"
    DANGLING_CONNECTION = "DANGLING_CONNECTION"
    UNKNOWN_NODE_TYPE = "UNKNOWN_NODE_TYPE"
    UNKNOWN_NODE_VERSION = "UNKNOWN_NODE_VERSION"
    MISSING_PARAMETER = "MISSING_PARAMETER"
    INVALID_PARAMETER = "INVALID_PARAMETER"
    UNUSABLE_PARAMETER = "UNUSABLE_PARAMETER"
    EXPRESSION_SYNTAX = "EXPRESSION_SYNTAX"
    INVALID_SETTING = "INVALID_SETTING"
    INVALID_VERSION = "INVALID_VERSION"
    UNREACHABLE_NODE = "UNREACHABLE_NODE"
    CYCLE = "CYCLE"
    NO_TRIGGER = "NO_TRIGGER"


class Stage(StrEnum):
    """What the definition is about to be used for: how severe some issues are depends on it."""

    SAVE = "SAVE"
    """To be kept: it may be unfinished, as in an editor."""
    CHECK = "CHECK"
    """Its author asks what is wrong with it; nothing is kept."""
    PUBLISH = "PUBLISH"
    """To be run by triggers, with nobody watching."""
    RUN = "RUN"
    """To be run now: what n8n finds out only at a node, when it is reached, fails that node and not the start."""


@dataclass(frozen=True, slots=True)
class Issue:
    """`pointer` is RFC 6901, into the definition; for something missing it names the place where it should be."""

    code: Code
    message: str
    pointer: str
    node: str | None = None
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Every problem at once. Errors forbid what was asked for; warnings do not."""

    errors: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.errors


class InvalidDocument(ValueError):
    """The document cannot be read as a workflow, for these reasons (at least one)."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        first = issues[0]
        more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
        super().__init__(f"{first.message} at {first.pointer or 'the top'}{more}")
        self.issues = tuple(issues)
