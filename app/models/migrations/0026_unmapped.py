"""What held records lack in the look-up tables, so that one answer can be given for all that wait for it."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLE = """
CREATE TABLE unmapped (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    record_id uuid NOT NULL,
    value text NOT NULL,
    code text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, connection_id, table_name, key, record_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id),
    FOREIGN KEY (tenant_id, record_id) REFERENCES record (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX unmapped_of_record ON unmapped (tenant_id, record_id);
ALTER TABLE record NO FORCE ROW LEVEL SECURITY;
INSERT INTO unmapped (tenant_id, connection_id, table_name, key, record_id, value, code, since)
    SELECT tenant_id, connection_id, reason_facts->>'table', lower(reason_facts->>'value'), id, reason_facts->>'value',
        reason_code, state_since
    FROM record WHERE state = 'held' AND reason_code IS NOT NULL AND reason_facts ? 'table' AND reason_facts ? 'value';
ALTER TABLE record FORCE ROW LEVEL SECURITY;
ALTER TABLE unmapped ENABLE ROW LEVEL SECURITY;
ALTER TABLE unmapped FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON unmapped TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON unmapped TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON unmapped TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0025_mapping")]
    operations = [RunSQL(TABLE)]
