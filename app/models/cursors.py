"""Cursors of a connection: moved only in the transaction that stores their page."""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from uuid import UUID

from app.models.database import Tx


async def read(tx: Tx, *, tenant: UUID, connection: UUID, name: str) -> str | None:
    value = await tx.value(
        "SELECT value FROM cursor WHERE tenant_id = $1 AND connection_id = $2 AND name = $3",
        tenant,
        connection,
        name,
    )
    return cast("str | None", value)


async def move(tx: Tx, *, tenant: UUID, connection: UUID, name: str, value: str) -> None:
    await tx.run(
        "INSERT INTO cursor (tenant_id, connection_id, name, value) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (tenant_id, connection_id, name) DO UPDATE SET value = $4, moved_at = now()",
        tenant,
        connection,
        name,
        value,
    )


async def claim_listening(tx: Tx, *, tenant: UUID, connection: UUID, every: timedelta) -> bool:
    """True for the one worker that is to list the ERP's changes now."""
    count = await tx.run(
        "UPDATE connection SET listen_due_at = now() + $3 WHERE tenant_id = $1 AND id = $2 AND listen_due_at <= now()",
        tenant,
        connection,
        every,
    )
    return count == 1


async def listen_again(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """The ERP's lists are looked at as soon as somebody is free."""
    await tx.run(
        "UPDATE connection SET listen_due_at = now() WHERE tenant_id = $1 AND id = $2", tenant, connection
    )


async def claim_turn(tx: Tx, *, tenant: UUID, connection: UUID, name: str, every: timedelta) -> bool:
    """True at most once in `every` for a named chore of a connection."""
    count = await tx.run(
        "INSERT INTO cursor AS c (tenant_id, connection_id, name, value) VALUES ($1, $2, $3, 'turn')"
        " ON CONFLICT (tenant_id, connection_id, name) DO UPDATE SET moved_at = now() WHERE c.moved_at < now() - $4::interval",
        tenant,
        connection,
        name,
        every,
    )
    return count == 1


async def give_turn_back(tx: Tx, *, tenant: UUID, connection: UUID, name: str) -> None:
    """It was not done after all: whoever asks next gets it."""
    await tx.run(
        "DELETE FROM cursor WHERE tenant_id = $1 AND connection_id = $2 AND name = $3",
        tenant,
        connection,
        name,
    )
