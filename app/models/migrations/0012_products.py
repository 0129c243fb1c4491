"""The product cache: what ERPs said of their items last, one row each, for the report and for decisions."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

PRODUCTS = """
CREATE TABLE product_cache (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    host_id text COLLATE "C" NOT NULL,
    product_key text COLLATE "C" NOT NULL,
    sku text NOT NULL,
    sku_search text COLLATE "C" NOT NULL,
    name text NOT NULL,
    variant text,
    description text,
    category text,
    tags text[] NOT NULL DEFAULT '{}',
    criteria jsonb NOT NULL DEFAULT '{}',
    price numeric,
    cost numeric,
    currency text,
    quantity numeric,
    barcode text,
    weight numeric,
    active boolean NOT NULL,
    inactive_since timestamptz,
    updated_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, connection_id, host_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE INDEX product_cache_by_sku ON product_cache (tenant_id, connection_id, sku_search, host_id);
CREATE INDEX product_cache_by_product ON product_cache (tenant_id, connection_id, product_key);
CREATE INDEX product_cache_ended ON product_cache (tenant_id, connection_id, inactive_since) WHERE NOT active;
ALTER TABLE product_cache ENABLE ROW LEVEL SECURITY;
ALTER TABLE product_cache FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON product_cache TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON product_cache TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON product_cache TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0018_again")]
    operations = [RunSQL(PRODUCTS)]
