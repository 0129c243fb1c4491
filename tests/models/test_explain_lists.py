"""Lists for people go through their indexes as the app's role, however many rows a tenant and its neighbours have."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, get_args
from uuid import UUID

import asyncpg
import pytest

from app.models import order_lists, overview, record_events, record_search, stock_lists
from app.models.order_lists import Place
from app.models.record_search import Chosen
from app.models.stock_lists import Spot
from app.steps.points import RecordKind
from tests.models.test_explain import Explaining, Full, assert_indexed, full

if TYPE_CHECKING:
    from app.models.database import Tx

__all__ = ["full"]

STATES = ("waiting", "running", "settled", "held", "skipped", "cancelled")
_STOCK = """
WITH i AS (INSERT INTO stock_item (tenant_id, shop_id, item_key, sku, sku_search)
    SELECT $1, $2, n::text, 'S-' || n, 's-' || n FROM generate_series(1, 5000) n RETURNING item_key)
INSERT INTO stock_level (tenant_id, shop_id, item_key, location_key, available, seen_at)
SELECT $1, $2, item_key, '1', 5, now() FROM i
"""


async def plans(full: Full, ask: str, **given: object) -> list[object]:
    """The plans of one of the questions below."""
    async with full.database.tenant(full.one.tenant) as tx:
        seen = Explaining(tx)
        await ASKED[ask](seen, full, **given)
    return list(seen.plans)  # type: ignore[attr-defined]


async def newest(tx: Tx, full: Full, after: Place | None) -> None:
    seen_at = await tx.value("SELECT max(first_seen_at) FROM record WHERE tenant_id = $1", full.one.tenant)
    assert isinstance(seen_at, datetime)
    after = Place(value=seen_at.isoformat(), id=after.id) if after else None
    await order_lists.page(
        tx, tenant=full.one.tenant, connections=[full.one.connection], states=STATES, newest_first=True,
        after=after, most=51,
    )  # fmt: skip


async def search(tx: Tx, full: Full, after: Place | None) -> None:
    await order_lists.search(
        tx, tenant=full.one.tenant, connections=[full.one.connection], states=STATES, words="12",
        after=after, most=51,
    )  # fmt: skip


async def everything(tx: Tx, full: Full, after: Place | None) -> None:
    seen_at = await tx.value("SELECT max(first_seen_at) FROM record WHERE tenant_id = $1", full.one.tenant)
    assert isinstance(seen_at, datetime)
    after = Place(value=seen_at.isoformat(), id=after.id) if after else None
    await record_search.page(
        tx, tenant=full.one.tenant, chosen=_every_kind(full), newest_first=False, after=after, most=51
    )


async def named(tx: Tx, full: Full, after: Place | None) -> None:
    await record_search.named(
        tx, tenant=full.one.tenant, chosen=_every_kind(full), words="12", after=after, most=51
    )


async def of_person(tx: Tx, full: Full, after: Place | None) -> None:
    await record_search.of_person(
        tx,
        tenant=full.one.tenant,
        chosen=_every_kind(full),
        email_hash=b"x",
        buyers=["7"],
        after=None,
        most=51,
    )


async def of_code(tx: Tx, full: Full, after: Place | None) -> None:
    chosen = replace(_every_kind(full), code="item.unknown")
    await record_search.page(
        tx, tenant=full.one.tenant, chosen=chosen, newest_first=True, after=None, most=51
    )


def _every_kind(full: Full) -> Chosen:
    return Chosen(connections=[full.one.connection], kinds=get_args(RecordKind), states=STATES)


async def timeline(tx: Tx, full: Full, after: int | None) -> None:
    record = await tx.value(
        "SELECT id FROM record WHERE tenant_id = $1 AND source_key = '77'", full.one.tenant
    )
    assert isinstance(record, UUID)
    await record_events.page(
        tx, tenant=full.one.tenant, record=record, newest_first=True, after=after, most=51
    )


async def levels(tx: Tx, full: Full, after: Spot | None) -> None:
    await stock_lists.page(tx, tenant=full.one.tenant, shop=full.one.shop, words="s-1", after=after, most=51)


async def levels_backwards(tx: Tx, full: Full, after: Spot | None) -> None:
    one = full.one
    await stock_lists.page(
        tx, tenant=one.tenant, shop=one.shop, words="s-1", after=after, most=51, backwards=True
    )


async def pulse(tx: Tx, full: Full, after: None) -> None:
    await overview.pulses(tx, tenant=full.one.tenant, connections=[full.one.connection])


ASKED = {
    "newest": newest, "search": search, "everything": everything, "named": named, "of_person": of_person,
    "of_code": of_code, "timeline": timeline, "levels": levels, "levels_backwards": levels_backwards, "pulse": pulse,
}  # fmt: skip
SOME = UUID(int=2**127)
DEEP = [
    ("newest", None, "record"),
    ("newest", Place(value="", id=SOME), "record"),
    ("search", None, "record"),
    ("search", Place(value="#1250", id=SOME), "record"),
    ("everything", None, "record"),
    ("everything", Place(value="", id=SOME), "record"),
    ("named", None, "record"),
    ("named", Place(value="#1250", id=SOME), "record"),
    ("of_person", None, "record"),
    ("of_code", None, "record"),
    ("timeline", None, "timeline"),
    ("timeline", 10**9, "timeline"),
    ("levels", None, "stock_item"),
    ("levels", Spot(search="s-1500", item_key="9", location_key="9"), "stock_item"),
    ("levels_backwards", None, "stock_item"),
    ("levels_backwards", Spot(search="s-1500", item_key="9", location_key="9"), "stock_item"),
    ("pulse", None, "record"),
]


@pytest.mark.parametrize(("ask", "after", "table"), DEEP)
async def test_a_first_page_and_a_deep_one_read_little_more_than_they_show(
    full: Full, addresses: object, ask: str, after: object, table: str
) -> None:
    owner = await asyncpg.connect(addresses.owner)  # type: ignore[attr-defined]
    await owner.execute(_STOCK, full.one.tenant, full.one.shop)
    await owner.execute("ANALYZE stock_item; ANALYZE stock_level")
    await owner.close()
    for plan in await plans(full, ask, after=after):
        assert_indexed(plan, table)
