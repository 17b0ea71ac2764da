"""The workflow as a value: nodes, connections and settings, as n8n writes them, read once and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.definition.recovery import Recovery
from plugins.items import Items, Json

DEFAULT_NODE_RUN_BUDGET = 10_000
DEFAULT_PARALLEL_NODES = 8


class OnError(StrEnum):
    STOP = "stopWorkflow"
    CONTINUE_REGULAR = "continueRegularOutput"
    CONTINUE_ERROR = "continueErrorOutput"


class ExecutionOrder(StrEnum):
    V0 = "v0"
    V1 = "v1"
    PARALLEL = "parallel"


@dataclass(frozen=True, slots=True)
class Node:
    """A step. `name` is the key used everywhere; `parameters` hold only what differs from the type's defaults."""

    id: str
    name: str
    type: str
    type_version: float = 1.0
    position: tuple[float, float] = (0.0, 0.0)
    parameters: Mapping[str, Json] = field(default_factory=dict)
    credentials: Mapping[str, Json] = field(default_factory=dict)
    disabled: bool = False
    on_error: OnError = OnError.STOP
    catches_errors: bool = False
    """The node itself may put an error item in a failing item's place. Not the same as a recovery for the whole node:
    `continueOnFail` beside an `onError` has the second without the first."""
    recovery: Recovery = field(default_factory=Recovery)
    always_output_data: bool = False
    execute_once: bool = False
    timeout_ms: int | None = None
    """The longest that one attempt may take. Waiting for an instant or a signal is no part of an attempt."""
    webhook_id: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Connection:
    """From output `output_index` of `source` to input `input_index` of `target`; both of type `kind` (`main`, `ai_…`).

    `position` is its place within the output's list: order v0 follows it.
    """

    source: str
    kind: str
    output_index: int
    position: int
    target: str
    target_kind: str
    input_index: int


@dataclass(frozen=True, slots=True)
class Settings:
    execution_order: ExecutionOrder = ExecutionOrder.V0
    timezone: str = "UTC"
    timeout_s: float | None = None
    """From the start of an execution to its end, its waits included."""
    max_node_runs: int = DEFAULT_NODE_RUN_BUDGET
    max_parallel_nodes: int = DEFAULT_PARALLEL_NODES
    """Attempts that may be under way at once. Read in order "parallel" only."""
    error_workflow: str | None = None
    save_data: str = "ALL"
    recovery: Recovery = field(default_factory=Recovery)


@dataclass(frozen=True, slots=True)
class Workflow:
    """A definition that was read. `document` is what was imported, every unknown field kept."""

    name: str
    nodes: Mapping[str, Node]
    connections: tuple[Connection, ...]
    settings: Settings
    pinned: Mapping[str, Items]
    document: Mapping[str, Json]
    id: str | None = None
    active: bool = False
