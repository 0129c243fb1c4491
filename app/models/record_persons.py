"""What is known of one person: their own record, what hangs on their orders, and what both sides disagreed about."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson

from app.models.database import Tx
from app.models.order_lists import OrderRow, row_of
from app.models.record_events import EventRow

CONFLICT = "customer.conflict"


async def customer(tx: Tx, *, tenant: UUID, of: OrderRow, key: str | None) -> OrderRow | None:
    """The record of this customer of the store; a customer's own record is itself."""
    if of.kind == "customer":
        return of
    row = await tx.row(
        "SELECT * FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'customer' AND source_key = $3",
        tenant,
        of.connection,
        key,
    )
    return row_of(row) if row is not None else None


async def refunds(
    tx: Tx, *, tenant: UUID, shop: UUID, buyer: str | None, email_hash: bytes | None, most: int
) -> Sequence[OrderRow]:
    """The newest refunds of this person's newest thousand orders."""
    rows = await tx.rows(
        """
        WITH own AS ((SELECT connection_id, source_key FROM record WHERE tenant_id = $1 AND shop_id = $2 AND buyer_key = $3
                AND kind = 'order' ORDER BY first_seen_at DESC LIMIT 1000)
            UNION (SELECT connection_id, source_key FROM record WHERE tenant_id = $1 AND email_hash = $4
                AND kind = 'order' ORDER BY first_seen_at DESC LIMIT 1000))
        SELECT r.* FROM own o JOIN record r ON r.tenant_id = $1 AND r.connection_id = o.connection_id
            AND r.parent_key = o.source_key AND r.kind = 'refund' ORDER BY r.first_seen_at DESC, r.id DESC LIMIT $5
        """,
        tenant,
        shop,
        buyer,
        email_hash,
        most,
    )
    return [row_of(row) for row in rows]


async def conflicts(tx: Tx, *, tenant: UUID, record: UUID, most: int) -> list[EventRow]:
    """When both sides had changed them, which fields, and who won; the latest first."""
    rows = await tx.rows(
        "SELECT id, at, kind, code, sentence, facts FROM timeline WHERE tenant_id = $1 AND record_id = $2 AND code = $3"
        " ORDER BY id DESC LIMIT $4",
        tenant,
        record,
        CONFLICT,
        most,
    )
    return [
        EventRow(
            id=row["id"],
            record=record,
            at=row["at"],
            kind=row["kind"],
            code=row["code"],
            sentence=row["sentence"],
            facts=orjson.loads(row["facts"]),
        )
        for row in rows
    ]
