"""One at a time may find or make a person: leases by fingerprint of the e-mail and by either side's key."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLE = """
CREATE TABLE person_lease (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    print bytea NOT NULL,
    record_id uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, print),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id),
    FOREIGN KEY (tenant_id, record_id) REFERENCES record (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX person_lease_of_record ON person_lease (tenant_id, record_id);
ALTER TABLE person_lease ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_lease FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON person_lease TO stockbridge_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON person_lease TO stockbridge_app;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0020_shipments")]
    operations = [RunSQL(TABLE)]
