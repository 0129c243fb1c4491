"""What was read in the very second that its version names: an equal version of the store's may be a later change."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

SOON = """
ALTER TABLE record ADD COLUMN read_soon boolean NOT NULL DEFAULT false;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0023_baseline")]
    operations = [RunSQL(SOON)]
