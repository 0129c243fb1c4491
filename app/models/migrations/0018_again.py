"""What a replay or a back-fill makes due: which run, in which lane, and under which mapping version."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

COLUMNS = """
ALTER TABLE record ADD COLUMN run_id uuid;
ALTER TABLE record ADD COLUMN low boolean NOT NULL DEFAULT false;
ALTER TABLE record ADD COLUMN replay int;
CREATE INDEX record_of_run ON record (tenant_id, run_id) WHERE run_id IS NOT NULL;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0015_clock")]
    operations = [RunSQL(COLUMNS)]
