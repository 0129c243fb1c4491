"""The fulfillments flow on real PostgreSQL against the simulated shop: one fulfillment per shipment, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from app.domain.shipment import Shipment, ShipmentLine, ShipmentState, Tracking
from app.models.connections import Connection
from app.models.database import Database
from app.shopify.fulfillments import Fulfillments
from app.sync.sides import Sides
from tests.conftest import Addresses
from tests.fakes.shipments import FakeShipments, LosingFulfillments, units
from tests.fakes.world import World, world_of
from tests.shopify.conftest import InstalledShop

SETTLE = 120
ONE, TWO = (
    {"sku": "SKU-0001", "quantity": 2, "price": "9.99"},
    {"sku": "SKU-0002", "quantity": 1, "price": "5"},
)
HAMBURG = {"location": "Store Hamburg"}


@dataclass(kw_only=True)
class Dispatch(World):
    """`out` are the ERP's shipments, `way` the way to the shop's fulfillments."""

    shop: InstalledShop
    way: LosingFulfillments
    out: FakeShipments = field(default_factory=FakeShipments)

    async def sides(self, connection: Connection) -> Sides:
        usual = await super().sides(connection)
        return replace(
            usual,
            host=replace(usual.host, shipments=self.out),
            store=replace(usual.store, fulfillments=self.way),
        )

    async def ordered(self, *lines: dict[str, Any]) -> str:
        """An order that the ERP has; its number in the shop."""
        (made,) = await self.shop.place({"lines": list(lines) or [ONE, TWO]})
        key = str(made["legacy_id"])
        await self.owner.execute(
            "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, external_id, reference, state, wanted,"
            " done) VALUES ($1, $2, $3, 'order', $4, $5, $6, 'settled', 1, 1)",
            self.joined.tenant,
            self.joined.connection,
            self.joined.shop,
            key,
            external(key),
            made["name"],
        )
        return key

    async def sent(self, key: str, order: str, *lines: ShipmentLine, **changes: Any) -> Shipment:
        made = self.out.send(key, external(order), *lines, **changes)
        await self.tell(key)
        return made

    async def tell(self, *keys: str) -> None:
        for key in keys:
            await self.hear(key, kind="shipment", version=self.out.shipments[key].updated_at)
        await self.drain()

    async def act(self, order: str, act: str, **more: Any) -> None:
        await self.shop.tell("POST", "/acts", acts=[{"order": order, "act": act, **more}])

    async def there(self, order: str) -> dict[str, Any]:
        orders = (await self.shop.tell("GET", "/orders"))["orders"]
        return next(found for found in orders if found["legacy_id"] == order)

    async def parcels(self, order: str) -> list[tuple[str, int, list[str]]]:
        """Location, units and tracking numbers of each living fulfillment."""
        found = (await self.there(order))["fulfillments"]
        return [
            (one["location"], sum(one["lines"].values()), one["numbers"])
            for one in found
            if one["status"] == "SUCCESS"
        ]

    async def later(self) -> None:
        await self.time_passes(SETTLE)
        await self.drain()


def external(order: str) -> str:
    return f"order-goods-{order}"


@pytest.fixture
async def world(shop: InstalledShop, database: Database, addresses: Addresses) -> AsyncIterator[Dispatch]:
    sink = shop.store.fulfillments
    assert isinstance(sink, Fulfillments)
    way = LosingFulfillments(inner=sink)
    async with world_of(Dispatch, database, addresses, shop=shop, way=way) as made:
        yield made


async def test_a_shipment_becomes_one_fulfillment_in_two_calls(world: Dispatch) -> None:
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 2), units("SKU-0002", 1))
    assert await world.state("7") == ("settled", None)
    assert await world.parcels(order) == [("Main warehouse", 3, ["TRACK7"])]
    assert (world.way.looks, len(world.way.sent)) == (1, 1)
    there = await world.there(order)
    assert there["fulfillment_status"] == "FULFILLED"
    assert (await world.record("7"))["sink_key"] == there["fulfillments"][0]["id"]
    await world.tell("7")
    assert len(world.way.sent) == 1


async def test_two_shipments_of_an_order_leave_what_each_holds_and_no_more(world: Dispatch) -> None:
    order = await world.ordered(ONE)
    await world.sent("7", order, units("SKU-0001", 1))
    assert (await world.there(order))["fulfillment_status"] == "PARTIALLY_FULFILLED"
    await world.sent("8", order, units("SKU-0001", 1))
    assert await world.state("8") == ("settled", None)
    assert await world.parcels(order) == [
        ("Main warehouse", 1, ["TRACK7"]),
        ("Main warehouse", 1, ["TRACK8"]),
    ]


async def test_equal_shipments_that_are_told_at_once_are_two(world: Dispatch) -> None:
    order = await world.ordered(ONE)
    for key in ("7", "8"):
        world.out.send(key, external(order), units("SKU-0001", 1), tracking=Tracking())
        await world.hear(key, kind="shipment")
    await asyncio.gather(world.drain(world.worker("one")), world.drain(world.worker("two")))
    await world.later()
    assert [await world.state(key) for key in ("7", "8")] == [("settled", None)] * 2
    assert await world.parcels(order) == [("Main warehouse", 1, []), ("Main warehouse", 1, [])]


async def test_goods_from_two_places_take_a_call_for_each(world: Dispatch) -> None:
    order = await world.ordered(ONE, {**TWO, **HAMBURG})
    await world.sent("7", order, units("SKU-0001", 2), units("SKU-0002", 1))
    assert await world.state("7") == ("settled", None)
    assert sorted(await world.parcels(order)) == [
        ("Main warehouse", 2, ["TRACK7"]),
        ("Store Hamburg", 1, ["TRACK7"]),
    ]
    assert list(await world.effects()) == []
    assert list(await world.effects("store")) == ["shipment:7/create:1", "shipment:7/create:2"]


@pytest.mark.parametrize("named", ["store", "host"])
async def test_a_lost_answer_is_looked_up_and_adopted(world: Dispatch, named: str) -> None:
    """Once every write was kept as one to the ERP: such a row is known as well."""
    order = await world.ordered()
    world.way.after = 1
    await world.sent("7", order, units("SKU-0001", 2))
    assert (await world.state("7"))[0] == "waiting"
    await world.owner.execute("UPDATE effect SET target = $1", named)
    await world.later()
    assert await world.state("7") == ("settled", None)
    assert (len(world.way.sent), len(await world.parcels(order))) == (1, 1)
    assert (await world.effects(named))["shipment:7/create:1"]["state"] == "done"


async def test_a_call_that_never_arrived_is_sent_once_more_and_not_before_it_is_settled(
    world: Dispatch,
) -> None:
    order = await world.ordered()
    world.way.before = 1
    await world.sent("7", order, units("SKU-0001", 2))
    await world.time_passes(20)
    await world.drain()
    assert len(world.way.sent) == 1
    await world.later()
    assert await world.state("7") == ("settled", None)
    assert len(world.way.sent) == 2
    assert len(await world.parcels(order)) == 1


async def test_a_call_that_never_arrives_is_left_to_a_person(world: Dispatch) -> None:
    order = await world.ordered()
    world.way.before = 4
    await world.sent("7", order, units("SKU-0001", 2))
    for _ in range(4):
        await world.later()
    assert await world.state("7") == ("held", "fulfillment.unclear")
    assert len(world.way.sent) == 4
    await world.ask("7")
    await world.later()
    assert await world.state("7") == ("settled", None)
    assert len(await world.parcels(order)) == 1


async def test_a_call_that_lands_late_is_found(world: Dispatch) -> None:
    order = await world.ordered()
    world.way.before = 1
    await world.sent("7", order, units("SKU-0001", 1))
    await world.way.the_late_one_lands()
    await world.later()
    assert await world.state("7") == ("settled", None)
    assert len(await world.parcels(order)) == 1


async def test_equal_lines_of_somebody_else_are_held_while_ours_is_unclear(world: Dispatch) -> None:
    order = await world.ordered({**ONE, "quantity": 4})
    world.way.before = 1
    await world.sent("7", order, units("SKU-0001", 2))
    await world.act(order, "fulfil", quantity=2, tracking={"number": "OTHER"})
    await world.later()
    assert await world.state("7") == ("held", "fulfillment.possible_duplicate")
    assert len(world.way.sent) == 1


async def test_what_a_person_sent_under_the_same_number_is_adopted(world: Dispatch) -> None:
    order = await world.ordered()
    await world.act(order, "fulfil", tracking={"number": "TRACK7"})
    await world.sent("7", order, units("SKU-0001", 2), units("SKU-0002", 1))
    assert await world.state("7") == ("settled", None)
    assert world.way.sent == [] or [step.key.split(":")[0] for step in world.way.sent] == ["track"]
    assert len(await world.parcels(order)) == 1


async def test_what_a_person_sent_without_a_number_is_held_and_adopted_when_asked(world: Dispatch) -> None:
    order = await world.ordered()
    await world.act(order, "fulfil")
    await world.sent("7", order, units("SKU-0001", 2), units("SKU-0002", 1))
    assert await world.state("7") == ("held", "fulfillment.possible_duplicate")
    await world.ask("7")
    await world.drain()
    assert await world.state("7") == ("settled", None)
    assert await world.parcels(order) == [("Main warehouse", 3, ["TRACK7"])]


async def test_a_corrected_number_is_corrected_and_added_to_nothing(world: Dispatch) -> None:
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 2))
    for number in ("NEW", "TRACK7", "NEW"):
        world.out.change("7", tracking=Tracking(numbers=(number,), carrier="UPS"))
        await world.tell("7")
        assert await world.parcels(order) == [("Main warehouse", 2, [number])]
    assert await world.state("7") == ("settled", None)
    keys = [step.key.rpartition(":")[2] for step in world.way.sent]
    assert keys == ["1", "1", "2", "3"]


async def test_a_number_that_the_erp_lost_clears_nothing(world: Dispatch) -> None:
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 2))
    world.out.change("7", tracking=Tracking())
    await world.tell("7")
    assert await world.parcels(order) == [("Main warehouse", 2, ["TRACK7"])]


async def test_what_is_called_off_is_cancelled_in_the_store(world: Dispatch) -> None:
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 2))
    world.out.change("7", state=ShipmentState.CANCELLED)
    await world.tell("7")
    assert await world.parcels(order) == []
    assert (await world.there(order))["fulfillment_status"] == "UNFULFILLED"
    await world.tell("7")
    assert len(world.way.sent) == 2


async def test_what_left_and_is_set_back_to_packed_is_called_off_in_the_store(world: Dispatch) -> None:
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 2), state=ShipmentState.PACKED)
    assert (await world.state("7"))[0] == "skipped"
    for state, there in ((ShipmentState.SENT, 1), (ShipmentState.PACKED, 0)):
        world.out.change("7", state=state)
        await world.tell("7")
        assert len(await world.parcels(order)) == there


async def test_what_is_called_off_while_its_call_is_unclear_leaves_nothing_standing(world: Dispatch) -> None:
    order = await world.ordered()
    world.way.before = 1
    await world.sent("7", order, units("SKU-0001", 2))
    world.out.change("7", state=ShipmentState.CANCELLED)
    await world.tell("7")
    assert (await world.state("7"))[0] == "waiting"
    await world.way.the_late_one_lands()
    await world.later()
    assert await world.parcels(order) == []
    assert (await world.state("7"))[0] == "settled"


async def test_what_is_called_off_may_be_left_to_a_person(world: Dispatch) -> None:
    await world.set(options='{"cancelled_shipments": "hold"}')
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 2))
    world.out.change("7", state=ShipmentState.CANCELLED)
    await world.tell("7")
    assert await world.state("7") == ("held", "fulfillment.cancelled_in_erp")
    assert len(await world.parcels(order)) == 1


async def test_goods_on_hold_wait_until_they_are_released(world: Dispatch) -> None:
    order = await world.ordered()
    await world.act(order, "hold")
    await world.sent("7", order, units("SKU-0001", 2))
    assert await world.state("7") == ("waiting", "fulfillment.on_hold")
    await world.act(order, "release")
    await world.later()
    assert await world.state("7") == ("settled", None)


async def test_what_a_service_sends_is_left_to_it_unless_the_merchant_says_otherwise(world: Dispatch) -> None:
    await world.shop.tell("PUT", "/locations/Service", service=True)
    order = await world.ordered({**ONE, "location": "Service"})
    await world.sent("7", order, units("SKU-0001", 2))
    assert await world.state("7") == ("held", "fulfillment.too_much")
    assert world.way.sent == []


async def test_more_than_is_left_is_held_and_nothing_of_it_sent(world: Dispatch) -> None:
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 3))
    assert await world.state("7") == ("held", "fulfillment.too_much")
    assert world.way.sent == []


async def test_a_cancelled_order_is_not_sent(world: Dispatch) -> None:
    order = await world.ordered()
    await world.act(order, "cancel")
    await world.sent("7", order, units("SKU-0001", 2))
    assert await world.state("7") == ("held", "fulfillment.order_cancelled")


async def test_a_fulfillment_that_a_person_cancelled_is_not_made_again_unasked(world: Dispatch) -> None:
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 2))
    await world.act(order, "cancel_fulfillment")
    world.out.change("7", tracking=Tracking(numbers=("NEW",)))
    await world.tell("7")
    assert await world.state("7") == ("held", "fulfillment.cancelled_in_store")
    assert await world.parcels(order) == []
    await world.ask("7")
    await world.drain()
    assert await world.parcels(order) == [("Main warehouse", 2, ["NEW"])]


@pytest.mark.parametrize("act", ["split", "move", "merge"])
async def test_parts_that_change_between_the_look_and_the_call_are_planned_anew(
    world: Dispatch, act: str
) -> None:
    order = await world.ordered()
    more = {"to": "Store Hamburg"} if act == "move" else {}
    if act == "merge":
        await world.act(order, "split")
    world.way.between.append(lambda: world.act(order, act, **more))
    await world.sent("7", order, units("SKU-0001", 2), units("SKU-0002", 1))
    assert await world.state("7") == ("settled", None)
    where = "Store Hamburg" if act == "move" else "Main warehouse"
    assert await world.parcels(order) == [(where, 3, ["TRACK7"])]


async def test_the_order_that_our_own_fulfillment_moved_is_not_read_again(world: Dispatch) -> None:
    order = await world.ordered()
    await world.owner.execute("UPDATE record SET fingerprint = 'same' WHERE source_key = $1", order)
    await world.sent("7", order, units("SKU-0001", 2))
    moved = datetime.fromisoformat((await world.there(order))["updated_at"])
    assert (await world.hear(order, version=moved, fingerprint=b"same")).echoes == 1
    assert (await world.hear(order, version=moved, fingerprint=b"other")).raised == 1


async def test_other_goods_than_were_told_are_held(world: Dispatch) -> None:
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 1))
    world.out.change("7", lines=(units("SKU-0001", 2),))
    await world.tell("7")
    assert await world.state("7") == ("held", "fulfillment.changed")
    assert len(await world.parcels(order)) == 1


async def test_a_shipment_for_another_shops_order_is_only_recorded(world: Dispatch) -> None:
    await world.sent("7", "999", units("SKU-0001", 1))
    assert await world.state("7") == ("skipped", "fulfillment.other_order")


async def test_the_buyer_is_written_to_where_the_merchant_wants_it(world: Dispatch) -> None:
    await world.set(options='{"shipping_mail": "send"}')
    await world.sent("7", await world.ordered(), units("SKU-0001", 2))
    (step,) = world.way.sent
    assert isinstance(step.payload["input"], dict)
    assert step.payload["input"]["notifyCustomer"] is True


async def test_nothing_is_written_while_the_store_owns_its_fulfillments(world: Dispatch) -> None:
    await world.set(owners='{"fulfillments": "store"}')
    order = await world.ordered()
    await world.sent("7", order, units("SKU-0001", 2))
    assert world.way.sent == []
    assert await world.parcels(order) == []
