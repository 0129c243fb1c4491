"""Alerts: who is told of what by which rules, what stands, what was said, and what each hour usually brings."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE alert_setting (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    rules jsonb NOT NULL DEFAULT '{}',
    sealed_sender bytea,
    due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX alert_setting_due ON alert_setting (due_at);

CREATE TABLE alert_recipient (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    channel text NOT NULL CHECK (channel IN ('email', 'webhook')),
    sealed bytea NOT NULL,
    address_hash bytea NOT NULL,
    kinds text[] NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, channel, address_hash)
);

CREATE TABLE alert_template (
    tenant_id uuid NOT NULL REFERENCES tenant,
    kind text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, kind)
);

CREATE TABLE alert_cause (
    tenant_id uuid NOT NULL REFERENCES tenant,
    cause text NOT NULL,
    kind text NOT NULL,
    connection_id uuid,
    sentence text NOT NULL,
    first_at timestamptz NOT NULL,
    count int NOT NULL,
    told_at timestamptz,
    told_count int NOT NULL,
    unsaid int NOT NULL,
    over_at timestamptz,
    recovery_owed boolean NOT NULL,
    PRIMARY KEY (tenant_id, cause)
);

CREATE TABLE notification (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    at timestamptz NOT NULL DEFAULT now(),
    kind text NOT NULL,
    phase text NOT NULL,
    cause text NOT NULL,
    connection_id uuid,
    recipient_id uuid NOT NULL,
    channel text NOT NULL,
    title text NOT NULL,
    state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'sent', 'done', 'unclear', 'refused')),
    payload bytea,
    tries int NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    due_at timestamptz DEFAULT now(),
    sent_at timestamptz,
    ended_at timestamptz,
    code text,
    sentence text,
    evidence jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notification_newest ON notification (tenant_id, at, id);
CREATE INDEX notification_due ON notification (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notification_with_payload ON notification (ended_at) WHERE payload IS NOT NULL;
CREATE INDEX notification_old ON notification (at);

CREATE TABLE order_hour (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    orders int NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, hour),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);

ALTER TABLE connection ADD COLUMN credentials_at timestamptz;
CREATE INDEX record_failing ON record (tenant_id, connection_id, failing_since) WHERE failing_since IS NOT NULL;
"""

POLICIES = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['alert_setting', 'alert_recipient', 'alert_template', 'alert_cause', 'notification',
        'order_hour'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($p$CREATE POLICY of_tenant ON %I TO stockbridge_app
            USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
            WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO stockbridge_app', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['alert_setting', 'notification'] LOOP
        EXECUTE format('CREATE POLICY across ON %I TO stockbridge_across USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO stockbridge_across', name);
    END LOOP;
END $$;
GRANT UPDATE (payload), DELETE ON notification TO stockbridge_across;
"""

ACROSS = """
CREATE FUNCTION tenants_with_alerts_due(most int) RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.tenant_id FROM alert_setting a WHERE a.due_at < now()
      AND EXISTS (SELECT 1 FROM shop s WHERE s.tenant_id = a.tenant_id AND s.state <> 'uninstalled')
    ORDER BY a.due_at LIMIT most
$$;

CREATE FUNCTION notifications_due(most int) RETURNS TABLE (tenant_id uuid, notification_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT d.tenant_id, d.id FROM (SELECT n.tenant_id, n.id, n.due_at, row_number() OVER (
        PARTITION BY n.tenant_id ORDER BY n.due_at, n.id) AS place FROM notification n WHERE n.due_at < now()) d
    ORDER BY d.place, d.due_at LIMIT most
$$;

CREATE FUNCTION expire_notifications(bodies_before timestamptz, rows_before timestamptz, most int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH e AS (UPDATE notification SET payload = NULL WHERE (tenant_id, id) IN (
            SELECT tenant_id, id FROM notification WHERE payload IS NOT NULL AND ended_at < bodies_before LIMIT most)
            RETURNING 1),
         d AS (DELETE FROM notification WHERE (tenant_id, id) IN (
            SELECT tenant_id, id FROM notification WHERE at < rows_before LIMIT most) RETURNING 1)
    SELECT (SELECT count(*) FROM e) + (SELECT count(*) FROM d)
$$;

DO $$
DECLARE
    f text;
BEGIN
    FOREACH f IN ARRAY ARRAY['tenants_with_alerts_due(int)', 'notifications_due(int)',
        'expire_notifications(timestamptz, timestamptz, int)'] LOOP
        EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM public';
        EXECUTE 'ALTER FUNCTION ' || f || ' OWNER TO stockbridge_across';
        EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO stockbridge_app';
    END LOOP;
END $$;
"""


class Migration(BaseMigration):
    dependencies = [("models", "0011_listening")]
    operations = [RunSQL(TABLES), RunSQL(POLICIES), RunSQL(ACROSS)]
