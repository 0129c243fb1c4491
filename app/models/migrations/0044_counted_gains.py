"""What is counted at a level is how often it may have gained, by a write of ours or by others."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

NAMES = """
ALTER TABLE stock_level RENAME COLUMN writes TO gains;
ALTER TABLE stock_line RENAME COLUMN writes TO gains;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0043_raised_levels")]
    operations = [RunSQL(NAMES)]
