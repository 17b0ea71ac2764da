"""What stays the same for every node run of one execution: whose it is, what it runs, in which mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.definition.workflow import Workflow
from engine.kernel.events import ExecutionMode, ExecutionQueued
from engine.ports import Claim
from engine.runtime.compiled import Compiled
from plugins.context import NodeInfo, WorkflowInfo
from plugins.items import Json
from plugins.node import NodeType


@dataclass(frozen=True, slots=True)
class Scope:
    execution_id: str
    tenant: str
    mode: Literal["manual", "production"]
    workflow: Workflow
    types: Mapping[str, NodeType | None]
    nodes: Mapping[str, NodeInfo]
    parameters: Mapping[str, Mapping[str, Json]]
    info: WorkflowInfo
    pinned: frozenset[str]

    @classmethod
    def of(cls, claim: Claim, compiled: Compiled, queued: ExecutionQueued) -> Scope:
        workflow = compiled.workflow
        return cls(
            execution_id=claim.lease.execution_id,
            tenant=claim.lease.tenant,
            mode="manual" if queued.mode is ExecutionMode.TEST else "production",
            workflow=workflow,
            types=compiled.types,
            nodes=compiled.infos,
            parameters=compiled.parameters,
            info=WorkflowInfo(
                id=claim.workflow_id or workflow.id or "",
                name=workflow.name,
                timezone=workflow.settings.timezone,
                active=workflow.active,
            ),
            pinned=frozenset(queued.pinned),
        )
