"""What lists for people are sorted, searched and summed by: when an order was placed, and over how much."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

LISTS = """
ALTER TABLE record ADD COLUMN placed_at timestamptz;
ALTER TABLE record ADD COLUMN amount numeric;
ALTER TABLE record ADD COLUMN currency text;

DROP INDEX record_by_state;
CREATE INDEX record_by_state ON record (tenant_id, connection_id, kind, state, first_seen_at, id);
CREATE INDEX record_by_number ON record (tenant_id, host_number text_pattern_ops) WHERE host_number IS NOT NULL;
CREATE INDEX timeline_of_run ON timeline (tenant_id, run_id, id) WHERE run_id IS NOT NULL;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0005_stock")]
    operations = [RunSQL(LISTS)]
