"""How far a connection is on its way to going live, read off what is there: nothing keeps a progress of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.models.database import Tx

SKUS, TRIED = "setup:skus", "setup:dry_run"
"""Cursors: how far both sides' SKUs were read, and which version of the mapping an order was tried under last."""
READ = "read"
"""What `SKUS` is once both sides were read to the end."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`flows`: what was said of each. `tried`: the version and the order of the last dry run that would have been sent."""

    live: bool
    version: int | None
    tables: Mapping[str, int]
    flows: Mapping[str, bool]
    stock: bool
    prices: bool
    skus: str | None
    tried: tuple[int, str] | None


async def standing(tx: Tx, *, tenant: UUID, connection: UUID) -> Standing | None:
    """One statement, by keys alone."""
    row = await tx.row(
        """
        SELECT c.state <> 'setup' AS live, c.flows, m.number,
            (SELECT jsonb_object_agg(t.key, (SELECT count(*) FROM jsonb_object_keys(t.value)))
                FROM jsonb_each(m.tables) AS t WHERE jsonb_typeof(t.value) = 'object') AS tables,
            EXISTS (SELECT 1 FROM stock_setting s WHERE s.tenant_id = $1 AND s.connection_id = $2) AS stock,
            EXISTS (SELECT 1 FROM price_setting p WHERE p.tenant_id = $1 AND p.connection_id = $2) AS prices,
            (SELECT value FROM cursor k WHERE k.tenant_id = $1 AND k.connection_id = $2 AND k.name = $3) AS skus,
            (SELECT value FROM cursor k WHERE k.tenant_id = $1 AND k.connection_id = $2 AND k.name = $4) AS tried
        FROM connection c LEFT JOIN mapping_version m
            ON m.tenant_id = $1 AND m.connection_id = c.id AND m.state = 'published'
        WHERE c.tenant_id = $1 AND c.id = $2
        """,
        tenant,
        connection,
        SKUS,
        TRIED,
    )
    if row is None:
        return None
    version, _, order = (row["tried"] or "").partition("/")
    return Standing(
        live=row["live"],
        version=row["number"],
        tables=orjson.loads(row["tables"] or "{}"),
        flows=orjson.loads(row["flows"]),
        stock=row["stock"],
        prices=row["prices"],
        skus=row["skus"],
        tried=(int(version), order) if version else None,
    )
