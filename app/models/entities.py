"""Tortoise's models of the tables that people edit; the engine's own rows are plain SQL beside their functions."""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class Tenant(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.TextField()

    class Meta:
        table = "tenant"


class Shop(Model):
    """One install. `sealed_tokens` opens only with this tenant's key binding."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    platform = fields.TextField()
    domain = fields.TextField()
    state = fields.TextField(default="installed")
    state_sentence = fields.TextField(null=True)
    installed_at = fields.DatetimeField()
    uninstalled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "shop"


class Connection(Model):
    """One shop joined to one host."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    shop_id = fields.UUIDField()
    host = fields.TextField()
    name = fields.TextField()
    state = fields.TextField(default="setup")
    paused_code = fields.TextField(null=True)
    paused_sentence = fields.TextField(null=True)
    go_live_at = fields.DatetimeField(null=True)
    sealed_credentials = fields.BinaryField()
    flows: dict[str, bool] = fields.JSONField(default=dict)
    owners: dict[str, str] = fields.JSONField(default=dict)
    options: dict[str, str] = fields.JSONField(default=dict)
    no_writes = fields.BooleanField(default=False)
    practice = fields.BooleanField(default=False)
    look_first_until = fields.DatetimeField(null=True)
    breaker_failures = fields.IntField(default=0)
    breaker_until = fields.DatetimeField(null=True)

    class Meta:
        table = "connection"


class MappingVersion(Model):
    """Immutable once published; `tables` is the stored form of `app.mapping.tables.Tables`."""

    id = fields.IntField(primary_key=True, source_field="number")
    tenant_id = fields.UUIDField()
    connection_id = fields.UUIDField()
    state = fields.TextField()
    tables: dict[str, dict[str, str]] = fields.JSONField()
    made_by = fields.TextField()

    class Meta:
        table = "mapping_version"


class ApiToken(Model):
    """`digest` is all that is kept of the token itself."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    name = fields.TextField()
    digest = fields.BinaryField()
    scopes = ArrayField(element_type="text")
    made_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_token"
