"""Exchange rates of a connection, by pair and day."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLE = """
CREATE TABLE rate (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    day date NOT NULL,
    source text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    rate numeric NOT NULL CHECK (rate > 0),
    good_for int NOT NULL CHECK (good_for BETWEEN 1 AND 366),
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, connection_id, day, source, target),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE rate ENABLE ROW LEVEL SECURITY;
ALTER TABLE rate FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON rate TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON rate TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0027_feeds")]
    operations = [RunSQL(TABLE)]
