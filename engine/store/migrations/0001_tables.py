"""Tenants, keys, workflows with their versions and definitions, executions with their log."""

from tortoise import migrations

from engine.store.migrations._statements import Statements

TABLES = [
    """
    CREATE TABLE tenants (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        created_at_us BIGINT NOT NULL
    )
    """,
    """
    CREATE TABLE api_keys (
        id TEXT NOT NULL PRIMARY KEY,
        tenant_id TEXT NOT NULL REFERENCES tenants (id),
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        prefix TEXT NOT NULL,
        secret_hash TEXT NOT NULL UNIQUE,
        created_at_us BIGINT NOT NULL,
        expires_at_us BIGINT,
        revoked_at_us BIGINT,
        last_used_at_us BIGINT
    )
    """,
    "CREATE INDEX api_keys_of_tenant ON api_keys (tenant_id, id)",
    """
    CREATE TABLE definitions (
        tenant_id TEXT NOT NULL REFERENCES tenants (id),
        hash TEXT NOT NULL,
        document {bytes} NOT NULL,
        PRIMARY KEY (tenant_id, hash)
    )
    """,
    """
    CREATE TABLE workflows (
        id TEXT NOT NULL PRIMARY KEY,
        tenant_id TEXT NOT NULL REFERENCES tenants (id),
        name TEXT NOT NULL,
        description TEXT,
        status TEXT NOT NULL,
        category TEXT NOT NULL,
        tags TEXT NOT NULL,
        search TEXT NOT NULL,
        latest_version_id TEXT NOT NULL,
        published_version_id TEXT,
        created_at_us BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        updated_at_us BIGINT NOT NULL,
        updated_by TEXT NOT NULL,
        published_at_us BIGINT,
        UNIQUE (tenant_id, id),
        UNIQUE (tenant_id, name),
        FOREIGN KEY (tenant_id, latest_version_id)
            REFERENCES workflow_versions (tenant_id, id) DEFERRABLE INITIALLY DEFERRED,
        FOREIGN KEY (tenant_id, published_version_id)
            REFERENCES workflow_versions (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
    )
    """,
    "CREATE INDEX workflows_by_created ON workflows (tenant_id, created_at_us, id)",
    "CREATE INDEX workflows_by_updated ON workflows (tenant_id, updated_at_us, id)",
    """
    CREATE TABLE workflow_versions (
        id TEXT NOT NULL PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        workflow_id TEXT NOT NULL,
        version TEXT NOT NULL,
        definition_hash TEXT NOT NULL,
        message TEXT,
        created_at_us BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        UNIQUE (tenant_id, id),
        UNIQUE (workflow_id, version),
        FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows (tenant_id, id),
        FOREIGN KEY (tenant_id, definition_hash) REFERENCES definitions (tenant_id, hash)
    )
    """,
    "CREATE INDEX versions_of_workflow ON workflow_versions (tenant_id, workflow_id, id)",
    """
    CREATE TABLE executions (
        id TEXT NOT NULL PRIMARY KEY,
        tenant_id TEXT NOT NULL REFERENCES tenants (id),
        workflow_id TEXT,
        version_id TEXT,
        definition_hash TEXT NOT NULL,
        status TEXT NOT NULL,
        mode TEXT NOT NULL,
        actor TEXT NOT NULL,
        priority INTEGER NOT NULL,
        created_at_us BIGINT NOT NULL,
        started_at_us BIGINT,
        finished_at_us BIGINT,
        duration_us BIGINT NOT NULL,
        last_seq BIGINT NOT NULL,
        error {bytes},
        error_code TEXT,
        error_node TEXT,
        wake_at_us BIGINT,
        worker TEXT,
        epoch BIGINT NOT NULL,
        lease_until_us BIGINT,
        retry_of TEXT,
        parent TEXT,
        UNIQUE (tenant_id, id),
        FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows (tenant_id, id),
        FOREIGN KEY (tenant_id, version_id) REFERENCES workflow_versions (tenant_id, id),
        FOREIGN KEY (tenant_id, definition_hash) REFERENCES definitions (tenant_id, hash)
    )
    """,
    "CREATE INDEX executions_of_workflow ON executions (tenant_id, workflow_id, id)",
    "CREATE INDEX executions_queued ON executions (priority DESC, id) WHERE status = 'QUEUED' AND worker IS NULL",
    "CREATE INDEX executions_due ON executions (wake_at_us) WHERE wake_at_us IS NOT NULL AND worker IS NULL",
    "CREATE INDEX executions_leased ON executions (lease_until_us) WHERE lease_until_us IS NOT NULL",
    """
    CREATE TABLE execution_events (
        execution_id TEXT NOT NULL,
        seq BIGINT NOT NULL,
        tenant_id TEXT NOT NULL,
        body {bytes} NOT NULL,
        PRIMARY KEY (execution_id, seq),
        FOREIGN KEY (tenant_id, execution_id) REFERENCES executions (tenant_id, id)
    )
    """,
    """
    CREATE TABLE idempotency_keys (
        tenant_id TEXT NOT NULL,
        key TEXT NOT NULL,
        request_hash TEXT,
        execution_id TEXT NOT NULL,
        created_at_us BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, key),
        FOREIGN KEY (tenant_id, execution_id) REFERENCES executions (tenant_id, id)
    )
    """,
]

IMMUTABLE = ("definitions", "workflow_versions", "execution_events")

SQLITE = [
    *(table.format(bytes="BLOB") for table in TABLES),
    *(
        f"CREATE TRIGGER {table}_are_final BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are never updated'); END"
        for table in IMMUTABLE
    ),
]


class Migration(migrations.Migration):
    initial = True
    operations = [Statements({"sqlite": SQLITE})]
