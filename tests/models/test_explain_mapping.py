"""What the mapping's lists and answers ask goes through indexes as the app's role, however much is held or was looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from app.models import anew, connections, rule_holds, unmapped, what_if_lines
from tests.conftest import Addresses
from tests.models.test_explain import Full, assert_indexed, full
from tests.models.test_explain_stock import Explaining

if TYPE_CHECKING:
    from app.models.database import Tx

__all__ = ["full"]

_LACKING = """
WITH h AS (UPDATE record SET state = 'held', reason_code = 'mapping.payment_missing' WHERE source_key::int % 2 = 0
    RETURNING tenant_id, connection_id, id, source_key)
INSERT INTO unmapped (tenant_id, connection_id, record_id, table_name, key, value, code)
SELECT tenant_id, connection_id, id, 'payments', 'way ' || source_key::int % 1000, 'Way', 'mapping.payment_missing' FROM h
"""
_GATED = """
UPDATE record SET state = 'held', reason_code = 'order.held_by_rule', reason_facts = '{"rule": "dear"}'
WHERE source_key::int % 100 = 1
"""
_LOOKED = """
WITH r AS (INSERT INTO run (tenant_id, connection_id, flow, kind, started_by)
    SELECT tenant_id, id, 'orders', 'what_if', 't' FROM connection RETURNING tenant_id, id)
INSERT INTO what_if_line (tenant_id, run_id, place, record_id, reference, outcome)
SELECT r.tenant_id, r.id, x.source_key::int, x.id, x.reference,
    (ARRAY['same', 'changed', 'newly_held'])[1 + x.source_key::int % 3]
FROM r JOIN record x ON x.tenant_id = r.tenant_id AND x.source_key::int <= $1
"""


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """`run` is a small what-if among large ones."""

    full: Full
    run: UUID

    async def plans(self, ask: Callable[[Tx, Mapped], Awaitable[object]]) -> list[object]:
        async with self.full.database.tenant(self.full.one.tenant) as tx:
            seen = Explaining(tx.connection, tx.client, [])
            await ask(seen, self)
        return seen.plans


@pytest.fixture
async def mapped(full: Full, addresses: Addresses) -> Mapped:
    owner = await asyncpg.connect(addresses.owner)
    await owner.execute(_LACKING)
    await owner.execute(_LOOKED, 5_000)
    known = {row["id"] for row in await owner.fetch("SELECT id FROM run")}
    await owner.execute(_LOOKED, 400)
    run = await owner.fetchval(
        "SELECT id FROM run WHERE tenant_id = $1 AND NOT id = ANY ($2)", full.one.tenant, list(known)
    )
    await owner.execute("ANALYZE")
    await owner.close()
    return Mapped(full=full, run=run)


async def values(tx: Tx, of: Mapped) -> None:
    one = of.full.one
    await unmapped.page(tx, tenant=one.tenant, connection=one.connection, after=None, most=26)


async def deep(tx: Tx, of: Mapped) -> None:
    one = of.full.one
    place = ("payments", "way 500")
    await unmapped.page(tx, tenant=one.tenant, connection=one.connection, after=place, most=26)


async def backwards(tx: Tx, of: Mapped) -> None:
    one = of.full.one
    for place in (None, ("payments", "way 500")):
        await unmapped.page(
            tx, tenant=one.tenant, connection=one.connection, after=place, most=26, backwards=True
        )


async def answered(tx: Tx, of: Mapped) -> None:
    one = of.full.one
    pending = unmapped.waiting("payments", ["way 500"], mapping=2)
    await anew.due(tx, tenant=one.tenant, connection=one.connection, waiting=pending, most=5_000)


async def lines(tx: Tx, of: Mapped) -> None:
    outcomes = ["changed", "newly_held", "gone"]
    await what_if_lines.page(tx, tenant=of.full.one.tenant, run=of.run, outcomes=outcomes, after=100, most=26)


async def counts(tx: Tx, of: Mapped) -> None:
    await what_if_lines.counts(tx, tenant=of.full.one.tenant, run=of.run)


ASKED = {
    "values": (values, ("unmapped", "record")),
    "deep values": (deep, ("unmapped", "record")),
    "values backwards": (backwards, ("unmapped", "record")),
    "an entry's answer": (answered, ("unmapped", "record")),
    "lines": (lines, ("what_if_line",)),
    "counts": (counts, ("what_if_line",)),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED.keys())
async def test_little_more_is_read_than_is_shown(
    mapped: Mapped, asked: tuple[Callable[[Tx, Mapped], Awaitable[object]], tuple[str, ...]]
) -> None:
    ask, tables = asked
    for plan in await mapped.plans(ask):
        assert_indexed(plan, *tables)


async def test_what_a_rule_holds_is_found_among_what_is_held_alone(full: Full, addresses: Addresses) -> None:
    owner = await asyncpg.connect(addresses.owner)
    await owner.execute(_GATED)
    await owner.execute("ANALYZE")
    await owner.close()
    one = full.one
    async with full.database.tenant(one.tenant) as tx:
        seen = Explaining(tx.connection, tx.client, [])
        pending = rule_holds.waiting(["dear"], mapping=2)
        await anew.due(seen, tenant=one.tenant, connection=one.connection, waiting=pending, most=5_000)
    for plan in seen.plans:
        assert_indexed(plan, "record")


class _Rowed(Explaining):
    async def row(self, sql: str, *values: object) -> None:
        await self.rows(sql, *values)


async def test_reading_a_connection_reads_the_newest_rates_alone(full: Full, addresses: Addresses) -> None:
    one, owner = full.one, await asyncpg.connect(addresses.owner)
    await owner.execute(
        "INSERT INTO rate (tenant_id, connection_id, day, source, target, rate, good_for, made_by)"
        " SELECT tenant_id, id, date '2026-01-01' - n, 'EUR', 'USD', 1.5, 7, 't' FROM connection, generate_series(1, 6000) n"
    )
    await owner.execute("ANALYZE")
    await owner.close()
    async with full.database.tenant(one.tenant) as tx:
        seen = _Rowed(tx.connection, tx.client, [])
        await connections.one(seen, tenant=one.tenant, connection=one.connection)
    (plan,) = seen.plans
    assert_indexed(plan, "rate")
