"""How far the ERP has come with a record's document, and an index by the key that a document carries."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

MONEY = """
ALTER TABLE record ADD COLUMN host_stages text;
CREATE INDEX IF NOT EXISTS record_by_external_id ON record (tenant_id, connection_id, external_id) WHERE external_id IS NOT NULL;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0017_reconciliation")]
    operations = [RunSQL(MONEY)]
