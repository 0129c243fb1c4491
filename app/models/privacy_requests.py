"""Privacy requests that were carried out, as they are shown: of which kind, when, and how much was found; never whose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.models.database import Row, Tx


@dataclass(frozen=True, kw_only=True)
class PrivacyRequest:
    """`counts` are the numbers of the result alone."""

    id: UUID
    topic: str
    domain: str
    received_at: datetime
    done_at: datetime | None
    counts: Mapping[str, int]


async def page(
    tx: Tx, *, tenant: UUID, after: tuple[datetime, UUID] | None, most: int
) -> list[PrivacyRequest]:
    """The newest first."""
    rows = await tx.rows(
        "SELECT p.id, p.topic, s.domain, p.received_at, p.done_at, p.result FROM privacy_request p"
        " JOIN shop s ON s.tenant_id = p.tenant_id AND s.id = p.shop_id WHERE p.tenant_id = $1"
        " AND ($2::timestamptz IS NULL OR (p.received_at, p.id) < ($2, $3::uuid))"
        " ORDER BY p.received_at DESC, p.id DESC LIMIT $4",
        tenant,
        after[0] if after else None,
        after[1] if after else None,
        most,
    )
    return [_request(row) for row in rows]


def _request(row: Row) -> PrivacyRequest:
    result = orjson.loads(row["result"])
    counts = {name: value for name, value in result.items() if isinstance(value, int)}
    return PrivacyRequest(
        **{**{key: value for key, value in dict(row).items() if key != "result"}, "counts": counts}
    )
