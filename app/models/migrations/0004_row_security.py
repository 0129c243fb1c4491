"""Row-level security that is really on: roles' grants, policies, and the few functions that look across tenants."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

POLICIES = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($p$CREATE POLICY of_tenant ON %I TO stockbridge_app
            USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)$p$, name);
        EXECUTE format('CREATE POLICY across ON %I TO stockbridge_across USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO stockbridge_app', name);
    END LOOP;
END $$;

ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON tenant TO stockbridge_app
    USING (id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON tenant TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant TO stockbridge_app;

REVOKE UPDATE ON attempt, timeline, audit_log, inbox_event FROM stockbridge_app;
GRANT UPDATE (evidence) ON attempt TO stockbridge_app;
GRANT UPDATE (body) ON inbox_event TO stockbridge_app;
GRANT UPDATE (facts) ON timeline TO stockbridge_app;

ALTER TABLE inbox_seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_seen FORCE ROW LEVEL SECURITY;
CREATE POLICY intake_reads ON inbox_seen FOR SELECT TO stockbridge_intake USING (true);
CREATE POLICY intake_writes ON inbox_seen FOR INSERT TO stockbridge_intake WITH CHECK (true);
CREATE POLICY across ON inbox_seen TO stockbridge_across USING (true) WITH CHECK (true);
CREATE POLICY intake_writes ON inbox_event FOR INSERT TO stockbridge_intake WITH CHECK (true);
CREATE POLICY keeper ON inbox_work FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY intake_writes ON inbox_work FOR INSERT TO stockbridge_intake WITH CHECK (true);

GRANT USAGE ON SCHEMA public TO stockbridge_app, stockbridge_intake, stockbridge_across;
GRANT INSERT, SELECT ON inbox_seen TO stockbridge_intake;
GRANT INSERT ON inbox_event, inbox_work TO stockbridge_intake;
GRANT USAGE ON SEQUENCE inbox_event_id TO stockbridge_intake, stockbridge_app, stockbridge_across;
GRANT SELECT, INSERT, UPDATE, DELETE ON application_setting, worker_beat, worker_shard TO stockbridge_app;
GRANT SELECT ON tortoise_migrations TO stockbridge_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_seen, inbox_event, inbox_work TO stockbridge_across;
GRANT SELECT ON shop, connection, record, api_token, effect, attempt TO stockbridge_across;
GRANT UPDATE (payload) ON effect TO stockbridge_across;
GRANT UPDATE (evidence) ON attempt TO stockbridge_across;
"""

ACROSS = """
CREATE FUNCTION shops_with_work(missed_for interval, most int) RETURNS TABLE (tenant_id uuid, shop_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH waiting AS (
        (SELECT s.tenant_id, s.id, s.served_at FROM shop s WHERE EXISTS (
            SELECT 1 FROM inbox_work w WHERE w.tenant_id = s.tenant_id AND w.shop_domain = s.domain
              AND w.held_code IS NULL AND w.due_at < now() - missed_for))
        UNION
        (SELECT DISTINCT s.tenant_id, s.id, s.served_at FROM record r
            JOIN shop s ON s.tenant_id = r.tenant_id AND s.id = r.shop_id
            JOIN connection c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
            WHERE r.due_at < now() AND (r.lease_until IS NULL OR r.lease_until < now())
              AND c.state = 'live' AND (c.breaker_until IS NULL OR c.breaker_until < now()))
        UNION
        (SELECT DISTINCT s.tenant_id, s.id, s.served_at FROM record r
            JOIN shop s ON s.tenant_id = r.tenant_id AND s.id = r.shop_id
            JOIN connection c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
            WHERE r.mark_due_at < now() AND s.state = 'installed' AND c.state = 'live' AND NOT c.no_writes))
    SELECT w.tenant_id, w.id FROM waiting w ORDER BY w.served_at LIMIT most
$$;

CREATE FUNCTION connections_to_reconcile(most int) RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.tenant_id, c.id FROM connection c JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE c.state = 'live' AND s.state = 'installed' AND c.reconcile_due_at < now() ORDER BY c.reconcile_due_at LIMIT most
$$;

CREATE FUNCTION every_shop(after uuid, most int) RETURNS TABLE (tenant_id uuid, shop_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id, s.id FROM shop s WHERE s.id > after ORDER BY s.id LIMIT most
$$;

CREATE FUNCTION token_owner(wanted bytea) RETURNS TABLE (tenant_id uuid, token_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.tenant_id, t.id FROM api_token t
    WHERE t.digest = wanted AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
$$;

CREATE FUNCTION unowned_events(domain text, after bigint, most int) RETURNS TABLE (
    event_id bigint, received_on date, received_at timestamptz, topic text, webhook_id text, body bytea, body_hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id, e.received_on, e.received_at, e.topic, e.webhook_id, e.body, e.body_hash FROM inbox_event e
    WHERE tenant_id = '00000000-0000-0000-0000-000000000000' AND shop_domain = domain AND id > after
    ORDER BY id LIMIT most
$$;

CREATE FUNCTION forget_unowned(domain text, events bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH w AS (DELETE FROM inbox_work WHERE tenant_id = '00000000-0000-0000-0000-000000000000'
                 AND shop_domain = domain AND event_id = ANY (events)),
         e AS (DELETE FROM inbox_event WHERE tenant_id = '00000000-0000-0000-0000-000000000000'
                 AND shop_domain = domain AND id = ANY (events) RETURNING 1)
    SELECT count(*) FROM e
$$;

CREATE FUNCTION paused_connections(after uuid, most int) RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.tenant_id, c.id FROM connection c JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE c.state = 'paused' AND s.state <> 'uninstalled' AND c.id > after
      AND (c.paused_code LIKE s.platform || '.%' OR c.paused_code LIKE 'access.%') ORDER BY c.id LIMIT most
$$;

CREATE FUNCTION shops_with_old_tokens(before timestamptz, most int) RETURNS TABLE (tenant_id uuid, domain text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id, s.domain FROM shop s
    WHERE s.state = 'installed' AND s.sealed_tokens IS NOT NULL AND s.tokens_at < before ORDER BY s.tokens_at LIMIT most
$$;

CREATE FUNCTION shops_with_unowned(most int) RETURNS TABLE (tenant_id uuid, domain text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id, s.domain FROM shop s WHERE s.state <> 'uninstalled' AND EXISTS (
        SELECT 1 FROM inbox_work w WHERE w.tenant_id = '00000000-0000-0000-0000-000000000000' AND w.shop_domain = s.domain)
    LIMIT most
$$;

CREATE FUNCTION move_undone_forward(day date) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH moved AS (
        INSERT INTO inbox_event (tenant_id, id, received_on, received_at, shop_domain, topic, webhook_id, event_id,
            triggered_at, api_version, body, body_hash)
        SELECT e.tenant_id, e.id, current_date, e.received_at, e.shop_domain, e.topic, e.webhook_id, e.event_id,
            e.triggered_at, e.api_version, e.body, e.body_hash
        FROM inbox_event e JOIN inbox_work w ON w.tenant_id = e.tenant_id AND w.event_id = e.id
        WHERE e.received_on = day AND w.received_on = day RETURNING 1),
    pointed AS (UPDATE inbox_work SET received_on = current_date WHERE received_on = day RETURNING 1)
    SELECT (SELECT count(*) FROM pointed)
$$;

CREATE FUNCTION expire_payloads(before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH e AS (UPDATE effect SET payload = NULL WHERE (tenant_id, id) IN (
            SELECT tenant_id, id FROM effect WHERE payload IS NOT NULL AND state IN ('done', 'refused')
              AND ended_at < before LIMIT most) RETURNING 1),
         a AS (UPDATE attempt SET evidence = NULL WHERE (tenant_id, id) IN (
            SELECT tenant_id, id FROM attempt WHERE evidence IS NOT NULL AND at < before LIMIT most) RETURNING 1)
    SELECT (SELECT count(*) FROM e) + (SELECT count(*) FROM a)
$$;

CREATE FUNCTION old_partitions(parent text, before date) RETURNS TABLE (child text, day date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.relname::text, to_date(right(c.relname, 8), 'YYYYMMDD') FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE p.relname = parent AND to_date(right(c.relname, 8), 'YYYYMMDD') < before ORDER BY 1
$$;

CREATE FUNCTION forget_seen_of(domain text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM inbox_seen WHERE shop_domain = domain
$$;

CREATE FUNCTION forget_seen(before date) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH s AS (DELETE FROM inbox_seen WHERE seen_on < before RETURNING 1),
         w AS (DELETE FROM inbox_work WHERE tenant_id = '00000000-0000-0000-0000-000000000000'
                 AND received_on < before RETURNING 1)
    SELECT (SELECT count(*) FROM s) + (SELECT count(*) FROM w)
$$;

CREATE FUNCTION backlog() RETURNS TABLE (events bigint, oldest_event timestamptz, records bigint, oldest_record timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT count(*) FROM (SELECT 1 FROM inbox_work WHERE held_code IS NULL
              AND tenant_id <> '00000000-0000-0000-0000-000000000000' LIMIT 100000) x),
           (SELECT min(received_at) FROM inbox_work WHERE held_code IS NULL
              AND tenant_id <> '00000000-0000-0000-0000-000000000000'),
           (SELECT count(*) FROM (SELECT 1 FROM record WHERE due_at < now() LIMIT 100000) x),
           (SELECT min(due_at) FROM record WHERE due_at < now())
$$;

DO $$
DECLARE
    f text;
BEGIN
    FOREACH f IN ARRAY ARRAY['tenant_of_shop(text)', 'shop_by_domain(text)', 'shops_with_work(interval, int)',
        'connections_to_reconcile(int)', 'every_shop(uuid, int)', 'token_owner(bytea)', 'unowned_events(text, bigint, int)',
        'forget_unowned(text, bigint[])', 'forget_seen(date)', 'forget_seen_of(text)', 'paused_connections(uuid, int)', 'shops_with_unowned(int)', 'shops_with_old_tokens(timestamptz, int)',
        'move_undone_forward(date)', 'expire_payloads(timestamptz, int)', 'old_partitions(text, date)', 'backlog()'] LOOP
        EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM public';
        EXECUTE 'ALTER FUNCTION ' || f || ' OWNER TO stockbridge_across';
        EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO stockbridge_app';
    END LOOP;
    REVOKE ALL ON FUNCTION make_partitions(int), drop_partition(text) FROM public;
    GRANT EXECUTE ON FUNCTION make_partitions(int), drop_partition(text) TO stockbridge_app;
    GRANT EXECUTE ON FUNCTION tenant_of_shop(text) TO stockbridge_intake;
END $$;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0003_records")]
    operations = [RunSQL(POLICIES), RunSQL(ACROSS)]
