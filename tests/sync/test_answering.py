"""What was said for thousands of held records reaches all of them, though whoever said it died after the first part."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.models import answers, connections
from app.models.answers import Answer
from app.operations import answering
from app.sync.answering import Answering
from tests.conftest import Addresses
from tests.fakes.world import World

MANY = answers.AT_A_TIME + 1
HELD = """
INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, reference, state, reason_code, reason_facts)
SELECT $1, $2, $3, 'order', n::text, '#' || n, 'held', 'order.held_by_rule', '{"rule": "dear"}'
FROM generate_series(1, $4::int) AS n
"""
DUE = "SELECT count(*) FROM record WHERE wanted = done + 1"
DEAR = Answer(rules=frozenset({"dear"}))


async def begun(world: World, count: int) -> int:
    """What a process does in the transaction that publishes, before it dies."""
    joined = world.joined
    await world.owner.execute(HELD, joined.tenant, joined.connection, joined.shop, count)
    async with world.database.tenant(joined.tenant) as tx:
        first = await answers.due(tx, tenant=joined.tenant, connection=joined.connection, answer=DEAR)
        await answers.keep(tx, tenant=joined.tenant, connection=joined.connection, answer=DEAR)
    return first.count


def carrying(world: World, poked: list[UUID]) -> Answering:
    async def poke(tenant: UUID, shop: UUID) -> None:
        poked.append(shop)

    return Answering(database=world.database, poke=poke, lease=world.timing.stock_lease)


async def test_a_worker_carries_on_what_a_dead_process_left_and_no_record_is_due_twice(world: World) -> None:
    poked: list[UUID] = []
    assert await begun(world, MANY) == answers.AT_A_TIME
    one = carrying(world, poked)
    await one.turn(world.joined.tenant, world.joined.connection)
    assert (await world.owner.fetchval(DUE), poked) == (answers.AT_A_TIME, []), "it was still alive"
    await world.time_passes(31)
    await one.turn(world.joined.tenant, world.joined.connection)
    assert await world.owner.fetchval(DUE) == MANY
    assert poked == [world.joined.shop]
    assert await world.owner.fetchval("SELECT count(*) FROM answer") == 0
    await world.time_passes(31)
    await one.turn(world.joined.tenant, world.joined.connection)
    assert len(poked) == 1


async def test_what_somebody_else_is_at_is_not_forgotten(world: World, addresses: Addresses) -> None:
    """A mark that is written locks its record for a moment, and makes it no more due than it was."""
    joined, poked = world.joined, list[UUID]()
    await world.owner.execute(HELD, joined.tenant, joined.connection, joined.shop, 3)
    async with world.database.tenant(joined.tenant) as tx:
        connection = await connections.one(tx, tenant=joined.tenant, connection=joined.connection)
    assert connection is not None
    one = carrying(world, poked)
    other = await asyncpg.connect(addresses.owner)
    try:
        await other.execute("BEGIN; SELECT 1 FROM record WHERE source_key = '2' FOR UPDATE")
        async with world.database.tenant(joined.tenant) as tx:
            begun = await answering.begin(tx, connection, DEAR)
        assert (begun.count, begun.kept is None) == (2, False)
        await world.owner.execute("UPDATE schedule SET due_at = now()")
        await one.turn(joined.tenant, joined.connection)
        assert await world.owner.fetchval(DUE) == 2
        assert await world.owner.fetchval("SELECT count(*) FROM answer") == 1
    finally:
        await other.close()
    await world.time_passes(31)
    await one.turn(joined.tenant, joined.connection)
    assert await world.owner.fetchval(DUE) == 3
    assert await world.owner.fetchval("SELECT count(*) FROM answer") == 0


async def test_what_is_left_is_decided_by_the_version_in_force_by_then(world: World) -> None:
    await begun(world, 1)
    await world.owner.execute("UPDATE record SET wanted = done, replay = 0")
    number = await world.publish({"payments": {"*": "LATER"}})
    await world.time_passes(31)
    await carrying(world, []).turn(world.joined.tenant, world.joined.connection)
    assert await world.owner.fetchval("SELECT replay FROM record") == number == 2


async def test_every_part_of_an_answer_is_kept(world: World) -> None:
    whole = Answer(
        tables=(
            answers.Said(table="payments", keys=frozenset({"barter", "ä"})),
            answers.Said(table="taxes", keys=None),
        ),
        rules=frozenset({"dear"}),
        codes=frozenset({"rule.no_rate"}),
        left_out=frozenset({"owner.refused"}),
        ruled=True,
    )
    about = {"tenant": world.joined.tenant, "connection": world.joined.connection}
    async with world.database.tenant(world.joined.tenant) as tx:
        await answers.keep(tx, **about, answer=whole)
        (kept,) = await answers.kept(tx, **about)
    assert kept.answer == whole
