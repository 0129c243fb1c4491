"""What was said for so many held records that it is not all carried out at once: kept until it is, whoever dies meanwhile."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLE = """
CREATE TABLE answer (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    connection_id uuid NOT NULL,
    said jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX answer_of_connection ON answer (tenant_id, connection_id, made_at, id);
ALTER TABLE answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE answer FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON answer TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON answer TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON answer TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0034_versions_stay")]
    operations = [RunSQL(TABLE)]
