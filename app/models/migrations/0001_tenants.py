"""Organisations, shops, connections, mapping versions and who may do what: the tables people edit."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

TABLES = """
CREATE TABLE tenant (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shop (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    platform text NOT NULL DEFAULT 'shopify',
    domain text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'installed' CHECK (state IN ('installed', 'uninstalled', 'frozen', 'signed_out')),
    state_sentence text,
    installed_at timestamptz NOT NULL,
    uninstalled_at timestamptz,
    scopes text[] NOT NULL DEFAULT '{}',
    sealed_tokens bytea,
    token_generation bigint NOT NULL DEFAULT 0,
    tokens_at timestamptz,
    token_lease_owner text,
    token_lease_until timestamptz,
    served_at timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE connection (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    host text NOT NULL,
    name text NOT NULL,
    state text NOT NULL DEFAULT 'setup' CHECK (state IN ('setup', 'live', 'paused')),
    paused_code text,
    paused_sentence text,
    go_live_at timestamptz,
    sealed_credentials bytea NOT NULL,
    flows jsonb NOT NULL DEFAULT '{}',
    owners jsonb NOT NULL DEFAULT '{}',
    options jsonb NOT NULL DEFAULT '{}',
    no_writes boolean NOT NULL DEFAULT false,
    look_first_until timestamptz,
    breaker_failures int NOT NULL DEFAULT 0,
    breaker_until timestamptz,
    reconcile_due_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);
CREATE INDEX connection_of_shop ON connection (tenant_id, shop_id);

CREATE TABLE host_state (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    name text NOT NULL,
    sealed bytea NOT NULL,
    version int NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, name),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);

CREATE TABLE mapping_version (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    number int NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'published', 'retired')),
    tables jsonb NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, connection_id, number),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connection (tenant_id, id)
);
CREATE UNIQUE INDEX mapping_published ON mapping_version (tenant_id, connection_id) WHERE state = 'published';

CREATE TABLE member (
    tenant_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    staff_key text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'manager', 'operator', 'viewer')),
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, shop_id, staff_key),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);

CREATE TABLE api_token (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id uuid NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE audit_log (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    facts jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE privacy_request (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    topic text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    result jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, shop_id) REFERENCES shop (tenant_id, id)
);

CREATE TABLE application_setting (
    name text PRIMARY KEY,
    value jsonb NOT NULL
);

CREATE TABLE worker_beat (
    worker text PRIMARY KEY,
    at timestamptz NOT NULL
);

CREATE TABLE worker_shard (
    shard int PRIMARY KEY,
    owner text NOT NULL,
    until timestamptz NOT NULL
);
"""


class Migration(BaseMigration):
    initial = True
    operations = [RunSQL(TABLES)]
