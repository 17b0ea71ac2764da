"""Executions that call others, workflows under the id that they were imported with, and failures by node."""

from tortoise import migrations

from engine.store.migrations._statements import Statements

TABLES = [
    "ALTER TABLE workflows ADD COLUMN document_id TEXT",
    "CREATE INDEX workflows_by_document ON workflows (tenant_id, document_id) WHERE document_id IS NOT NULL",
    "CREATE INDEX executions_of_parent ON executions (parent) WHERE parent IS NOT NULL",
    """
    CREATE TABLE node_failures (
        tenant_id TEXT NOT NULL,
        execution_id TEXT NOT NULL,
        seq BIGINT NOT NULL,
        at_us BIGINT NOT NULL,
        workflow_id TEXT,
        PRIMARY KEY (execution_id, seq),
        FOREIGN KEY (tenant_id, execution_id) REFERENCES executions (tenant_id, id)
    )
    """,
    "CREATE INDEX failures_by_time ON node_failures (tenant_id, at_us, execution_id, seq)",
    """
    CREATE INDEX failures_of_workflow ON node_failures (tenant_id, workflow_id, at_us, execution_id, seq)
    """,
    """
    CREATE TABLE failure_counts (
        tenant_id TEXT NOT NULL REFERENCES tenants (id),
        hour BIGINT NOT NULL,
        workflow_id TEXT NOT NULL,
        node TEXT NOT NULL,
        node_type TEXT NOT NULL,
        code TEXT NOT NULL,
        count BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, hour, workflow_id, node, node_type, code)
    )
    """,
]

SQLITE = [
    *TABLES,
    """
    UPDATE workflows SET document_id = (
        SELECT CAST(json_extract(CAST(document AS TEXT), '$.id') AS TEXT)
        FROM workflow_versions version
        JOIN definitions ON definitions.tenant_id = version.tenant_id AND definitions.hash = version.definition_hash
        WHERE version.id = workflows.latest_version_id
    )
    """,
]


class Migration(migrations.Migration):
    dependencies = [("heddle", "0001_tables")]
    operations = [Statements({"sqlite": SQLITE})]
