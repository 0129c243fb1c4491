"""What would become of real orders under a mapping before it counts: a run of its own kind, and a row for each order."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLE = """
ALTER TABLE run DROP CONSTRAINT run_kind_check;
ALTER TABLE run ADD CONSTRAINT run_kind_check CHECK (kind IN ('turn', 'replay', 'backfill', 'what_if'));

CREATE TABLE what_if_line (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    place int NOT NULL,
    record_id uuid NOT NULL,
    reference text,
    outcome text NOT NULL CHECK (outcome IN ('same', 'changed', 'newly_held', 'no_longer_held', 'held_otherwise',
        'newly_skipped', 'no_longer_skipped', 'gone', 'unreadable')),
    code text,
    sealed bytea,
    PRIMARY KEY (tenant_id, run_id, place),
    FOREIGN KEY (tenant_id, run_id) REFERENCES run (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, record_id) REFERENCES record (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX what_if_line_of_outcome ON what_if_line (tenant_id, run_id, outcome, place);
CREATE INDEX what_if_line_of_record ON what_if_line (tenant_id, record_id);
ALTER TABLE what_if_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE what_if_line FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON what_if_line TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY across ON what_if_line TO stockbridge_across USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON what_if_line TO stockbridge_app;
GRANT SELECT, DELETE ON what_if_line TO stockbridge_across;
"""

EXPIRE = """
CREATE FUNCTION expire_what_ifs(before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM what_if_line l USING (
            SELECT r.tenant_id, r.id FROM run r WHERE r.kind = 'what_if' AND r.ended_at < before AND EXISTS (
                SELECT 1 FROM what_if_line x WHERE x.tenant_id = r.tenant_id AND x.run_id = r.id) LIMIT most) o
        WHERE l.tenant_id = o.tenant_id AND l.run_id = o.id RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION expire_what_ifs(timestamptz, int) FROM public;
ALTER FUNCTION expire_what_ifs(timestamptz, int) OWNER TO stockbridge_across;
GRANT EXECUTE ON FUNCTION expire_what_ifs(timestamptz, int) TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0028_rates")]
    operations = [RunSQL(TABLE), RunSQL(EXPIRE)]
