"""Records that hang on another: a refund knows its order, and is looked at again when the order is linked."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

REFUNDS = """
ALTER TABLE record ADD COLUMN parent_key text;
CREATE INDEX record_of_parent ON record (tenant_id, connection_id, parent_key) WHERE parent_key IS NOT NULL;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0008_bulk")]
    operations = [RunSQL(REFUNDS)]
