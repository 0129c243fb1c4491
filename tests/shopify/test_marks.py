"""Our note on Shopify's order: written once for 25, again without covering a newer one, refused one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.ids import StoreKey
from app.errors import Rejected
from app.ports import Lane, Mark
from app.shopify.client import Client
from app.shopify.marks import OrderMarks, sentence
from tests.shopify.conftest import InstalledShop
from tests.shopify.fakes import SHOP, Keys, Network, Pace, graphql

LINE = {"sku": "SKU-0001", "quantity": 1, "price": "10.00"}


def mark(key: str, number: str | None = "SO1001", state: str = "open", why: str | None = None) -> Mark:
    return Mark(key=StoreKey(key), number=number, state=state, sentence=why)


async def notes(shop: InstalledShop) -> dict[str, str]:
    orders = (await shop.tell("GET", "/orders"))["orders"]
    return {order["legacy_id"]: next(iter(order["metafields"].values()), "") for order in orders}


async def place(shop: InstalledShop, count: int) -> list[str]:
    return [order["legacy_id"] for order in await shop.place(*[{"lines": [LINE]} for _ in range(count)])]


async def test_twenty_five_first_notes_are_one_call(shop: InstalledShop) -> None:
    keys = await place(shop, OrderMarks.size)
    shop.pace.taken.clear()
    refused = await OrderMarks(shop.client).write([mark(key, f"SO{key}") for key in keys])
    assert refused == {}
    assert await notes(shop) == {key: f"SO{key} · open" for key in keys}
    assert shop.pace.taken == [("marks_set", Lane.ORDERS)]


async def test_the_same_notes_twice_leave_one(shop: InstalledShop) -> None:
    keys = await place(shop, 3)
    marks = OrderMarks(shop.client)
    for _ in range(2):
        assert await marks.write([mark(key) for key in keys]) == {}
    assert set((await notes(shop)).values()) == {"SO1001 · open"}


async def test_a_later_note_takes_the_place_of_the_first(shop: InstalledShop) -> None:
    first, second = await place(shop, 2)
    marks = OrderMarks(shop.client)
    await marks.write([mark(first, None, "held", "Map the payment method.")])
    assert (await notes(shop))[first] == "held · Map the payment method."
    assert await marks.write([mark(first), mark(second)]) == {}
    assert set((await notes(shop)).values()) == {"SO1001 · open"}


async def test_an_order_that_is_gone_does_not_stop_the_others(shop: InstalledShop) -> None:
    keep, gone = await place(shop, 2)
    await shop.tell("POST", "/acts", acts=[{"order": gone, "act": "delete"}])
    refused = await OrderMarks(shop.client).write([mark(gone), mark(keep)])
    assert [(key, reason.code) for key, reason in refused.items()] == [(gone, "shopify.mark_refused")]
    assert (await notes(shop))[keep] == "SO1001 · open"


async def test_the_definition_is_made_once_and_may_be_there(shop: InstalledShop) -> None:
    marks = OrderMarks(shop.client)
    await marks.ensure_definition()
    await marks.ensure_definition()
    (key,) = await place(shop, 1)
    assert await marks.write([mark(key)]) == {}


async def test_a_refused_definition_is_said(shop: InstalledShop) -> None:
    def said(errors: list[Any]) -> OrderMarks:
        answer = graphql({"metafieldDefinitionCreate": {"userErrors": errors}})
        return OrderMarks(Client(shop=SHOP, http=Network().will_say(answer), tokens=Keys(), limiter=Pace()))

    with pytest.raises(Rejected, match="limit"):
        await said([{"code": "PINNED_LIMIT_REACHED", "message": "Pinned limit reached"}]).ensure_definition()
    await said([{"code": "TAKEN", "message": "Key is in use"}]).ensure_definition()


def test_a_note_is_one_line_and_fits() -> None:
    assert sentence(mark("1", None, "held", "Two\nlines\there")) == "held · Two lines here"
    long = replace(mark("1", why="x" * 1_000), code="order.edited")
    assert len(sentence(long)) == 250
    assert sentence(long).endswith("x… [order.edited]")
