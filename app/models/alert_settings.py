"""Who is told, by which rules and in which words: an organisation's alert settings, recipients and templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.domain.alert_rules import AlertKind
from app.domain.alert_text import Template
from app.models.database import Database, Row, Tx


@dataclass(frozen=True, kw_only=True)
class SettingRow:
    """`rules` is JSON for `app/mapping/alert_rules.py`. `sealed_sender` opens with purpose `alert_sender`."""

    rules: str
    sealed_sender: bytes | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class RecipientRow:
    """`sealed` opens with purpose `alert_recipient`."""

    id: UUID
    channel: str
    sealed: bytes = field(repr=False)
    kinds: frozenset[str]
    made_at: datetime


async def due(database: Database, *, most: int) -> list[UUID]:
    """Organisations whose turn it is to be looked at."""
    async with database.across() as tx:
        rows = await tx.rows("SELECT tenant_id FROM tenants_with_alerts_due($1)", most)
    return [row["tenant_id"] for row in rows]


async def claim(tx: Tx, *, tenant: UUID, every: timedelta) -> SettingRow | None:
    """The settings for the one worker that is to look now, by the database's clock; None for everyone else.

    The row stays locked until the transaction ends: what is decided in it is decided once.
    """
    row = await tx.row(
        "UPDATE alert_setting SET due_at = now() + $2 WHERE tenant_id = $1 AND due_at < now()"
        " RETURNING rules, sealed_sender",
        tenant,
        every,
    )
    return SettingRow(**dict(row)) if row else None


async def read(tx: Tx, *, tenant: UUID) -> SettingRow | None:
    row = await tx.row("SELECT rules, sealed_sender FROM alert_setting WHERE tenant_id = $1", tenant)
    return SettingRow(**dict(row)) if row else None


async def save(tx: Tx, *, tenant: UUID, rules: str | None = None) -> None:
    """Makes the settings, or changes their rules."""
    await tx.run(
        "INSERT INTO alert_setting (tenant_id, rules) VALUES ($1, coalesce($2::jsonb, '{}'))"
        " ON CONFLICT (tenant_id) DO UPDATE SET rules = coalesce($2::jsonb, alert_setting.rules), due_at = now()",
        tenant,
        rules,
    )


async def send_as(tx: Tx, *, tenant: UUID, sealed_sender: bytes | None) -> None:
    await tx.run("UPDATE alert_setting SET sealed_sender = $2 WHERE tenant_id = $1", tenant, sealed_sender)


# --- recipients ------------------------------------------------------------------------------------------------------

_RECIPIENT = "SELECT id, channel, sealed, kinds, made_at FROM alert_recipient WHERE tenant_id = $1"


async def recipients(tx: Tx, *, tenant: UUID) -> list[RecipientRow]:
    """All of them, the first one first; `add` bounds their number."""
    rows = await tx.rows(_RECIPIENT + " ORDER BY made_at, id", tenant)
    return [_recipient(row) for row in rows]


async def recipient(tx: Tx, *, tenant: UUID, id: UUID) -> RecipientRow | None:
    row = await tx.row(_RECIPIENT + " AND id = $2", tenant, id)
    return _recipient(row) if row else None


async def add(
    tx: Tx, *, tenant: UUID, channel: str, sealed: bytes, address_hash: bytes, kinds: Sequence[str], most: int
) -> UUID | None:
    """A new recipient; one that is there already gets these kinds and this secret. None: there are too many."""
    found = await tx.value(
        "INSERT INTO alert_recipient (tenant_id, channel, sealed, address_hash, kinds) SELECT $1, $2, $3, $4, $5"
        " WHERE (SELECT count(*) FROM alert_recipient WHERE tenant_id = $1 AND address_hash <> $4) < $6"
        " ON CONFLICT (tenant_id, channel, address_hash) DO UPDATE SET sealed = $3, kinds = $5 RETURNING id",
        tenant,
        channel,
        sealed,
        address_hash,
        sorted(kinds),
        most,
    )
    return cast("UUID | None", found)


async def remove(tx: Tx, *, tenant: UUID, id: UUID) -> bool:
    return await tx.run("DELETE FROM alert_recipient WHERE tenant_id = $1 AND id = $2", tenant, id) == 1


async def forget_address(tx: Tx, *, tenant: UUID, address_hash: bytes) -> int:
    """A person who is to be forgotten is told of nothing any more."""
    return await tx.run(
        "DELETE FROM alert_recipient WHERE tenant_id = $1 AND channel = 'email' AND address_hash = $2",
        tenant,
        address_hash,
    )


def _recipient(row: Row) -> RecipientRow:
    return RecipientRow(**{**dict(row), "kinds": frozenset(row["kinds"])})


# --- templates -------------------------------------------------------------------------------------------------------


async def templates(tx: Tx, *, tenant: UUID) -> dict[AlertKind, Template]:
    """The merchant's own; a kind without one is said in our words."""
    rows = await tx.rows("SELECT kind, subject, body FROM alert_template WHERE tenant_id = $1", tenant)
    return {AlertKind(row["kind"]): Template(subject=row["subject"], body=row["body"]) for row in rows}


async def write(tx: Tx, *, tenant: UUID, kind: AlertKind, template: Template | None) -> None:
    """Keeps a template of one's own, or (None) goes back to ours."""
    if template is None:
        await tx.run("DELETE FROM alert_template WHERE tenant_id = $1 AND kind = $2", tenant, kind.value)
        return
    await tx.run(
        "INSERT INTO alert_template (tenant_id, kind, subject, body) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (tenant_id, kind) DO UPDATE SET subject = $3, body = $4, changed_at = now()",
        tenant,
        kind.value,
        template.subject,
        template.body,
    )
