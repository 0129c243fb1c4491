"""Schedules: a turn is one worker's, missed ones are caught up once, and the database's clock alone decides."""

from __future__ import annotations

import ast
import asyncio
import inspect
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.domain.cadence import Cron, Every, cadence
from app.models import schedules, shops
from app.models.database import Database
from app.models.schedules import Schedule, Turn
from app.sync import turns
from tests.conftest import Addresses
from tests.models.world import Joined, join

USUAL = timedelta(minutes=10)
LEASE = timedelta(seconds=30)


@pytest.fixture
async def one(database: Database) -> Joined:
    return await join(database)


async def claim(database: Database, one: Joined, *, lease: timedelta = LEASE) -> Turn | None:
    async with database.tenant(one.tenant) as tx:
        return await schedules.claim(
            tx, tenant=one.tenant, connection=one.connection, flow="orders", usual=USUAL, lease=lease
        )


async def end(database: Database, one: Joined, turn: Turn | None, soon: float | None = None) -> None:
    assert turn is not None
    async with database.tenant(one.tenant) as tx:
        await schedules.end(tx, turn, usual=USUAL, soon=None if soon is None else timedelta(seconds=soon))


async def changed(database: Database, one: Joined, **values: Any) -> None:
    async with database.tenant(one.tenant) as tx:
        for name, value in values.items():
            await tx.run(f"UPDATE schedule SET {name} = {value} WHERE connection_id = $1", one.connection)


async def shown(database: Database, one: Joined) -> Schedule:
    async with database.tenant(one.tenant) as tx:
        found = await schedules.of_connection(tx, tenant=one.tenant, connection=one.connection)
    return found["orders"]


async def ahead(database: Database, one: Joined) -> float:
    """Seconds until it is due, by the database's clock."""
    async with database.tenant(one.tenant) as tx:
        left = await tx.value("SELECT extract(epoch FROM due_at - now()) FROM schedule WHERE flow = 'orders'")
    return float(str(left))


async def test_of_many_workers_that_reach_for_a_turn_at_once_one_gets_it(
    database: Database, one: Joined
) -> None:
    found = await asyncio.gather(*(claim(database, one) for _ in range(8)))
    assert sum(turn is not None for turn in found) == 1
    assert await claim(database, one) is None


async def test_whoever_died_between_the_claim_and_the_start_has_an_heir(
    database: Database, one: Joined
) -> None:
    dead = await claim(database, one, lease=timedelta(0))
    assert dead is not None
    assert (one.tenant, one.connection) in await schedules.due(database, flow="orders", writes=False, most=5)
    heir = await claim(database, one)
    assert heir is not None
    assert heir.epoch == dead.epoch + 1
    # The dead one comes back: it neither keeps the turn nor ends its heir's.
    async with database.tenant(one.tenant) as tx:
        assert not await schedules.extend(tx, dead, lease=LEASE)
    await end(database, one, dead)
    assert (await shown(database, one)).running


@pytest.mark.parametrize("pace", ["@every 300", "0 * * * *"])
async def test_turns_that_were_missed_are_caught_up_exactly_once(
    database: Database, one: Joined, pace: str
) -> None:
    await changed(database, one, cadence=f"'{pace}'", due_at="now() - interval '3 days'")
    await end(database, one, await claim(database, one))
    assert await claim(database, one) is None
    assert 0 < await ahead(database, one) <= 3600


async def test_an_interval_counts_from_the_end_and_an_expression_keeps_its_instants(
    database: Database, one: Joined
) -> None:
    await changed(database, one, cadence="'@every 300'")
    turn = await claim(database, one)
    await changed(database, one, due_at="now() + interval '300 seconds'")
    await end(database, one, turn)
    assert 299 < await ahead(database, one) <= 300
    await changed(database, one, cadence="'0 3 * * *'", due_at="now() - interval '1 second'")
    turn = await claim(database, one)
    assert turn is not None
    # It took so long that its next instant has passed: that one is caught up.
    await changed(database, one, due_at="now() - interval '1 minute'")
    await end(database, one, turn)
    assert await ahead(database, one) < 0


async def test_the_next_one_comes_soon_where_that_is_wanted_or_somebody_asked(
    database: Database, one: Joined
) -> None:
    await end(database, one, await claim(database, one), soon=7)
    assert 6 < await ahead(database, one) <= 7
    await changed(database, one, due_at="now() - interval '1 second'")
    turn = await claim(database, one)
    async with database.tenant(one.tenant) as tx:
        await schedules.hurry(tx, tenant=one.tenant, connection=one.connection, flow="orders", by="staff:7")
    assert await claim(database, one) is None
    await end(database, one, turn)
    again = await claim(database, one)
    assert again is not None
    assert again.by == "staff:7"


async def test_a_stopped_flow_begins_no_turn_and_catches_up_once_when_it_goes_on(
    database: Database, one: Joined
) -> None:
    about: dict[str, Any] = {"tenant": one.tenant, "connection": one.connection, "flow": "orders"}
    await changed(database, one, due_at="now() - interval '2 days'")
    async with database.tenant(one.tenant) as tx:
        assert await schedules.stop(tx, **about, kinds=["order"], by="staff:7")
        assert not await schedules.stop(tx, **about, kinds=["order"], by="staff:7")
    assert await claim(database, one) is None
    assert await schedules.due(database, flow="orders", writes=False, most=5) == []
    async with database.tenant(one.tenant) as tx:
        assert await schedules.resume(tx, **about)
        assert not await schedules.resume(tx, **about)
    await end(database, one, await claim(database, one))
    assert await claim(database, one) is None


async def test_an_expression_means_the_shops_own_time(database: Database, one: Joined) -> None:
    async with database.tenant(one.tenant) as tx:
        await shops.set_zone(tx, tenant=one.tenant, shop=one.shop, zone="Asia/Kathmandu")
        await schedules.set_cadence(
            tx, tenant=one.tenant, connection=one.connection, flow="orders",
            cadence=Cron(expression="0 9 * * *"), usual=USUAL,
        )  # fmt: skip
    await end(database, one, await claim(database, one))
    due = (await shown(database, one)).due_at
    assert due is not None
    assert (due.hour, due.minute) == (3, 15)


async def test_a_new_cadence_counts_from_now_and_what_is_due_stays_due(
    database: Database, one: Joined
) -> None:
    about: dict[str, Any] = {"tenant": one.tenant, "connection": one.connection, "flow": "orders"}
    async with database.tenant(one.tenant) as tx:
        await schedules.set_cadence(tx, **about, cadence=cadence("daily_at_9"), usual=USUAL)
    assert await ahead(database, one) <= 0
    await changed(database, one, due_at="now() + interval '2 hours'")
    async with database.tenant(one.tenant) as tx:
        await schedules.set_cadence(tx, **about, cadence=Every(gap=timedelta(seconds=60)), usual=USUAL)
    assert 59 < await ahead(database, one) <= 60


async def test_another_tenants_schedule_is_nobodys(database: Database, one: Joined) -> None:
    other = await join(database)
    async with database.tenant(other.tenant) as tx:
        assert await tx.rows("SELECT 1 FROM schedule WHERE connection_id = $1", one.connection) == []
        assert (
            await schedules.claim(
                tx, tenant=one.tenant, connection=one.connection, flow="orders", usual=USUAL, lease=LEASE
            )
            is None
        )


async def test_schedules_go_with_their_connection(database: Database, addresses: Addresses) -> None:
    gone = await join(database, live=False)
    owner = await asyncpg.connect(addresses.owner)
    await owner.execute("DELETE FROM connection WHERE id = $1", gone.connection)
    left = await owner.fetchval("SELECT count(*) FROM schedule WHERE connection_id = $1", gone.connection)
    await owner.close()
    assert left == 0


@pytest.mark.parametrize("module", [schedules, turns])
def test_no_clock_but_the_databases_decides_whose_turn_it_is(module: Any) -> None:
    """A machine whose clock is wrong takes no turn early, late or twice: it never looks at it."""
    tree = ast.parse(inspect.getsource(module))
    asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not asked & {"now", "utcnow", "today", "time", "monotonic"}
