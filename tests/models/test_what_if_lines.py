"""Rows of a what-if: let go with time, erased with the person, and a page of some outcomes comes in the list's own order."""

from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg
import pytest

from app.models import privacy, runs, what_if_lines
from app.models.database import Database
from app.models.upkeep import keep_house
from app.models.what_if_lines import Line
from tests.conftest import Addresses
from tests.models.test_upkeep import KEEP
from tests.models.world import Joined, join

OUTCOMES = ["same", "changed", "newly_held", "changed"]


@pytest.fixture
async def one(database: Database) -> Joined:
    return await join(database)


async def looked_at(database: Database, owner: asyncpg.Connection, one: Joined) -> tuple[UUID, list[UUID]]:
    """A run over four orders, and their records."""
    rows = await owner.fetch(
        "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key)"
        " SELECT $1, $2, $3, 'order', n::text FROM generate_series(1, 4) n RETURNING id",
        one.tenant,
        one.connection,
        one.shop,
    )
    run, records = uuid4(), [row["id"] for row in rows]
    async with database.tenant(one.tenant) as tx:
        await runs.begin(
            tx, tenant=one.tenant, run=run, connection=one.connection, flow="orders", kind="what_if", started_by="me"
        )  # fmt: skip
        lines = [
            Line(place=n, record=record, reference=f"#{n}", outcome=outcome, code=None, sealed=b"sealed")
            for n, (record, outcome) in enumerate(zip(records, OUTCOMES, strict=True), 1)
        ]
        await what_if_lines.add(tx, tenant=one.tenant, run=run, lines=lines)
    return run, records


async def test_old_rows_go_and_their_run_stays_with_its_counts(
    database: Database, addresses: Addresses, one: Joined
) -> None:
    owner = await asyncpg.connect(addresses.owner)
    old, _ = await looked_at(database, owner, one)
    await owner.execute("UPDATE record SET source_key = 'old-' || source_key")
    new, _ = await looked_at(database, owner, one)
    await owner.execute(
        "UPDATE run SET state = 'done', ended_at = now() - interval '31 days' WHERE id = $1", old
    )
    await owner.execute(
        "UPDATE run SET state = 'done', ended_at = now() - interval '29 days' WHERE id = $1", new
    )
    await keep_house(database, **KEEP)
    assert {row["run_id"] for row in await owner.fetch("SELECT run_id FROM what_if_line")} == {new}
    assert {row["id"] for row in await owner.fetch("SELECT id FROM run")} == {old, new}
    await owner.close()


async def test_what_people_bought_is_erased_with_them(
    database: Database, addresses: Addresses, one: Joined
) -> None:
    owner = await asyncpg.connect(addresses.owner)
    _, records = await looked_at(database, owner, one)
    async with database.tenant(one.tenant) as tx:
        await privacy.erase_records(tx, tenant=one.tenant, records=records[:2])
    kept = await owner.fetch("SELECT place FROM what_if_line WHERE sealed IS NOT NULL ORDER BY place")
    assert [row["place"] for row in kept] == [3, 4]
    await owner.close()


async def test_a_page_of_some_outcomes_is_merged_in_the_lists_order(
    database: Database, addresses: Addresses, one: Joined
) -> None:
    owner = await asyncpg.connect(addresses.owner)
    run, _ = await looked_at(database, owner, one)
    wanted = ["newly_held", "changed"]
    async with database.tenant(one.tenant) as tx:
        first = await what_if_lines.page(tx, tenant=one.tenant, run=run, outcomes=wanted, after=0, most=2)
        rest = await what_if_lines.page(tx, tenant=one.tenant, run=run, outcomes=wanted, after=3, most=2)
    assert [line.place for line in [*first, *rest]] == [2, 3, 4]
    await owner.close()
