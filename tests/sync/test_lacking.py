"""What held orders lack in the tables is kept with them, all of it, and no order rests on tables that were replaced meanwhile."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.models import anew, unmapped
from app.models.connections import Connection
from app.models.unmapped import Unmapped
from app.sync.sides import Sides
from tests.fakes.orders import order, paid
from tests.fakes.world import World
from tests.models.world import TABLES, join

BARE = {**TABLES, "payments": {"card": "CC"}, "taxes": {}}


async def lacking(world: World, *, after: tuple[str, str] | None = None, most: int = 50) -> list[Unmapped]:
    joined = world.joined
    async with world.database.tenant(joined.tenant) as tx:
        return await unmapped.page(
            tx, tenant=joined.tenant, connection=joined.connection, after=after, most=most
        )


async def short(world: World, **page: Any) -> list[tuple[str, str, int]]:
    return [(each.table, each.value, each.count) for each in await lacking(world, **page)]


async def place(world: World, key: str, *methods: str) -> None:
    payments = tuple(paid("12.00", method=method, key=f"t{n}") for n, method in enumerate(methods))
    await world.placed(replace(order(payments=payments), key=key, name=f"#{key}"))


async def test_everything_an_order_lacks_is_counted_with_its_money(world: World) -> None:
    await world.publish(BARE)
    await place(world, "1001", "Barter", "barter")
    await place(world, "1002", "BARTER", "paypal")
    assert await short(world) == [
        ("payments", "BARTER", 2),
        ("payments", "paypal", 1),
        ("taxes", "VAT@0.2", 2),
    ]
    barter = (await lacking(world))[0]
    assert barter.code == "mapping.payment_missing"
    assert [(each.currency, each.amount) for each in barter.waiting] == [("EUR", Decimal("48.00"))]
    assert (await world.record())["state_since"] >= barter.since


async def test_the_list_goes_on_where_a_page_ended(world: World) -> None:
    await world.publish(BARE)
    await place(world, "1001", "a", "b", "c")
    first = await lacking(world, most=2)
    assert [each.value for each in first] == ["a", "b"]
    assert await short(world, after=(first[-1].table, first[-1].key)) == [
        ("payments", "c", 1),
        ("taxes", "VAT@0.2", 1),
    ]


async def test_what_an_order_no_longer_lacks_is_gone_and_the_rest_keeps_its_time(world: World) -> None:
    await world.publish(BARE)
    await place(world, "1001", "barter", "card")
    since = (await lacking(world))[1].since
    await world.publish({**BARE, "payments": {"*": "BANK"}})
    await world.ask()
    await world.drain()
    assert await short(world) == [("taxes", "VAT@0.2", 1)]
    assert (await lacking(world))[0].since == since
    await world.publish(TABLES)
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert await lacking(world) == []
    assert await world.owner.fetchval("SELECT count(*) FROM unmapped") == 0


async def test_an_order_that_is_looked_at_again_in_vain_keeps_what_it_lacks(world: World) -> None:
    await world.publish(BARE)
    await place(world, "1001", "card", "card")
    for _ in range(3):
        await world.hear()
        await world.drain()
    assert await short(world) == [("taxes", "VAT@0.2", 1)]


async def test_an_order_held_while_tables_are_published_is_decided_by_them(world: World) -> None:
    await world.publish(BARE)

    async def slow(connection: Connection) -> Sides:
        found = await world.sides(connection)
        await world.publish(TABLES)
        return found

    world.store.place(order())
    await world.hear()
    await world.drain(replace(world.worker(), open=slow))
    assert [kind for kind in await world.told_of() if kind in {"held", "settled"}] == ["held", "settled"]
    assert await lacking(world) == []


async def due(world: World, table: str, *values: str, mapping: int, most: int = 100) -> int:
    joined = world.joined
    async with world.database.tenant(joined.tenant) as tx:
        return await anew.due(
            tx,
            tenant=joined.tenant,
            connection=joined.connection,
            waiting=unmapped.waiting(table, values, mapping=mapping),
            most=most,
        )


async def test_what_was_held_for_exactly_this_runs_again_however_often_it_was_held(world: World) -> None:
    await world.publish({**TABLES, "payments": {"card": "CC"}})
    await place(world, "1001", "barter", "card")
    await place(world, "1002", "paypal", "card")
    for _ in range(3):
        await world.hear("1001")
        await world.drain()
    number = await world.publish({**TABLES, "payments": {"card": "CC", "barter": "SWAP"}})
    assert await due(world, "payments", "barter", mapping=number) == 1
    assert await due(world, "payments", "barter", mapping=number) == 0
    await world.drain()
    assert await world.state("1001") == ("settled", None)
    assert await world.state("1002") == ("held", "mapping.payment_missing")
    assert [row["replay"] for row in (await world.record("1001"), await world.record("1002"))] == [None, None]


async def test_thousands_are_made_due_a_part_at_a_time(world: World) -> None:
    await world.publish({**TABLES, "payments": {}})
    for key in ("1001", "1002", "1003"):
        await place(world, key, "barter", "barter")
    number = await world.publish(TABLES)
    assert [await due(world, "payments", "barter", mapping=number, most=2) for _ in range(3)] == [2, 1, 0]


async def test_an_order_that_lacks_several_values_takes_one_place_of_a_part(world: World) -> None:
    await world.publish({**TABLES, "payments": {}})
    for key in ("1001", "1002", "1003"):
        await place(world, key, "barter", "swap")
    number = await world.publish(TABLES)
    parts = [await due(world, "payments", "barter", "swap", mapping=number, most=3) for _ in range(2)]
    assert parts == [3, 0], "fewer than were asked for means that these were all"


async def test_other_tenants_see_nothing_of_it(world: World) -> None:
    await world.publish(BARE)
    await place(world, "1001", "barter")
    other = await join(world.database)
    async with world.database.tenant(other.tenant) as tx:
        assert await tx.rows("SELECT * FROM unmapped") == []
        seen = await unmapped.page(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, after=None, most=5
        )
    assert seen == []
