"""The people of the simulated Business Central: what they do shows in its API, and what it has is told past it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest

from sandbox.erps.office import Lacking, Parcel, Person, Quote, Refused
from tests.sandbox.businesscentral_calls import BusinessCentral, business_central, line

WORDS = {"lineType": "Comment", "description": "order-demo-17"}


@pytest.fixture
async def there() -> AsyncIterator[BusinessCentral]:
    async with business_central() as company:
        yield company


async def test_an_order_is_one_document_before_and_after_it_was_posted(there: BusinessCentral) -> None:
    order = await there.order(WORDS, line("TEA", 2, 10), key="#17/DRAFT")
    (draft,) = there.office.orders("order-demo-17")
    assert (draft.real, draft.ready, draft.total) == (False, False, Decimal(24))
    changed = {"externalDocumentNumber": "#17"}
    await there.call("PATCH", f"salesOrders({order['id']})", changed, headers={"if-match": "*"})
    path = f"customerPaymentJournals({await there.journal()})/customerPayments"
    for comment in ("order-demo-17/p1", "order-demo-18/p1"):
        await there.make(
            path, {"customerNumber": "C1", "amount": -7, "comment": comment, "externalDocumentNumber": "#17"}
        )
    (booked,) = there.office.orders()
    assert (booked.id, booked.real, booked.ready, booked.paid) == (order["id"], True, True, Decimal(7))
    assert (booked.units, booked.currency) == ({"TEA": Decimal(2)}, "EUR")
    await there.act(f"salesOrders({order['id']})", "shipAndInvoice")
    (posted,) = there.office.orders("order-demo-17")
    assert (posted.id, posted.real, posted.ready, posted.paid) == (order["id"], True, False, Decimal(7))
    assert (posted.number, posted.units) == ("PS-INV103001", {"TEA": Decimal(2)})
    await there.act(f"journals({await there.journal()})", "post")
    assert there.office.orders()[0].paid == 7


async def test_money_given_back_stands_in_the_journal_by_the_refunds_key(there: BusinessCentral) -> None:
    await there.customer()
    words = {"lineType": "Comment", "description": "refund-demo-9"}
    body = {"customerNumber": "C1", "salesCreditMemoLines": [words, line("TEA", 1, 10)]}
    memo = await there.make("salesCreditMemos", body)
    journal = await there.journal()
    path = f"journals({journal})/journalLines"
    back = {
        "accountNumber": "2910", "amount": -12, "balanceAccountType": "Customer", "balancingAccountNumber": "C1",
        "documentNumber": "SB-1", "comment": "refund-demo-9/p1",
    }  # fmt: skip
    await there.make(path, back)
    assert len(await there.ask(path, filter="documentNumber eq 'SB-1'")) == 1
    assert (await there.refused("POST", path, {**back, "accountNumber": "9"}))[
        1
    ] == "Application_DialogException"
    (draft,) = there.office.credits("refund-demo-9")
    assert (draft.real, draft.paid) == (False, Decimal(12))
    await there.act(f"salesCreditMemos({memo['id']})", "post")
    await there.act(f"journals({journal})", "post")
    (credit,) = there.office.credits()
    assert (credit.real, credit.paid, credit.total) == (True, Decimal(12), Decimal(12))


async def test_what_was_given_in_exchange_and_dearer_stands_on_an_invoice_by_the_refunds_key(
    there: BusinessCentral,
) -> None:
    await there.customer()
    for kind in ("order", "refund"):
        words = {"lineType": "Comment", "description": f"{kind}-demo-9"}
        await there.make(
            "salesInvoices", {"customerNumber": "C1", "salesInvoiceLines": [words, line("TEA", 1, 10)]}
        )
    (credit,) = there.office.credits()
    assert (credit.external_id, credit.total) == ("refund-demo-9", Decimal(-12))


async def test_an_order_that_is_called_off_stays_with_nothing_in_it(there: BusinessCentral) -> None:
    order = await there.order(WORDS, line("TEA", 2, 10, discountAmount=1))
    assert there.office.free()["TEA"] == 98
    there.office.cancel(order["id"])
    assert there.office.free()["TEA"] == 100
    (row,) = await there.ask("salesOrders", expand="salesOrderLines")
    assert row["totalAmountIncludingTax"] == 0
    assert [each["quantity"] for each in row["salesOrderLines"]] == [0, 0]
    assert [(each.real, each.cancelled) for each in there.office.orders()] == [(False, True)]
    with pytest.raises(Refused):
        there.office.cancel(order["id"])


async def test_a_deleted_order_is_found_among_the_archived_ones_and_a_deleted_draft_never_was_one(
    there: BusinessCentral,
) -> None:
    for name, key in (("#17", "#17"), ("#17", "#17/DRAFT")):
        words = {"lineType": "Comment", "description": f"order-demo-{name[1:]}"}
        order = await there.order(words, line("TEA", 2, 10), key=key)
        answer = await there.call("DELETE", f"salesOrders({order['id']})", headers={"if-match": "*"})
        assert answer.status_code == 204
    assert await there.ask("salesOrders") == []
    (archived,) = there.office.orders("order-demo-17")
    assert (archived.real, archived.cancelled, archived.total) == (False, True, Decimal(24))
    assert (archived.units, archived.ready) == ({}, False)
    there.office.wipe()
    assert there.office.orders() == []


async def test_a_posted_order_is_called_off_by_a_credit_memo_that_gives_nothing_back(
    there: BusinessCentral,
) -> None:
    order = await there.order(WORDS, line("TEA", 2, 10))
    await there.act(f"salesOrders({order['id']})", "shipAndInvoice")
    there.office.cancel(order["id"])
    assert [(each.real, each.cancelled) for each in there.office.orders()] == [(False, True)]
    assert not there.office.credits()
    with pytest.raises(Refused):
        there.office.cancel(order["id"])


async def test_goods_leave_in_parcels_that_are_undone(there: BusinessCentral) -> None:
    order = await there.order(WORDS, line("TEA", 2, 10), line("SHIPPING", 1, 5))
    one = there.office.ship(order["id"], Parcel(units={"TEA": Decimal(1)}, carrier="Post"))
    (before,) = await there.ask("salesShipments")
    there.office.recall(one)
    (after,) = await there.ask("salesShipments", expand="salesShipmentLines")
    assert after["lastModifiedDateTime"] == before["lastModifiedDateTime"]
    assert [each["quantity"] for each in after["salesShipmentLines"] if each["lineType"] == "Item"] == [1, -1]
    two = there.office.ship(order["id"], Parcel())
    assert [(each.id, each.alive, each.units) for each in there.office.shipments()] == [
        (one, False, {"TEA": Decimal(1)}),
        (two, True, {"TEA": Decimal(2)}),
    ]
    assert [each.ready for each in there.office.orders()] == [False]
    (row,) = await there.ask("salesOrders")
    assert row["fullyShipped"] is True
    with pytest.raises(Refused):
        there.office.ship(order["id"], Parcel())
    with pytest.raises(Refused):
        there.office.recall(one)


async def test_a_parcel_of_one_thing_with_a_cent_rounded_off_has_left(there: BusinessCentral) -> None:
    order = await there.order(WORDS, line("TEA", 1, 10), line("ROUNDING", -1, 0.01))
    there.office.ship(order["id"], Parcel())
    assert [(each.alive, each.units) for each in there.office.shipments()] == [(True, {"TEA": Decimal(1)})]


async def test_nobody_writes_down_numbers_that_its_api_does_not_tell(there: BusinessCentral) -> None:
    order = await there.order(WORDS, line("TEA", 2, 10))
    with pytest.raises(Lacking):
        there.office.ship(order["id"], Parcel(numbers=("T1",)))
    with pytest.raises(Lacking):
        there.office.track(there.office.ship(order["id"], Parcel()), ("T1",))


async def test_a_customer_is_entered_and_moves(there: BusinessCentral) -> None:
    there.office.enter(
        Person(
            email="ada@example.com",
            first_name="Ada",
            last_name="Beispiel",
            street="Musterweg 1",
            country="DE",
        )
    )
    (before,) = await there.ask("customers")
    there.office.change(Person(email="ADA@example.com", phone="5550100", street="Anderweg 2"))
    (person,) = there.office.people()
    assert (person.phone, person.street, person.country) == ("5550100", "Anderweg 2", "DE")
    (after,) = await there.ask("customers", filter="email eq 'ada@example.com'")
    assert (after["addressLine1"], after["phoneNumber"]) == ("Anderweg 2", "5550100")
    assert after["lastModifiedDateTime"] > before["lastModifiedDateTime"]


async def test_one_price_and_rates_by_the_day_are_all_that_it_tells(there: BusinessCentral) -> None:
    there.office.price({"TEA": Decimal("3.90")}, currency="EUR", tier="")
    assert (await there.ask("items", filter="number eq 'TEA'"))[0]["unitPrice"] == 3.9
    with pytest.raises(Lacking):
        there.office.price({"TEA": Decimal(1)}, currency="EUR", tier="WHOLESALE")
    there.office.quote([Quote(day=date(2091, 3, 1), currency="USD", rate=Decimal("1.25"))])
    (rate,) = await there.ask("currencyExchangeRates", filter="startingDate ge 2091-01-01")
    assert (rate["exchangeRateAmount"], rate["relationalExchangeRateAmount"]) == (1.25, 1)


async def test_documents_people_and_goods_go_and_settings_stay(there: BusinessCentral) -> None:
    await there.order(WORDS, line("TEA", 2, 10))
    there.office.wipe()
    for each in ("salesOrders", "customers", "itemLedgerEntries"):
        assert not await there.ask(each)
    assert {each["type"] for each in await there.ask("items")} == {"Service"}
    assert len(await there.ask("locations")) == 3
