"""Connections for practice: nothing of them is ever written to their shop, and no turn of theirs that would begins."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

PRACTICE = """
ALTER TABLE connection ADD COLUMN practice boolean NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION schedules_due(wanted text, writes boolean, most int)
RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.tenant_id, t.connection_id FROM schedule t
    JOIN connection c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
    JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE t.flow = wanted AND t.stopped_at IS NULL AND (t.due_at < now() OR t.turn_until > '-infinity')
      AND t.turn_until < now() AND c.state = 'live' AND s.state = 'installed'
      AND coalesce((c.flows->>wanted)::boolean, true)
      AND (NOT writes OR (NOT c.no_writes AND NOT c.practice
                          AND (c.breaker_until IS NULL OR c.breaker_until < now())))
    ORDER BY greatest(t.turn_until, least(t.due_at, now())) LIMIT most
$$;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0029_what_if")]
    operations = [RunSQL(PRACTICE)]
