"""What changed since: records in the order in which their last change became certain, so that none is lost or skipped.

A record's place is the transaction that changed it last. Only what is below the oldest transaction under way is shown:
whatever commits later has a higher place, however late it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from app.errors import Refused
from app.models.database import Row, Tx
from app.models.order_lists import OrderRow, row_of
from app.steps.points import RecordKind

KINDS: Sequence[str] = get_args(RecordKind)
_NOBODY = UUID(int=0)


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """Where a reader stands. `life`: which one of the database's; each restore begins another."""

    life: int
    tx: int
    id: UUID = _NOBODY


@dataclass(frozen=True, kw_only=True)
class Change:
    place: Place
    kind: str
    row: OrderRow


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A page. `end` is where to go on, also where nothing changed; `gone`: connections whose records were all erased."""

    rows: Sequence[Change]
    more: bool
    end: Place
    gone: Sequence[UUID]


async def since(
    tx: Tx,
    *,
    tenant: UUID,
    connections: Sequence[UUID],
    kinds: Sequence[str],
    after: Place | None,
    first: int,
) -> Changes:
    """The next records after a place, the one that changed longest ago first; None: from the very beginning.

    Each connection and kind is one range of an index. Raises Refused for a place of another life.
    """
    horizon = await now(tx, tenant=tenant)
    start = after or Place(life=horizon.life, tx=0)
    if start.life != horizon.life or start.tx > horizon.tx:
        raise Refused("page.cursor_lost", "The database was restored since. Begin again without a cursor.")
    rows = await tx.rows(
        """
        SELECT r.* FROM unnest($2::uuid[]) AS c (id) CROSS JOIN unnest($3::text[]) AS k (kind)
        CROSS JOIN LATERAL (SELECT * FROM record WHERE tenant_id = $1 AND connection_id = c.id AND kind = k.kind
            AND (changed_tx, id) > ($4::xid8, $5::uuid) AND changed_tx < $6::xid8
            ORDER BY changed_tx, id LIMIT $7) AS r
        ORDER BY r.changed_tx, r.id LIMIT $7
        """,
        tenant,
        list(connections),
        list(kinds),
        start.tx,
        start.id,
        horizon.tx,
        first + 1,
    )
    shown = [_change(row, start.life) for row in rows[:first]]
    more = len(rows) > first
    gone = await _gone(tx, tenant=tenant, after=after, until=horizon)
    return Changes(rows=shown, more=more, end=shown[-1].place if more else horizon, gone=gone)


async def any_since(tx: Tx, *, tenant: UUID, after: Place, until: Place) -> bool:
    """Whether any record changed, or was erased with its shop, between two places."""
    found = await tx.value(
        "SELECT EXISTS (SELECT 1 FROM connection c CROSS JOIN unnest($2::text[]) AS k (kind)"
        " CROSS JOIN LATERAL (SELECT 1 FROM record WHERE tenant_id = $1 AND connection_id = c.id AND kind = k.kind"
        " AND changed_tx >= $3::xid8 AND changed_tx < $4::xid8 LIMIT 1) AS r WHERE c.tenant_id = $1)"
        " OR EXISTS (SELECT 1 FROM connection_gone WHERE tenant_id = $1 AND gone_tx >= $3::xid8 AND gone_tx < $4::xid8)",
        tenant,
        list(KINDS),
        after.tx,
        until.tx,
    )
    return bool(found)


async def now(tx: Tx, *, tenant: UUID) -> Place:
    """Everything before this place is certain: nothing that is still under way can come to stand before it."""
    row = await tx.row(
        "SELECT change_life, pg_snapshot_xmin(pg_current_snapshot()) AS tx FROM tenant WHERE id = $1", tenant
    )
    return Place(life=row["change_life"], tx=row["tx"]) if row else Place(life=1, tx=0)


async def left(tx: Tx, *, tenant: UUID, shop: UUID) -> None:
    """Leaves a word, before a shop's records are erased, for whoever keeps copies of them."""
    await tx.run(
        "INSERT INTO connection_gone (tenant_id, connection_id) SELECT tenant_id, id FROM connection"
        " WHERE tenant_id = $1 AND shop_id = $2 ON CONFLICT DO NOTHING",
        tenant,
        shop,
    )


async def left_one(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """The same for one connection."""
    await tx.run(
        "INSERT INTO connection_gone (tenant_id, connection_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        tenant,
        connection,
    )


async def reborn(tx: Tx, *, tenant: UUID) -> None:
    """After a restore: cursors of before count no more, and what an older server counted higher is as if changed now."""
    await tx.run("UPDATE tenant SET change_life = change_life + 1 WHERE id = $1", tenant)
    for table, column in (("record", "changed_tx"), ("connection_gone", "gone_tx")):
        await tx.run(
            f"UPDATE {table} SET {column} = pg_current_xact_id()"  # noqa: S608 -- literal names
            f" WHERE tenant_id = $1 AND {column} > pg_current_xact_id()",
            tenant,
        )


async def _gone(tx: Tx, *, tenant: UUID, after: Place | None, until: Place) -> list[UUID]:
    """Told again on every page until the reader is past it; who begins has nothing to forget."""
    if after is None:
        return []
    rows = await tx.rows(
        "SELECT connection_id FROM connection_gone WHERE tenant_id = $1 AND gone_tx >= $2::xid8 AND gone_tx < $3::xid8"
        " ORDER BY connection_id",
        tenant,
        after.tx,
        until.tx,
    )
    return [row["connection_id"] for row in rows]


def _change(row: Row, life: int) -> Change:
    return Change(
        place=Place(life=life, tx=row["changed_tx"], id=row["id"]), kind=row["kind"], row=row_of(row)
    )
