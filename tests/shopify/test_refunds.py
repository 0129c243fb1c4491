"""Refunds out of a simulated Shopify on the real schema: every kind adds up, is mapped to the money, and is told of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.credit import CreditDocument
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide
from app.domain.refund import Refund, Restock
from app.mapping import tables as mapping_tables
from app.mapping.credits import credit
from app.mapping.options import Options, Policy
from app.shopify.hints import hints
from sandbox.plan import make_plan
from tests.models.world import TABLES
from tests.shopify.conftest import InstalledShop

LINE = {"sku": "SKU-0001", "quantity": 3, "price": "9.99", "taxes": [{"title": "VAT", "rate": "0.19"}]}
PAID = [{"kind": "SALE", "gateway": "shopify_payments"}]


async def refunded(shop: InstalledShop, *acts: dict[str, Any], **described: Any) -> list[Refund]:
    """Places an order, lets the acts happen, and reads every refund of it."""
    (made,) = await shop.place({"lines": [LINE], "transactions": PAID, **described})
    return await after(shop, made["legacy_id"], acts)


async def after(shop: InstalledShop, key: str, acts: Any) -> list[Refund]:
    for act in acts:
        await shop.tell("POST", "/acts", acts=[{"order": key, **act}])
    order = await shop.store.orders.get(StoreKey(key))
    assert order is not None
    found = [await refunds(shop).get(each) for each in order.refund_keys]
    return [each for each in found if each is not None]


def refunds(shop: InstalledShop) -> Any:
    return shop.store.refunds


def credited(refund: Refund, side: CurrencySide = CurrencySide.SHOP) -> CreditDocument:
    made = credit(
        refund,
        side=side,
        tables=mapping_tables.of(1, TABLES),
        options=replace(Options(), no_sku=Policy.FALLBACK, deleted_product=Policy.SEND),
    )
    assert isinstance(made, CreditDocument), made
    return made


def taken_back(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"act": "refund", "lines": list(lines), **more}


async def test_units_of_a_line_are_credited_at_what_they_cost(shop: InstalledShop) -> None:
    (one,) = await refunded(shop, taken_back({"line": 0, "quantity": 1}))
    made = credited(one)
    assert made.total == one.total.shop.amount == Decimal("11.89")
    assert [(g.quantity, g.restock) for g in made.goods] == [(Decimal(1), Restock.CANCEL)]
    assert not one.whole


async def test_a_line_that_is_refunded_bit_by_bit_comes_to_all_of_it(shop: InstalledShop) -> None:
    bits = await refunded(shop, *[taken_back({"line": 0, "quantity": 1}) for _ in range(3)])
    assert sum(credited(bit).total for bit in bits) == Decimal("35.66")
    assert [bit.whole for bit in bits] == [False, False, False]


async def test_all_of_an_order_is_whole(shop: InstalledShop) -> None:
    (one,) = await refunded(shop, {"act": "refund", "lines": "all", "shipping": "full", "amount": "all"})
    assert one.whole
    assert credited(one).whole


async def test_an_amount_without_lines_is_an_adjustment(shop: InstalledShop) -> None:
    (one,) = await refunded(shop, {"act": "refund", "amount": "5.00"})
    made = credited(one)
    assert [(line.item, line.net) for line in made.lines] == [("ADJUST", Decimal("5.00"))]
    assert made.refunded == Decimal("5.00")


async def test_less_money_than_the_lines_cost_is_kept_by_the_merchant(shop: InstalledShop) -> None:
    (one,) = await refunded(shop, taken_back({"line": 0, "quantity": 1}, amount="10.00"))
    made = credited(one)
    assert (made.total, made.refunded) == (Decimal("10.00"), Decimal("10.00"))
    assert made.lines[-1].net == Decimal("-1.89")


async def test_money_on_its_way_is_pending_until_it_arrives(shop: InstalledShop) -> None:
    (made,) = await shop.place({"lines": [LINE], "transactions": PAID})
    (one,) = await after(shop, made["legacy_id"], [taken_back({"line": 0, "quantity": 1}, pending=True)])
    assert (one.pending, one.payments) == (True, ())
    (one,) = await after(shop, made["legacy_id"], [{"act": "refund_arrives"}])
    assert not one.pending
    assert credited(one).refunded == Decimal("11.89")


async def test_other_goods_in_exchange_leave_the_difference(shop: InstalledShop) -> None:
    dear = {"sku": "SKU-0002", "quantity": 1, "price": "4.00", "taxes": [{"title": "VAT", "rate": "0.19"}]}
    exchange = {"act": "exchange", "lines": [{"line": 0, "quantity": 1}], "add": [dear]}
    found = await refunded(shop, {"act": "fulfil"}, exchange)
    assert [line.sku for line in found[0].sent] == ["SKU-0002"]
    made = credited(found[0])
    assert [(line.item, line.net) for line in made.lines][-1] == ("SKU-0002", Decimal("-4.00"))
    assert made.total == made.refunded == Decimal("7.13")


async def test_other_goods_in_exchange_without_a_refund_are_a_credit_and_what_came_back_lies_on_its_shelf(
    shop: InstalledShop,
) -> None:
    same = {"sku": "SKU-0002", "quantity": 1, "price": "9.99", "taxes": [{"title": "VAT", "rate": "0.19"}]}
    act = {"act": "exchange", "lines": [{"line": 0, "quantity": 1}], "add": [same], "refund": False}
    (alone,) = await refunded(shop, {"act": "fulfil"}, act)
    made = credited(alone)
    assert (made.total, made.refunded) == (Decimal(0), Decimal(0))
    assert [(g.item, g.restock) for g in made.goods] == [
        ("SKU-0001", Restock.RETURN),
        ("SKU-0002", Restock.SENT),
    ]


async def test_a_refund_that_is_not_there_is_nothing(shop: InstalledShop) -> None:
    assert await refunds(shop).get(StoreKey("1")) is None


async def test_a_refund_of_many_lines_is_read_page_by_page(shop: InstalledShop) -> None:
    lines = [LINE | {"sku": f"SKU-{n % 40 + 1:04}", "quantity": 1, "price": "1.00"} for n in range(130)]
    (one,) = await refunded(shop, {"act": "refund", "lines": "all"}, lines=lines)
    assert len(one.lines) == 130
    assert len({line.key for line in one.lines}) == 130


def test_the_event_of_a_refund_names_it() -> None:
    (hint,) = hints("refunds/create", b'{"id": 501, "order_id": 1001, "created_at": "2026-11-21T06:00:00Z"}')
    assert (hint.flow.value, hint.key) == ("refunds", "501")


@pytest.mark.parametrize("seed", [7, 11])
async def test_every_kind_of_refund_is_credited_with_what_went_back(shop: InstalledShop, seed: int) -> None:
    for kind, described, acts in _planned(seed):
        (made,) = await shop.place(described)
        for one in await after(shop, made["legacy_id"], acts):
            for side in CurrencySide:
                money = one.total.on(side).amount
                total = credited(one, side).total
                assert total == money or one.pending or not money, (kind, total, money)


def _planned(seed: int) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """One order for each kind of refund that a plan of this seed holds."""
    seen: set[str] = set()
    for entry in make_plan(seed, 200, 40, flows=("refunds",)).orders:
        if entry.refund and entry.refund not in seen:
            seen.add(entry.refund)
            described = {k: v for k, v in entry.described.items() if k not in ("acts", "expect")}
            yield (
                entry.refund,
                described,
                [{k: v for k, v in act.items() if k != "wave"} for act in entry.acts],
            )
    assert len(seen) > 20
