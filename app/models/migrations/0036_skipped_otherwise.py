"""A what-if tells an order that is left out either way, and for another reason."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

OUTCOMES = """
ALTER TABLE what_if_line DROP CONSTRAINT what_if_line_outcome_check;
ALTER TABLE what_if_line ADD CONSTRAINT what_if_line_outcome_check CHECK (outcome IN ('same', 'changed', 'newly_held',
    'no_longer_held', 'held_otherwise', 'newly_skipped', 'no_longer_skipped', 'skipped_otherwise', 'gone', 'unreadable'));
"""


class Migration(BaseMigration):
    dependencies = [("models", "0035_answers")]
    operations = [RunSQL(OUTCOMES)]
