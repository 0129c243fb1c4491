"""When the ERP of a connection is asked next what has changed there."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

LISTENING = """
ALTER TABLE connection ADD COLUMN listen_due_at timestamptz NOT NULL DEFAULT now();

CREATE FUNCTION connections_to_listen(most int) RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.tenant_id, c.id FROM connection c JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE c.state = 'live' AND s.state = 'installed' AND c.listen_due_at <= now()
      AND (c.breaker_until IS NULL OR c.breaker_until < now())
    ORDER BY c.listen_due_at LIMIT most
$$;

REVOKE ALL ON FUNCTION connections_to_listen(int) FROM public;
ALTER FUNCTION connections_to_listen(int) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION connections_to_listen(int) TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0010_two_ways")]
    operations = [RunSQL(LISTENING)]
