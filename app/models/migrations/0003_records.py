"""Records and what was done about them: effects, attempts, timeline, cursors and runs."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE record (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    connection_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    kind text NOT NULL,
    store_key text NOT NULL,
    external_id text,
    reference text,
    reference_search text,
    host_key text,
    host_number text,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'running', 'settled', 'held', 'skipped', 'cancelled')),
    state_since timestamptz NOT NULL DEFAULT now(),
    reason_code text,
    reason_sentence text,
    reason_verdict text,
    reason_facts jsonb NOT NULL DEFAULT '{}',
    wanted int NOT NULL DEFAULT 0,
    done int NOT NULL DEFAULT 0,
    min_version timestamptz,
    read_version timestamptz,
    fingerprint bytea,
    content_hash bytea,
    due_at timestamptz,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    attempts int NOT NULL DEFAULT 0,
    failing_since timestamptz,
    epoch bigint NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    approved boolean NOT NULL DEFAULT false,
    asked boolean NOT NULL DEFAULT false,
    held_runs int NOT NULL DEFAULT 0,
    told jsonb,
    mapping_version int,
    buyer_key text,
    email_hash bytea,
    mark jsonb,
    mark_hash bytea,
    marked_hash bytea,
    mark_due_at timestamptz,
    mark_sent_at timestamptz,
    doubles_due_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, connection_id, kind, store_key),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id),
    CHECK (done <= wanted)
);
CREATE UNIQUE INDEX record_host_key ON record (tenant_id, connection_id, kind, host_key) WHERE host_key IS NOT NULL;
CREATE INDEX record_due_of_shop ON record (tenant_id, shop_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX record_due ON record (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX record_mark_of_shop ON record (tenant_id, shop_id, mark_due_at) WHERE mark_due_at IS NOT NULL;
CREATE INDEX record_mark_due ON record (mark_due_at) WHERE mark_due_at IS NOT NULL;
CREATE INDEX record_by_state ON record (tenant_id, connection_id, kind, state, id);
CREATE INDEX record_by_problem ON record (tenant_id, reason_code, id) WHERE state = 'held';
CREATE INDEX record_by_reference ON record (tenant_id, reference_search text_pattern_ops);
CREATE INDEX record_by_buyer ON record (tenant_id, shop_id, buyer_key) WHERE buyer_key IS NOT NULL;
CREATE INDEX record_by_email ON record (tenant_id, email_hash) WHERE email_hash IS NOT NULL;
ALTER TABLE record SET (fillfactor = 80);

CREATE TABLE effect (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    connection_id uuid NOT NULL,
    record_id uuid,
    target text NOT NULL CHECK (target IN ('host', 'store')),
    key text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'sent', 'done', 'refused', 'unclear')),
    payload bytea,
    payload_hash bytea NOT NULL,
    epoch bigint NOT NULL,
    tries int NOT NULL DEFAULT 0,
    planned_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    deadline_at timestamptz,
    settle_at timestamptz,
    ended_at timestamptz,
    host_key text,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, connection_id, key),
    FOREIGN KEY (tenant_id, record_id) REFERENCES record (tenant_id, id)
);
CREATE INDEX effect_of_record ON effect (tenant_id, record_id);
CREATE INDEX effect_with_payload ON effect (ended_at) WHERE payload IS NOT NULL;

CREATE TABLE attempt (
    tenant_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    effect_id uuid NOT NULL,
    record_id uuid,
    epoch bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    outcome text NOT NULL CHECK (outcome IN ('done', 'refused', 'retry', 'unclear')),
    code text,
    host_key text,
    number text,
    evidence bytea,
    took_ms int,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, effect_id) REFERENCES effect (tenant_id, id)
);
CREATE INDEX attempt_of_record ON attempt (tenant_id, record_id, id);
CREATE INDEX attempt_with_evidence ON attempt (at) WHERE evidence IS NOT NULL;

CREATE TABLE timeline (
    tenant_id uuid NOT NULL,
    day date NOT NULL DEFAULT current_date,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT now(),
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    connection_id uuid,
    record_id uuid,
    run_id uuid,
    kind text NOT NULL,
    code text,
    sentence text NOT NULL,
    facts jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, day, id)
) PARTITION BY RANGE (day);
CREATE INDEX timeline_of_record ON timeline (tenant_id, record_id, id);

CREATE TABLE cursor (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    name text NOT NULL,
    value text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, connection_id, name),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);

CREATE TABLE run (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    connection_id uuid NOT NULL,
    flow text NOT NULL,
    started_by text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('planned', 'running', 'done', 'stopped', 'failed')),
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    counts jsonb NOT NULL DEFAULT '{}',
    checkpoint text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE INDEX run_of_connection ON run (tenant_id, connection_id, started_at, id);
"""


class Migration(BaseMigration):
    dependencies = [("models", "0002_inbox")]
    operations = [RunSQL(TABLES), RunSQL("SELECT make_partitions(14)")]
