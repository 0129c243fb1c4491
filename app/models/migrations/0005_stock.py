"""Stock: links, levels, what ERPs said, open units of orders, plans line by line, and who may write where."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE stock_setting (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    due_at timestamptz NOT NULL DEFAULT now(),
    link_due_at timestamptz NOT NULL DEFAULT now(),
    linked_at timestamptz,
    rows_accepted int,
    first_push_at timestamptz,
    sealed_hook bytea,
    PRIMARY KEY (tenant_id, connection_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE INDEX stock_setting_due ON stock_setting (due_at);
CREATE INDEX stock_setting_hook ON stock_setting (connection_id);

CREATE TABLE store_location (
    tenant_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    location_key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    active boolean NOT NULL,
    PRIMARY KEY (tenant_id, shop_id, location_key),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);

CREATE TABLE stock_item (
    tenant_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    item_key text COLLATE "C" NOT NULL,
    sku text NOT NULL,
    sku_search text COLLATE "C" NOT NULL,
    tracked boolean NOT NULL DEFAULT true,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, shop_id, item_key),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);
CREATE INDEX stock_item_by_sku ON stock_item (tenant_id, shop_id, sku_search, item_key);

CREATE TABLE stock_level (
    tenant_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    item_key text COLLATE "C" NOT NULL,
    location_key text COLLATE "C" NOT NULL,
    available int NOT NULL,
    on_hand int,
    committed int,
    seen_at timestamptz NOT NULL,
    read_at timestamptz,
    written_at timestamptz,
    written_observed_at timestamptz,
    unexplained int NOT NULL DEFAULT 0,
    unexplained_at timestamptz,
    PRIMARY KEY (tenant_id, shop_id, item_key, location_key),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);
ALTER TABLE stock_level SET (fillfactor = 80);

CREATE TABLE stock_reading (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    item text NOT NULL,
    warehouse text NOT NULL,
    available numeric,
    physical numeric,
    reserved numeric,
    observed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, item, warehouse),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
ALTER TABLE stock_reading SET (fillfactor = 80);

CREATE TABLE demand_line (
    tenant_id uuid NOT NULL,
    record_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    sku text NOT NULL,
    location_key text COLLATE "C" NOT NULL,
    quantity int NOT NULL,
    PRIMARY KEY (tenant_id, record_id, sku, location_key),
    FOREIGN KEY (tenant_id, record_id) REFERENCES record (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX demand_line_of_sku ON demand_line (tenant_id, connection_id, sku);
ALTER TABLE record ADD COLUMN units_at timestamptz;
ALTER TABLE record ADD COLUMN reserved_at timestamptz;
CREATE INDEX record_without_units ON record (tenant_id, connection_id, id)
    WHERE units_at IS NULL AND kind = 'order' AND state IN ('waiting', 'running', 'held');

CREATE TABLE stock_line (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    location_key text COLLATE "C" NOT NULL,
    item_key text COLLATE "C" NOT NULL,
    sku text NOT NULL,
    old int,
    new int NOT NULL,
    observed_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'planned'
        CHECK (state IN ('planned', 'sent', 'done', 'stale', 'held', 'deferred')),
    effect_id uuid,
    code text,
    sentence text,
    PRIMARY KEY (tenant_id, run_id, location_key, item_key),
    FOREIGN KEY (tenant_id, run_id) REFERENCES run (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX stock_line_open ON stock_line (tenant_id, run_id, state, location_key, item_key)
    WHERE state IN ('planned', 'sent', 'stale');
CREATE INDEX stock_line_of_effect ON stock_line (tenant_id, effect_id) WHERE effect_id IS NOT NULL;
CREATE INDEX stock_line_sent ON stock_line (tenant_id, item_key, location_key) WHERE state = 'sent';

CREATE TABLE stock_writer (
    tenant_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    location_key text COLLATE "C" NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    owner text,
    until timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (tenant_id, shop_id, location_key),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);
CREATE SEQUENCE stock_epoch;

ALTER TABLE run ADD COLUMN concerns text[] NOT NULL DEFAULT '{}';
ALTER TABLE run ADD COLUMN approved_by text;
ALTER TABLE run ADD COLUMN approved_at timestamptz;
ALTER TABLE run ADD COLUMN calls int NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN points int NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN first boolean NOT NULL DEFAULT false;
ALTER TABLE run ADD COLUMN code text;
ALTER TABLE run ADD COLUMN sentence text;
ALTER TABLE run ADD COLUMN beat_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX run_open ON run (tenant_id, connection_id, flow) WHERE state IN ('planned', 'running');
CREATE INDEX effect_to_store ON effect (tenant_id, connection_id, kind, state) WHERE target = 'store';
"""

POLICIES = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['stock_setting', 'store_location', 'stock_item', 'stock_level', 'stock_reading',
        'demand_line', 'stock_line', 'stock_writer'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($p$CREATE POLICY of_tenant ON %I TO stockbridge_app
            USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)$p$, name);
        EXECUTE format('CREATE POLICY across ON %I TO stockbridge_across USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO stockbridge_app', name);
    END LOOP;
END $$;
GRANT USAGE ON SEQUENCE stock_epoch TO stockbridge_app;
GRANT SELECT ON stock_setting, run TO stockbridge_across;
GRANT SELECT, DELETE ON stock_line TO stockbridge_across;

CREATE FUNCTION expire_plans(before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM stock_line l USING (
            SELECT r.tenant_id, r.id FROM run r WHERE r.flow = 'inventory' AND r.ended_at < before AND EXISTS (
                SELECT 1 FROM stock_line x WHERE x.tenant_id = r.tenant_id AND x.run_id = r.id) LIMIT most) o
        WHERE l.tenant_id = o.tenant_id AND l.run_id = o.id RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION expire_plans(timestamptz, int) FROM public;
ALTER FUNCTION expire_plans(timestamptz, int) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION expire_plans(timestamptz, int) TO stockbridge_app;

CREATE FUNCTION connections_with_stock_due(most int) RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.tenant_id, t.connection_id FROM stock_setting t
    JOIN connection c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
    JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE t.due_at < now() AND c.state = 'live' AND s.state = 'installed' AND NOT c.no_writes
      AND (c.breaker_until IS NULL OR c.breaker_until < now())
    ORDER BY t.due_at LIMIT most
$$;
CREATE FUNCTION tenant_of_hook(wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.tenant_id FROM stock_setting t WHERE t.connection_id = wanted AND t.sealed_hook IS NOT NULL
$$;
REVOKE ALL ON FUNCTION tenant_of_hook(uuid) FROM public;
ALTER FUNCTION tenant_of_hook(uuid) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION tenant_of_hook(uuid) TO stockbridge_app;
REVOKE ALL ON FUNCTION connections_with_stock_due(int) FROM public;
ALTER FUNCTION connections_with_stock_due(int) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION connections_with_stock_due(int) TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0004_row_security")]
    operations = [RunSQL(TABLES), RunSQL(POLICIES)]
