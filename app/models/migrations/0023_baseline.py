"""Since when a level is known: an order from before is in its first number, and explains no fall of it."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

BASELINE = """
ALTER TABLE stock_level ADD COLUMN known_since timestamptz NOT NULL DEFAULT '-infinity';
"""


class Migration(BaseMigration):
    dependencies = [("models", "0022_grown")]
    operations = [RunSQL(BASELINE)]
