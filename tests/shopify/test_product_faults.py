"""Products when things go wrong: lost answers, what exists already, bad items, lists that lie, and much that ends at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.models import demand
from app.sync.products import NOT_CHOSEN
from tests.fakes.items import item, product
from tests.shopify.test_product_flow import Stage, stage

__all__ = ["stage"]


async def own(stage: Stage) -> list[str]:
    """Keys of the products that are ours."""
    return [p["key"] for p in await stage.products() if p["key"]]


@pytest.mark.parametrize("kind", ["after", "before"])
@pytest.mark.parametrize("document", ["ProductCreate", "VariantsUpdate", "VariantsCreate", "MarkDefine"])
async def test_a_lost_answer_makes_nothing_twice(stage: Stage, document: str, kind: str) -> None:
    await stage.shop.next_fault(where="graphql", kind=kind, document=document)
    cups = product("G-1", item("CUP-RED", variant="Red"), item("CUP-BLUE", variant="Blue"))
    assert (await stage.say(cups))[0] == "waiting"
    await stage.world.time_passes(120)
    await stage.world.drain()
    assert await stage.world.state("G-1") == ("settled", None)
    assert len(await own(stage)) == 1
    assert sorted(v["sku"] for v in (await stage.there())["variants"]) == ["CUP-BLUE", "CUP-RED"]


async def test_a_write_that_may_still_commit_keeps_a_newer_one_back(stage: Stage) -> None:
    await stage.say(product())
    await stage.shop.next_fault(where="graphql", kind="after", document="ProductUpdate")
    assert (await stage.say(product(name="Second")))[0] == "waiting"
    assert await stage.say(product(name="Third")) == ("waiting", "product.earlier_write")
    assert (await stage.there())["title"] == "Second"
    await stage.world.time_passes(120)
    await stage.world.drain()
    assert await stage.world.state("G-1") == ("settled", None)
    assert (await stage.there())["title"] == "Third"


async def test_a_product_that_the_shop_has_is_taken_over_and_left_as_it_is(stage: Stage) -> None:
    sold = {"title": "Our lovely cup", "variants": [{"sku": "CUP-RED", "price": "9.99"}]}
    await stage.shop.tell("POST", "/products", products=[sold])
    assert await stage.say(product()) == ("settled", None)
    there = await stage.there()
    assert (there["title"], there["category"], there["variants"][0]["price"]) == (
        "Our lovely cup",
        "Kitchen",
        "9.99",
    )
    assert there["variants"][0]["barcode"] == "4006381333931", "what was blank is filled"
    assert await stage.say(product(name="Cup two")) == ("settled", None)
    assert (await stage.there())["title"] == "Cup two", "the ERP moved"
    assert len(await own(stage)) == 1


async def test_skus_in_two_products_of_the_shop_wait_for_a_person(stage: Stage) -> None:
    sold = [
        {"title": f"Cup {n}", "variants": [{"sku": f"CUP-{n}", "price": "1.00"}]} for n in ("RED", "BLUE")
    ]
    await stage.shop.tell("POST", "/products", products=sold)
    both = product("G-1", item("CUP-RED", variant="Red"), item("CUP-BLUE", variant="Blue"))
    assert await stage.say(both) == ("held", "product.possible_duplicate")
    assert await own(stage) == []


async def test_a_product_that_a_person_deleted_is_not_made_anew_unasked(stage: Stage) -> None:
    await stage.say(product())
    await stage.shop.tell("DELETE", "/products/CUP-RED")
    assert await stage.look() == ("held", "product.gone_in_store")
    assert (await stage.again())[0] == "waiting", "the first making may still be under way, for all we know"
    await stage.world.time_passes(120)
    await stage.world.drain()
    assert await stage.world.state("G-1") == ("settled", None)
    assert len(await own(stage)) == 1


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ((item(""),), "product.no_sku"),
        ((item("A", host_id="1"), item("a", host_id="2")), "product.sku_twice"),
    ],
)
async def test_a_bad_product_waits_and_the_next_one_goes_on(
    stage: Stage, items: tuple[object, ...], code: str
) -> None:
    assert await stage.say(product("BAD", *items)) == ("held", code)  # type: ignore[arg-type]
    assert await stage.say(product()) == ("settled", None)


async def test_a_product_with_another_currency_or_no_name_waits(stage: Stage) -> None:
    dollars = replace(item().price, currency="USD")  # type: ignore[type-var]
    assert await stage.say(product("G-1", item(price=dollars))) == ("held", "product.currency_differs")
    assert await stage.say(product("G-2", name=" ")) == ("held", "product.no_name")


async def test_filters_choose_what_the_shop_gets(stage: Stage) -> None:
    await stage.world.publish({"products": {"category:kitchen": "send", "tag:internal": "skip"}})
    assert await stage.say(product("G-1")) == ("settled", None)
    assert await stage.say(product("G-2", item("B"), category="Garden")) == ("skipped", "product.not_chosen")
    inner = product("G-3", item("C"), tags=("internal",))
    assert await stage.say(inner) == ("skipped", "product.not_chosen")
    await stage.world.publish({"products": {"*": "send", "tag:internal": "skip"}})
    async with stage.world.database.tenant(stage.world.joined.tenant) as tx:
        joined = stage.world.joined
        assert await demand.anew(tx, tenant=joined.tenant, connection=joined.connection, code=NOT_CHOSEN) == 2
    await stage.world.drain()
    assert [await stage.world.state(key) for key in ("G-2", "G-3")] == [
        ("settled", None),
        ("skipped", NOT_CHOSEN),
    ]
    rows = await stage.world.owner.fetch("SELECT sku FROM product_cache ORDER BY sku")
    assert [row["sku"] for row in rows] == ["B", "C", "CUP-RED"], (
        "what was read is in the report all the same"
    )


async def test_what_ended_is_archived_after_a_pause(stage: Stage) -> None:
    await stage.say(product())
    ended = product("G-1", item(active=False))
    assert await stage.say(ended) == ("waiting", "product.ending")
    await stage.owner_says("UPDATE product_cache SET inactive_since = inactive_since - interval '2 minutes'")
    await stage.world.time_passes(120)
    await stage.world.drain()
    assert await stage.world.state("G-1") == ("settled", None)
    assert (await stage.there())["status"] == "ARCHIVED"


async def test_much_that_ends_at_once_waits_for_a_person(stage: Stage) -> None:
    keys = [f"G-{n}" for n in range(8)]
    for key in keys:
        await stage.say(product(key, item(key)))
    for key in keys:
        await stage.say(product(key, item(key, active=False)))
    await stage.owner_says("UPDATE product_cache SET inactive_since = inactive_since - interval '2 minutes'")
    await stage.world.time_passes(120)
    await stage.world.drain()
    assert {await stage.world.state(key) for key in keys} == {("held", "product.many_archived")}
    assert {p["status"] for p in await stage.products() if p["key"]} == {"DRAFT"}
    assert await stage.again("G-0") == ("settled", None)


async def test_what_was_never_in_the_shop_is_not_put_there_to_be_archived(stage: Stage) -> None:
    assert await stage.say(product("G-1", item(active=False))) == ("skipped", "product.inactive")


async def test_two_workers_make_one_product(stage: Stage) -> None:
    stage.erp.say(product())
    await stage.world.hear("G-1", kind="product")
    one, other = stage.world.worker("one"), stage.world.worker("two")
    await stage.world.drain(one)
    await stage.world.hear("G-1", kind="product")
    await stage.world.drain(other)
    assert len(await own(stage)) == 1
