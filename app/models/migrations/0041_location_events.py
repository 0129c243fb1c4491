"""Locations of a store come by events too: of when each was last told, so that an older word changes nothing."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

COLUMNS = """
ALTER TABLE store_location ADD COLUMN told_at timestamptz NOT NULL DEFAULT '-infinity';
"""


class Migration(BaseMigration):
    dependencies = [("models", "0040_several_items")]
    operations = [RunSQL(COLUMNS)]
