"""What an edit added to a document, and when it was there: no earlier reading of the ERP's stock can hold it."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

GROWN = """
ALTER TABLE record ADD COLUMN grown jsonb NOT NULL DEFAULT '{}', ADD COLUMN grown_at timestamptz;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0012_products")]
    operations = [RunSQL(GROWN)]
