"""What a person says of records: how they stand, locked until it is written down, and the word itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.models.database import Tx
from app.models.record_locks import LOCKED
from app.models.records import Word


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`busy`: a worker has it just now. `sent`: something may have reached the other side for it."""

    id: UUID
    connection: UUID
    shop: UUID
    kind: str
    key: str
    name: str | None
    state: str
    sink_key: str | None
    amount: Decimal | None
    currency: str | None
    word: Word | None
    busy: bool
    sent: bool


async def locked(tx: Tx, *, tenant: UUID, records: Sequence[UUID]) -> Mapping[UUID, Standing]:
    """Nobody claims one of them until this transaction ends; what is not there, or another tenant's, is left out."""
    rows = await tx.rows(
        "SELECT *, state = 'running' AND lease_until > now() AS busy FROM record r"  # noqa: S608  literals
        f" WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) {LOCKED}",
        tenant,
        sorted(set(records)),
    )
    # A statement of its own, once the rows are locked: what a run that ended meanwhile has sent is seen.
    sent = await tx.rows(
        "SELECT DISTINCT record_id FROM effect WHERE tenant_id = $1 AND record_id = ANY ($2::uuid[])"
        " AND state NOT IN ('planned', 'refused')",
        tenant,
        [row["id"] for row in rows],
    )
    reached = {row["record_id"] for row in sent}
    return {
        row["id"]: Standing(
            id=row["id"],
            connection=row["connection_id"],
            shop=row["shop_id"],
            kind=row["kind"],
            key=row["source_key"],
            name=row["reference"],
            state=row["state"],
            sink_key=row["sink_key"],
            amount=row["amount"],
            currency=row["currency"],
            word=Word(row["word"]) if row["word"] else None,
            busy=bool(row["busy"]),
            sent=row["id"] in reached,
        )
        for row in rows
    }


async def skip(tx: Tx, *, tenant: UUID, records: Sequence[UUID]) -> int:
    """Their next run sends nothing, nor does any later one until a person asks."""
    return await tx.run(
        "UPDATE record SET word = 'skip', asked = false, wanted = wanted + 1, due_at = now()"
        " WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        tenant,
        sorted(records),
    )


async def adopt(tx: Tx, *, tenant: UUID, record: UUID, key: str, number: str, address: str | None) -> None:
    """The unique index refuses a document that another record was given."""
    await tx.run(
        "UPDATE record SET word = 'adopt', word_key = $3, word_number = $4, sink_address = $5, asked = true,"
        " wanted = wanted + 1, due_at = now() WHERE tenant_id = $1 AND id = $2",
        tenant,
        record,
        key,
        number,
        address,
    )


async def unlink(tx: Tx, *, tenant: UUID, record: UUID) -> None:
    """What was sent stays on file: a later run looks its document up by our key before it sends anything."""
    await tx.run(
        "UPDATE record SET word = 'unlink', word_key = NULL, word_number = NULL, sink_key = NULL, sink_number = NULL,"
        " sink_address = NULL, asked = false, wanted = wanted + 1, due_at = now() WHERE tenant_id = $1 AND id = $2",
        tenant,
        record,
    )


async def holder(tx: Tx, *, tenant: UUID, connection: UUID, kind: str, sink_key: str) -> str | None:
    """The name of the record that a document belongs to, or that it was given to; None: nobody's."""
    found = await tx.value(
        "SELECT coalesce(reference, source_key) FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3"
        " AND (sink_key = $4 OR word_key = $4) LIMIT 1",
        tenant,
        connection,
        kind,
        sink_key,
    )
    return found if isinstance(found, str) else None
