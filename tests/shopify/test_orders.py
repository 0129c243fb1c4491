"""Orders out of a simulated Shopify on the real schema: every component in both currencies, found, listed and paged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.ids import StoreKey
from app.domain.money import CurrencySide, total
from app.domain.order import LineKind, MoneyState, Order
from app.errors import Misconfigured
from app.ports import Change, Lane, Span
from app.settings import SCOPES
from sandbox.draw import Draw
from sandbox.plan_kinds import SETTLED
from tests.shopify.conftest import InstalledShop

LINE = {"sku": "SKU-0001", "quantity": 2, "price": "10.00", "taxes": [{"title": "VAT", "rate": "0.19"}]}

ADDRESS = {
    "firstName": "Ada",
    "lastName": "Byron",
    "address1": "Hauptstr. 1",
    "city": "Berlin",
    "zip": "10115",
    "countryCodeV2": "DE",
}


async def placed(shop: InstalledShop, **described: Any) -> Order:
    (made,) = await shop.place({"lines": [LINE], **described})
    return await read(shop, made["legacy_id"])


async def read(shop: InstalledShop, key: str) -> Order:
    order = await shop.store.orders.get(StoreKey(key))
    assert order is not None
    return order


def parts(order: Order, side: CurrencySide) -> Decimal:
    """What rule 37 adds up, written down once more: lines, shipping, duties, fees, tip, and taxes on top."""
    amounts, taxes = [order.tip.on(side).amount], []
    for line in (*order.lines, *order.shipping):
        amounts += [line.gross.on(side).amount, *(-d.amount.on(side).amount for d in line.discounts)]
        taxes += [tax.amount.on(side).amount for tax in line.taxes]
    for charge in (*order.duties, *order.fees):
        amounts.append(charge.gross.on(side).amount)
        taxes += [tax.amount.on(side).amount for tax in charge.taxes]
    return total(amounts) + (Decimal(0) if order.taxes_included else total(taxes))


@pytest.mark.parametrize("kind", sorted(SETTLED))
async def test_every_kind_of_order_adds_up_on_both_sides(shop: InstalledShop, kind: str) -> None:
    make, _ = SETTLED[kind]
    for seed in range(3):
        draw = _draw(seed)
        (made,) = await shop.place({k: v for k, v in make(draw).items() if k not in ("acts", "expect")})
        order = await read(shop, made["legacy_id"])
        assert parts(order, CurrencySide.SHOP) == order.total.shop.amount == Decimal(made["total_shop"])
        assert parts(order, CurrencySide.PRESENTMENT) == order.total.presentment.amount
        assert order.total.presentment.amount == Decimal(made["total_presentment"])
        assert order.total.presentment.currency == made["presentment_currency"]
        if order.money_state is MoneyState.PAID and order.total.shop.amount:
            assert total(p.amount.shop.amount for p in order.payments) == order.total.shop.amount


def _draw(seed: int) -> Draw:
    return Draw(
        seed,
        [{"sku": f"SKU-{n:04d}", "title": f"Item {n}", "price": f"{7 * n}.{n % 10}9"} for n in range(1, 41)],
    )


async def test_an_order_is_one_request_in_the_orders_lane(shop: InstalledShop) -> None:
    (made,) = await shop.place({"lines": [LINE] * 30})
    await read(shop, made["legacy_id"])
    shop.pace.taken.clear()
    await read(shop, made["legacy_id"])
    assert shop.pace.taken == [("order", Lane.ORDERS)]


async def test_an_order_of_many_lines_is_read_to_its_last_page(shop: InstalledShop) -> None:
    (made,) = await shop.place({"lines": [LINE | {"price": f"{n}.00"} for n in range(1, 271)]})
    await read(shop, made["legacy_id"])
    shop.pace.taken.clear()
    order = await read(shop, made["legacy_id"])
    assert [line.gross.shop.amount for line in order.lines] == [Decimal(2 * n) for n in range(1, 271)]
    assert [document for document, _ in shop.pace.taken] == ["order", "order_lines"]
    assert parts(order, CurrencySide.SHOP) == order.total.shop.amount


async def test_an_order_that_is_not_there_is_none(shop: InstalledShop) -> None:
    assert await shop.store.orders.get(StoreKey("1")) is None


async def test_the_buyer_and_the_addresses_are_told(shop: InstalledShop) -> None:
    order = await placed(
        shop,
        customer={"firstName": "Ada", "lastName": "Byron", "email": "ada@example.com"},
        shipping_address=ADDRESS,
    )
    assert (order.buyer.name, order.buyer.email) == ("Ada Byron", "ada@example.com")
    assert order.buyer.key
    assert order.ship_to
    assert (order.ship_to.street, order.ship_to.city, order.ship_to.country_code) == (
        "Hauptstr. 1",
        "Berlin",
        "DE",
    )


async def test_what_shopify_withholds_is_none(shop: InstalledShop) -> None:
    await shop.tell("PATCH", withheld=["name", "email", "phone", "address"])
    order = await placed(
        shop,
        customer={"firstName": "Ada", "lastName": "Byron", "email": "ada@example.com"},
        shipping_address={
            "firstName": "Ada",
            "lastName": "Byron",
            "address1": "Hauptstr. 1",
            "city": "Berlin",
        },
    )
    assert (order.buyer.name, order.buyer.email, order.buyer.phone) == (None, None, None)
    assert order.ship_to is None or order.ship_to.street is None


async def test_an_order_without_the_scope_for_a_part_of_it_is_not_read_as_if_that_were_empty(
    shop: InstalledShop,
) -> None:
    (made,) = await shop.place({"lines": [LINE], "payment_terms": {"days": 30}, "transactions": []})
    assert (await read(shop, made["legacy_id"])).money_state is MoneyState.TERMS
    await shop.tell("POST", "/scopes", scopes=SCOPES.replace("read_payment_terms,", ""))
    await shop.tell("POST", "/expire-tokens")
    await shop.sign_in()
    with pytest.raises(Misconfigured, match=r"shopify\.scope_missing"):
        await read(shop, made["legacy_id"])


async def test_a_companys_order_names_the_company(shop: InstalledShop) -> None:
    order = await placed(
        shop,
        company={"name": "Nordwind GmbH", "externalId": "C-1", "location": "Head office"},
        po_number="PO-7",
    )
    assert (order.buyer.company, order.po_number) == ("Nordwind GmbH", "PO-7")
    assert order.buyer.company_key
    assert order.buyer.location_key


async def test_a_line_says_where_it_ships_from(shop: InstalledShop) -> None:
    places = {name: gid.rsplit("/", 1)[1] for name, gid in (await shop.tell("GET"))["locations"].items()}
    order = await placed(
        shop, lines=[LINE | {"location": "Main warehouse"}, LINE | {"location": "Store Hamburg"}]
    )
    assert [line.location_key for line in order.lines] == [places["Main warehouse"], places["Store Hamburg"]]


async def test_kinds_of_lines_are_told_apart(shop: InstalledShop) -> None:
    order = await placed(
        shop,
        lines=[
            LINE,
            {"custom": True, "title": "Engraving", "quantity": 1, "price": "5.00"},
            {"sku": "GIFT-25", "title": "Gift card", "quantity": 1, "price": "25.00", "gift_card": True},
            {"sku": "SKU-0002", "quantity": 1, "price": "5.00"},
        ],
    )
    assert [line.kind for line in order.lines] == [
        LineKind.ITEM,
        LineKind.CUSTOM,
        LineKind.GIFT_CARD,
        LineKind.ITEM,
    ]
    assert [line.item_key is None for line in order.lines][:2] == [False, True]


async def test_a_line_of_a_deleted_product_stays_an_item_without_its_key(shop: InstalledShop) -> None:
    (made,) = await shop.place({"lines": [LINE | {"sku": "SKU-0007"}]})
    await shop.tell("DELETE", "/products/SKU-0007")
    (line,) = (await read(shop, made["legacy_id"])).lines
    assert (line.kind, line.item_key, line.sku) == (LineKind.ITEM, None, "SKU-0007")


async def test_payments_are_what_arrived(shop: InstalledShop) -> None:
    order = await placed(
        shop,
        transactions=[
            {"kind": "SALE", "gateway": "shopify_payments", "status": "FAILURE"},
            {"kind": "SALE", "gateway": "gift_card", "amount": "3.00"},
            {"kind": "SALE", "gateway": "shopify_payments"},
        ],
    )
    assert [(p.method, p.amount.shop.amount) for p in order.payments] == [
        ("gift_card", Decimal("3.00")),
        ("shopify_payments", order.total.shop.amount - 3),
    ]


async def test_an_old_order_from_elsewhere_is_imported_and_one_of_a_till_is_not(shop: InstalledShop) -> None:
    assert (await placed(shop, processed_days_ago=30)).imported
    assert not (await placed(shop, processed_days_ago=3, source="pos")).imported
    assert not (await placed(shop, created_days_ago=3, processed_days_ago=3)).imported


async def test_an_edited_order_is_what_was_bought_in_all(shop: InstalledShop) -> None:
    (made,) = await shop.place({"lines": [LINE, LINE | {"quantity": 5}]})
    await shop.tell("POST", "/acts", acts=[{"order": made["name"], "act": "edit", "line": 1, "quantity": 3}])
    order = await read(shop, made["legacy_id"])
    assert order.edited
    assert [(line.quantity, line.current_quantity) for line in order.lines] == [(2, 2), (3, 3)]
    assert order.current_total.shop.amount == order.total.shop.amount
    assert parts(order, CurrencySide.SHOP) == order.total.shop.amount


async def test_changes_come_oldest_first_and_the_cursor_stays_behind(shop: InstalledShop) -> None:
    made = await shop.place(*[{"lines": [LINE]} for _ in range(5)])
    await shop.tell("POST", "/acts", acts=[{"order": made[0]["name"], "act": "touch"}])
    pages = [page async for page in shop.store.orders.changes(None)]
    items = [item for page in pages for item in page.items]
    assert {item.key for item in items} == {order["legacy_id"] for order in made}
    assert [item.version for item in items] == sorted(item.version for item in items)
    newest = max(item.version for item in items)
    assert datetime.fromisoformat(pages[-1].cursor) <= newest
    again = [item async for page in shop.store.orders.changes(pages[-1].cursor) for item in page.items]
    assert again == items


async def test_the_cursor_never_goes_back(shop: InstalledShop) -> None:
    await shop.place({"lines": [LINE]})
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    pages = [page async for page in shop.store.orders.changes(later)]
    assert [(page.items, page.cursor) for page in pages] == [((), later)]


async def test_a_long_list_is_read_to_its_end(shop: InstalledShop) -> None:
    await shop.place(*[{"lines": [LINE]} for _ in range(260)])
    pages = [page async for page in shop.store.orders.changes(None)]
    assert [len(page.items) for page in pages] == [250, 10]


async def test_what_was_placed_in_a_span_comes_newest_first(shop: InstalledShop) -> None:
    made = await shop.place(*[{"lines": [LINE], "created_days_ago": days} for days in (1, 2, 3, 9)])
    now = datetime.now(UTC)
    span = Span(since=now - timedelta(days=3, hours=1), until=now - timedelta(hours=12))
    found: list[Change] = [item async for page in shop.store.orders.between(span) for item in page.items]
    assert [item.key for item in found] == [order["legacy_id"] for order in made[:3]]


async def test_a_shop_can_be_checked(shop: InstalledShop) -> None:
    health = await shop.store.check()
    assert shop.name in health.account
    assert health.version == "2026-10"
