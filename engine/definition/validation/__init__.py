"""Validation: every problem of a definition at once, each with its place and a way to mend it."""

from __future__ import annotations

from engine.definition.draft import read_draft
from engine.definition.findings import Findings
from engine.definition.issues import Code, InvalidDocument, Issue, Report, Stage
from engine.definition.validation.catalog import Catalog, ParameterCheck, ParameterProblem, SyntaxChecker
from engine.definition.validation.cycles import check_cycles
from engine.definition.validation.expressions import check_expressions
from engine.definition.validation.parameters import check_parameters, declared
from engine.definition.validation.reachability import check_reachability
from engine.definition.validation.subject import subject_of
from engine.definition.validation.types import check_types
from engine.definition.validation.version import check_version
from plugins.items import Json

__all__ = [
    "Catalog",
    "Code",
    "InvalidDocument",
    "Issue",
    "ParameterCheck",
    "ParameterProblem",
    "Report",
    "Stage",
    "SyntaxChecker",
    "validate",
]


async def validate(
    document: Json,
    catalog: Catalog,
    *,
    stage: Stage = Stage.SAVE,
    strict_dag: bool = False,
    syntax: SyntaxChecker | None = None,
    parameters: ParameterCheck = declared,
    version: str | None = None,
) -> Report:
    """Judge a document, whatever JSON it is. Expressions are parsed only where a checker is given.

    A document without errors can be read (`engine.definition.n8n.read`). The document's own `settings.strictDag` is
    as good as `strict_dag`. Raises nothing of its own: only what `syntax` raises when it cannot answer.
    """
    found = Findings()
    if version is not None:
        check_version(version, found)
    draft = read_draft(document, found, default_timezone="UTC")
    if draft is None:
        return found.report()
    subject = subject_of(draft, catalog, stage)
    check_types(subject, catalog, found)
    check_parameters(subject, parameters, found)
    check_cycles(draft, found, strict_dag=strict_dag or _is_strict(draft.document.get("settings")))
    check_reachability(subject, found)
    if syntax is not None:
        await check_expressions(subject, syntax, found)
    return found.report()


def _is_strict(settings: Json) -> bool:
    return isinstance(settings, dict) and settings.get("strictDag") is True
