"""Many records at once: how many there are and what they come to, by what may safely be done about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.models.database import Row, Tx
from app.models.overview import COUNTED
from app.models.record_search import Chosen, Question


@dataclass(frozen=True, kw_only=True)
class Group:
    """`verdict` None: nothing speaks against them. An amount for each currency; None where none of them has one."""

    verdict: str | None
    currency: str | None
    count: int
    amount: Decimal | None


async def groups(tx: Tx, *, tenant: UUID, chosen: Chosen) -> list[Group]:
    """Counting stops behind COUNTED records."""
    ask = Question()
    where = (
        f"r.tenant_id = {ask.put(tenant)} AND r.connection_id = ANY ({ask.put(list(chosen.connections))}::uuid[])"
        f" AND r.kind = ANY ({ask.put(list(chosen.kinds))}::text[])"
        f" AND r.state = ANY ({ask.put(list(chosen.states))}::text[]){ask.filters(chosen)}"
    )
    rows = await tx.rows(
        f"SELECT verdict, currency, count(*) AS count, sum(amount) AS amount FROM (SELECT r.reason_verdict AS verdict,"  # noqa: S608
        f" r.currency, r.amount FROM record r WHERE {where} LIMIT {COUNTED + 1}) AS meant GROUP BY 1, 2 ORDER BY 1, 2",
        *ask.values,
    )
    return [_group(row) for row in rows]


async def groups_of(tx: Tx, *, tenant: UUID, ids: Sequence[UUID], states: Sequence[str]) -> list[Group]:
    """The same of these records."""
    rows = await tx.rows(
        "SELECT reason_verdict AS verdict, currency, count(*) AS count, sum(amount) AS amount FROM record"
        " WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state = ANY ($3::text[]) GROUP BY 1, 2 ORDER BY 1, 2",
        tenant,
        list(ids),
        list(states),
    )
    return [_group(row) for row in rows]


def _group(row: Row) -> Group:
    return Group(verdict=row["verdict"], currency=row["currency"], count=row["count"], amount=row["amount"])
