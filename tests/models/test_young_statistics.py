"""What is decided anew in bulk reads each record a few times, though the planner was told of an empty table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from app.models import demand, rates, rule_holds, unmapped
from app.models.database import Database, Tx
from tests.conftest import Addresses
from tests.models.world import Joined, join

ROWS = 2_000
_RECORDS = """
WITH held AS (INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, state, reason_code, reason_sentence,
        reason_verdict, reason_facts)
    SELECT $1, $2, $3, 'order', n::text, $4, 'some.code', 'Some.', 'needs_you',
        '{"rule": "dear", "code": "X", "table": "payments"}'
    FROM generate_series(1, $5::int) AS n RETURNING id)
INSERT INTO unmapped (tenant_id, connection_id, record_id, table_name, key, value, code)
SELECT $1, $2, id, 'payments', 'way', 'Way', 'some.code' FROM held
"""
_READ = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'record'"
Asking = Callable[[Tx, Joined], Awaitable[int]]


async def left_out(tx: Tx, one: Joined) -> int:
    return await demand.again_for(
        tx, tenant=one.tenant, connection=one.connection, codes=["some.code"], most=ROWS
    )


async def waiting(tx: Tx, one: Joined) -> int:
    return await demand.waiting_for(tx, tenant=one.tenant, connection=one.connection, code="some.code")


async def without_rate(tx: Tx, one: Joined) -> int:
    return await rates.run_again(
        tx, tenant=one.tenant, connection=one.connection, codes=["some.code"], most=ROWS
    )


async def ruled(tx: Tx, one: Joined) -> int:
    return await rule_holds.due(
        tx, tenant=one.tenant, connection=one.connection, rules=["dear"], mapping=1, most=ROWS
    )


async def refused(tx: Tx, one: Joined) -> int:
    return await rule_holds.refused(tx, tenant=one.tenant, connection=one.connection, mapping=1, most=ROWS)


async def unknown(tx: Tx, one: Joined) -> int:
    return await unmapped.due(
        tx,
        tenant=one.tenant,
        connection=one.connection,
        table="payments",
        keys=["way"],
        mapping=1,
        most=ROWS,
    )


@pytest.mark.parametrize(
    ("state", "ask"),
    [
        ("skipped", left_out),
        ("held", waiting),
        ("held", without_rate),
        ("held", ruled),
        ("held", refused),
        ("held", unknown),
    ],
)
async def test_what_is_decided_anew_is_read_a_few_times_whatever_the_planner_believes(
    database: Database, addresses: Addresses, state: str, ask: Asking
) -> None:
    one = await join(database)
    owner = await asyncpg.connect(addresses.owner)
    await owner.execute("ANALYZE record, unmapped")
    await owner.execute(_RECORDS, one.tenant, one.connection, one.shop, state, ROWS)
    await owner.close()
    async with database.tenant(one.tenant) as tx:
        assert await ask(tx, one) == ROWS
        read = await tx.value(_READ)
    assert isinstance(read, int)
    assert ROWS <= read <= 10 * ROWS
