"""Bulk operations of stock: what each waits for and how far it is, so that any worker goes on where another stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast
from uuid import UUID

from app.errors import Reason
from app.models.database import Row, Tx


class Purpose(StrEnum):
    """LINK: the store's items are read. LOAD: a first plan is written. PRICES: many prices are."""

    LINK = "link"
    LOAD = "load"
    PRICES = "prices"


class Stage(StrEnum):
    """FREEZING: calls are still being frozen. READY: may be asked for. ASKED: nobody has written down the answer.

    RUNNING: the store works on it, or its file is being read. MERGING: what the file held is being taken over.
    """

    FREEZING = "freezing"
    READY = "ready"
    ASKED = "asked"
    RUNNING = "running"
    MERGING = "merging"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """`version` grows with each step, which only who read the latest may make.

    `operation_at` is on the store's clock. `lines`, `roots`, `bytes`: how much of a file was read, or frozen into one;
    `merged`: the last item taken over. `waited`: since it was asked for, `age`: since it began.
    """

    id: UUID
    tenant: UUID
    connection: UUID
    shop: UUID
    purpose: Purpose
    stage: Stage
    version: int
    run: UUID | None
    operation: str | None
    path: str | None
    tries: int
    began_at: datetime
    asked_at: datetime | None
    operation_at: datetime | None
    lines: int
    roots: int
    bytes: int
    merged: str
    drift: int
    age: timedelta
    waited: timedelta

    @property
    def name(self) -> str:
        """What the store shows of a file of ours, and of no other."""
        return f"{'Prices' if self.purpose is Purpose.PRICES else 'StockLoad'}_{self.id.hex}"


async def begin(
    tx: Tx, *, tenant: UUID, id: UUID, shop: UUID, connection: UUID, purpose: Purpose,
    run: UUID | None = None, locations: Sequence[str] = (),
) -> bool:  # fmt: skip
    """One of a purpose at a time for each shop. False: there is one already."""
    count = await tx.run(
        "INSERT INTO stock_bulk (tenant_id, id, shop_id, connection_id, purpose, state, run_id, locations)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        tenant,
        id,
        shop,
        connection,
        purpose.value,
        (Stage.READY if purpose is Purpose.LINK else Stage.FREEZING).value,
        run,
        list(locations),
    )
    return count == 1


_READ = (
    "SELECT *, clock_timestamp() - began_at AS age, clock_timestamp() - coalesce(asked_at, began_at) AS waited"
    " FROM stock_bulk WHERE tenant_id = $1 AND "
)


async def open_of(tx: Tx, *, tenant: UUID, shop: UUID, purpose: Purpose) -> Bulk | None:
    row = await tx.row(
        f"{_READ} shop_id = $2 AND purpose = $3 AND ended_at IS NULL", tenant, shop, purpose.value
    )
    return _bulk(row) if row else None


async def load_of(tx: Tx, *, tenant: UUID, connection: UUID, purpose: Purpose = Purpose.LOAD) -> UUID | None:
    """The run whose file is out, or was when its worker died."""
    return cast(
        "UUID | None",
        await tx.value(
            "SELECT run_id FROM stock_bulk WHERE tenant_id = $1 AND connection_id = $2 AND purpose = $3"
            " AND ended_at IS NULL",
            tenant,
            connection,
            purpose.value,
        ),
    )


async def link_is_due(
    tx: Tx, *, tenant: UUID, shop: UUID, connection: UUID, items: int, every: timedelta
) -> bool | None:
    """Whether a shop of so many items or more is to be read anew by a file. None: it has fewer."""
    return cast(
        "bool | None",
        await tx.value(
            "SELECT NOT EXISTS (SELECT 1 FROM stock_bulk WHERE tenant_id = $1 AND connection_id = $3 AND purpose = 'link'"
            " AND began_at > now() - $5::interval) WHERE (SELECT count(*) FROM (SELECT 1 FROM stock_item"
            " WHERE tenant_id = $1 AND shop_id = $2 LIMIT $4) AS few) >= $4",
            tenant,
            shop,
            connection,
            items,
            every,
        ),
    )


async def given_up(tx: Tx, *, tenant: UUID, connection: UUID, purpose: Purpose, within: timedelta) -> bool:
    """Whether the last one of a purpose came to nothing, not long ago."""
    return bool(
        await tx.value(
            "SELECT code IS NOT NULL FROM stock_bulk WHERE tenant_id = $1 AND connection_id = $2 AND purpose = $3"
            " AND ended_at > now() - $4::interval ORDER BY began_at DESC LIMIT 1",
            tenant,
            connection,
            purpose.value,
            within,
        )
    )


async def of_run_given_up(
    tx: Tx, *, tenant: UUID, connection: UUID, run: UUID, purpose: Purpose = Purpose.LOAD
) -> bool:
    """Whether a load of this run came to nothing: what is left is written call by call.

    One that was not wanted any more before it left says nothing of the next, which a person may want again.
    """
    return bool(
        await tx.value(
            "SELECT 1 FROM stock_bulk WHERE tenant_id = $1 AND connection_id = $2 AND purpose = $4 AND run_id = $3"
            " AND code <> 'stock.bulk_stopped' LIMIT 1",
            tenant,
            connection,
            run,
            purpose.value,
        )
    )


async def save(tx: Tx, bulk: Bulk, *, asks: bool = False) -> Bulk | None:
    """Writes how far it is. `asks`: it is about to be asked for. None: another worker went on with it meanwhile."""
    row = await tx.row(
        "UPDATE stock_bulk SET state = $4, version = version + 1, operation = $5, path = $6, tries = $7, operation_at = $8,"
        " lines = $9, roots = $10, bytes = $11, merged = $12, drift = $13,"
        " asked_at = CASE WHEN $14 THEN now() ELSE asked_at END"
        " WHERE tenant_id = $1 AND id = $2 AND version = $3 AND ended_at IS NULL"
        " RETURNING *, clock_timestamp() - began_at AS age, clock_timestamp() - coalesce(asked_at, began_at) AS waited",
        bulk.tenant,
        bulk.id,
        bulk.version,
        bulk.stage.value,
        bulk.operation,
        bulk.path,
        bulk.tries,
        bulk.operation_at,
        bulk.lines,
        bulk.roots,
        bulk.bytes,
        bulk.merged,
        bulk.drift,
        asks,
    )
    return _bulk(row) if row else None


async def end(tx: Tx, bulk: Bulk, *, reason: Reason | None = None) -> bool:
    """It is over; with a reason it came to nothing. False: another worker went on with it meanwhile."""
    count = await tx.run(
        "UPDATE stock_bulk SET state = 'ended', version = version + 1, ended_at = now(), code = $4, sentence = $5"
        " WHERE tenant_id = $1 AND id = $2 AND version = $3 AND ended_at IS NULL",
        bulk.tenant,
        bulk.id,
        bulk.version,
        reason.code if reason else None,
        reason.sentence if reason else None,
    )
    return count == 1


async def fences(tx: Tx, *, tenant: UUID, shop: UUID, locations: Sequence[str]) -> bool:
    """Whether a load is open for one of these locations: nothing is written there beside it."""
    return bool(
        await tx.value(
            "SELECT 1 FROM stock_bulk WHERE tenant_id = $1 AND shop_id = $2 AND purpose = 'load' AND ended_at IS NULL"
            " AND locations && $3::text[]",
            tenant,
            shop,
            list(locations),
        )
    )


async def hurry(tx: Tx, *, tenant: UUID, shop: UUID, operations: Sequence[str]) -> None:
    """The store says that these are over: whoever waits for one looks at once."""
    await tx.run(
        "UPDATE schedule t SET due_at = least(t.due_at, now()) FROM stock_bulk b WHERE t.tenant_id = $1"
        " AND b.tenant_id = $1 AND b.shop_id = $2 AND b.ended_at IS NULL AND b.operation = ANY ($3::text[])"
        " AND t.flow = CASE WHEN b.purpose = 'prices' THEN 'prices' ELSE 'inventory' END"
        " AND t.connection_id = b.connection_id AND t.due_at IS NOT NULL",
        tenant,
        shop,
        list(operations),
    )


def _bulk(row: Row) -> Bulk:
    return Bulk(
        id=row["id"],
        tenant=row["tenant_id"],
        connection=row["connection_id"],
        shop=row["shop_id"],
        purpose=Purpose(row["purpose"]),
        stage=Stage(row["state"]),
        version=row["version"],
        run=row["run_id"],
        operation=row["operation"],
        path=row["path"],
        tries=row["tries"],
        began_at=row["began_at"],
        asked_at=row["asked_at"],
        operation_at=row["operation_at"],
        lines=row["lines"],
        roots=row["roots"],
        bytes=row["bytes"],
        merged=row["merged"],
        drift=row["drift"],
        age=row["age"],
        waited=row["waited"],
    )
