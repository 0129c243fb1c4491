"""What was said for thousands of held records reaches all of them, though whoever said it died after the first part."""

from __future__ import annotations

from uuid import UUID

from app.models import answers
from app.models.answers import Answer
from app.sync.answering import Answering
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
    return first


def answering(world: World, poked: list[UUID]) -> Answering:
    async def poke(tenant: UUID, shop: UUID) -> None:
        poked.append(shop)

    return Answering(database=world.database, poke=poke, lease=world.timing.stock_lease)


async def test_a_worker_carries_on_what_a_dead_process_left_and_no_record_is_due_twice(world: World) -> None:
    poked: list[UUID] = []
    assert await begun(world, MANY) == answers.AT_A_TIME
    one = answering(world, poked)
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


async def test_what_is_left_is_decided_by_the_version_in_force_by_then(world: World) -> None:
    await begun(world, 1)
    await world.owner.execute("UPDATE record SET wanted = done, replay = 0")
    number = await world.publish({"payments": {"*": "LATER"}})
    await world.time_passes(31)
    await answering(world, []).turn(world.joined.tenant, world.joined.connection)
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
