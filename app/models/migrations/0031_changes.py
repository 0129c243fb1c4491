"""What changed since: each record keeps the transaction that last changed what is shown of it, and erased ones leave a word."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

# Rows of before come first; a volatile default would have every one of them written anew.
CHANGED = """
ALTER TABLE record ADD COLUMN changed_tx xid8 NOT NULL DEFAULT '0';
ALTER TABLE record ALTER COLUMN changed_tx SET DEFAULT pg_current_xact_id();
CREATE INDEX record_by_change ON record (tenant_id, connection_id, kind, changed_tx, id);

CREATE FUNCTION record_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.changed_tx := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER changed BEFORE UPDATE ON record FOR EACH ROW WHEN (
    (OLD.state, OLD.source_key, OLD.sink_key, OLD.sink_number, OLD.reference, OLD.reason_code, OLD.reason_sentence,
     OLD.reason_verdict, OLD.reason_facts, OLD.placed_at, OLD.amount, OLD.currency, OLD.mapping_version, OLD.asked,
     OLD.host_stages)
    IS DISTINCT FROM
    (NEW.state, NEW.source_key, NEW.sink_key, NEW.sink_number, NEW.reference, NEW.reason_code, NEW.reason_sentence,
     NEW.reason_verdict, NEW.reason_facts, NEW.placed_at, NEW.amount, NEW.currency, NEW.mapping_version, NEW.asked,
     NEW.host_stages)
) EXECUTE FUNCTION record_changed();
"""

GONE = """
CREATE TABLE connection_gone (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    gone_tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    gone_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, connection_id)
);
ALTER TABLE connection_gone ENABLE ROW LEVEL SECURITY;
ALTER TABLE connection_gone FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON connection_gone TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON connection_gone TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON connection_gone TO stockbridge_app;
GRANT SELECT ON connection_gone TO stockbridge_across;
"""

# Cursors of before a restore name transactions that are counted anew after it.
LIFE = """
ALTER TABLE tenant ADD COLUMN change_life int NOT NULL DEFAULT 1;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0030_practice")]
    operations = [RunSQL(CHANGED), RunSQL(GONE), RunSQL(LIFE)]
