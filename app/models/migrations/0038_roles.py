"""Who may do what: members out of a shop's staff, what an organisation lets its roles do, and the lists of both."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
ALTER TABLE member
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN account_owner boolean NOT NULL DEFAULT false,
    ADD COLUMN sealed_name bytea,
    ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN asked_at timestamptz;
CREATE UNIQUE INDEX member_by_id ON member (tenant_id, id);
CREATE INDEX member_since ON member (tenant_id, since, id);
CREATE INDEX member_seen ON member (seen_at);

CREATE TABLE role_permission (
    tenant_id uuid NOT NULL REFERENCES tenant,
    role text NOT NULL CHECK (role IN ('manager', 'operator', 'viewer')),
    permission text NOT NULL,
    granted boolean NOT NULL,
    PRIMARY KEY (tenant_id, role, permission)
);
ALTER TABLE role_permission ENABLE ROW LEVEL SECURITY;
ALTER TABLE role_permission FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON role_permission TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON role_permission TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON role_permission TO stockbridge_app;

CREATE INDEX api_token_made ON api_token (tenant_id, made_at, id);
CREATE INDEX audit_log_action ON audit_log (tenant_id, action, at, id);
CREATE INDEX audit_log_actor ON audit_log (tenant_id, actor, at, id);
"""

EXPIRE = """
GRANT SELECT, DELETE ON member TO stockbridge_across;
CREATE FUNCTION expire_members(before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM member WHERE (tenant_id, id) IN (
        SELECT tenant_id, id FROM member WHERE seen_at < before LIMIT most) RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION expire_members(timestamptz, int) FROM public;
ALTER FUNCTION expire_members(timestamptz, int) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION expire_members(timestamptz, int) TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0037_words")]
    operations = [RunSQL(TABLES), RunSQL(EXPIRE)]
