"""Workflow versions: immutable definitions, and what is in them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import orjson
import strawberry
from strawberry.scalars import JSON

from engine.definition.validation import Stage
from engine.definition.workflow import Connection as ConnectionDefined
from engine.definition.workflow import ExecutionOrder, Settings
from engine.definition.workflow import Node as NodeDefined
from engine.runtime.compiled import Compiled
from engine.store.records import VersionRecord
from schema.context import Context, Info
from schema.fields import resolved
from schema.interfaces import Node
from schema.nodes import NodeType
from schema.recovery import RecoveryPolicy
from schema.scalars import DateTime, Version
from schema.tenancy import Actor
from schema.validation import ValidationReport

if TYPE_CHECKING:
    from schema.workflows import Workflow

strawberry.enum(
    ExecutionOrder,
    name="ExecutionOrderMode",
    description="n8n's orders: V0 breadth first, V1 depth first, and PARALLEL: whatever is ready.",
)


@strawberry.enum(description="Which executions keep their data.")
class SaveData(StrEnum):
    ALL = "ALL"
    ERRORS = "ERRORS"
    NONE = "NONE"


@strawberry.type(description="A step of a workflow.")
class WorkflowNode:
    id: strawberry.ID = strawberry.field(description="The id in the document.")
    name: str = strawberry.field(description="The name: unique in the workflow, and what connections refer to.")
    type: str = strawberry.field(description="The node type.")
    type_version: float = strawberry.field(description="The version of the node type.")
    node_type: NodeType | None = strawberry.field(description="What runs it; null when no plugin provides it.")
    position: list[float] = strawberry.field(description="Where it stands on the canvas: x and y.")
    parameters: JSON = strawberry.field(description="Parameters that differ from the defaults, as stored.")
    disabled: bool = strawberry.field(description="Whether it is passed through instead of being run.")
    recovery: RecoveryPolicy = strawberry.field(description="What happens when it fails.")
    timeout_ms: float | None = strawberry.field(
        description="The longest that one attempt may take, in milliseconds, without what it waits for."
    )
    notes: str | None = strawberry.field(description="The author's notes.")

    @classmethod
    def of(cls, node: NodeDefined, compiled: Compiled) -> WorkflowNode:
        declared = compiled.types[node.name]
        return cls(
            id=strawberry.ID(node.id),
            name=node.name,
            type=node.type,
            type_version=node.type_version,
            node_type=NodeType.of(declared) if declared is not None else None,
            position=list(node.position),
            parameters=JSON(node.parameters),
            disabled=node.disabled,
            recovery=RecoveryPolicy.of(node.recovery),
            timeout_ms=node.timeout_ms,
            notes=node.notes,
        )


@strawberry.type(description="A connection from an output of one node to an input of another.")
class WorkflowConnectionEdge:
    from_: str = strawberry.field(name="from", description="Name of the node that it comes from.")
    output: str = strawberry.field(description="Kind of the output: main, ai_tool, …")
    output_index: int = strawberry.field(description="Which of the outputs of that kind, from 0.")
    to: str = strawberry.field(description="Name of the node that it goes to.")
    input: str = strawberry.field(description="Kind of the input: main, ai_tool, …")
    input_index: int = strawberry.field(description="Which of the inputs of that kind, from 0.")

    @classmethod
    def of(cls, edge: ConnectionDefined) -> WorkflowConnectionEdge:
        return cls(
            from_=edge.source,
            output=edge.kind,
            output_index=edge.output_index,
            to=edge.target,
            input=edge.target_kind,
            input_index=edge.input_index,
        )


@strawberry.type(description="The settings of a version.")
class WorkflowSettings:
    execution_order: ExecutionOrder = strawberry.field(description="In which order nodes run.")
    timeout_seconds: float | None = strawberry.field(
        description="The longest that an execution may take from its start to its end, its waits included."
    )
    timezone: str = strawberry.field(description="The IANA time zone of its dates.")
    max_node_runs: int = strawberry.field(description="Node runs that one execution may have in all.")
    max_parallel_nodes: int = strawberry.field(description="Nodes that run at once, at most, in order PARALLEL.")
    save_data: SaveData = strawberry.field(description="Which executions keep their data.")
    recovery: RecoveryPolicy = strawberry.field(description="What happens when a node without a policy fails.")
    error_workflow_id: strawberry.Private[str | None]

    @resolved("What runs when an execution fails; null when there is none, or it is not here.")
    async def error_workflow(self, info: Info) -> Annotated[Workflow, strawberry.lazy("schema.workflows")] | None:
        from schema.workflows import Workflow  # noqa: PLC0415 - versions and workflows name each other

        if self.error_workflow_id is None:
            return None
        record = await info.context.loaders.workflows.load(self.error_workflow_id)
        return None if record is None else Workflow.of(record)

    @classmethod
    def of(cls, settings: Settings) -> WorkflowSettings:
        return cls(
            execution_order=settings.execution_order,
            timeout_seconds=settings.timeout_s,
            timezone=settings.timezone,
            max_node_runs=settings.max_node_runs,
            max_parallel_nodes=settings.max_parallel_nodes,
            save_data=SaveData(settings.save_data),
            recovery=RecoveryPolicy.of(settings.recovery),
            error_workflow_id=settings.error_workflow,
        )


@strawberry.type(description="Immutable once written, and identified by the hash of its canonical definition.")
class WorkflowVersion(Node):
    version: Version = strawberry.field(description="Its semantic version.")
    content_hash: str = strawberry.field(description="SHA-256 of the canonical definition.")
    message: str | None = strawberry.field(description="What its author said about it.")
    created_at: DateTime = strawberry.field(description="When it was saved.")
    created_by: Actor = strawberry.field(description="Who saved it.")
    workflow_id: strawberry.Private[str]

    @resolved("The workflow that it is a version of.")
    async def workflow(self, info: Info) -> Annotated[Workflow, strawberry.lazy("schema.workflows")]:
        from schema.workflows import Workflow  # noqa: PLC0415 - versions and workflows name each other

        record = await info.context.loaders.workflows.load(self.workflow_id)
        assert record is not None, "a version outlives its workflow"
        return Workflow.of(record)

    @resolved("The n8n-format document, exactly as imported: unknown fields are kept.")
    async def definition(self, info: Info) -> JSON:
        body = await info.context.store.workflows.definition(self.content_hash)
        assert body is not None, "a version has a definition"
        return JSON(orjson.Fragment(body))

    @resolved("Its steps, in the document's order.")
    async def nodes(self, info: Info) -> list[WorkflowNode]:
        compiled = await self._compiled(info.context)
        return [WorkflowNode.of(node, compiled) for node in compiled.workflow.nodes.values()]

    @resolved("Its connections.")
    async def connections(self, info: Info) -> list[WorkflowConnectionEdge]:
        compiled = await self._compiled(info.context)
        return [WorkflowConnectionEdge.of(edge) for edge in compiled.workflow.connections]

    @resolved("Its settings.")
    async def settings(self, info: Info) -> WorkflowSettings:
        return WorkflowSettings.of((await self._compiled(info.context)).workflow.settings)

    @resolved("What is wrong with it, and what is worth knowing.")
    async def validation(self, info: Info) -> ValidationReport:
        context = info.context
        document = (await self._compiled(context)).workflow.document
        return ValidationReport.of(await context.engine.validate(context.store.tenant, document, stage=Stage.SAVE))

    async def _compiled(self, context: Context) -> Compiled:
        return await context.engine.compiled(context.store, self.content_hash)

    @classmethod
    def of(cls, record: VersionRecord) -> WorkflowVersion:
        return cls(
            id=strawberry.ID(record.id),
            version=Version(record.version),
            content_hash=record.definition_hash,
            message=record.message,
            created_at=DateTime(record.created_at_us),
            created_by=Actor.read(record.created_by),
            workflow_id=record.workflow_id,
        )
