"""Schedules as rows: when each flow of a connection runs next, whose turn it is, and whether it was stopped."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE schedule (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    flow text NOT NULL,
    cadence text,
    due_at timestamptz,
    asked_by text,
    stopped_at timestamptz,
    stopped_by text,
    kinds text[] NOT NULL DEFAULT '{}',
    turn_epoch bigint NOT NULL DEFAULT 0,
    turn_until timestamptz NOT NULL DEFAULT '-infinity',
    began_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, connection_id, flow),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX schedule_due ON schedule (flow, due_at) WHERE stopped_at IS NULL;
ALTER TABLE schedule ENABLE ROW LEVEL SECURITY;
ALTER TABLE schedule FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON schedule TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON schedule TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON schedule TO stockbridge_app;
GRANT SELECT ON schedule TO stockbridge_across;

ALTER TABLE shop ADD COLUMN zone text;

ALTER TABLE run ADD COLUMN kind text NOT NULL DEFAULT 'turn' CHECK (kind IN ('turn', 'replay', 'backfill'));
ALTER TABLE run ADD COLUMN request jsonb NOT NULL DEFAULT '{}';
ALTER TABLE run ADD COLUMN quiet boolean NOT NULL DEFAULT false;
CREATE INDEX run_loud ON run (tenant_id, connection_id, started_at, id) WHERE NOT quiet;
ALTER TABLE run ADD COLUMN lease_epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN lease_until timestamptz NOT NULL DEFAULT '-infinity';
CREATE INDEX run_to_do ON run (lease_until) WHERE kind <> 'turn' AND state = 'running';
CREATE INDEX run_by_end ON run (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX audit_by_time ON audit_log (tenant_id, at, id);
GRANT DELETE ON run TO stockbridge_across;

INSERT INTO schedule (tenant_id, connection_id, flow, kinds, due_at)
    SELECT tenant_id, id, 'orders', '{order}', reconcile_due_at FROM connection;
INSERT INTO schedule (tenant_id, connection_id, flow, cadence, due_at, turn_epoch)
    SELECT tenant_id, connection_id, 'inventory',
        CASE WHEN settings ? 'every_seconds' THEN '@every ' || (settings->>'every_seconds') END, due_at, turn_epoch
    FROM stock_setting;
INSERT INTO schedule (tenant_id, connection_id, flow, cadence, due_at, turn_epoch)
    SELECT tenant_id, connection_id, 'prices',
        CASE WHEN settings ? 'every_seconds' THEN '@every ' || (settings->>'every_seconds') END, due_at, turn_epoch
    FROM price_setting;
UPDATE stock_setting SET settings = settings - 'every_seconds';
UPDATE price_setting SET settings = settings - 'every_seconds';
"""

FUNCTIONS = """
DROP FUNCTION connections_with_stock_due(int);
DROP FUNCTION connections_to_reconcile(int);
DROP FUNCTION connections_with_prices_due(int);
ALTER TABLE price_setting DROP COLUMN due_at, DROP COLUMN turn_epoch, DROP COLUMN turn_until;
ALTER TABLE stock_setting DROP COLUMN due_at, DROP COLUMN turn_epoch, DROP COLUMN turn_until;
ALTER TABLE connection DROP COLUMN reconcile_due_at;

CREATE FUNCTION schedules_due(wanted text, writes boolean, most int) RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.tenant_id, t.connection_id FROM schedule t
    JOIN connection c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
    JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE t.flow = wanted AND t.stopped_at IS NULL AND (t.due_at < now() OR t.turn_until > '-infinity')
      AND t.turn_until < now() AND c.state = 'live' AND s.state = 'installed'
      AND coalesce((c.flows->>wanted)::boolean, true)
      AND (NOT writes OR (NOT c.no_writes AND (c.breaker_until IS NULL OR c.breaker_until < now())))
    ORDER BY greatest(t.turn_until, least(t.due_at, now())) LIMIT most
$$;

CREATE FUNCTION runs_to_do(most int) RETURNS TABLE (tenant_id uuid, run_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.tenant_id, r.id FROM run r
    JOIN connection c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
    JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE r.kind <> 'turn' AND r.state = 'running' AND r.lease_until < now()
      AND c.state = 'live' AND s.state = 'installed' AND NOT EXISTS (
        SELECT 1 FROM schedule t WHERE t.tenant_id = r.tenant_id AND t.connection_id = r.connection_id
          AND t.flow = r.flow AND t.stopped_at IS NOT NULL)
    ORDER BY r.lease_until, r.started_at LIMIT most
$$;

CREATE FUNCTION expire_runs(before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM run r USING (
            SELECT o.tenant_id, o.id FROM run o WHERE o.ended_at < before AND o.flow = 'orders' AND o.kind = 'turn'
            LIMIT most) x
        WHERE r.tenant_id = x.tenant_id AND r.id = x.id RETURNING 1)
    SELECT count(*) FROM gone
$$;

CREATE OR REPLACE FUNCTION shops_with_work(missed_for interval, most int) RETURNS TABLE (tenant_id uuid, shop_id uuid)
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
              AND c.state = 'live' AND (c.breaker_until IS NULL OR c.breaker_until < now())
              AND NOT EXISTS (SELECT 1 FROM schedule t WHERE t.tenant_id = r.tenant_id
                AND t.connection_id = r.connection_id AND t.stopped_at IS NOT NULL AND r.kind = ANY (t.kinds)))
        UNION
        (SELECT DISTINCT s.tenant_id, s.id, s.served_at FROM record r
            JOIN shop s ON s.tenant_id = r.tenant_id AND s.id = r.shop_id
            JOIN connection c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id
            WHERE r.mark_due_at < now() AND s.state = 'installed' AND c.state = 'live' AND NOT c.no_writes))
    SELECT w.tenant_id, w.id FROM waiting w ORDER BY w.served_at LIMIT most
$$;

DO $$
DECLARE
    f text;
BEGIN
    FOREACH f IN ARRAY ARRAY['schedules_due(text, boolean, int)', 'runs_to_do(int)', 'expire_runs(timestamptz, int)'] LOOP
        EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM public';
        EXECUTE 'ALTER FUNCTION ' || f || ' OWNER TO stockbridge_across';
        EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO stockbridge_app';
    END LOOP;
END $$;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0014_customers")]
    operations = [RunSQL(TABLES), RunSQL(FUNCTIONS)]
