"""Lists of orders for people: by keyset, newest or oldest first or by a search, each page through one index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import orjson

from app.errors import Reason, Verdict
from app.models.database import Row, Tx
from app.steps.points import RecordKind

ORDER: RecordKind = "order"
_END = "\U0010ffff"


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """An order, or another record, as it stands. `name`, `placed_at` and the amount are None until it was read once.

    `parent_key`: the order it hangs on. `word`: what a person said of it. `sink_address`: where the ERP shows its document.
    `noted_at`: when our note was last written to the store's order, `note_due_at`: when another one is to be.
    `matched` is what a search found it by, and its place in the answer.
    """

    id: UUID
    connection: UUID
    shop: UUID
    source_key: str
    name: str | None
    placed_at: datetime | None
    first_seen_at: datetime
    amount: Decimal | None
    currency: str | None
    state: str
    state_since: datetime
    reason: Reason | None
    sink_key: str | None
    sink_number: str | None
    attempts: int
    next_try_at: datetime | None
    mapping_version: int | None
    asked: bool
    kind: RecordKind = ORDER
    parent_key: str | None = None
    external_id: str | None = None
    buyer_key: str | None = None
    email_hash: bytes | None = None
    word: str | None = None
    sink_address: str | None = None
    noted_at: datetime | None = None
    note_due_at: datetime | None = None
    matched: str | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page ended: the value it is sorted by, and the id."""

    value: str
    id: UUID


async def page(
    tx: Tx,
    *,
    tenant: UUID,
    connections: Sequence[UUID],
    states: Sequence[str],
    newest_first: bool,
    after: Place | None,
    most: int,
) -> list[OrderRow]:
    """Each connection and state is one range of an index; the page is merged from their first rows."""
    way, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    rows = await tx.rows(
        f"""
        SELECT r.* FROM unnest($2::uuid[]) AS c (id) CROSS JOIN unnest($3::text[]) AS s (state)
        CROSS JOIN LATERAL (SELECT * FROM record WHERE tenant_id = $1 AND connection_id = c.id AND kind = '{ORDER}'
            AND state = s.state AND ($4::timestamptz IS NULL OR (first_seen_at, id) {beyond} ($4, $5::uuid))
            ORDER BY first_seen_at {way}, id {way} LIMIT $6) AS r
        ORDER BY r.first_seen_at {way}, r.id {way} LIMIT $6
        """,  # noqa: S608 -- nothing of a caller's is in the text
        tenant,
        list(connections),
        list(states),
        datetime.fromisoformat(after.value) if after else None,
        after.id if after else None,
        most,
    )
    return [row_of(row) for row in rows]


async def search(
    tx: Tx,
    *,
    tenant: UUID,
    connections: Sequence[UUID],
    states: Sequence[str],
    words: str,
    after: Place | None,
    most: int,
) -> list[OrderRow]:
    """Orders whose name or ERP number begins with the words, sorted by what matched. `1001` finds `#1001` too.

    Ranges of the stored columns in their bytes' order: LIKE may not be asked before row-level security, so it would
    read all of the tenant's orders.
    """
    names, numbers = starts(words)
    rows = await tx.rows(
        """
        SELECT found.* FROM (
            SELECT m.* FROM unnest($2::text[]) AS p (text) CROSS JOIN LATERAL (
                SELECT r.*, r.reference_search AS matched FROM record r
                WHERE r.tenant_id = $1 AND r.kind = 'order' AND r.reference_search ~>=~ p.text
                  AND r.reference_search ~<~ (p.text || $4) AND r.connection_id = ANY ($5::uuid[]) AND r.state = ANY ($6::text[])
                  AND ($7::text IS NULL OR r.reference_search ~>~ $7 OR (r.reference_search = $7 AND r.id > $8::uuid))
                ORDER BY r.reference_search USING ~<~, r.id LIMIT $9) AS m
            UNION ALL
            SELECT m.* FROM unnest($3::text[]) AS p (text) CROSS JOIN LATERAL (
                SELECT r.*, r.sink_number AS matched FROM record r
                WHERE r.tenant_id = $1 AND r.kind = 'order' AND r.sink_number ~>=~ p.text
                  AND r.sink_number ~<~ (p.text || $4) AND r.connection_id = ANY ($5::uuid[]) AND r.state = ANY ($6::text[])
                  AND NOT EXISTS (SELECT 1 FROM unnest($2::text[]) AS q (text) WHERE r.reference_search ~>=~ q.text
                      AND r.reference_search ~<~ (q.text || $4))
                  AND ($7::text IS NULL OR r.sink_number ~>~ $7 OR (r.sink_number = $7 AND r.id > $8::uuid))
                ORDER BY r.sink_number USING ~<~, r.id LIMIT $9) AS m) AS found
        ORDER BY found.matched USING ~<~, found.id LIMIT $9
        """,
        tenant,
        names,
        numbers,
        _END,
        list(connections),
        list(states),
        after.value if after else None,
        after.id if after else None,
        most,
    )
    return [row_of(row) for row in rows]


async def some(tx: Tx, *, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, OrderRow]:
    """Orders by their ids; what is not there, or another tenant's, is left out."""
    rows = await tx.rows(
        "SELECT * FROM record WHERE tenant_id = $1 AND kind = 'order' AND id = ANY ($2::uuid[])",
        tenant,
        list(ids),
    )
    return {row["id"]: row_of(row) for row in rows}


async def children_of(
    tx: Tx, *, tenant: UUID, kind: RecordKind, orders: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], list[OrderRow]]:
    """What hangs on orders, each by its connection and its key in the store; oldest first, a hundred at most."""
    rows = await tx.rows(
        """
        SELECT r.* FROM unnest($2::uuid[], $3::text[]) AS o (connection_id, source_key)
        CROSS JOIN LATERAL (SELECT * FROM record WHERE tenant_id = $1 AND connection_id = o.connection_id
            AND parent_key = o.source_key AND kind = $4 ORDER BY first_seen_at, id LIMIT 100) r
        """,
        tenant,
        [connection for connection, _ in orders],
        [key for _, key in orders],
        kind,
    )
    found: dict[tuple[UUID, str], list[OrderRow]] = {}
    for row in rows:
        found.setdefault((row["connection_id"], row["parent_key"]), []).append(row_of(row))
    return found


async def held(tx: Tx, *, tenant: UUID, connection: UUID, key: str) -> UUID | None:
    """The record of an order by its key in the store."""
    found = await tx.value(
        "SELECT id FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'order' AND source_key = $3",
        tenant,
        connection,
        key,
    )
    return found if isinstance(found, UUID) else None


def starts(words: str) -> tuple[list[str], list[str]]:
    """What a name, and what a number, may begin with; none of them begins another."""
    text = words.strip()
    name = text.lower()
    return [name] if name.startswith("#") else [name, f"#{name}"], sorted({text, text.upper(), text.lower()})


def row_of(row: Row) -> OrderRow:
    return OrderRow(
        id=row["id"],
        connection=row["connection_id"],
        shop=row["shop_id"],
        source_key=row["source_key"],
        name=row["reference"],
        placed_at=row["placed_at"],
        first_seen_at=row["first_seen_at"],
        amount=row["amount"],
        currency=row["currency"],
        state=row["state"],
        state_since=row["state_since"],
        reason=_reason(row),
        sink_key=row["sink_key"],
        sink_number=row["sink_number"],
        attempts=row["attempts"],
        next_try_at=row["due_at"],
        mapping_version=row["mapping_version"],
        asked=row["asked"],
        kind=row["kind"],
        parent_key=row["parent_key"],
        external_id=row["external_id"],
        buyer_key=row["buyer_key"],
        email_hash=row["email_hash"],
        word=row["word"],
        sink_address=row["sink_address"],
        noted_at=row["mark_sent_at"],
        note_due_at=row["mark_due_at"],
        matched=row.get("matched"),
    )


def _reason(row: Row) -> Reason | None:
    if row["reason_code"] is None:
        return None
    facts: Mapping[str, str] = orjson.loads(row["reason_facts"])
    return Reason(
        code=row["reason_code"],
        sentence=row["reason_sentence"] or "",
        verdict=Verdict(row["reason_verdict"] or Verdict.LOOK_FIRST),
        facts=facts,
    )
