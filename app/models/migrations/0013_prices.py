"""Prices: settings and turns, variants and what they show on each list, what ERPs ask, and plans line by line."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE price_setting (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    due_at timestamptz NOT NULL DEFAULT now(),
    link_due_at timestamptz NOT NULL DEFAULT now(),
    linked_at timestamptz,
    currencies jsonb NOT NULL DEFAULT '{}',
    rows_accepted int,
    first_push_at timestamptz,
    turn_epoch bigint NOT NULL DEFAULT 0,
    turn_until timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (tenant_id, connection_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE INDEX price_setting_due ON price_setting (due_at);

CREATE TABLE price_variant (
    tenant_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    variant_key text COLLATE "C" NOT NULL,
    product_key text COLLATE "C" NOT NULL,
    sku text NOT NULL,
    sku_search text COLLATE "C" NOT NULL,
    said_at timestamptz,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, shop_id, variant_key),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);
CREATE INDEX price_variant_by_sku ON price_variant (tenant_id, shop_id, sku_search, variant_key);

CREATE TABLE price_shown (
    tenant_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    list_key text COLLATE "C" NOT NULL,
    variant_key text COLLATE "C" NOT NULL,
    price numeric,
    was numeric,
    said_at timestamptz,
    seen_at timestamptz NOT NULL DEFAULT now(),
    written numeric,
    written_observed_at timestamptz,
    written_at timestamptz,
    answer text CHECK (answer IN ('erp', 'store')),
    answer_erp numeric,
    answer_store numeric,
    PRIMARY KEY (tenant_id, shop_id, variant_key, list_key),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);
ALTER TABLE price_shown SET (fillfactor = 80);

CREATE TABLE price_reading (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    tier text COLLATE "C" NOT NULL,
    item text NOT NULL,
    price numeric,
    currency text NOT NULL,
    observed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, tier, item),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
ALTER TABLE price_reading SET (fillfactor = 80);

CREATE TABLE price_line (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    list_key text COLLATE "C" NOT NULL,
    product_key text COLLATE "C" NOT NULL,
    variant_key text COLLATE "C" NOT NULL,
    sku text NOT NULL,
    old numeric,
    new numeric NOT NULL,
    sale boolean NOT NULL DEFAULT false,
    observed_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'planned'
        CHECK (state IN ('planned', 'sent', 'done', 'stale', 'held', 'deferred')),
    effect_id uuid,
    code text,
    sentence text,
    PRIMARY KEY (tenant_id, run_id, list_key, product_key, variant_key),
    FOREIGN KEY (tenant_id, run_id) REFERENCES run (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX price_line_open ON price_line (tenant_id, run_id, state, list_key, product_key, variant_key)
    WHERE state IN ('planned', 'sent');
CREATE INDEX price_line_of_effect ON price_line (tenant_id, effect_id) WHERE effect_id IS NOT NULL;

CREATE VIEW plan_line WITH (security_invoker = true) AS
    SELECT tenant_id, run_id, state FROM stock_line UNION ALL SELECT tenant_id, run_id, state FROM price_line;

ALTER TABLE stock_bulk DROP CONSTRAINT stock_bulk_purpose_check;
ALTER TABLE stock_bulk ADD CONSTRAINT stock_bulk_purpose_check CHECK (purpose IN ('link', 'load', 'prices'));
"""

POLICIES = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['price_setting', 'price_variant', 'price_shown', 'price_reading', 'price_line'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($p$CREATE POLICY of_tenant ON %I TO stockbridge_app
            USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)$p$, name);
        EXECUTE format('CREATE POLICY across ON %I TO stockbridge_across USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO stockbridge_app', name);
    END LOOP;
END $$;
GRANT SELECT ON plan_line TO stockbridge_app;
GRANT SELECT ON price_setting TO stockbridge_across;
GRANT SELECT, DELETE ON price_line TO stockbridge_across;

CREATE FUNCTION expire_price_plans(before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM price_line l USING (
            SELECT r.tenant_id, r.id FROM run r WHERE r.flow = 'prices' AND r.ended_at < before AND EXISTS (
                SELECT 1 FROM price_line x WHERE x.tenant_id = r.tenant_id AND x.run_id = r.id) LIMIT most) o
        WHERE l.tenant_id = o.tenant_id AND l.run_id = o.id RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION expire_price_plans(timestamptz, int) FROM public;
ALTER FUNCTION expire_price_plans(timestamptz, int) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION expire_price_plans(timestamptz, int) TO stockbridge_app;

CREATE FUNCTION connections_with_prices_due(most int) RETURNS TABLE (tenant_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.tenant_id, t.connection_id FROM price_setting t
    JOIN connection c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
    JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE (t.due_at < now() OR t.turn_until > '-infinity') AND t.turn_until < now()
      AND c.state = 'live' AND s.state = 'installed' AND NOT c.no_writes
      AND (c.breaker_until IS NULL OR c.breaker_until < now())
    ORDER BY greatest(t.turn_until, least(t.due_at, now())) LIMIT most
$$;
REVOKE ALL ON FUNCTION connections_with_prices_due(int) FROM public;
ALTER FUNCTION connections_with_prices_due(int) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION connections_with_prices_due(int) TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0019_money")]
    operations = [RunSQL(TABLES), RunSQL(POLICIES)]
