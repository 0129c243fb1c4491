"""A write of a customer that was cut short goes on where it was, and what was half done is nobody's news."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import orjson
import pytest

from app.models.database import Database
from tests.conftest import Addresses
from tests.fakes.world import new_world
from tests.sync.customer_world import ADA, HOME, WORK, People, linked


@pytest.fixture
async def world(database: Database, addresses: Addresses, eye: asyncpg.Connection) -> AsyncIterator[People]:
    async with new_world(database, addresses, owner=eye) as plain:
        made = People(database=plain.database, owner=plain.owner, joined=plain.joined)
        await made.set(flows=orjson.dumps({"customers": True}).decode())
        yield made


async def test_one_whose_making_was_cut_short_gets_what_is_missing(world: People) -> None:
    """The store takes addresses by a call of their own; the answer to the first call is lost."""
    await world.options(host_customers="send")
    world.shop.piecemeal, world.shop.loses = True, 1
    ada = world.books.born(**ADA, addresses=(HOME, WORK))
    await world.books_say(ada.key)
    await world.later()
    (made,) = world.shop.people.values()
    assert made.addresses == (HOME, WORK)
    assert [step.key for step in world.shop.sent] == ["create", "places:1"]
    assert not world.books.sent


async def test_one_whose_making_was_cut_short_gets_what_is_missing_by_the_stores_own_event_too(
    world: People,
) -> None:
    await world.options(host_customers="send")
    world.shop.piecemeal, world.shop.loses = True, 1
    ada = world.books.born(**ADA, addresses=(HOME,))
    await world.books_say(ada.key)
    (made,) = world.shop.people.values()
    await world.shop_says(made.key)
    await world.later()
    assert world.shop.people[made.key].addresses == (HOME,)
    assert len(world.shop.people) == len(world.books.people) == 1
    assert not world.books.sent


async def test_a_change_that_was_cut_short_goes_on_and_is_not_taken_back(world: People) -> None:
    """Half of it makes the other side the one that was changed last."""
    mine, theirs = await linked(world)
    world.books.edit(theirs, phone="+44 2", addresses=(WORK,))
    world.shop.piecemeal, world.shop.loses = True, 1
    await world.books_say(theirs)
    assert world.shop.people[mine].phone == "+44 2"
    await world.later()
    assert world.shop.people[mine].address == WORK
    assert (world.books.people[theirs].phone, world.books.people[theirs].address) == ("+44 2", WORK)
    assert len(world.books.sent) == 1
