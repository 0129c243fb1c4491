"""Records that start in the ERP: a row's keys are named by the side it is read on and the side it is written to."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TWO_WAYS = """
ALTER TABLE record RENAME COLUMN store_key TO source_key;
ALTER TABLE record RENAME COLUMN host_key TO sink_key;
ALTER TABLE record RENAME COLUMN host_number TO sink_number;
ALTER INDEX record_host_key RENAME TO record_sink_key;
ALTER TABLE effect RENAME COLUMN host_key TO sink_key;
ALTER TABLE attempt RENAME COLUMN host_key TO sink_key;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0009_refunds")]
    operations = [RunSQL(TWO_WAYS)]
