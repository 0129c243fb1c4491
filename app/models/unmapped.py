"""What held records lack in the look-up tables: kept when a record is held, grouped for people, and what waits for one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.mapping.lacks import Lack
from app.models.anew import Pending
from app.models.database import Row, Tx
from app.models.overview import Waiting
from app.models.records import Claim

_END = "\U0010ffff"
COUNTED = 10_000
"""Of one value so many records are counted: nobody reads a larger number at a glance."""


@dataclass(frozen=True, kw_only=True)
class Unmapped:
    """One value of one table, and what waits for it. `key` is the value as tables are searched."""

    table: str
    key: str
    value: str
    code: str
    count: int
    since: datetime
    waiting: tuple[Waiting, ...]


async def keep(tx: Tx, claim: Claim, lacks: Sequence[Lack]) -> None:
    """In the transaction that ends a run: what the record lacks now. What it lacked before keeps its time."""
    found = sorted(lacks, key=lambda each: (each.table, each.key))
    tables, keys = [each.table for each in found], [each.key for each in found]
    await tx.run(
        "DELETE FROM unmapped WHERE tenant_id = $1 AND record_id = $2 AND NOT (table_name, key) IN"
        " (SELECT * FROM unnest($3::text[], $4::text[]))",
        claim.tenant,
        claim.record,
        tables,
        keys,
    )
    if found:
        await tx.run(
            "INSERT INTO unmapped (tenant_id, connection_id, record_id, table_name, key, value, code)"
            " SELECT $1, $2, $3, * FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) ON CONFLICT DO NOTHING",
            claim.tenant,
            claim.connection,
            claim.record,
            tables,
            keys,
            [each.value for each in found],
            [each.code for each in found],
        )


async def overtaken(tx: Tx, claim: Claim, *, mapping: int) -> bool:
    """Whether other tables than these are in force by now; then the record, held for what these lack, is due again.

    Waits for whoever is publishing: either they see this record held, or this sees what they published.
    """
    still = await tx.value(
        "SELECT number FROM mapping_version WHERE tenant_id = $1 AND connection_id = $2 AND state = 'published'"
        " AND number = $3 FOR SHARE",
        claim.tenant,
        claim.connection,
        mapping,
    )
    if still is not None or not mapping:
        return False
    await tx.run(
        "UPDATE record SET wanted = wanted + 1, due_at = now(), replay = CASE WHEN told IS NULL THEN (SELECT number"
        " FROM mapping_version WHERE tenant_id = $1 AND connection_id = $4 AND state = 'published') ELSE replay END"
        " WHERE tenant_id = $1 AND id = $2 AND epoch = $3",
        claim.tenant,
        claim.record,
        claim.epoch,
        claim.connection,
    )
    return True


async def page(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    after: tuple[str, str] | None,
    most: int,
    backwards: bool = False,
) -> list[Unmapped]:
    """By table and value. What only waits to be looked at again has a count of 0."""
    way, beyond = ("DESC", "<") if backwards else ("ASC", ">")
    rows = await tx.rows(
        f"""
        WITH RECURSIVE place AS (
            (SELECT table_name, key, 1 AS nth FROM unmapped WHERE tenant_id = $1 AND connection_id = $2
                AND (table_name, key) {beyond} ($3, $4) ORDER BY table_name {way}, key {way} LIMIT 1)
            UNION ALL
            SELECT n.table_name, n.key, p.nth + 1 FROM place p CROSS JOIN LATERAL (
                SELECT u.table_name, u.key FROM unmapped u WHERE u.tenant_id = $1 AND u.connection_id = $2
                    AND (u.table_name, u.key) {beyond} (p.table_name, p.key) ORDER BY u.table_name {way}, u.key {way} LIMIT 1) n
            WHERE p.nth < $5)
        SELECT p.table_name, p.key, p.nth, g.* FROM place p CROSS JOIN LATERAL (
            SELECT r.currency, count(r.id) AS count, sum(r.amount) AS amount, min(u.since) AS since, min(u.value) AS value,
                min(u.code) AS code
            FROM (SELECT * FROM unmapped WHERE tenant_id = $1 AND connection_id = $2 AND table_name = p.table_name
                AND key = p.key ORDER BY record_id LIMIT $6) u
            LEFT JOIN record r ON r.tenant_id = $1 AND r.id = u.record_id AND r.state = 'held' GROUP BY r.currency) g
        ORDER BY p.nth, g.currency
        """,  # noqa: S608 -- nothing of a caller's is in the text
        tenant,
        connection,
        *(after or (_END if backwards else "", "")),
        most,
        COUNTED + 1,
    )
    groups: dict[tuple[str, str], Unmapped] = {}
    for row in rows:
        place = (row["table_name"], row["key"])
        groups[place] = _with(groups.get(place), row)
    return list(groups.values())


def waiting(table: str, keys: Sequence[str] | None, *, mapping: int) -> Pending:
    """What is held for exactly these, to be decided anew under this mapping version. `keys` None: any.

    What is due already, or under way, is left alone: its run sees the tables of today, or `overtaken` does. The offset keeps
    records from being joined all with all: each is looked up by its key.
    """
    return Pending(
        select="""
            SELECT h.id FROM (
                SELECT DISTINCT record_id FROM unmapped WHERE tenant_id = $1 AND connection_id = $2 AND table_name = $3
                    AND ($4::text[] IS NULL OR key = ANY ($4)) ORDER BY record_id) u
            CROSS JOIN LATERAL (
                SELECT id FROM record WHERE tenant_id = $1 AND id = u.record_id AND state = 'held' AND wanted = done
                OFFSET 0 {lock}) h
            {most}""",
        values=(table, None if keys is None else list(keys)),
        replay=mapping,
    )


def _with(known: Unmapped | None, row: Row) -> Unmapped:
    money = row["amount"] is not None and row["currency"] is not None
    waiting = (Waiting(amount=row["amount"], currency=row["currency"]),) if money else ()
    if known is not None:
        return replace(
            known,
            count=known.count + row["count"],
            since=min(known.since, row["since"]),
            waiting=known.waiting + waiting,
        )
    return Unmapped(
        table=row["table_name"],
        key=row["key"],
        value=row["value"],
        code=row["code"],
        count=row["count"],
        since=row["since"],
        waiting=waiting,
    )
