"""A shop joins another organisation: the codes that let it, and what was sent to it under the organisation it left."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE shop_join_code (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    digest bytea NOT NULL UNIQUE,
    made_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by text,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE shop_join_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_join_code FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON shop_join_code TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON shop_join_code TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON shop_join_code TO stockbridge_app;
GRANT SELECT ON shop_join_code TO stockbridge_across;

ALTER TABLE shop ADD COLUMN moved_from uuid[] NOT NULL DEFAULT '{}';
"""

CODES = """
CREATE FUNCTION tenant_of_join_code(wanted bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT tenant_id FROM shop_join_code WHERE digest = wanted $$;
REVOKE ALL ON FUNCTION tenant_of_join_code(bytea) FROM public;
ALTER FUNCTION tenant_of_join_code(bytea) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION tenant_of_join_code(bytea) TO stockbridge_app;
"""

# The intake remembers for some seconds whose a shop is: what it stores for an organisation that the shop has left is as
# much the shop's as what came before anybody knew it. Signatures stay, so that an older version goes on beside this one.
LOST = """
CREATE OR REPLACE FUNCTION unowned_events(domain text, after bigint, most int) RETURNS TABLE (
    event_id bigint, received_on date, received_at timestamptz, topic text, webhook_id text, body bytea, body_hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT e.id, e.received_on, e.received_at, e.topic, e.webhook_id, e.body, e.body_hash FROM inbox_event e
    WHERE e.tenant_id = '00000000-0000-0000-0000-000000000000' AND e.shop_domain = unowned_events.domain AND e.id > after
    UNION ALL
    SELECT e.id, e.received_on, e.received_at, e.topic, e.webhook_id, e.body, e.body_hash
    FROM shop s JOIN inbox_work w ON w.tenant_id = ANY (s.moved_from) AND w.shop_domain = s.domain
    JOIN inbox_event e ON e.tenant_id = w.tenant_id AND e.received_on = w.received_on AND e.id = w.event_id
    WHERE s.domain = unowned_events.domain AND w.event_id > after
    ORDER BY 1 LIMIT most
$$;

CREATE OR REPLACE FUNCTION forget_unowned(domain text, events bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH formerly AS (
        SELECT '00000000-0000-0000-0000-000000000000'::uuid AS tenant
        UNION SELECT unnest(s.moved_from) FROM shop s WHERE s.domain = forget_unowned.domain),
    w AS (DELETE FROM inbox_work USING formerly f WHERE tenant_id = f.tenant
            AND shop_domain = forget_unowned.domain AND event_id = ANY (events)),
    e AS (DELETE FROM inbox_event USING formerly f WHERE tenant_id = f.tenant
            AND shop_domain = forget_unowned.domain AND id = ANY (events) RETURNING 1)
    SELECT count(*) FROM e
$$;

CREATE OR REPLACE FUNCTION shops_with_unowned(most int) RETURNS TABLE (tenant_id uuid, domain text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id, s.domain FROM shop s WHERE s.state <> 'uninstalled' AND EXISTS (
        SELECT 1 FROM inbox_work w WHERE w.tenant_id = '00000000-0000-0000-0000-000000000000' AND w.shop_domain = s.domain)
    UNION
    SELECT s.tenant_id, s.domain FROM shop s WHERE s.moved_from <> '{}' AND EXISTS (
        SELECT 1 FROM inbox_work w WHERE w.tenant_id = ANY (s.moved_from) AND w.shop_domain = s.domain)
    LIMIT most
$$;
"""


# What is left there when the shop is erased goes with it.
ERASED = """
CREATE OR REPLACE FUNCTION forget_seen_of(domain text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM inbox_work w USING shop s WHERE s.domain = forget_seen_of.domain AND w.tenant_id = ANY (s.moved_from)
        AND w.shop_domain = s.domain;
    DELETE FROM inbox_event e USING shop s WHERE s.domain = forget_seen_of.domain AND e.tenant_id = ANY (s.moved_from)
        AND e.shop_domain = s.domain;
    DELETE FROM inbox_seen WHERE shop_domain = forget_seen_of.domain
$$;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0038_roles")]
    operations = [RunSQL(TABLES), RunSQL(CODES), RunSQL(LOST), RunSQL(ERASED)]
