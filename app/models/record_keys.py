"""Records by the keys that other systems know them by: many at once, each through one index."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from uuid import UUID

from app.models.database import Tx
from app.models.order_lists import OrderRow, row_of


class Key(Enum):
    """What a key is, with the question that finds it; each is equality on an indexed column."""

    STORE_KEY = "r.connection_id = ANY ($2::uuid[]) AND r.source_key = k.key"
    NAME = "r.connection_id = ANY ($2::uuid[]) AND r.reference_search = lower(k.key)"
    HOST_NUMBER = "r.connection_id = ANY ($2::uuid[]) AND r.sink_number = k.key"


MOST_OF_ONE = 20
"""How many records of one key are shown: one name may be used in several shops."""


async def found(
    tx: Tx, *, tenant: UUID, connections: Sequence[UUID], kind: str, by: Key, keys: Sequence[str]
) -> dict[str, list[OrderRow]]:
    """By key, the oldest first; a key that nothing is known by is left out."""
    rows = await tx.rows(
        f"""
        SELECT k.key AS asked_key, r.* FROM unnest($4::text[]) AS k (key) CROSS JOIN LATERAL (
            SELECT r.* FROM record r WHERE r.tenant_id = $1 AND {by.value} AND r.kind = $3
            ORDER BY r.first_seen_at, r.id LIMIT {MOST_OF_ONE}) AS r
        """,  # noqa: S608 -- nothing of a caller's is in the text
        tenant,
        list(connections),
        kind,
        sorted(set(keys)),
    )
    answer: dict[str, list[OrderRow]] = {}
    for row in rows:
        answer.setdefault(row["asked_key"], []).append(row_of(row))
    return answer
