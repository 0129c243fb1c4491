"""Erasing and exporting what is held about a person or a shop: bodies, payloads and evidence go, ids and hashes stay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.models import changes
from app.models.database import Database, Tx
from app.models.record_locks import lock

_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose data: rows are found by any of these."""

    order_keys: tuple[str, ...]
    buyer_key: str | None
    email_hash: bytes | None


async def records_of(tx: Tx, *, tenant: UUID, shop: UUID, subject: Subject) -> list[UUID]:
    """The records of a person in one shop: orders, and what hangs on them, which names nobody in its row."""
    rows = await tx.rows(
        """
        WITH own AS (
            SELECT id, connection_id, source_key FROM record WHERE tenant_id = $1 AND shop_id = $2
              AND (source_key = ANY ($3::text[]) OR parent_key = ANY ($3::text[]) OR buyer_key = $4 OR email_hash = $5
                OR (kind = 'customer' AND source_key = $4))),
        hanging AS (
            SELECT c.id FROM own JOIN record c ON c.tenant_id = $1 AND c.connection_id = own.connection_id
              AND c.parent_key = own.source_key)
        SELECT id FROM own UNION SELECT id FROM hanging ORDER BY id
        """,
        tenant,
        shop,
        list(subject.order_keys),
        subject.buyer_key,
        subject.email_hash,
    )
    return [row["id"] for row in rows]


async def order_keys_of(tx: Tx, *, tenant: UUID, records: Sequence[UUID]) -> list[str]:
    rows = await tx.rows(
        "SELECT source_key FROM record WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND kind <> 'customer'",
        tenant,
        list(records),
    )
    return [row["source_key"] for row in rows]


async def erase_records(tx: Tx, *, tenant: UUID, records: Sequence[UUID]) -> int:
    """Erases payloads, evidence and searchable hashes of the records; what was done and when stays."""
    ids = list(records)
    await lock(tx, tenant=tenant, records=ids)
    count = await tx.run(
        "UPDATE effect SET payload = NULL WHERE tenant_id = $1 AND record_id = ANY ($2::uuid[]) AND payload IS NOT NULL",
        tenant,
        ids,
    )
    count += await tx.run(
        "UPDATE attempt SET evidence = NULL WHERE tenant_id = $1 AND record_id = ANY ($2::uuid[])"
        " AND evidence IS NOT NULL",
        tenant,
        ids,
    )
    count += await tx.run(
        "UPDATE what_if_line SET sealed = NULL WHERE tenant_id = $1 AND record_id = ANY ($2::uuid[])"
        " AND sealed IS NOT NULL",
        tenant,
        ids,
    )
    count += await tx.run(
        "UPDATE timeline SET facts = '{}' WHERE tenant_id = $1 AND record_id = ANY ($2::uuid[]) AND facts <> '{}'",
        tenant,
        ids,
    )
    count += await tx.run(
        "UPDATE record SET email_hash = NULL, buyer_key = NULL, reason_facts = '{}', fingerprint = NULL,"
        " told = CASE WHEN kind = 'customer' THEN NULL ELSE told END WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        tenant,
        ids,
    )
    return count + await tx.run(
        "DELETE FROM person_lease WHERE tenant_id = $1 AND record_id = ANY ($2::uuid[])", tenant, ids
    )


async def bodies(
    database: Database, *, tenant: UUID, domain: str
) -> AsyncIterator[Sequence[tuple[int, str, bytes]]]:
    """Every sealed body of a shop with its id and topic, a page at a time."""
    after = 0
    while True:
        async with database.tenant(tenant) as tx:
            rows = await tx.rows(
                "SELECT id, topic, body FROM inbox_event WHERE tenant_id = $1 AND shop_domain = $2 AND id > $3"
                " AND body IS NOT NULL ORDER BY id LIMIT $4",
                tenant,
                domain,
                after,
                _PAGE,
            )
        if not rows:
            return
        yield [(row["id"], row["topic"], row["body"]) for row in rows]
        after = rows[-1]["id"]


async def erase_bodies(
    database: Database, *, tenant: UUID, domain: str, about: Callable[[bytes], bool]
) -> int:
    """Erases every stored body that `about(sealed body)` says is about the person."""
    erased = 0
    async for page in bodies(database, tenant=tenant, domain=domain):
        ids = [event for event, _, body in page if about(body)]
        if ids:
            async with database.tenant(tenant) as tx:
                erased += await tx.run(
                    "UPDATE inbox_event SET body = NULL WHERE tenant_id = $1 AND id = ANY ($2::bigint[])",
                    tenant,
                    ids,
                )
    return erased


async def note_request(
    tx: Tx, *, tenant: UUID, shop: UUID, id: UUID, topic: str, result: dict[str, object]
) -> None:
    """Keeps that the request was carried out and with what result; never whose it was."""
    await tx.run(
        "INSERT INTO privacy_request (tenant_id, id, shop_id, topic, done_at, result) VALUES ($1, $2, $3, $4, now(),"
        " $5::jsonb)",
        tenant,
        id,
        shop,
        topic,
        orjson.dumps(result).decode(),
    )


_OF_CONNECTION = """
    WITH efforts AS (SELECT id FROM effect WHERE tenant_id = $1 AND connection_id = $2),
         tries AS (DELETE FROM attempt WHERE tenant_id = $1 AND effect_id IN (SELECT id FROM efforts))
    DELETE FROM timeline WHERE tenant_id = $1 AND connection_id = $2
"""
_TABLES_OF_CONNECTION = (
    "effect",
    "product_cache",
    "stock_reading",
    "price_reading",
    "price_setting",
    "stock_setting",
    "schedule",
    "stock_bulk",
    "demand_line",
    "alert_cause",
    "notification",
    "order_hour",
    "reconciliation",
    "person_lease",
    "unmapped",
    "table_feed",
    "rate",
    "rate_source",
    "answer",
    "record",
    "cursor",
    "run",
    "host_state",
)
"""Mapping versions go with the connection itself: nothing deletes one that was published before it."""
_TABLES_OF_SHOP = (
    "stock_writer",
    "stock_level",
    "stock_item",
    "price_shown",
    "price_variant",
    "store_location",
    "connection",
    "member",
    "privacy_request",
)
_TABLES_OF_TENANT = (
    "connection_gone",
    "shop_join_code",
    "request_key",
    "notification",
    "alert_cause",
    "alert_template",
    "alert_recipient",
    "alert_setting",
    "timeline",
    "audit_log",
    "api_token",
    "role_permission",
)


async def erase_shop(tx: Tx, *, tenant: UUID, shop: UUID, domain: str, undone: bool = True) -> None:
    """Deletes everything of one shop, and its organisation when no other shop is left in it.

    `undone`: also the events that nobody has handled yet.
    """
    await changes.left(tx, tenant=tenant, shop=shop)
    joined = await tx.rows("SELECT id FROM connection WHERE tenant_id = $1 AND shop_id = $2", tenant, shop)
    for row in joined:
        await _erase_joined(tx, tenant, row["id"])
    for table in _TABLES_OF_SHOP:
        await tx.run(f"DELETE FROM {table} WHERE tenant_id = $1 AND shop_id = $2", tenant, shop)  # noqa: S608  a literal table
    await tx.run(
        "DELETE FROM inbox_event e WHERE tenant_id = $1 AND shop_domain = $2 AND ($3 OR NOT EXISTS (SELECT 1 FROM inbox_work w"
        " WHERE w.tenant_id = $1 AND w.shop_domain = $2 AND w.event_id = e.id))",
        tenant,
        domain,
        undone,
    )
    if undone:
        await tx.run("DELETE FROM inbox_work WHERE tenant_id = $1 AND shop_domain = $2", tenant, domain)
    await tx.run("DELETE FROM shop WHERE tenant_id = $1 AND id = $2", tenant, shop)
    if not await tx.value("SELECT 1 FROM shop WHERE tenant_id = $1 LIMIT 1", tenant):
        for table in _TABLES_OF_TENANT:
            await tx.run(f"DELETE FROM {table} WHERE tenant_id = $1", tenant)  # noqa: S608  a literal table
        await tx.run("DELETE FROM tenant WHERE id = $1", tenant)


async def erase_connection(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """Deletes everything of one connection, and what it was; what is the shop's own stays."""
    await changes.left_one(tx, tenant=tenant, connection=connection)
    await _erase_joined(tx, tenant, connection)
    await tx.run("DELETE FROM connection WHERE tenant_id = $1 AND id = $2", tenant, connection)


async def _erase_joined(tx: Tx, tenant: UUID, connection: UUID) -> None:
    await tx.run(_OF_CONNECTION, tenant, connection)
    for table in _TABLES_OF_CONNECTION:
        await tx.run(f"DELETE FROM {table} WHERE tenant_id = $1 AND connection_id = $2", tenant, connection)  # noqa: S608  a literal table
