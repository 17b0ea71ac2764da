"""The mutations that write workflows: create, update, publish."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from engine.definition.versions import Bump
from engine.runtime import lifecycle
from engine.runtime.lifecycle import Change, NewWorkflow, Saved
from engine.runtime.submission import BadInput, Invalid, UnknownVersion, UnknownWorkflow
from engine.store.records import WorkflowCategory
from engine.store.workflows import NameTaken as NameIsTaken
from engine.store.workflows import VersionConflict as VersionIsOld
from schema.context import Context
from schema.errors import bad_input
from schema.ids import Kind, is_a
from schema.problems import InvalidWorkflow, NameTaken, NotFound, VersionConflict
from schema.scalars import Version
from schema.versions import WorkflowVersion
from schema.workflows import Workflow


@strawberry.enum(description="Which part of the version grows. AUTO: the one that the change calls for.")
class VersionBump(StrEnum):
    AUTO = "AUTO"
    MAJOR = "MAJOR"
    MINOR = "MINOR"
    PATCH = "PATCH"

    @property
    def chosen(self) -> Bump | None:
        return None if self is VersionBump.AUTO else Bump(self.value)


@strawberry.input(description="A workflow to be created.")
class CreateWorkflowInput:
    definition: JSON = strawberry.field(description="An n8n-format document.")
    name: str | None = strawberry.field(default=None, description="Its name; without one, the document's.")
    description: str | None = strawberry.field(default=None, description="What it is about.")
    category: WorkflowCategory | None = strawberry.field(default=None, description="What it is for; else AUTOMATION.")
    tags: list[str] | None = strawberry.field(default=None, description="Words to find it by.")
    version: Version = strawberry.field(default=Version("1.0.0"), description="Number of its first version.")
    publish: bool = strawberry.field(default=False, description="Whether to publish that version at once.")
    message: str | None = strawberry.field(default=None, description="What to say about that version.")


@strawberry.input(description="What is to become of a workflow. What is left out stays as it is.")
class UpdateWorkflowInput:
    id: strawberry.ID = strawberry.field(description="The workflow's id.")
    expected_version: Version = strawberry.field(
        description="The latest version as you know it: guards against overwriting what somebody else saved."
    )
    definition: JSON | None = strawberry.field(default=None, description="The new n8n-format document.")
    name: str | None = strawberry.field(default=None, description="The new name.")
    description: str | None = strawberry.field(default=None, description="The new description.")
    category: WorkflowCategory | None = strawberry.field(default=None, description="The new category.")
    tags: list[str] | None = strawberry.field(default=None, description="The new tags, instead of the old ones.")
    bump: VersionBump = strawberry.field(default=VersionBump.AUTO, description="Which part of the version grows.")
    message: str | None = strawberry.field(default=None, description="What to say about the new version.")


@strawberry.input(description="A version to be published.")
class PublishWorkflowInput:
    id: strawberry.ID = strawberry.field(description="The workflow's id.")
    version: Version | None = strawberry.field(default=None, description="The version to publish; else the latest.")


CreateWorkflowResult = Annotated[
    Workflow | InvalidWorkflow | NameTaken,
    strawberry.union("CreateWorkflowResult", description="The new workflow, or why there is none."),
]
UpdateWorkflowResult = Annotated[
    Workflow | InvalidWorkflow | VersionConflict | NameTaken | NotFound,
    strawberry.union("UpdateWorkflowResult", description="The workflow with its new version, or why it has none."),
]
PublishWorkflowResult = Annotated[
    Workflow | InvalidWorkflow | NotFound,
    strawberry.union("PublishWorkflowResult", description="The published workflow, or why it is not published."),
]


async def create_workflow(context: Context, input: CreateWorkflowInput) -> Workflow | InvalidWorkflow | NameTaken:
    new = NewWorkflow(
        document=input.definition,
        name=input.name,
        description=input.description,
        category=input.category or WorkflowCategory.AUTOMATION,
        tags=input.tags or (),
        version=input.version,
        publish=input.publish,
        message=input.message,
    )
    match await lifecycle.create(context.engine, context.store, new, actor=context.caller.actor):
        case Saved(workflow):
            return Workflow.of(workflow)
        case Invalid(report):
            return InvalidWorkflow.of(report)
        case NameIsTaken(existing):
            return NameTaken.of(Workflow.of(existing))
        case BadInput(message):
            raise bad_input(message)


async def update_workflow(
    context: Context, input: UpdateWorkflowInput
) -> Workflow | InvalidWorkflow | VersionConflict | NameTaken | NotFound:
    if not is_a(Kind.WORKFLOW, input.id):
        return NotFound.of("Workflow")
    change = Change(
        workflow_id=input.id,
        expected_version=input.expected_version,
        document=input.definition,
        name=input.name,
        description=input.description,
        category=input.category,
        tags=input.tags,
        bump=input.bump.chosen,
        message=input.message,
    )
    match await lifecycle.update(context.engine, context.store, change, actor=context.caller.actor):
        case Saved(workflow):
            return Workflow.of(workflow)
        case Invalid(report):
            return InvalidWorkflow.of(report)
        case VersionIsOld(latest):
            return VersionConflict.of(WorkflowVersion.of(latest))
        case NameIsTaken(existing):
            return NameTaken.of(Workflow.of(existing))
        case UnknownWorkflow():
            return NotFound.of("Workflow")
        case BadInput(message):
            raise bad_input(message)


async def publish_workflow(context: Context, input: PublishWorkflowInput) -> Workflow | InvalidWorkflow | NotFound:
    if not is_a(Kind.WORKFLOW, input.id):
        return NotFound.of("Workflow")
    actor = context.caller.actor
    match await lifecycle.publish(context.engine, context.store, input.id, input.version, actor=actor):
        case Saved(workflow):
            return Workflow.of(workflow)
        case Invalid(report):
            return InvalidWorkflow.of(report)
        case UnknownWorkflow():
            return NotFound.of("Workflow")
        case UnknownVersion(version):
            return NotFound.of(f"Version {version}")
