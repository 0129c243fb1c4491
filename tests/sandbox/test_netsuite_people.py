"""The people of the simulated NetSuite: what they do shows in its services, and what it has is told past them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest

from sandbox.erps.office import Parcel, Person, Quote, Refused, Ware
from tests.sandbox.netsuite_calls import RECORD, NetSuite, netsuite


@pytest.fixture
async def there() -> AsyncIterator[NetSuite]:
    async with netsuite() as account:
        yield account


async def sold(there: NetSuite, key: str = "order-1") -> str:
    lines = (await there.line("TEA", 2, "10"), await there.line("SHIPPING", 1, "5"))
    return await there.order(await there.customer(f"Ada {key}"), *lines, externalId=key)


async def test_an_order_is_one_document_whatever_is_made_of_it(there: NetSuite) -> None:
    order = await sold(there)
    deposit = {"customer": {"id": (await there.read("salesOrder", order))["entity"]["id"]}, "payment": 10}
    await there.make("customerDeposit", {**deposit, "salesOrder": {"id": order}, "externalId": "order-1-pay"})
    invoiced = await there.call(
        "POST", f"{RECORD}/salesOrder/{order}/!transform/invoice", {"externalId": "order-1-inv"}
    )
    invoice = {"id": invoiced.headers["location"].rpartition("/")[2]}
    rest = {
        "customer": deposit["customer"],
        "payment": 15,
        "apply": {"items": [{"doc": invoice, "apply": True, "amount": 15}]},
    }
    await there.make("customerPayment", rest)
    (booked,) = there.office.orders("order-1")
    assert (booked.id, booked.number, booked.real, booked.ready) == (order, "SO101", True, True)
    assert (booked.total, booked.paid, booked.currency) == (Decimal(25), Decimal(25), "EUR")
    assert booked.units == {"TEA": Decimal(2)}


async def test_an_order_that_is_called_off_gives_its_goods_back(there: NetSuite) -> None:
    order = await sold(there)
    assert there.office.free()["TEA"] == 98
    there.office.cancel(order)
    assert there.office.free()["TEA"] == 100
    assert (await there.read("salesOrder", order))["status"]["id"] == "H"
    assert [(each.real, each.cancelled) for each in there.office.orders()] == [(False, True)]
    with pytest.raises(Refused):
        there.office.cancel(order)


async def test_goods_leave_in_parcels_that_are_followed_put_right_and_called_off(there: NetSuite) -> None:
    order = await sold(there)
    one = there.office.ship(order, Parcel(units={"TEA": Decimal(1)}, numbers=("T1", "T2"), carrier="Post"))
    there.office.track(one, ("T3",))
    two = there.office.ship(order, Parcel())
    assert [(each.id, each.numbers, each.units) for each in there.office.shipments()] == [
        (one, ("T3",), {"TEA": Decimal(1)}),
        (two, (), {"TEA": Decimal(1)}),
    ]
    there.office.recall(one)
    assert [(each.id, each.alive) for each in there.office.shipments()] == [(one, False), (two, True)]
    assert there.office.free()["TEA"] == 98
    with pytest.raises(Refused):
        there.office.ship(order, Parcel(units={"MUG": Decimal(1)}))


async def test_a_customer_is_entered_and_moves(there: NetSuite) -> None:
    there.office.enter(
        Person(
            email="ada@example.com",
            first_name="Ada",
            last_name="Beispiel",
            street="Musterweg 1",
            country="DE",
        )
    )
    there.office.change(Person(email="ADA@example.com", phone="5550100", street="Anderweg 2"))
    (person,) = there.office.people()
    assert (person.phone, person.street, person.country) == ("5550100", "Anderweg 2", "DE")
    (row,) = await there.ask("SELECT firstname, phone FROM customer WHERE email = 'ada@example.com'")
    assert row == {"firstname": "Ada", "phone": "5550100"}


async def test_products_prices_and_rates_show_in_the_services(there: NetSuite) -> None:
    ware = Ware(
        sku="TEA-G",
        group="TEAS",
        title="Teas",
        variant="Green",
        price=Decimal("4.50"),
        barcode="4006381333931",
        category="Garden",
        tags=("internal",),
    )
    there.office.sell([ware])
    there.office.price({"TEA-G": Decimal("3.90")}, currency="EUR", tier="Wholesale")
    (kept,) = await there.ask(
        "SELECT c.name, d.name department FROM item i JOIN classification c ON c.id = i.class "
        "JOIN department d ON d.id = i.department WHERE i.matrixtype = 'CHILD'"
    )
    assert kept == {"name": "Garden", "department": "internal"}
    rows = await there.ask(
        "SELECT i.itemid, p.itemid top, i.upccode, l.unitprice FROM item i JOIN item p ON p.id = i.parent "
        "JOIN pricing l ON l.item = i.id ORDER BY l.pricelevel"
    )
    assert [(row["itemid"], row["top"], row["unitprice"]) for row in rows] == [
        ("TEA-G", "TEAS", "4.5"),
        ("TEA-G", "TEAS", "3.9"),
    ]
    there.office.quote([Quote(day=date(2091, 3, 1), currency="USD", rate=Decimal("1.25"))])
    (quote,) = await there.ask(
        "SELECT basecurrency, transactioncurrency, exchangerate "
        "FROM currencyrate WHERE effectivedate >= TO_DATE('2091-01-01', 'YYYY-MM-DD') ORDER BY id"
    )
    assert quote == {"basecurrency": "2", "transactioncurrency": "1", "exchangerate": "1.25"}


async def test_wiped_books_begin_again(there: NetSuite) -> None:
    await sold(there)
    there.office.wipe()
    assert there.office.orders() == []
    assert there.office.free() == {}
    assert len(await there.ask("SELECT id FROM location")) == 3
