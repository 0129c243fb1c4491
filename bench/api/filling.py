"""An organisation with as many records as a large merchant has after years, in the tables and indexes of production."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from app.crypto import SecretHash
from app.models import api_tokens, connections, shops
from app.models.database import Database
from bench.report import progress

_CHUNK = 50_000
_FILL = """
INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, parent_key, reference, reference_search, sink_key,
    sink_number, state, reason_code, reason_sentence, reason_verdict, wanted, done, first_seen_at, state_since, placed_at,
    amount, currency, mapping_version, told)
SELECT $1, $2, $3, k.kind, n::text, CASE WHEN k.kind = 'refund' THEN (n - 1)::text END, '#' || n, '#' || n,
    CASE WHEN s.state = 'settled' THEN 'SO-' || n END, CASE WHEN s.state = 'settled' THEN 'SO-' || n END, s.state,
    CASE WHEN s.state = 'held' THEN 'item.unknown' END, CASE WHEN s.state = 'held' THEN 'No item of this SKU.' END,
    CASE WHEN s.state = 'held' THEN 'needs_mapping' END, 1, 1, t.at, t.at + interval '1 minute', t.at,
    (n % 9000) / 10.0, 'EUR', 1, '{"document": "invoice", "currency": "shop"}'
FROM generate_series($4::int, $5::int) AS n
CROSS JOIN LATERAL (SELECT CASE WHEN n % 20 = 0 THEN 'refund' WHEN n % 25 = 1 THEN 'customer' ELSE 'order' END AS kind) AS k
CROSS JOIN LATERAL (SELECT CASE WHEN n % 50 = 7 THEN 'held' WHEN n % 40 = 3 THEN 'skipped' ELSE 'settled' END AS state) AS s
CROSS JOIN LATERAL (SELECT $6::timestamptz - n * interval '20 seconds' AS at) AS t
"""
_LINES = """
INSERT INTO timeline (tenant_id, connection_id, record_id, kind, sentence)
SELECT tenant_id, connection_id, id, kind.name, 'It happened.' FROM record
CROSS JOIN unnest(ARRAY['read', 'sent', 'settled']) AS kind (name) WHERE source_key::int % 20 = 1
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made FROM pg_index i
WHERE i.indrelid = 'record'::regclass AND NOT i.indisunique
"""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """`token` may read everything of the organisation. The newest record is the first."""

    tenant: UUID
    connection: UUID
    token: str
    rows: int
    newest: datetime


async def filled(environment: Mapping[str, str], *, rows: int) -> Filled:
    made = await _organisation(environment["DATABASE_URL"], rows)
    owner = await asyncpg.connect(environment["DATABASE_OWNER_URL"], command_timeout=900)
    try:
        shop = await owner.fetchval("SELECT id FROM shop WHERE tenant_id = $1", made.tenant)
        # Built once over all rows they are what they would have grown to, sooner.
        indexes = await owner.fetch(_INDEXES)
        for index in indexes:
            await owner.execute(f"DROP INDEX {index['name']}")
        for first in range(1, rows + 1, _CHUNK):
            last = min(first + _CHUNK - 1, rows)
            await owner.execute(_FILL, made.tenant, made.connection, shop, first, last, made.newest)
            progress(f"{last} of {rows} records")
        for index in indexes:
            await owner.execute(index["made"])
        await owner.execute(_LINES)
        await owner.execute("VACUUM (ANALYZE) record")
        await owner.execute("ANALYZE")
        await owner.execute("CHECKPOINT")
    finally:
        await owner.close()
    return made


async def _organisation(url: str, rows: int) -> Filled:
    tenant, connection, token = uuid4(), uuid4(), f"sb_{secrets.token_hex(16)}"
    now = datetime.now(UTC)
    database = await Database.open(url, size=1)
    try:
        async with database.tenant(tenant) as tx:
            shop = await shops.create(
                tx, tenant=tenant, domain="bench-api.myshopify.com", platform="shopify", at=now
            )
            await connections.create(
                tx, tenant=tenant, id=connection, shop=shop, host="memory", name="Demo", sealed_credentials=b"-",
                flows={"orders": True}, options={},
            )  # fmt: skip
            await connections.publish(tx, tenant=tenant, connection=connection, tables={}, by="bench")
            await api_tokens.create(
                tx, tenant=tenant, token=uuid4(), name="bench", digest=SecretHash.of(token).digest,
                scopes=("read_status", "read_records"), expires_at=None,
            )  # fmt: skip
    finally:
        await database.close()
    return Filled(tenant=tenant, connection=connection, token=token, rows=rows, newest=now)
