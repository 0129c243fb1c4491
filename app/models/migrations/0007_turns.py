"""Whose turn a connection's stock is, apart from when it is due: a hint during a turn starts no second one."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TURNS = """
ALTER TABLE stock_setting ADD COLUMN turn_epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE stock_setting ADD COLUMN turn_until timestamptz NOT NULL DEFAULT '-infinity';

CREATE OR REPLACE FUNCTION connections_with_stock_due(most int) RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.tenant_id, t.connection_id FROM stock_setting t
    JOIN connection c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
    JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE (t.due_at < now() OR t.turn_until > '-infinity') AND t.turn_until < now()
      AND c.state = 'live' AND s.state = 'installed' AND NOT c.no_writes
      AND (c.breaker_until IS NULL OR c.breaker_until < now())
    ORDER BY greatest(t.turn_until, least(t.due_at, now())) LIMIT most
$$;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0006_lists")]
    operations = [RunSQL(TURNS)]
