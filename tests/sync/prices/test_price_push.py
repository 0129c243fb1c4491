"""Prices from the ERP to the shop: what is written, what a person keeps, and what waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.ids import StoreKey
from app.domain.price import PriceKey
from app.domain.price_rule import Winner
from app.domain.stock_guard import Concern
from app.domain.stock_plan import RunState
from app.errors import Misconfigured, Refused
from app.ports import PriceList
from tests.sync.prices.conftest import PriceWorld


async def test_the_first_plan_waits_and_writes_nothing_before_a_person_took_it(world: PriceWorld) -> None:
    world.priced(10)
    world.erp.set("SKU-0001", "12")
    await world.set_up()
    view = await world.plan()
    assert (view.needs_approval, view.concerns, view.counts.changed) == (True, (Concern.FIRST,), 1)
    with pytest.raises(Refused):
        await world.push(view.id)
    assert world.price(1) == "10.00"


async def test_a_change_in_the_erp_reaches_the_shop_grouped_by_product(world: PriceWorld) -> None:
    await world.live(40)
    for n in (1, 2, 11):
        world.erp.set(f"SKU-{n:04}", "12.505")
    view = await world.run()
    assert (view.state, view.done, view.counts.calls, view.calls_made) == (RunState.DONE, 3, 2, 2)
    assert [world.price(n) for n in (1, 2, 3, 11)] == ["12.51", "12.51", "10.00", "12.51"]
    assert all(row[2] is None for call in world.shop.calls for row in call["rows"]), (
        "a compare-at price was sent"
    )


async def test_a_price_is_read_right_before_it_is_written(world: PriceWorld) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    await world.run()
    assert max(world.shop.gaps) < world.timing.price_fresh.total_seconds()


async def test_a_reading_that_is_too_old_is_never_written_by(world: PriceWorld) -> None:
    await world.live()
    world.timing = replace(world.timing, price_fresh=timedelta(0))
    world.erp.set("SKU-0001", "12")
    view = await world.run()
    assert (view.state, world.shop.calls, world.price(1)) == (RunState.RUNNING, [], "10.00")
    world.timing = replace(world.timing, price_fresh=timedelta(seconds=5))
    assert (await world.push(view.id)).state is RunState.DONE
    assert world.price(1) == "12.00"


async def test_a_sale_that_begins_while_the_plan_is_written_is_not_overwritten(world: PriceWorld) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    view = await world.plan()
    world.shop.by_hand("0001", "8.00", "10.00")
    done = await world.push(view.id)
    assert (done.state, done.done, str(world.shown(1))) == (RunState.DONE, 0, str(world.shown(1)))
    assert (world.price(1), world.shop.calls) == ("8.00", [])


async def test_the_was_price_follows_during_a_sale_where_the_merchant_wants_it(world: PriceWorld) -> None:
    await world.live(settings='{"sale": "was_price"}')
    world.shop.by_hand("0001", "8.00", "10.00")
    world.erp.set("SKU-0001", "12")
    assert (await world.run()).done == 1
    assert (world.price(1), str(world.shown(1).was)) == ("8.00", "12.00")


async def test_what_a_person_changed_waits_with_both_values_and_goes_on_when_answered(
    world: PriceWorld,
) -> None:
    await world.live()
    world.shop.by_hand("0001", "11.00")
    world.erp.set("SKU-0001", "12")
    view = await world.run()
    (line,) = await world.flow().lines(world.joined.tenant, view.id)
    assert (line.code, line.old, line.new) == ("price.changed_by_person", Decimal(11), Decimal(12))
    assert world.price(1) == "11.00"
    tenant = world.joined.tenant
    assert await world.flow().answer(tenant, view.id, Winner.STORE, by="me") == 1
    assert ((await world.run()).counts.kept, world.price(1)) == (1, "11.00")
    world.erp.set("SKU-0001", "12.50")
    again = await world.run()
    assert again.counts.asks == 1, "an answer is about two prices, not for ever"
    await world.flow().answer(tenant, again.id, Winner.ERP, sku="SKU-0001", by="me")
    assert ((await world.run()).done, world.price(1)) == (1, "12.50")


@pytest.mark.parametrize(("winner", "price"), [("erp", "12.00"), ("store", "11.00")])
async def test_a_persons_price_follows_the_connections_policy(
    world: PriceWorld, winner: str, price: str
) -> None:
    await world.live(settings=f'{{"changed_by_person": "{winner}"}}')
    world.shop.by_hand("0001", "11.00")
    world.erp.set("SKU-0001", "12")
    await world.run()
    assert world.price(1) == price


async def test_a_zero_and_a_leap_wait_while_the_others_go_on(world: PriceWorld) -> None:
    await world.live(40)
    for sku, price in (("SKU-0001", "0"), ("SKU-0002", "15.01"), ("SKU-0003", "14.99")):
        world.erp.set(sku, price)
    view = await world.run()
    assert await world.lines(view) == {
        "SKU-0001": ("held", "price.zero"),
        "SKU-0002": ("held", "price.steep"),
        "SKU-0003": ("done", None),
    }
    assert [world.price(n) for n in (1, 2, 3)] == ["10.00", "10.00", "14.99"]


async def test_one_bad_variant_does_not_stop_the_others_of_its_call(world: PriceWorld) -> None:
    await world.live(40)
    world.shop.poisoned.add("0002")
    for n in (1, 2, 3):
        world.erp.set(f"SKU-{n:04}", "12")
    view = await world.run()
    assert (view.state, view.done, view.held, view.calls_made) == (RunState.DONE, 2, 1, 1)
    assert (await world.lines(view))["SKU-0002"] == ("held", "shopify.price_refused")


async def test_a_product_of_more_variants_than_a_call_takes_has_one_call_at_a_time(world: PriceWorld) -> None:
    world.priced(600, of_a_product=600)
    await world.set_up('{"changed": 1}')
    await world.run()
    world.shop.calls.clear()
    world.shop.latency = 0.05
    for n in range(1, 601):
        world.erp.set(f"SKU-{n:04}", "11")
    view = await world.run()
    assert (view.state, view.done, len(world.shop.calls)) == (RunState.DONE, 600, 3)


async def test_a_tier_feeds_its_own_list_and_the_base_stays(world: PriceWorld) -> None:
    world.shop.more = (PriceList(key=StoreKey("77"), name="Wholesale", currency="EUR"),)
    world.priced(3)
    for n in (1, 2):
        world.erp.set(f"SKU-{n:04}", "7.5", tier="WHOLESALE")
    await world.set_up('{"tiers": {"WHOLESALE": "77"}}')
    assert (await world.run()).done == 2
    fixed = {k.variant: str(v.price) for k, v in world.shop.prices.items() if k.list == "77"}
    assert (fixed, world.price(1)) == ({"0001": "7.50", "0002": "7.50"}, "10.00")
    key = PriceKey(list=StoreKey("77"), variant=StoreKey("0001"))
    world.shop.prices[key] = replace(world.shop.prices[key], was=Decimal("7.00"))
    world.erp.set("SKU-0001", "7.8", tier="WHOLESALE")
    await world.run()
    assert (str(world.shop.prices[key].price), str(world.shop.prices[key].was)) == ("7.80", "7.00")


async def test_a_tier_of_a_list_that_is_gone_is_said_before_anything_is_read(world: PriceWorld) -> None:
    world.priced(3)
    await world.set_up('{"tiers": {"WHOLESALE": "78"}}')
    with pytest.raises(Misconfigured, match="price list 78"):
        await world.plan()


async def test_against_the_owner_nothing_is_even_read(world: PriceWorld) -> None:
    await world.live()
    await world.owner.execute('UPDATE connection SET owners = \'{"prices": "store"}\'')
    with pytest.raises(Misconfigured) as refused:
        await world.plan()
    assert refused.value.code == "owner.refused"


async def test_a_price_that_moved_since_its_plan_is_left_to_the_next(world: PriceWorld) -> None:
    await world.live()
    world.erp.set("SKU-0001", "12")
    view = await world.plan()
    world.erp.set("SKU-0001", "14")
    await world.owner.execute("UPDATE price_line SET observed_at = observed_at - interval '10 minutes'")
    done = await world.push(view.id)
    assert (done.state, await world.lines(done), world.price(1)) == (
        RunState.DONE,
        {"SKU-0001": ("deferred", None)},
        "10.00",
    )
    assert ((await world.run()).done, world.price(1)) == (1, "14.00")
