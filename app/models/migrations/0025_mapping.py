"""Mapping versions with rules, a draft beside them, and what was published once stays as it is."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

COLUMNS = """
ALTER TABLE mapping_version
    ADD COLUMN rules jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN note text NOT NULL DEFAULT '',
    ADD COLUMN based_on int,
    ADD COLUMN revision uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN published_at timestamptz,
    ADD COLUMN published_by text;
ALTER TABLE mapping_version NO FORCE ROW LEVEL SECURITY;
UPDATE mapping_version SET published_at = made_at, published_by = made_by WHERE state <> 'draft';
ALTER TABLE mapping_version FORCE ROW LEVEL SECURITY;
ALTER TABLE mapping_version ADD CHECK ((state = 'draft') = (number = 0));
ALTER TABLE mapping_version ADD CHECK ((state = 'draft') = (published_at IS NULL));
CREATE UNIQUE INDEX mapping_draft ON mapping_version (tenant_id, connection_id) WHERE state = 'draft';
"""
"""The draft has the number 0, so that no record can ever name one; `revision` is another after every change of it."""

STAYS = """
CREATE FUNCTION mapping_version_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (OLD.state <> 'draft' AND (to_jsonb(NEW) - 'state') IS DISTINCT FROM (to_jsonb(OLD) - 'state'))
       OR (OLD.state = 'published' AND NEW.state = 'draft') OR (OLD.state = 'retired' AND NEW.state <> 'retired')
       OR (OLD.state = 'draft' AND NEW.state = 'retired') THEN
        RAISE EXCEPTION 'mapping version % was published and stays as it is', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mapping_version_stays BEFORE UPDATE ON mapping_version
    FOR EACH ROW EXECUTE FUNCTION mapping_version_stays();
"""


class Migration(BaseMigration):
    dependencies = [("models", "0024_soon")]
    operations = [RunSQL(COLUMNS), RunSQL(STAYS)]
