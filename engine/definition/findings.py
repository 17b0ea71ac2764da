"""Findings: the issues met so far while a definition is being looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engine.definition.issues import Code, Issue, Report
from engine.definition.pointer import Path, Token, pointer

MAX_ISSUES_PER_CODE = 1_000


class Findings:
    """Collects errors and warnings in the order in which they are met; past the limit of a code it only counts."""

    def __init__(self) -> None:
        self._errors: list[Issue] = []
        self._warnings: list[Issue] = []
        self._met: Counter[Code] = Counter()

    @property
    def errors(self) -> Sequence[Issue]:
        return self._errors

    def error(
        self, code: Code, message: str, at: Sequence[Token], *, node: str | None = None, fix: str | None = None
    ) -> None:
        self._met[code] += 1
        if self._met[code] <= MAX_ISSUES_PER_CODE or not self._errors:  # whatever is left out, errors stay errors
            self._errors.append(Issue(code, message, pointer(at), node, fix))

    def warning(
        self, code: Code, message: str, at: Sequence[Token], *, node: str | None = None, fix: str | None = None
    ) -> None:
        self._met[code] += 1
        if self._met[code] <= MAX_ISSUES_PER_CODE:
            self._warnings.append(Issue(code, message, pointer(at), node, fix))

    def report(self) -> Report:
        return Report(tuple(self._errors), (*self._warnings, *self._left_out()))

    def _left_out(self) -> Sequence[Issue]:
        return [
            Issue(Code.TOO_MANY_ISSUES, f"{met - MAX_ISSUES_PER_CODE} more issues with code {code} are not listed", "")
            for code, met in self._met.items()
            if met > MAX_ISSUES_PER_CODE
        ]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the document that is being read: what is found there is reported relative to it."""

    found: Findings
    at: Path = ()
    node: str | None = None

    def error(self, code: Code, message: str, *more: Token, fix: str | None = None) -> None:
        self.found.error(code, message, (*self.at, *more), node=self.node, fix=fix)

    def warning(self, code: Code, message: str, *more: Token, fix: str | None = None) -> None:
        self.found.warning(code, message, (*self.at, *more), node=self.node, fix=fix)

    def within(self, *more: Token) -> Spot:
        return Spot(self.found, (*self.at, *more), self.node)
