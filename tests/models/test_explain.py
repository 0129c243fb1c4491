"""The hot questions use their indexes as the app's role, among ten thousand rows of several tenants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import orjson
import pytest

from app.domain.ids import StoreKey
from app.models import demand, events, marks, records, timeline, workers
from app.models.database import Database, Tx
from app.ports import Flow, Hint
from tests.conftest import Addresses
from tests.fakes.world import TIMING
from tests.models.world import Joined, join

_FILL = """
INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, reference, reference_search, state, wanted, done,
    due_at, mark_due_at, mark, mark_hash)
SELECT $1, $2, $3, 'order', n::text, '#' || n, '#' || n, 'settled', 1, 1,
    CASE WHEN n % 500 = 0 THEN now() - interval '1 hour' END,
    CASE WHEN n % 700 = 0 THEN now() - interval '1 hour' END,
    '{"number": null, "state": "settled", "sentence": null, "code": null}', 'x'
FROM generate_series(1, $4) n
"""
_EVENTS = """
INSERT INTO inbox_event (tenant_id, id, received_on, shop_domain, topic, webhook_id, body, body_hash)
SELECT $1, nextval('inbox_event_id'), current_date, $2, 'orders/create', 'w' || n,
    decode(repeat('ab', 3000), 'hex'), 'x' FROM generate_series(1, $3) n
"""
_WORK = """
INSERT INTO inbox_work (tenant_id, shop_domain, event_id, received_on, topic)
SELECT tenant_id, shop_domain, id, received_on, topic FROM inbox_event WHERE tenant_id = $1
"""
_LINES = """
INSERT INTO timeline (tenant_id, connection_id, record_id, kind, sentence)
SELECT tenant_id, connection_id, id, 'read', 'Read.' FROM record WHERE tenant_id = $1
"""


@dataclass(frozen=True, kw_only=True)
class Full:
    database: Database
    one: Joined


@pytest.fixture
async def full(database: Database, addresses: Addresses) -> Full:
    """Three tenants with thousands of rows each; statistics as autovacuum would have them."""
    worlds = [await join(database) for _ in range(3)]
    owner = await asyncpg.connect(addresses.owner)
    for world, count in zip(worlds, (7_000, 2_500, 2_500), strict=True):
        await owner.execute(_FILL, world.tenant, world.connection, world.shop, count)
        await owner.execute(_EVENTS, world.tenant, world.domain, count // 2)
        await owner.execute(_WORK, world.tenant)
        await owner.execute(_LINES, world.tenant)
    await owner.execute("ANALYZE")
    await owner.close()
    return Full(database=database, one=worlds[0])


class Explaining(Tx):
    """A transaction that runs each statement under EXPLAIN ANALYZE and keeps the plans; the functions never know."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx.connection, tx.orm)
        object.__setattr__(self, "plans", [])

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        found = await self.connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
        self.plans.append(orjson.loads(found))  # type: ignore[attr-defined]
        return []


def nodes(plan: object) -> list[dict[str, object]]:
    if isinstance(plan, list):
        return [node for part in plan for node in nodes(part)]
    if not isinstance(plan, dict):
        return []
    own = [plan] if "Node Type" in plan else []
    return own + [node for value in plan.values() if isinstance(value, list | dict) for node in nodes(value)]


def assert_indexed(plan: object, *tables: str) -> None:
    """Every big table is reached through an index, and little more is read than is given back."""
    touched = [
        node for node in nodes(plan) if re.sub(r"_\d{8}$", "", str(node.get("Relation Name", ""))) in tables
    ]
    assert touched, f"none of {tables} occurs"
    # A partition of another day is empty: reading nothing of it is as good as an index.
    scans = [node["Relation Name"] for node in touched if node["Node Type"] == "Seq Scan" and read_by(node)]
    assert scans == [], orjson.dumps(plan, option=orjson.OPT_INDENT_2).decode()
    thrown_away = sum(float(str(node.get("Rows Removed by Filter", 0))) for node in touched)
    assert thrown_away < 600, orjson.dumps(plan, option=orjson.OPT_INDENT_2).decode()


def read_by(node: dict[str, object]) -> float:
    return float(str(node.get("Actual Rows", 0))) + float(str(node.get("Rows Removed by Filter", 0)))


async def test_claiming_reads_due_records_alone(full: Full) -> None:
    async with full.database.tenant(full.one.tenant) as tx:
        seen = Explaining(tx)
        await records.claim(
            seen,
            tenant=full.one.tenant,
            shop=full.one.shop,
            worker="w",
            lease=TIMING.lease_margin,
            most=10,
            kinds=["order"],
        )
    assert_indexed(seen.plans, "record")  # type: ignore[attr-defined]


async def test_taking_events_reads_the_shops_oldest_alone(full: Full) -> None:
    async with full.database.tenant(full.one.tenant) as tx:
        seen = Explaining(tx)
        await events.take(seen, tenant=full.one.tenant, domain=full.one.domain, most=200)
    assert_indexed(seen.plans, "inbox_work", "inbox_event")  # type: ignore[attr-defined]


async def test_taking_marks_reads_waiting_ones_alone(full: Full) -> None:
    async with full.database.tenant(full.one.tenant) as tx:
        seen = Explaining(tx)
        await marks.take(
            seen,
            tenant=full.one.tenant,
            connection=full.one.connection,
            kind="order",
            most=25,
            lease=TIMING.lease_margin,
        )
    assert_indexed(seen.plans, "record")  # type: ignore[attr-defined]


async def test_a_search_by_the_start_of_a_reference_uses_its_index(full: Full) -> None:
    """A range of the stored lower-case column: LIKE may not be asked before the policy, so it would read the tenant."""
    async with full.database.tenant(full.one.tenant) as tx:
        plan = await tx.value(
            "EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM record WHERE tenant_id = $1"
            " AND reference_search ~>=~ $2 AND reference_search ~<~ $3 ORDER BY reference_search USING ~<~ LIMIT 20",
            full.one.tenant,
            "#12",
            "#13",
        )
    assert_indexed(orjson.loads(str(plan)), "record")


async def test_a_page_of_a_records_timeline_uses_its_index(full: Full) -> None:
    async with full.database.tenant(full.one.tenant) as tx:
        record = await tx.value(
            "SELECT id FROM record WHERE tenant_id = $1 AND source_key = '77'", full.one.tenant
        )
        seen = Explaining(tx)
        await timeline.of_record(seen, tenant=full.one.tenant, record=record)  # type: ignore[arg-type]
    assert_indexed(seen.plans, "timeline")  # type: ignore[attr-defined]


async def test_listed_orders_are_looked_up_by_key(full: Full) -> None:
    hints = [
        Hint(flow=Flow.ORDERS, key=StoreKey(str(n)), version=datetime(2026, 11, 1, tzinfo=UTC))
        for n in range(50)
    ]
    async with full.database.tenant(full.one.tenant) as tx:
        seen = Explaining(tx)
        await demand.unseen(
            seen, tenant=full.one.tenant, connection=full.one.connection, kind="order", hints=hints
        )
    assert_indexed(seen.plans, "record")  # type: ignore[attr-defined]


async def test_the_question_for_shops_with_work_is_quick_among_many_records(
    full: Full, addresses: Addresses
) -> None:
    """A function hides its plan, so its body is explained as the role that owns it."""
    owner = await asyncpg.connect(addresses.owner)
    body = await owner.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'shops_with_work'")
    await owner.execute("SET ROLE stockbridge_across")
    filled = body.replace("missed_for", "interval '1 second'").replace("LIMIT most", "LIMIT 8")
    plan = await owner.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {filled}")
    await owner.close()
    touched = [
        node for node in nodes(orjson.loads(plan)) if node.get("Relation Name") in {"record", "inbox_work"}
    ]
    assert touched
    assert [node["Node Type"] for node in touched if node["Node Type"] == "Seq Scan"] == []
    assert (
        len(await workers.shops_with_work(full.database, missed_for=TIMING.sweep_missed_after, most=8)) == 3
    )
