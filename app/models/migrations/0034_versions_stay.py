"""A mapping version that was published goes with its connection and not before."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

WITH_ITS_CONNECTION = """
ALTER TABLE mapping_version DROP CONSTRAINT mapping_version_tenant_id_connection_id_fkey;
ALTER TABLE mapping_version ADD FOREIGN KEY (tenant_id, connection_id)
    REFERENCES connection (tenant_id, id) ON DELETE CASCADE;

CREATE FUNCTION mapping_version_is_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'draft' AND EXISTS (
        SELECT 1 FROM connection c WHERE c.tenant_id = OLD.tenant_id AND c.id = OLD.connection_id) THEN
        RAISE EXCEPTION 'mapping version % was published and is kept', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER mapping_version_is_kept BEFORE DELETE ON mapping_version
    FOR EACH ROW EXECUTE FUNCTION mapping_version_is_kept();
"""
"""The connection is gone already when what hangs on it is deleted: so an erased shop's versions are let go."""


class Migration(BaseMigration):
    dependencies = [("models", "0033_rates_told")]
    operations = [RunSQL(WITH_ITS_CONNECTION)]
