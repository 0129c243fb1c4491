"""Whose turn an order's shipments are: one at a time, as a fulfillment is known again by what was there before it."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

SHIPMENTS = """
ALTER TABLE record ADD COLUMN turn_epoch bigint;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0013_prices")]
    operations = [RunSQL(SHIPMENTS)]
