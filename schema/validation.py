"""Validation reports: every problem of a definition, where it is, and what to do about it."""

from __future__ import annotations

import strawberry

from engine.definition.issues import Issue, Report


@strawberry.type(description="One problem of a definition.")
class ValidationIssue:
    code: str = strawberry.field(
        description=(
            "Stable: DANGLING_CONNECTION, DUPLICATE_NODE_NAME, CYCLE, UNKNOWN_NODE_TYPE, MISSING_PARAMETER, "
            "EXPRESSION_SYNTAX, UNREACHABLE_NODE, INVALID_VERSION, …"
        )
    )
    message: str = strawberry.field(description="What is wrong.")
    pointer: str = strawberry.field(description="Where: RFC 6901, into the definition.")
    node: str | None = strawberry.field(description="The node concerned, if it is about one.")
    fix: str | None = strawberry.field(description="What to do about it.")

    @classmethod
    def of(cls, issue: Issue) -> ValidationIssue:
        return cls(code=issue.code.value, message=issue.message, pointer=issue.pointer, node=issue.node, fix=issue.fix)


@strawberry.type(description="Every problem of a definition at once.")
class ValidationReport:
    valid: bool = strawberry.field(description="Whether there is no error.")
    errors: list[ValidationIssue] = strawberry.field(description="What forbids it.")
    warnings: list[ValidationIssue] = strawberry.field(description="What is worth knowing.")

    @classmethod
    def of(cls, report: Report) -> ValidationReport:
        return cls(
            valid=report.valid,
            errors=[ValidationIssue.of(issue) for issue in report.errors],
            warnings=[ValidationIssue.of(issue) for issue in report.warnings],
        )
