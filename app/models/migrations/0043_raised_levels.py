"""What a level gained by no write of ours is kept apart from what it lost: a person's raise must hide no sale."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

COLUMNS = """
ALTER TABLE stock_level ADD COLUMN raised int NOT NULL DEFAULT 0;
UPDATE stock_level SET raised = -unexplained, unexplained = 0 WHERE unexplained < 0;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0042_counted_writes")]
    operations = [RunSQL(COLUMNS)]
