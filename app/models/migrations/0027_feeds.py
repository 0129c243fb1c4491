"""Look-up tables that another system keeps: an address and a secret for each, and how its last deliveries went."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLE = """
CREATE TABLE table_feed (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    connection_id uuid NOT NULL,
    table_name text NOT NULL,
    merge boolean NOT NULL,
    sealed_secret bytea NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    signed_at bigint NOT NULL DEFAULT 0,
    delivered_at timestamptz,
    delivered_rows int,
    version int,
    failed_at timestamptz,
    code text,
    sentence text,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, connection_id, table_name),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX table_feed_address ON table_feed (id);
ALTER TABLE table_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE table_feed FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON table_feed TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON table_feed TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_feed TO stockbridge_app;
GRANT SELECT ON table_feed TO stockbridge_across;

CREATE FUNCTION tenant_of_feed(wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.tenant_id FROM table_feed f WHERE f.id = wanted
$$;
REVOKE ALL ON FUNCTION tenant_of_feed(uuid) FROM public;
ALTER FUNCTION tenant_of_feed(uuid) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION tenant_of_feed(uuid) TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0026_unmapped")]
    operations = [RunSQL(TABLE)]
