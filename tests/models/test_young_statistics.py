"""What is decided anew in bulk reads each record a few times, though the planner was told of an empty table."""

from __future__ import annotations

import asyncpg
import pytest

from app.models import anew, demand, rates, rule_holds, unmapped
from app.models.anew import Pending
from app.models.database import Database
from tests.conftest import Addresses
from tests.models.world import join

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


@pytest.mark.parametrize(
    ("state", "pending"),
    [
        ("skipped", demand.left_out(["some.code"])),
        ("held", rates.waiting(["some.code"])),
        ("held", rule_holds.waiting(["dear"], mapping=1)),
        ("held", rule_holds.refused(mapping=1)),
        ("held", unmapped.waiting("payments", ["way"], mapping=1)),
        ("held", None),
    ],
)
async def test_what_is_decided_anew_is_read_a_few_times_whatever_the_planner_believes(
    database: Database, addresses: Addresses, state: str, pending: Pending | None
) -> None:
    one = await join(database)
    owner = await asyncpg.connect(addresses.owner)
    await owner.execute("ANALYZE record, unmapped")
    await owner.execute(_RECORDS, one.tenant, one.connection, one.shop, state, ROWS)
    await owner.close()
    async with database.tenant(one.tenant) as tx:
        about = {"tenant": one.tenant, "connection": one.connection}
        if pending is None:
            assert await demand.waiting_for(tx, **about, code="some.code") == ROWS
        else:
            assert await anew.due(tx, **about, waiting=pending, most=ROWS) == ROWS
            assert not await anew.some(tx, **about, waiting=pending)
        read = await tx.value(_READ)
    assert isinstance(read, int)
    assert ROWS <= read <= 10 * ROWS
