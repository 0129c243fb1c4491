"""What a person said of a record, where its document is shown in the ERP, and indexes for lists by reason and of what was held."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

WORDS = """
ALTER TABLE record ADD COLUMN word text CHECK (word IN ('skip', 'adopt', 'unlink'));
ALTER TABLE record ADD COLUMN word_key text;
ALTER TABLE record ADD COLUMN word_number text;
ALTER TABLE record ADD COLUMN sink_address text;
ALTER TABLE record ADD CONSTRAINT record_word_key CHECK ((word_key IS NOT NULL) = (word IS NOT DISTINCT FROM 'adopt'));
CREATE UNIQUE INDEX record_adopted ON record (tenant_id, connection_id, kind, word_key) WHERE word_key IS NOT NULL;
CREATE INDEX record_by_reason ON record (tenant_id, connection_id, reason_code, first_seen_at, id)
    WHERE state IN ('held', 'skipped');
CREATE INDEX timeline_held ON timeline (tenant_id, day, record_id) WHERE kind = 'held';
"""

# What a person decided is shown of a record, and so is where its document is: both are changes.
CHANGED = """
DROP TRIGGER changed ON record;
CREATE TRIGGER changed BEFORE UPDATE ON record FOR EACH ROW WHEN (
    (OLD.state, OLD.source_key, OLD.sink_key, OLD.sink_number, OLD.reference, OLD.reason_code, OLD.reason_sentence,
     OLD.reason_verdict, OLD.reason_facts, OLD.placed_at, OLD.amount, OLD.currency, OLD.mapping_version, OLD.asked,
     OLD.host_stages, OLD.word, OLD.sink_address)
    IS DISTINCT FROM
    (NEW.state, NEW.source_key, NEW.sink_key, NEW.sink_number, NEW.reference, NEW.reason_code, NEW.reason_sentence,
     NEW.reason_verdict, NEW.reason_facts, NEW.placed_at, NEW.amount, NEW.currency, NEW.mapping_version, NEW.asked,
     NEW.host_stages, NEW.word, NEW.sink_address)
) EXECUTE FUNCTION record_changed();
"""


class Migration(BaseMigration):
    dependencies = [("models", "0036_skipped_otherwise")]
    operations = [RunSQL(WORDS), RunSQL(CHANGED)]
