"""What the store answers: rows as frozen values. Every instant is epoch microseconds, UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from engine.kernel.events import ExecutionMode
from plugins.errors import Failure

R = TypeVar("R")


class WorkflowStatus(StrEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    PAUSED = "PAUSED"
    DEPRECATED = "DEPRECATED"
    ARCHIVED = "ARCHIVED"


class WorkflowCategory(StrEnum):
    AUTOMATION = "AUTOMATION"
    INTEGRATION = "INTEGRATION"
    DATA_PROCESSING = "DATA_PROCESSING"
    VALIDATION = "VALIDATION"
    NOTIFICATION = "NOTIFICATION"
    APPROVAL = "APPROVAL"
    UTILITY = "UTILITY"
    CUSTOM = "CUSTOM"


class ExecutionStatus(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TIMED_OUT = "TIMED_OUT"

    @property
    def final(self) -> bool:
        return self in (
            ExecutionStatus.SUCCEEDED,
            ExecutionStatus.FAILED,
            ExecutionStatus.CANCELED,
            ExecutionStatus.TIMED_OUT,
        )


class Role(StrEnum):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    EDITOR = "EDITOR"
    OPERATOR = "OPERATOR"
    VIEWER = "VIEWER"


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """An immutable version. Its definition is read separately, by `definition_hash` (the content hash)."""

    id: str
    workflow_id: str
    version: str
    definition_hash: str
    message: str | None
    created_at_us: int
    created_by: str


@dataclass(frozen=True, slots=True)
class WorkflowRecord:
    id: str
    name: str
    description: str | None
    status: WorkflowStatus
    category: WorkflowCategory
    tags: tuple[str, ...]
    latest: VersionRecord
    published: VersionRecord | None
    created_at_us: int
    created_by: str
    updated_at_us: int
    updated_by: str
    published_at_us: int | None = None


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """`actor` is `kind:id`, e.g. `API_KEY:key_…`, `USER:ada`, `SYSTEM:heddle`."""

    id: str
    status: ExecutionStatus
    mode: ExecutionMode
    definition_hash: str
    workflow_id: str | None
    version_id: str | None
    actor: str
    created_at_us: int
    started_at_us: int | None
    finished_at_us: int | None
    last_seq: int
    error: Failure | None
    error_node: str | None
    wake_at_us: int | None
    retry_of: str | None
    parent: str | None


@dataclass(frozen=True, slots=True)
class TenantRecord:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    id: str
    tenant_id: str
    name: str
    role: Role
    prefix: str
    created_at_us: int
    expires_at_us: int | None
    revoked_at_us: int | None


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One page of a keyset-paginated list, in the order asked for. `total` counts the whole list when asked for."""

    rows: Sequence[R]
    has_next: bool
    has_previous: bool
    total: int | None = None
