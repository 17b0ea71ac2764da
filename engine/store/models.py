"""The tables, as Tortoise sees them. What it cannot say (composite keys, partial indexes, triggers) the migrations do.

Ids are text, a prefix and a UUIDv7: `tnt_`, `key_`, `wf_`, `wfv_`, `exe_`. Every instant is epoch microseconds, UTC.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engine.store.scope import TenantModel

ID = 40


class Tenant(Model):
    id = fields.CharField(max_length=ID, primary_key=True)
    name = fields.TextField()
    created_at_us = fields.BigIntField()

    class Meta:
        table = "tenants"


class ApiKey(TenantModel):
    """Only the hash of a key's secret is kept, and the first characters to know it by."""

    id = fields.CharField(max_length=ID, primary_key=True)
    name = fields.TextField()
    role = fields.TextField()
    prefix = fields.TextField()
    secret_hash = fields.TextField()
    created_at_us = fields.BigIntField()
    expires_at_us = fields.BigIntField(null=True)
    revoked_at_us = fields.BigIntField(null=True)
    last_used_at_us = fields.BigIntField(null=True)

    class Meta:
        table = "api_keys"


class Definition(TenantModel):
    """A document by its content hash. Its key is `(tenant_id, hash)`; Tortoise is told half of it."""

    hash = fields.CharField(max_length=128, primary_key=True)
    document = fields.BinaryField()

    class Meta:
        table = "definitions"


class Workflow(TenantModel):
    """`search` holds name, description and tags, casefolded. `tags` are lines, a line break before and after each.
    `document_id` is the id that the latest version's document names: what other imported documents know it by."""

    id = fields.CharField(max_length=ID, primary_key=True)
    name = fields.TextField()
    description = fields.TextField(null=True)
    status = fields.TextField()
    category = fields.TextField()
    tags = fields.TextField()
    search = fields.TextField()
    latest_version_id = fields.CharField(max_length=ID)
    published_version_id = fields.CharField(max_length=ID, null=True)
    created_at_us = fields.BigIntField()
    created_by = fields.TextField()
    updated_at_us = fields.BigIntField()
    updated_by = fields.TextField()
    published_at_us = fields.BigIntField(null=True)
    document_id = fields.TextField(null=True)

    class Meta:
        table = "workflows"


class WorkflowVersion(TenantModel):
    """Never updated and never deleted: the database refuses both."""

    id = fields.CharField(max_length=ID, primary_key=True)
    workflow_id = fields.CharField(max_length=ID)
    version = fields.TextField()
    definition_hash = fields.TextField()
    message = fields.TextField(null=True)
    created_at_us = fields.BigIntField()
    created_by = fields.TextField()

    class Meta:
        table = "workflow_versions"


class Execution(TenantModel):
    """What the log says about an execution, kept beside it for lists and for claiming. Written by the journal alone.

    Held by `worker` under `epoch` until `lease_until_us`; both are null while nobody holds it.
    """

    id = fields.CharField(max_length=ID, primary_key=True)
    workflow_id = fields.CharField(max_length=ID, null=True)
    version_id = fields.CharField(max_length=ID, null=True)
    definition_hash = fields.TextField()
    status = fields.TextField()
    mode = fields.TextField()
    actor = fields.TextField()
    priority = fields.IntField()
    created_at_us = fields.BigIntField()
    started_at_us = fields.BigIntField(null=True)
    finished_at_us = fields.BigIntField(null=True)
    duration_us = fields.BigIntField()
    last_seq = fields.BigIntField()
    error = fields.BinaryField(null=True)
    error_code = fields.TextField(null=True)
    error_node = fields.TextField(null=True)
    wake_at_us = fields.BigIntField(null=True)
    worker = fields.TextField(null=True)
    epoch = fields.BigIntField()
    lease_until_us = fields.BigIntField(null=True)
    retry_of = fields.CharField(max_length=ID, null=True)
    parent = fields.CharField(max_length=ID, null=True)

    class Meta:
        table = "executions"


class ExecutionEvent(TenantModel):
    """One event of the log. Its key is `(execution_id, seq)`; Tortoise is told half of it."""

    execution_id = fields.CharField(max_length=ID, primary_key=True)
    seq = fields.BigIntField()
    body = fields.BinaryField()

    class Meta:
        table = "execution_events"


class IdempotencyKey(TenantModel):
    """The execution that a caller's key stands for. Its key is `(tenant_id, key)`; Tortoise is told half of it."""

    key = fields.CharField(max_length=255, primary_key=True)
    request_hash = fields.TextField(null=True)
    execution_id = fields.CharField(max_length=ID)
    created_at_us = fields.BigIntField()

    class Meta:
        table = "idempotency_keys"


class NodeFailure(TenantModel):
    """Where a NodeFailed event is. Its key is `(execution_id, seq)`; Tortoise is told half of it."""

    execution_id = fields.CharField(max_length=ID, primary_key=True)
    seq = fields.BigIntField()
    at_us = fields.BigIntField()
    workflow_id = fields.CharField(max_length=ID, null=True)

    class Meta:
        table = "node_failures"


class FailureCount(TenantModel):
    """How many attempts failed so in an hour since the epoch. `workflow_id` is empty for definitions that are not
    saved. Its key is everything but the count; Tortoise is told a part of it."""

    hour = fields.BigIntField()
    workflow_id = fields.CharField(max_length=ID)
    node = fields.CharField(max_length=1024, primary_key=True)
    node_type = fields.TextField()
    code = fields.TextField()
    count = fields.BigIntField()

    class Meta:
        table = "failure_counts"
