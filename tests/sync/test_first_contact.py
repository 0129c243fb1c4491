"""Before go-live nothing is written; the plan says what would become of each order, and what a person approves is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.domain.ids import StoreKey
from app.domain.order import MoneyState
from app.errors import Retry
from app.models.database import Database
from app.ports import Span
from app.sync import first_contact
from app.sync.first_contact import Planned
from app.sync.reconcile import Reconcile
from tests.conftest import Addresses
from tests.fakes.orders import order
from tests.fakes.store import minutes_ago
from tests.fakes.world import World, new_world
from tests.models.world import TABLES


@pytest.fixture
async def world(database: Database, addresses: Addresses, eye: asyncpg.Connection):  # type: ignore[no-untyped-def]
    """One whose connection is not live yet."""
    async with new_world(database, addresses, owner=eye) as made:
        await made.set(state="setup", go_live_at=None)
        yield made


async def planned(world: World) -> dict[str, Planned]:
    now = datetime.now(UTC)
    span = Span(since=now - first_contact.LOOK_BACK, until=now)
    return {each.name: each async for each in first_contact.plan(await world.opened(), span, now=now)}


async def go_live(world: World, *approved: str, at: datetime | None = None) -> bool:
    return await first_contact.go_live(
        world.database,
        await world.opened(),
        at=at or datetime.now(UTC),
        approved=[StoreKey(key) for key in approved],
    )


def place(world: World, number: int, *, ago: float = 60, **changes: object) -> None:
    world.store.place(order(key=StoreKey(str(number)), name=f"#{number}", **changes), at=minutes_ago(ago))


async def test_every_order_of_the_week_stands_in_the_plan_with_what_would_become_of_it(world: World) -> None:
    await world.publish({**TABLES, "payments": {"card": "CARD"}})
    place(world, 1001)
    place(world, 1002)
    place(world, 1003, test=True)
    place(world, 1004, money_state=MoneyState.VOIDED)
    place(world, 1005, money_state=MoneyState.PENDING, ago=2)
    place(world, 1006, cancelled_at=datetime.now(UTC))
    place(world, 1007, payments=(*order().payments, *order().payments[:1]))
    place(world, 1008, ago=8 * 24 * 60)
    world.erp.a_person_books("#1002")
    found = await planned(world)
    assert {name: each.action for name, each in found.items()} == {
        "#1001": "create",
        "#1002": "look",
        "#1003": "skip",
        "#1004": "hold",
        "#1005": "wait",
        "#1006": "skip",
        "#1007": "create",
    }
    assert found["#1001"].why == "invoiced order over 24.00 EUR"
    assert found["#1004"].code == "payment.voided"
    assert all(each.why for each in found.values())


async def test_the_plan_is_newest_first(world: World) -> None:
    for n, ago in ((1001, 300), (1002, 10), (1003, 100)):
        place(world, n, ago=ago)
    assert list(await planned(world)) == ["#1002", "#1003", "#1001"]


async def test_a_document_with_our_key_is_planned_as_adopted(world: World) -> None:
    await world.set(state="live", go_live_at=minutes_ago(600))
    await world.placed()
    await world.set(state="setup")
    assert (await planned(world))["#1001"].action == "adopt"


async def test_the_plan_writes_nothing_anywhere(world: World) -> None:
    for n in range(1001, 1005):
        place(world, n)
    await planned(world)
    assert world.erp.sent == []
    assert world.marks.calls == []
    counts = [
        await world.owner.fetchval(f"SELECT count(*) FROM {t}")
        for t in ("record", "effect", "timeline", "cursor")
    ]
    assert counts == [0, 0, 0, 0]


async def test_an_order_that_cannot_be_looked_up_is_planned_as_held_and_stops_no_plan(world: World) -> None:
    place(world, 1001)
    place(world, 1002, ago=90)
    world.erp.fails_to_look(Retry("host.unreachable", "The ERP does not answer."))
    found = await planned(world)
    assert (found["#1001"].action, found["#1001"].code) == ("hold", "host.unreachable")
    assert found["#1002"].action == "create"


async def test_an_order_that_the_merchants_policy_holds_is_planned_as_held(world: World) -> None:
    await world.set(options='{"pos_orders": "hold"}')
    place(world, 1001, point_of_sale_key=StoreKey("9"))
    assert (await planned(world))["#1001"].action == "hold"


async def test_events_before_go_live_send_nothing_and_what_comes_after_does(world: World) -> None:
    place(world, 1001)
    await world.hear("1001")
    await world.drain()
    assert world.erp.sent == []
    assert await go_live(world)
    world.store.place(order(key=StoreKey("1002"), name="#1002"))
    await world.hear("1002")
    await world.drain()
    assert await world.state("1001") == ("skipped", "order.before_go_live")
    assert await world.state("1002") == ("settled", None)


async def test_only_approved_older_orders_are_sent(world: World) -> None:
    for n in (1001, 1002, 1003):
        place(world, n)
    assert await go_live(world, "1001", "1003")
    await world.drain()
    assert {d.external_id for d in world.erp.real} == {"order-goods-1001", "order-goods-1003"}
    assert await world.owner.fetchval("SELECT count(*) FROM record") == 2


async def test_an_order_placed_while_the_plan_was_read_is_found_from_the_cut_over_on(world: World) -> None:
    cut_over = minutes_ago(5)
    place(world, 1001, ago=3)
    await go_live(world, at=cut_over)
    sides = await world.opened()
    assert await Reconcile(database=world.database, now=lambda: datetime.now(UTC)).run(sides) == 1
    await world.drain()
    assert await world.state("1001") == ("settled", None)


async def test_a_cut_over_in_the_future_leaves_what_is_placed_before_it(world: World) -> None:
    await go_live(world, at=datetime.now(UTC) + timedelta(hours=1))
    await world.placed()
    assert await world.state() == ("skipped", "order.before_go_live")


async def test_going_live_twice_is_refused_and_changes_nothing(world: World) -> None:
    assert await go_live(world)
    before = await world.connection()
    place(world, 1001)
    assert not await go_live(world, "1001")
    after = await world.connection()
    assert before["go_live_at"] == after["go_live_at"]
    assert await world.owner.fetchval("SELECT count(*) FROM record") == 0
