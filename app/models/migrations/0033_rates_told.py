"""Exchange rates that the ERP says: where each came from, and for each connection whether and how they are read."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
ALTER TABLE rate
    ADD COLUMN per numeric NOT NULL DEFAULT 1 CHECK (per > 0),
    ADD COLUMN origin text NOT NULL DEFAULT 'hand' CHECK (origin IN ('hand', 'host'));

CREATE TABLE rate_source (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    good_for int NOT NULL CHECK (good_for BETWEEN 1 AND 366),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz,
    told int,
    changed int,
    failed_at timestamptz,
    code text,
    sentence text,
    PRIMARY KEY (tenant_id, connection_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE rate_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE rate_source FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON rate_source TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON rate_source TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_source TO stockbridge_app;
"""

DUE = """
CREATE OR REPLACE FUNCTION schedules_due(wanted text, writes boolean, most int)
RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.tenant_id, t.connection_id FROM schedule t
    JOIN connection c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
    JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE t.flow = wanted AND t.stopped_at IS NULL AND (t.due_at < now() OR t.turn_until > '-infinity')
      AND t.turn_until < now() AND (c.state = 'live' OR (wanted = 'rates' AND c.state = 'setup'))
      AND s.state = 'installed' AND coalesce((c.flows->>wanted)::boolean, true)
      AND (NOT writes OR (NOT c.no_writes AND NOT c.practice
                          AND (c.breaker_until IS NULL OR c.breaker_until < now())))
    ORDER BY greatest(t.turn_until, least(t.due_at, now())) LIMIT most
$$;
"""
"""Rates are read before go-live as well: a preview then converts as an order will, and nothing is written by it."""


class Migration(BaseMigration):
    dependencies = [("models", "0032_request_keys")]
    operations = [RunSQL(TABLES), RunSQL(DUE)]
