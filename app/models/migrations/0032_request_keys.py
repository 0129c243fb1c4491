"""Keys of changes that were asked for: the same call under the same key is done once and answered alike for a day."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLE = """
CREATE TABLE request_key (
    tenant_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    epoch int NOT NULL DEFAULT 1,
    lease_until timestamptz NOT NULL,
    took_effect boolean NOT NULL DEFAULT false,
    answer bytea,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX request_key_by_age ON request_key (made_at);
ALTER TABLE request_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_key FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON request_key TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON request_key TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON request_key TO stockbridge_app;
GRANT SELECT, DELETE ON request_key TO stockbridge_across;
"""

EXPIRE = """
CREATE FUNCTION expire_request_keys(before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM request_key WHERE (tenant_id, key) IN (
        SELECT tenant_id, key FROM request_key WHERE made_at < before AND lease_until < now() LIMIT most) RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION expire_request_keys(timestamptz, int) FROM public;
ALTER FUNCTION expire_request_keys(timestamptz, int) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION expire_request_keys(timestamptz, int) TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0031_changes")]
    operations = [RunSQL(TABLE), RunSQL(EXPIRE)]
