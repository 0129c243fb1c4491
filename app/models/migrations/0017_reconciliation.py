"""Reconciliations: what both sides' lists held, day by day, and each thing that was found to differ."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE reconciliation (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    connection_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('orders', 'stock', 'prices')),
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    started_by text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    counts jsonb NOT NULL DEFAULT '{}',
    raised int NOT NULL DEFAULT 0,
    healed_at timestamptz,
    healed_by text,
    code text,
    sentence text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE INDEX reconciliation_newest ON reconciliation (tenant_id, connection_id, started_at, id);

CREATE TABLE reconciliation_listed (
    tenant_id uuid NOT NULL,
    reconciliation_id uuid NOT NULL,
    side text NOT NULL CHECK (side IN ('store', 'host')),
    key text NOT NULL,
    document text NOT NULL DEFAULT '',
    version timestamptz,
    amount numeric,
    currency text,
    PRIMARY KEY (tenant_id, reconciliation_id, side, key, document),
    FOREIGN KEY (tenant_id, reconciliation_id) REFERENCES reconciliation (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE reconciliation_day (
    tenant_id uuid NOT NULL,
    reconciliation_id uuid NOT NULL,
    day date NOT NULL,
    side text NOT NULL CHECK (side IN ('store', 'host')),
    currency text NOT NULL,
    count int NOT NULL,
    amount numeric NOT NULL,
    PRIMARY KEY (tenant_id, reconciliation_id, day, side, currency),
    FOREIGN KEY (tenant_id, reconciliation_id) REFERENCES reconciliation (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE reconciliation_finding (
    tenant_id uuid NOT NULL,
    reconciliation_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('unheard', 'missing', 'duplicate', 'unknown', 'drift')),
    key text NOT NULL,
    record_id uuid,
    reference text,
    ours text,
    theirs text,
    healed_at timestamptz,
    PRIMARY KEY (tenant_id, reconciliation_id, id),
    FOREIGN KEY (tenant_id, reconciliation_id) REFERENCES reconciliation (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX record_by_external_id ON record (tenant_id, connection_id, external_id) WHERE external_id IS NOT NULL;
"""

POLICIES = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['reconciliation', 'reconciliation_listed', 'reconciliation_day',
        'reconciliation_finding'] LOOP
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
    dependencies = [("models", "0016_alerts")]
    operations = [RunSQL(TABLES), RunSQL(POLICIES)]
