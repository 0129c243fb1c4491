"""A mapping to any ERP begins so that a plain shop has to say four things: its locations, ways of paying, shipping and taxes."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from app.domain.document import DocumentKind, SalesDocument
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide
from app.domain.order import Order, ShippingLine
from app.mapping import tables as mapping_tables
from app.mapping.documents import document
from app.mapping.options import Options
from app.operations.connecting import begun
from app.outbound import Outbound
from tests.fakes.orders import both, line, order, paid, tax
from tests.hosts.rig import HostUnderTest, converge, opened, orders

PLACE = StoreKey("17")


async def test_a_plain_order_is_booked_by_four_tables_of_the_merchants_own(
    under: HostUnderTest, http: Outbound
) -> None:
    host = opened(under, http)
    own = {
        "locations": {PLACE: under.stocked[1]},
        "payments": {"shopify_payments": "card"},
        "shipping": {},
        "taxes": {"VAT": "VAT20"},
    }
    tables = mapping_tables.of(1, begun(under.spec, own))
    made = document(
        plain(), kind=DocumentKind.INVOICED_ORDER, side=CurrencySide.SHOP, tables=tables, options=Options(),
        targets=under.spec.targets_by_name,
    )  # fmt: skip
    assert isinstance(made, SalesDocument)
    assert {each.kind.value: each.item for each in made.lines} == {"item": "TEA", "shipping": "SHIPPING"}
    there, _ = await converge(orders(host), under.adapt(made))
    assert (there.total, there.invoiced) == (made.total, True)


def plain() -> Order:
    freight = ShippingLine(
        key=StoreKey("1"), title="Standard", code="standard", gross=both("4.90"), taxes=(tax("0.98"),)
    )
    goods = line("TEA", "20.00", tax("4.00"), location_key=PLACE)
    made = order(key=StoreKey(str(uuid4().int)[:12]), lines=(goods,), shipping=(freight,))
    return replace(made, payments=(paid(made.total.shop.amount, method="shopify_payments"),))
