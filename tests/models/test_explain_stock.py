"""What planning and pushing ask of each slice reads that slice, however many levels there are; fresh tables included."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from app.domain.ids import StoreKey
from app.domain.inventory import LevelKey
from app.domain.stock_plan import LineState
from app.models import (
    demand_lines,
    stock_effects,
    stock_levels,
    stock_links,
    stock_readings,
    stock_runs,
    stock_settings,
    stock_writers,
)
from app.models.database import Database, Row, Tx, Value
from app.models.demand_lines import Unit
from app.models.stock_writers import Pen
from tests.conftest import Addresses
from tests.models.test_explain import nodes
from tests.models.world import Joined, join
from tests.sync.stock.test_stock_units import heard

LEVELS = 20_000
SLICE = 250
_FILL = """
INSERT INTO stock_item (tenant_id, shop_id, item_key, sku, sku_search)
    SELECT $1, $2, n::text, 'S-' || n, 's-' || n FROM generate_series(1, $3) n;
"""
_LEVELS = """
INSERT INTO stock_level (tenant_id, shop_id, item_key, location_key, available, seen_at)
    SELECT $1, $2, n::text, '1', 5, now() FROM generate_series(1, $3) n
"""
_READINGS = """
INSERT INTO stock_reading (tenant_id, connection_id, item, warehouse, available, observed_at)
    SELECT $1, $2, 'S-' || n, 'W', 6, now() FROM generate_series(1, $3) n
"""
_LINES = """
INSERT INTO stock_line (tenant_id, run_id, location_key, item_key, sku, old, new, observed_at)
    SELECT $1, $2, '1', n::text, 'S-' || n, 5, 6, now() FROM generate_series(1, $3) n
"""
BIG = {"stock_item", "stock_level", "stock_reading", "stock_line"}


@dataclass(frozen=True)
class Explaining(Tx):
    """Runs each statement under EXPLAIN ANALYZE, writes too, and keeps its plan."""

    plans: list[object]

    async def rows(self, sql: str, *values: Value) -> list[Row]:
        self.plans.append(
            orjson.loads(await self.connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values))
        )
        return []

    async def value(self, sql: str, *values: Value) -> object:
        await self.rows(sql, *values)
        return 0

    async def run(self, sql: str, *values: Value) -> int:
        """As many rows as the lease that is asked for has."""
        await self.rows(sql, *values)
        return 1


@dataclass(frozen=True, kw_only=True)
class Shelves:
    database: Database
    joined: Joined
    run: UUID
    pen: Pen

    async def asked(self, ask: Callable[[Tx], Awaitable[object]]) -> list[object]:
        async with self.database.tenant(self.joined.tenant) as tx:
            seen = Explaining(tx.connection, tx.client, [])
            await ask(seen)
        return seen.plans


@pytest.fixture(params=["without statistics", "with statistics"])
async def shelves(database: Database, addresses: Addresses, request: pytest.FixtureRequest) -> Shelves:
    """A shop in the middle of a push. A plan's lines are read before anybody has gathered statistics of them."""
    joined = await join(database)
    run = uuid4()
    async with database.tenant(joined.tenant) as tx:
        await stock_runs.begin(
            tx, tenant=joined.tenant, id=run, connection=joined.connection, started_by="t", first=False, partial=False,
        )  # fmt: skip
        await tx.run("UPDATE run SET state = 'running' WHERE tenant_id = $1 AND id = $2", joined.tenant, run)
        pen = await stock_writers.take(
            tx, tenant=joined.tenant, shop=joined.shop, connection=joined.connection, locations=["1"],
            owner="t", lease=timedelta(minutes=5),
        )  # fmt: skip
    assert pen is not None
    owner = await asyncpg.connect(addresses.owner)
    for sql, of in (
        (_FILL, joined.shop),
        (_LEVELS, joined.shop),
        (_READINGS, joined.connection),
        (_LINES, run),
    ):
        await owner.execute(sql, joined.tenant, of, LEVELS)
    if request.param == "with statistics":
        await owner.execute("ANALYZE")
    await owner.close()
    return Shelves(database=database, joined=joined, run=run, pen=pen)


def keys(first: int, count: int = SLICE) -> list[LevelKey]:
    return [LevelKey(item=StoreKey(str(n)), location=StoreKey("1")) for n in range(first, first + count)]


def assert_slice(plans: list[object], *, most: int) -> None:
    """No big table is read from end to end, and of all of them together no more than `most` rows."""
    touched = [node for node in nodes(plans) if node.get("Relation Name") in BIG and "Actual Rows" in node]
    reads = [node for node in touched if node["Node Type"] != "ModifyTable"]
    assert reads, "no big table occurs"
    shown = orjson.dumps(plans, option=orjson.OPT_INDENT_2).decode()
    assert [node["Relation Name"] for node in reads if node["Node Type"] == "Seq Scan"] == [], shown
    assert sum(_read(node) for node in reads) <= most, shown


def _read(node: dict[str, object]) -> float:
    each = sum(
        float(cast(float, node.get(name, 0)))
        for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    )
    return each * float(cast(float, node.get("Actual Loops", 1)))


async def test_a_deep_slice_of_items_reads_that_slice(shelves: Shelves) -> None:
    about = {"tenant": shelves.joined.tenant, "shop": shelves.joined.shop}
    plans = await shelves.asked(lambda tx: stock_links.page(tx, **about, after=("s-5", "5"), most=SLICE))
    assert_slice(plans, most=3 * SLICE)


async def test_what_both_sides_said_of_a_slice_is_looked_up_by_its_keys(shelves: Shelves) -> None:
    joined, since = shelves.joined, datetime(2026, 1, 1, tzinfo=UTC)
    plans = await shelves.asked(
        lambda tx: stock_readings.of_items(
            tx, tenant=joined.tenant, connection=joined.connection, since=since,
            items=[f"S-{n}" for n in range(9_000, 9_000 + SLICE)],
        )
    )  # fmt: skip
    assert_slice(plans, most=2 * SLICE)
    plans = await shelves.asked(
        lambda tx: stock_levels.known(
            tx,
            tenant=joined.tenant,
            shop=joined.shop,
            items=[key.item for key in keys(9_000)],
            trust=timedelta(1),
        )
    )
    assert_slice(plans, most=2 * SLICE)


@pytest.mark.parametrize("after", [("", ""), ("1", "5")])
async def test_a_calls_lines_are_read_from_where_the_last_calls_ended(
    shelves: Shelves, after: tuple[str, str]
) -> None:
    plans = await shelves.asked(
        lambda tx: stock_runs.next_lines(
            tx,
            tenant=shelves.joined.tenant,
            shop=shelves.joined.shop,
            run=shelves.run,
            state=LineState.PLANNED,
            after=after,
            most=SLICE,
        )
    )
    assert_slice(plans, most=2 * SLICE)


async def test_what_an_order_takes_is_explained_at_its_own_levels(shelves: Shelves) -> None:
    """Such as those of five goods, four statements of bookkeeping aside."""
    async with shelves.database.tenant(shelves.joined.tenant) as tx:
        await stock_settings.save(
            tx, tenant=shelves.joined.tenant, connection=shelves.joined.connection, settings="{}"
        )
    claim = await heard(shelves, "1")
    goods = [Unit(sku=f"S-{n}", location="1", quantity=1) for n in range(9_000, 9_005)]
    plans = await shelves.asked(
        lambda tx: demand_lines.keep(
            tx, claim, {claim.record: goods}, placed_at=datetime.now(UTC), trust=timedelta(1)
        )
    )
    assert_slice(plans, most=4 * len(goods))
    said = orjson.dumps(plans)
    assert b'"Relation Name":"stock_level"' in said
    assert b'"Relation Name":"stock_item"' in said


async def test_a_call_is_frozen_and_written_down_by_its_own_lines(shelves: Shelves) -> None:
    pen, effect = shelves.pen, uuid4()

    async def call(tx: Tx) -> None:
        await stock_effects.send(
            tx, pen, run=shelves.run, id=effect, key=str(effect), payload=b"p", payload_hash=b"h",
            lines=keys(9_000), deadline=timedelta(seconds=60), lease=timedelta(minutes=5),
        )  # fmt: skip
        await stock_effects.end(tx, pen, effect, outcome="done")
        await stock_effects.release(tx, pen, effect, lines="done")

    assert_slice(await shelves.asked(call), most=4 * SLICE)


async def test_the_levels_of_a_call_that_was_taken_are_found_by_its_lines(shelves: Shelves) -> None:
    pen, effect = shelves.pen, uuid4()
    async with shelves.database.tenant(pen.tenant) as tx:
        await stock_effects.send(
            tx, pen, run=shelves.run, id=effect, key=str(effect), payload=b"p", payload_hash=b"h",
            lines=keys(9_000), deadline=timedelta(seconds=60), lease=timedelta(minutes=5),
        )  # fmt: skip
    plans = await shelves.asked(
        lambda tx: stock_levels.written(tx, tenant=pen.tenant, shop=pen.shop, effect=effect, on_hand=False)
    )
    assert_slice(plans, most=6 * SLICE)


async def test_stale_and_held_lines_are_found_by_their_keys(shelves: Shelves) -> None:
    plans = await shelves.asked(
        lambda tx: stock_runs.mark(
            tx, tenant=shelves.joined.tenant, run=shelves.run,
            states=dict.fromkeys(keys(9_000), (LineState.STALE, None)),
        )
    )  # fmt: skip
    assert_slice(plans, most=4 * SLICE)
