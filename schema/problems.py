"""Problems: failures that a person can act on, answered as members of a mutation's result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.definition.issues import Report
from schema.validation import ValidationReport

if TYPE_CHECKING:
    from schema.executions import Execution
    from schema.versions import WorkflowVersion
    from schema.workflows import Workflow


@strawberry.interface(description="Why a mutation did nothing, and what to do about it.")
class Problem:
    code: str = strawberry.field(description="Stable, one for each kind of problem.")
    message: str = strawberry.field(description="What is the matter, in words.")


@strawberry.type(description="The definition has errors.")
class InvalidWorkflow(Problem):
    report: ValidationReport = strawberry.field(description="All of them, each with its place and a fix.")

    @classmethod
    def of(cls, report: Report) -> InvalidWorkflow:
        count = len(report.errors)
        message = f"The definition has {count} error{'s' if count > 1 else ''}: see the report"
        return cls(code="INVALID_WORKFLOW", message=message, report=ValidationReport.of(report))


@strawberry.type(description="Somebody saved in between: the expected version is not the latest one.")
class VersionConflict(Problem):
    latest: Annotated[WorkflowVersion, strawberry.lazy("schema.versions")] = strawberry.field(
        description="The version to look at, and to build on."
    )

    @classmethod
    def of(cls, latest: WorkflowVersion) -> VersionConflict:
        message = f"The workflow is at version {latest.version} by now: look at it, then save on top of it"
        return cls(code="VERSION_CONFLICT", message=message, latest=latest)


@strawberry.type(description="Another workflow has this name.")
class NameTaken(Problem):
    existing: Annotated[Workflow, strawberry.lazy("schema.workflows")] = strawberry.field(
        description="The workflow that has it."
    )

    @classmethod
    def of(cls, existing: Workflow) -> NameTaken:
        return cls(
            code="NAME_TAKEN",
            message=f"There is a workflow named '{existing.name}' already: choose another name",
            existing=existing,
        )


@strawberry.type(description="The workflow has no published version, and none was named.")
class NotPublished(Problem):
    workflow: Annotated[Workflow, strawberry.lazy("schema.workflows")] = strawberry.field(
        description="The workflow, to be published or run at a version."
    )

    @classmethod
    def of(cls, workflow: Workflow) -> NotPublished:
        message = f"'{workflow.name}' is not published: publish it, or name the version to run"
        return cls(code="NOT_PUBLISHED", message=message, workflow=workflow)


@strawberry.type(description="The execution cannot go on: what was asked does not fit how it stands.")
class NotResumable(Problem):
    execution: Annotated[Execution, strawberry.lazy("schema.executions")] = strawberry.field(
        description="The execution, as it stands."
    )

    @classmethod
    def of(cls, execution: Execution, message: str) -> NotResumable:
        return cls(code="NOT_RESUMABLE", message=message, execution=execution)


@strawberry.type(description="There is nothing of that id, or that version, here.")
class NotFound(Problem):
    @classmethod
    def of(cls, what: str) -> NotFound:
        return cls(code="NOT_FOUND", message=f"{what} not found")
