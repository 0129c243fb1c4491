"""Stock by files: operations at the store and how far we are with them, what a file held, and the calls of a load."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE stock_bulk (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('link', 'load')),
    state text NOT NULL CHECK (state IN ('freezing', 'ready', 'asked', 'running', 'merging', 'ended')),
    version bigint NOT NULL DEFAULT 0,
    run_id uuid,
    locations text[] NOT NULL DEFAULT '{}',
    operation text,
    path text,
    tries int NOT NULL DEFAULT 0,
    began_at timestamptz NOT NULL DEFAULT now(),
    asked_at timestamptz,
    operation_at timestamptz,
    lines bigint NOT NULL DEFAULT 0,
    roots bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    merged text COLLATE "C" NOT NULL DEFAULT '',
    drift int NOT NULL DEFAULT 0,
    ended_at timestamptz,
    code text,
    sentence text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE UNIQUE INDEX stock_bulk_open ON stock_bulk (tenant_id, shop_id, purpose) WHERE ended_at IS NULL;
CREATE INDEX stock_bulk_of_connection ON stock_bulk (tenant_id, connection_id, purpose, began_at);

CREATE TABLE stock_staged (
    tenant_id uuid NOT NULL,
    bulk_id uuid NOT NULL,
    item_key text COLLATE "C" NOT NULL,
    location_key text COLLATE "C" NOT NULL,
    sku text,
    tracked boolean,
    gone boolean NOT NULL DEFAULT false,
    available int,
    on_hand int,
    committed int,
    at timestamptz,
    PRIMARY KEY (tenant_id, bulk_id, item_key, location_key),
    FOREIGN KEY (tenant_id, bulk_id) REFERENCES stock_bulk (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE stock_bulk_call (
    tenant_id uuid NOT NULL,
    bulk_id uuid NOT NULL,
    line int NOT NULL,
    effect_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, bulk_id, line),
    FOREIGN KEY (tenant_id, bulk_id) REFERENCES stock_bulk (tenant_id, id) ON DELETE CASCADE
);

ALTER TABLE stock_item ADD COLUMN said_at timestamptz;
"""

POLICIES = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['stock_bulk', 'stock_staged', 'stock_bulk_call'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($p$CREATE POLICY of_tenant ON %I TO stockbridge_app
            USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO stockbridge_app', name);
    END LOOP;
END $$;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0007_turns")]
    operations = [RunSQL(TABLES), RunSQL(POLICIES)]
