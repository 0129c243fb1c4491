"""Customers through the engine on real PostgreSQL: one person, one record, and every write from the side that won."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import orjson
import pytest

from app.domain.customer import Buyer
from app.domain.ids import StoreKey
from app.models.database import Database
from app.ports import Step
from tests.conftest import Addresses
from tests.fakes.erp import Gate
from tests.fakes.orders import order
from tests.fakes.world import new_world
from tests.sync.customer_world import ADA, HOME, WORK, People, linked


@pytest.fixture
async def world(database: Database, addresses: Addresses, eye: asyncpg.Connection) -> AsyncIterator[People]:
    async with new_world(database, addresses, owner=eye) as plain:
        made = People(database=plain.database, owner=plain.owner, joined=plain.joined)
        await made.set(flows=orjson.dumps({"customers": True}).decode())
        yield made


async def test_a_customer_of_the_store_is_made_in_the_erp_once(world: People) -> None:
    mine, theirs = await linked(world)
    assert await world.state(mine) == ("settled", None)
    assert world.books.people[theirs].address == HOME
    assert (await world.record(mine))["sink_key"] == theirs
    await world.shop_says(mine)
    assert len(world.books.sent) == 1


async def test_who_is_in_the_erp_already_is_found_by_e_mail_and_never_doubled(world: People) -> None:
    world.books.born(first_name="A.", last_name="Byron", email=" ADA@example.org ")
    mine, theirs = await linked(world)
    assert len(world.books.people) == 1
    assert (await world.record(mine))["sink_key"] == theirs


async def test_two_in_the_erp_with_one_e_mail_wait_for_a_person(world: People) -> None:
    for _ in range(2):
        world.books.born(**ADA)
    ada = world.shop.born(**ADA)
    await world.shop_says(ada.key)
    assert await world.state(ada.key) == ("held", "customer.several")
    assert not world.books.sent


async def test_one_side_moved_and_it_wins_either_way(world: People) -> None:
    mine, theirs = await linked(world)
    world.shop.edit(mine, phone="+44 1")
    await world.shop_says(mine)
    assert world.books.people[theirs].phone == "+44 1"
    world.books.edit(theirs, company="Analytical Engines")
    await world.books_say(theirs)
    assert world.shop.people[mine].company == "Analytical Engines"
    assert (len(world.books.sent), len(world.shop.sent)) == (2, 1)


async def test_both_moved_and_the_last_one_wins_by_the_erps_corrected_clock_for_all_to_see(
    world: People,
) -> None:
    mine, theirs = await linked(world)
    now = datetime.now(UTC)
    world.shop.edit(mine, phone="+44 1", at=now)
    world.books.edit(theirs, phone="+44 2", at=now + timedelta(seconds=5))
    await world.shop_says(mine)
    assert world.shop.people[mine].phone == "+44 2"
    assert await world.codes() == ["customer.conflict"]
    row = await world.owner.fetchrow("SELECT sentence, facts FROM timeline WHERE code = 'customer.conflict'")
    assert "phone" in row["facts"]
    assert "+44" not in row["facts"] + row["sentence"]


async def test_what_a_side_does_not_say_clears_nothing(world: People) -> None:
    mine, theirs = await linked(world)
    world.shop.edit(
        mine, phone=None, last_name=None, first_name=None, addresses=(replace(HOME, street=None),)
    )
    await world.shop_says(mine)
    there = world.books.people[theirs]
    assert (there.phone, there.name, there.address) == (ADA["phone"], "Ada Byron", HOME)
    assert len(world.books.sent) == 1


async def test_addresses_are_added_on_either_side_once_and_never_taken_away(world: People) -> None:
    mine, theirs = await linked(world)
    world.shop.edit(mine, addresses=(HOME, WORK))
    await world.shop_says(mine)
    assert world.books.people[theirs].addresses == (HOME, WORK)
    world.shop.edit(mine, addresses=(HOME,))
    await world.shop_says(mine)
    await world.books_say(theirs)
    assert world.books.people[theirs].addresses == (HOME, WORK)
    assert world.shop.people[mine].addresses == (HOME,)
    moved = replace(HOME, street="Ockham Park")
    world.books.edit(theirs, addresses=(moved, WORK))
    await world.books_say(theirs)
    assert world.shop.people[mine].addresses == (moved,)


async def test_a_change_and_a_hundred_rounds_are_one_write_each_way_at_most(world: People) -> None:
    world.books.shortens = True
    mine, theirs = await linked(world, company="Analytical Engines Limited")
    world.shop.edit(mine, company="Difference Engines Limited")
    before = len(world.books.sent)
    for _ in range(100):
        await world.shop_says(mine)
        await world.books_say(theirs)
    assert len(world.books.sent) - before == 1
    assert len(world.shop.sent) <= 1
    assert "customer.kept_otherwise" in await world.codes()


async def test_the_echo_of_our_own_write_raises_nothing(world: People) -> None:
    mine, theirs = await linked(world)
    assert await world.books_say(theirs, runs=False) == 0
    world.books.edit(theirs, phone="+44 3")
    await world.books_say(theirs)
    assert await world.books_say(theirs, runs=False) == 0
    row = await world.record(mine)
    heard = await world.hear(
        mine, version=world.shop.people[mine].updated_at, fingerprint=row["fingerprint"], kind="customer"
    )
    assert (heard.raised, heard.known) == (0, 1)


async def test_a_customer_of_the_erp_is_made_in_the_store_only_where_the_option_says_so(
    world: People,
) -> None:
    ada = world.books.born(**ADA, addresses=(HOME,))
    await world.books_say(ada.key)
    assert await world.state(f"erp-{ada.key}") == ("skipped", "customer.only_in_erp")
    assert await world.books_say(ada.key, runs=False) == 0, "this version of it was read"
    await world.options(host_customers="send")
    await world.books_say(world.books.edit(ada.key, phone="+44 9").key)
    (made,) = world.shop.people.values()
    assert (made.email, made.phone, made.other_key) == (ada.email, "+44 9", ada.key)
    (record,) = await world.customers()
    assert (record["source_key"], record["sink_key"], record["state"]) == (made.key, ada.key, "settled")
    world.shop.edit(made.key, company="Engines")
    await world.shop_says(made.key)
    assert world.books.people[ada.key].company == "Engines"


async def test_whom_the_store_could_not_take_is_left_out_until_the_erp_has_a_name_for_them(
    world: People,
) -> None:
    await world.options(host_customers="send")
    nobody = world.books.born(company="Nordwind GmbH")
    await world.books_say(nobody.key)
    assert await world.state(f"erp-{nobody.key}") == ("skipped", "customer.nameless")
    assert world.shop.people == {}
    await world.books_say(world.books.edit(nobody.key, phone="+44 9").key)
    assert [made.phone for made in world.shop.people.values()] == ["+44 9"]


async def test_the_stores_event_about_whom_we_just_made_there_joins_the_same_person(world: People) -> None:
    await world.options(host_customers="send")
    ada = world.books.born(first_name="Ada")
    gate = world.shop.stands_still()
    first = asyncio.create_task(world.books_say(ada.key))
    await gate.reached.wait()
    gate.opens.set()
    await first
    (made,) = world.shop.people.values()
    await world.shop_says(made.key)
    assert len(world.books.people) == len(world.shop.people) == 1
    assert [row["sink_key"] for row in await world.customers()] == [ada.key]


async def test_whom_the_erp_lists_while_they_are_made_there_is_looked_at_once(world: People) -> None:
    """An ERP lists what changed in the last minutes, over and over."""
    mine = world.shop.born(**ADA)
    await world.shop_says(mine.key)
    (theirs,) = world.books.people
    await world.owner.execute(
        "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, wanted, due_at)"
        " SELECT tenant_id, connection_id, shop_id, kind, 'erp-' || $1, 1, now() FROM record",
        theirs,
    )
    await world.drain()
    assert await world.state(f"erp-{theirs}") == ("skipped", "customer.same_person")
    assert await world.books_say(theirs, runs=False) == 0
    world.books.edit(theirs, phone="+44 3")
    assert await world.books_say(theirs, runs=False) == 2


async def test_an_event_that_came_before_we_could_link_takes_over_the_record_of_the_erp(
    world: People,
) -> None:
    await world.options(host_customers="send")
    ada = world.books.born(**ADA)
    mine = world.shop.born(**ADA)
    await world.hear(mine.key, kind="customer")
    await world.books_say(ada.key)
    await world.time_passes(2)
    await world.drain()
    assert len(world.books.people) == len(world.shop.people) == 1
    states = {row["source_key"]: (row["state"], row["sink_key"]) for row in await world.customers()}
    assert states[mine.key] == ("settled", ada.key)
    assert [key for key, (_, sink) in states.items() if sink] == [mine.key]


async def test_a_lost_answer_to_creating_is_looked_up_and_adopted(world: People) -> None:
    world.books.loses = 1
    ada = world.shop.born(**ADA, addresses=(HOME,))
    await world.shop_says(ada.key)
    assert (await world.state(ada.key))[0] == "waiting"
    await world.later()
    assert await world.state(ada.key) == ("settled", None)
    assert (len(world.books.people), len(world.books.sent)) == (1, 1)


async def test_what_may_still_be_made_is_waited_for_by_whoever_shares_the_e_mail(world: People) -> None:
    """Two records of one person: a second look too early would make them twice."""
    world.books.loses = 1
    one, two = world.shop.born(**ADA), world.shop.born(**ADA)
    await world.shop_says(one.key)
    await world.shop_says(two.key)
    assert (await world.state(two.key))[0] == "waiting"
    assert len(world.books.sent) == 1
    await world.later()
    await world.later()
    assert len(world.books.people) == 1
    assert await world.state(two.key) == ("held", "customer.linked_to_another")


async def test_a_look_that_fails_lets_nobody_else_make_whom_a_lost_answer_may_have_made(
    world: People,
) -> None:
    world.books.loses = 1
    one = world.shop.born(**ADA)
    await world.shop_says(one.key)
    world.books.away = 1
    made = world.books.people.popitem()  # it commits late: nobody sees it yet
    await world.time_passes(6)
    await world.drain()
    two = world.shop.born(**ADA)
    await world.shop_says(two.key)
    assert (await world.state(two.key))[0] == "waiting"
    assert len(world.books.sent) == 1
    world.books.people.update([made])


async def test_customers_whose_event_was_lost_are_found_by_reconciliation(world: People) -> None:
    mine, theirs = await linked(world)
    await world.reconcile()
    world.shop.edit(mine, phone="+44 6")
    assert await world.reconcile() == 1
    await world.drain()
    assert world.books.people[theirs].phone == "+44 6"
    await world.owner.execute("UPDATE record SET read_soon = false")
    assert await world.reconcile() == 0


async def test_a_customer_who_changes_again_in_the_second_they_were_read_in_is_read_once_more(
    world: People,
) -> None:
    mine, theirs = await linked(world)
    world.shop.edit(mine, phone="+44 6")
    await world.reconcile()
    await world.drain()
    world.shop.people[mine] = replace(world.shop.people[mine], phone="+44 7")
    assert await world.reconcile() == 1
    await world.drain()
    assert world.books.people[theirs].phone == "+44 7"


async def test_two_workers_write_once(world: People) -> None:
    ada = world.shop.born(**ADA)
    gate = world.books.stands_still()
    await world.hear(ada.key, kind="customer")
    first = asyncio.create_task(world.drain(world.worker("one")))
    await gate.reached.wait()
    await world.hear(ada.key, kind="customer")
    await world.drain(world.worker("two"))
    gate.opens.set()
    await first
    await world.drain()
    assert (len(world.books.people), len(world.books.sent)) == (1, 1)


@pytest.mark.parametrize(("owner", "phone"), [("host", "+44 2"), ("store", "+44 1")])
async def test_where_customers_have_an_owner_its_side_wins(world: People, owner: str, phone: str) -> None:
    mine, theirs = await linked(world)
    await world.set(owners=orjson.dumps({"customers": owner}).decode())
    world.shop.edit(mine, phone="+44 1")
    world.books.edit(theirs, phone="+44 2")
    await world.shop_says(mine)
    assert (world.shop.people[mine].phone, world.books.people[theirs].phone) == (phone, phone)


async def test_nothing_of_a_customer_can_be_read_in_the_record(world: People) -> None:
    mine, _ = await linked(world)
    row = await world.record(mine)
    lines = [dict(line) for line in await world.owner.fetch("SELECT * FROM timeline")]
    told = repr((row, lines)).lower()
    assert not [word for word in ("byron", "ada@", "7946", "james") if word in told]


async def test_a_customer_deleted_on_one_side_is_deleted_nowhere_else(world: People) -> None:
    mine, theirs = await linked(world)
    del world.books.people[theirs]
    world.shop.edit(mine, phone="+44 5")
    await world.shop_says(mine)
    assert await world.state(mine) == ("skipped", "customer.deleted")
    assert not world.books.people


async def test_an_order_and_its_buyers_event_at_once_leave_one_customer(world: People) -> None:
    """The event waits for the order, which may be making the buyer; then it finds whom the order made."""
    ada = world.shop.born(**ADA)
    placed = order(buyer=Buyer(key=StoreKey(ada.key), name="Ada Byron", email="ada@example.org"))
    gate = Gate()

    async def inside(step: Step) -> None:
        gate.reached.set()
        await gate.opens.wait()

    world.erp.inside, world.timing = inside, replace(world.timing, deadline=timedelta(seconds=5))
    await world.placed(placed, runs=False)
    first = asyncio.create_task(world.drain(world.worker("one")))
    await gate.reached.wait()
    await world.shop_says(ada.key)
    assert (await world.state(ada.key))[0] == "waiting"
    assert not world.books.sent
    world.books.born(**ADA, other_key=ada.key)  # as the ERP does with the order
    gate.opens.set()
    await first
    await world.time_passes(2)
    await world.drain()
    assert await world.state(ada.key) == ("settled", None)
    assert (len(world.books.people), len(world.books.sent)) == (1, 0)


async def test_an_order_names_the_erps_customer_that_its_buyer_is_linked_to(world: People) -> None:
    mine, theirs = await linked(world)
    world.shop.edit(mine, email="countess@example.org")
    buyer = Buyer(key=StoreKey(mine), name="Ada Byron", email="other@example.org")
    await world.placed(order(buyer=buyer))
    assert await world.state() == ("settled", None)
    assert (await world.payload())["buyer"] == theirs


async def test_one_of_whom_the_store_tells_while_the_erps_is_linked_is_linked_once_and_no_bug(
    world: People,
) -> None:
    ada, theirs, joined = world.shop.born(**ADA), world.books.born(**ADA), world.joined
    async with world.owner.transaction():
        await world.owner.execute(
            "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, wanted, due_at)"
            " VALUES ($1, $2, $3, 'customer', $4, 1, now())",
            joined.tenant, joined.connection, joined.shop, ada.key,
        )  # fmt: skip
        linking = asyncio.create_task(world.books_say(theirs.key))
        while not await world.owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not linking.done(), "it waited for nobody"
            await asyncio.sleep(0.01)
    await linking
    for _ in range(3):
        await world.later()
    assert "bug.unexpected" not in await world.codes()
    (stands,) = [row for row in await world.customers() if row["sink_key"]]
    assert (stands["source_key"], stands["sink_key"], stands["state"]) == (ada.key, theirs.key, "settled")
    assert (len(world.shop.people), len(world.books.people)) == (1, 1)
