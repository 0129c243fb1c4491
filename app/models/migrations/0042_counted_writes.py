"""How often we wrote a level: a plan made before another write of it may meet the number it saw by chance."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

COLUMNS = """
ALTER TABLE stock_level ADD COLUMN writes int NOT NULL DEFAULT 0;
ALTER TABLE stock_line ADD COLUMN writes int NOT NULL DEFAULT 0;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0041_location_events")]
    operations = [RunSQL(COLUMNS)]
