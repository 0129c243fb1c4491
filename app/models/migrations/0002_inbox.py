"""The inbox: what was seen, the sealed bodies by day, and the narrow rows of work that is left."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

# The nil tenant owns events of shops nobody has installed yet (kept 7 days, replayed at install).
TABLES = """
CREATE SEQUENCE inbox_event_id;

CREATE TABLE inbox_seen (
    shop_domain text NOT NULL,
    webhook_id text NOT NULL,
    seen_on date NOT NULL,
    PRIMARY KEY (shop_domain, webhook_id)
);
CREATE INDEX inbox_seen_day ON inbox_seen (seen_on);

CREATE TABLE inbox_event (
    tenant_id uuid NOT NULL,
    id bigint NOT NULL DEFAULT nextval('inbox_event_id'),
    received_on date NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    shop_domain text NOT NULL,
    topic text NOT NULL,
    webhook_id text NOT NULL,
    event_id text,
    triggered_at timestamptz,
    api_version text,
    body bytea,
    body_hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, received_on, id)
) PARTITION BY RANGE (received_on);
ALTER TABLE inbox_event ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE inbox_work (
    tenant_id uuid NOT NULL,
    shop_domain text NOT NULL,
    event_id bigint NOT NULL,
    received_on date NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    topic text NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    tries int NOT NULL DEFAULT 0,
    held_code text,
    PRIMARY KEY (tenant_id, shop_domain, event_id)
);
CREATE INDEX inbox_work_due ON inbox_work (due_at) WHERE held_code IS NULL;
"""

# One statement from the web process: dedupe, body and work row together, sorted by key (rules 27, 28, 29).
RECEIVE = """
CREATE FUNCTION tenant_of_shop(domain text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT tenant_id FROM shop WHERE shop.domain = tenant_of_shop.domain $$;

CREATE FUNCTION shop_by_domain(wanted text) RETURNS TABLE (tenant_id uuid, shop_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT s.tenant_id, s.id FROM shop s WHERE s.domain = wanted $$;
"""

PARTITIONS = """
CREATE FUNCTION make_partitions(days int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    parent text;
    day date;
    child text;
    made int := 0;
BEGIN
    FOREACH parent IN ARRAY ARRAY['inbox_event', 'timeline'] LOOP
        FOR day IN SELECT d::date FROM generate_series(current_date - 1, current_date + days, interval '1 day') d LOOP
            child := parent || '_' || to_char(day, 'YYYYMMDD');
            IF to_regclass(child) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                               child, parent, day, day + 1);
                IF parent = 'inbox_event' THEN
                    EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 8160)', child);
                END IF;
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
                EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

CREATE FUNCTION drop_partition(child text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    parent text;
    undone bigint;
BEGIN
    SELECT p.relname INTO parent FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        WHERE c.relname = child AND p.relname IN ('inbox_event', 'timeline');
    IF parent IS NULL THEN
        RETURN false;
    END IF;
    IF parent = 'inbox_event' THEN
        SELECT count(*) INTO undone FROM inbox_work WHERE received_on = to_date(right(child, 8), 'YYYYMMDD');
        IF undone > 0 THEN
            RETURN false;
        END IF;
    END IF;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, child);
    EXECUTE format('DROP TABLE %I', child);
    RETURN true;
END $$;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0001_tenants")]
    operations = [RunSQL(TABLES), RunSQL(RECEIVE), RunSQL(PARTITIONS)]
