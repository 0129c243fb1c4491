"""Two of an ERP's items may have one SKU: a reading says which of them it is of, and whether there were several."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

READINGS = """
ALTER TABLE stock_reading ADD COLUMN own text NOT NULL DEFAULT '', ADD COLUMN several boolean NOT NULL DEFAULT false;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0039_shop_joining")]
    operations = [RunSQL(READINGS)]
