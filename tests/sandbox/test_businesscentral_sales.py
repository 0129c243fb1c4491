"""Sales in the simulated Business Central: what it reckons itself, what it refuses, and what posting makes of an order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.erps.businesscentral.company import Company
from sandbox.erps.office import Parcel
from tests.sandbox.businesscentral_calls import BusinessCentral, business_central, line

TOTALS = ("totalAmountExcludingTax", "totalTaxAmount", "totalAmountIncludingTax")


@pytest.fixture
async def there() -> AsyncIterator[BusinessCentral]:
    async with business_central() as company:
        yield company


async def test_an_order_comes_with_its_lines_and_gets_its_number_totals_and_tax(
    there: BusinessCentral,
) -> None:
    freight = {"lineType": "Account", "lineObjectNumber": "SHIPPING", "quantity": 1, "unitPrice": 4.9}
    order = await there.order(
        line("TEA", 2, 19.99, discountAmount=3.5, taxCode="VAT19"), freight, key="#1001/abc"
    )
    assert (order["number"], order["externalDocumentNumber"], order["status"]) == (
        "S-ORD101001",
        "#1001/ABC",
        "Draft",
    )
    assert [order[name] for name in TOTALS] == [41.38, 6.93, 48.31]
    assert (order["currencyCode"], order["customerName"], order["fullyShipped"]) == (
        "EUR",
        "Ada Beispiel",
        False,
    )
    tea, shipping = await there.ask(f"salesOrders({order['id']})/salesOrderLines")
    assert (tea["sequence"], tea["amountExcludingTax"], tea["totalTaxAmount"], tea["taxPercent"]) == (
        10000,
        36.48,
        6.93,
        19,
    )
    assert (tea["description"], shipping["description"], shipping["taxCode"]) == ("Tea", "Shipping", "ZERO")
    (main,) = await there.ask("locations", filter="code eq 'MAIN'")
    assert (tea["locationId"], tea["shipQuantity"]) == (main["id"], 2)


async def test_tax_is_reckoned_over_all_lines_of_a_code_so_a_line_may_be_a_cent_off(
    there: BusinessCentral,
) -> None:
    order = await there.order(*(line("TEA", 1, 0.07) for _ in range(3)))
    rows = await there.ask(f"salesOrders({order['id']})/salesOrderLines")
    assert [each["totalTaxAmount"] for each in rows] == [0.01, 0.02, 0.01]
    assert order["totalTaxAmount"] == 0.04


@pytest.mark.parametrize(
    ("currency", "price", "totals"),
    [("JPY", 333.3, [333, 67, 400]), ("KWD", 7.125, [7.125, 1.425, 8.55]), ("USD", 1.005, [1.01, 0.2, 1.21])],
)
async def test_amounts_are_rounded_to_what_their_currency_has(
    there: BusinessCentral, currency: str, price: float, totals: list[float]
) -> None:
    order = await there.order(line("TEA", 1, price), currencyCode=currency)
    assert [order[name] for name in TOTALS] == totals


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"nosuch": 1}, "BadRequest", "does not exist on type"),
        ({"totalTaxAmount": 1}, "BadRequest_InvalidOperation", "read-only"),
        ({"number": "1"}, "BadRequest_InvalidOperation", "read-only"),
        ({"pricesIncludeTax": True}, "BadRequest_InvalidOperation", "read-only"),
        ({"externalDocumentNumber": "X" * 36}, "Application_StringExceededLength", "35"),
        ({"externalDocumentNumber": None}, "BadRequest_RequiredParamNotProvided", "blank"),
        ({"externalDocumentNumber": 5}, "BadRequest", "Edm.String"),
        ({"orderDate": "22.11.2026"}, "BadRequest", "Date"),
        ({"customerId": "C1"}, "Application_InvalidGUID", "GUID"),
        ({"customerNumber": "NOBODY"}, "Application_DialogException", "cannot be found"),
        ({"customerNumber": ""}, "Application_DialogException", "must be provided"),
        ({"currencyCode": "XXX"}, "Application_DialogException", "Currency"),
    ],
)
async def test_a_wrong_head_is_refused(
    there: BusinessCentral, changes: dict[str, Any], code: str, word: str
) -> None:
    await there.customer()
    body = {"customerNumber": "C1", **changes}
    status, found, sentence = await there.refused("POST", "salesOrders", body)
    assert (status, found) == (400, code)
    assert word in sentence


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lineObjectNumber": "NOBODY"}, "Application_DialogException"),
        ({"taxCode": "VAT99"}, "Internal_InvalidTableRelation"),
        ({"quantity": "2"}, "BadRequest"),
        ({"lineType": "Thing"}, "Application_EvaluateException"),
        ({"netAmount": 1}, "BadRequest_InvalidOperation"),
        ({"discountAmount": 1000}, "Application_FieldValidationException"),
        ({"locationId": "00000000-0000-0000-0000-000000000009"}, "Internal_InvalidTableRelation"),
    ],
)
async def test_with_a_wrong_line_nothing_is_made_at_all(
    there: BusinessCentral, changes: dict[str, Any], code: str
) -> None:
    await there.customer()
    body = {"customerNumber": "C1", "salesOrderLines": [line("MUG", 1, 8), line("TEA", 1, 10) | changes]}
    assert (await there.refused("POST", "salesOrders", body))[:2] == (400, code)
    assert not await there.ask("salesOrders")


async def test_what_is_blocked_is_not_sold(there: BusinessCentral) -> None:
    (tea,) = await there.ask("items", filter="number eq 'TEA'")
    await there.call("PATCH", f"items({tea['id']})", {"blocked": True}, headers={"if-match": "*"})
    await there.customer()
    body = {"customerNumber": "C1", "salesOrderLines": [line("TEA", 1, 10)]}
    assert (await there.refused("POST", "salesOrders", body))[1] == "Application_FieldValidationException"


async def test_whoever_changes_must_say_what_they_saw(there: BusinessCentral) -> None:
    order = await there.order(line("TEA", 1, 10))
    path, seen = f"salesOrders({order['id']})", {"if-match": order["@odata.etag"]}
    assert (await there.refused("PATCH", path, {"email": "a@b.c"}))[:2] == (400, "BadRequest_InvalidToken")
    changed = (await there.call("PATCH", path, {"email": "a@b.c"}, headers=seen)).json()
    assert changed["email"] == "a@b.c"
    assert (await there.refused("PATCH", path, {"email": "d@e.f"}, headers=seen))[:2] == (
        409,
        "Request_EntityChanged",
    )
    (row,) = await there.ask(f"{path}/salesOrderLines")
    more = {"headers": {"if-match": row["@odata.etag"]}}
    lines = f"{path}/salesOrderLines({row['id']})"
    assert (await there.call("PATCH", lines, {"quantity": 3}, **more)).json()["netAmount"] == 30
    assert (await there.ask("salesOrders"))[0]["totalAmountIncludingTax"] == 36
    fixed = {"headers": {"if-match": "*"}}
    assert (await there.refused("PATCH", lines, {"sequence": 5}, **fixed))[1] == "Application_DialogException"
    assert (await there.call("DELETE", path, **fixed)).status_code == 204
    assert not await there.ask("salesOrders")
    assert not await there.ask("salesOrderLines", filter=f"documentId eq {order['id']}")


async def test_the_same_external_number_is_taken_again_and_again(there: BusinessCentral) -> None:
    for _ in range(2):
        await there.order(line("TEA", 1, 10), key="#7")
    assert len(await there.ask("salesOrders", filter="externalDocumentNumber eq '#7'")) == 2


async def test_where_the_setup_asks_for_it_an_external_number_is_posted_once() -> None:
    async with business_central(Company(document_number_once=True)) as there:
        one, two = [await there.order(line("TEA", 1, 10), key="#7") for _ in range(2)]
        await there.act(f"salesOrders({one['id']})", "shipAndInvoice")
        path = f"salesOrders({two['id']})/Microsoft.NAV.shipAndInvoice"
        assert "already exists" in (await there.refused("POST", path, {}))[2]
        assert len(await there.ask("salesOrders")) == 1


async def test_a_posted_order_is_gone_and_stands_as_an_invoice_and_a_shipment(there: BusinessCentral) -> None:
    words = {"lineType": "Comment", "description": "order-demo-17"}
    order = await there.order(words, line("TEA", 2, 10), key="#17")
    location = await there.act(f"salesOrders({order['id']})", "shipAndInvoice")
    assert not await there.ask("salesOrders")
    (invoice,) = await there.ask(
        "salesInvoices", filter="externalDocumentNumber eq '#17'", expand="salesInvoiceLines"
    )
    assert location.endswith(f"salesInvoices({invoice['id']})")
    assert (invoice["orderId"], invoice["orderNumber"]) == (order["id"], order["number"])
    assert (invoice["status"], invoice["remainingAmount"], invoice["totalAmountIncludingTax"]) == (
        "Open",
        24,
        24,
    )
    assert [each["description"] for each in invoice["salesInvoiceLines"]] == ["order-demo-17", "Tea"]
    (shipment,) = await there.ask("salesShipments", expand="salesShipmentLines")
    assert (shipment["orderNumber"], shipment["externalDocumentNumber"]) == (order["number"], "#17")
    assert [each["quantity"] for each in shipment["salesShipmentLines"]] == [0, 2]
    (tea,) = await there.ask("items", filter="number eq 'TEA'")
    assert tea["inventory"] == 98
    (entry,) = await there.ask("itemLedgerEntries", filter="documentType eq 'Sales Shipment'")
    assert (entry["itemNumber"], entry["quantity"], entry["documentNumber"]) == (
        "TEA",
        -2,
        shipment["number"],
    )
    assert "_location" not in entry
    again = f"salesOrders({order['id']})/Microsoft.NAV.shipAndInvoice"
    assert (await there.refused("POST", again, {}))[0] == 404


async def test_what_left_already_is_not_shipped_twice_by_posting(there: BusinessCentral) -> None:
    order = await there.order(line("TEA", 3, 10), line("MUG", 1, 8))
    there.office.ship(order["id"], Parcel(units={"TEA": Decimal(2)}))
    path = {"headers": {"if-match": "*"}}
    assert (await there.refused("DELETE", f"salesOrders({order['id']})", **path))[
        1
    ] == "Application_DialogException"
    await there.act(f"salesOrders({order['id']})", "shipAndInvoice")
    assert [(each.alive, each.units) for each in there.office.shipments()] == [
        (True, {"TEA": Decimal(2)}),
        (True, {"TEA": Decimal(1), "MUG": Decimal(1)}),
    ]
    assert there.office.free() == {"TEA": Decimal(97), "MUG": Decimal(4)}


async def test_an_order_of_nothing_can_not_be_posted(there: BusinessCentral) -> None:
    empty = await there.order()
    path = "salesOrders({})/Microsoft.NAV.shipAndInvoice"
    assert "nothing to post" in (await there.refused("POST", path.format(empty["id"]), {}))[2]
    order = await there.order(line("TEA", 1, 10), line("MUG", 0, 8))
    assert "quantity" in (await there.refused("POST", path.format(order["id"]), {}))[2]


async def test_an_invoice_keeps_its_id_when_it_is_posted_and_can_be_cancelled_while_it_is_unpaid(
    there: BusinessCentral,
) -> None:
    await there.customer()
    body = {"customerNumber": "C1", "salesInvoiceLines": [line("TEA", 1, 10)]}
    draft = await there.make("salesInvoices", body)
    path = f"salesInvoices({draft['id']})"
    assert (await there.refused("POST", f"{path}/Microsoft.NAV.cancel", {}))[
        1
    ] == "Application_DialogException"
    await there.act(path, "post")
    (posted,) = await there.ask("salesInvoices")
    assert (posted["id"], posted["status"], posted["number"]) == (draft["id"], "Open", "PS-INV103001")
    changed = await there.refused("PATCH", path, {"email": "a@b.c"}, headers={"if-match": "*"})
    assert changed[1] == "Application_DialogException"
    await there.act(path, "cancel")
    assert (await there.ask("salesInvoices"))[0]["status"] == "Canceled"
    (memo,) = await there.ask("salesCreditMemos")
    assert (memo["status"], memo["invoiceId"], memo["totalAmountIncludingTax"]) == (
        "Corrective",
        draft["id"],
        12,
    )
    assert there.office.free()["TEA"] == 100


async def test_a_credit_memo_takes_from_its_invoice_and_brings_goods_back(there: BusinessCentral) -> None:
    order = await there.order(line("TEA", 3, 10))
    await there.act(f"salesOrders({order['id']})", "shipAndInvoice")
    (invoice,) = await there.ask("salesInvoices")
    body = {
        "customerNumber": "C1", "externalDocumentNumber": "refund-demo-1", "invoiceId": invoice["id"],
        "salesCreditMemoLines": [line("TEA", 1, 10)],
    }  # fmt: skip
    memo = await there.make("salesCreditMemos", body)
    assert (memo["status"], memo["invoiceNumber"]) == ("Draft", invoice["number"])
    await there.act(f"salesCreditMemos({memo['id']})", "post")
    assert (await there.ask("salesInvoices"))[0]["remainingAmount"] == 24
    assert there.office.free()["TEA"] == 98
    (credit,) = there.office.credits()
    assert (credit.real, credit.total, credit.external_id) == (True, Decimal(12), "REFUND-DEMO-1")
    path = f"salesInvoices({invoice['id']})/Microsoft.NAV.cancel"
    assert "partially paid" in (await there.refused("POST", path, {}))[2]


async def test_payments_wait_in_their_journal_until_somebody_posts_all_of_it(there: BusinessCentral) -> None:
    order = await there.order(line("TEA", 1, 10))
    await there.act(f"salesOrders({order['id']})", "shipAndInvoice")
    (invoice,) = await there.ask("salesInvoices")
    journal = await there.journal()
    path = f"customerPaymentJournals({journal})/customerPayments"
    paid = {
        "customerNumber": "C1", "amount": -12, "appliesToInvoiceId": invoice["id"], "comment": "order-demo-17/p1",
        "externalDocumentNumber": "#1001",
    }  # fmt: skip
    made = await there.make(path, paid)
    assert (made["lineNumber"], made["journalDisplayName"], made["documentNumber"]) == (
        10000,
        "CARD",
        "PMT01001",
    )
    assert len(await there.ask(path, filter="externalDocumentNumber eq '#1001'")) == 1
    assert (await there.ask("salesInvoices"))[0]["status"] == "Open"
    wrong = await there.make(path, {"customerNumber": "C1", "amount": 5})
    post = f"journals({journal})"
    assert "must be negative" in (await there.refused("POST", f"{post}/Microsoft.NAV.post", {}))[2]
    await there.call("DELETE", f"{path}({wrong['id']})", headers={"if-match": "*"})
    await there.act(post, "post")
    assert not await there.ask(path)
    (now,) = await there.ask("salesInvoices")
    assert (now["status"], now["remainingAmount"]) == ("Paid", 0)
    entries = await there.ask(
        "generalLedgerEntries", filter="documentNumber eq 'PMT01001'", orderby="entryNumber"
    )
    assert [(each["accountNumber"], each["debitAmount"], each["creditAmount"]) for each in entries] == [
        ("2910", 12, 0),
        ("2310", 0, 12),
    ]
    assert "nothing to post" in (await there.refused("POST", f"{post}/Microsoft.NAV.post", {}))[2]


async def test_a_customers_number_is_taken_once_and_their_currency_is_that_of_their_payments(
    there: BusinessCentral,
) -> None:
    await there.customer("c7", currencyCode="USD")
    body = {"number": "C7", "displayName": "Another"}
    assert (await there.refused("POST", "customers", body))[1] == "Internal_EntityWithSameKeyExists"
    order = await there.order(line("TEA", 1, 10), customerNumber="C7")
    assert order["currencyCode"] == "USD"
    (customer,) = await there.ask("customers", filter="number eq 'C7'")
    gone = await there.refused("DELETE", f"customers({customer['id']})", headers={"if-match": "*"})
    assert gone[1] == "Application_DialogException"
    async with business_central(Company(manual_numbers=False)) as strict:
        assert "manually" in (await strict.refused("POST", "customers", body))[2]
        assert (await strict.make("customers", {"displayName": "Ada"}))["number"] == "C10001"


async def test_writing_what_lies_on_the_shelves_posts_an_adjustment(there: BusinessCentral) -> None:
    (tea,) = await there.ask("items", filter="number eq 'TEA'")
    await there.call(
        "PATCH", f"items({tea['id']})", {"inventory": 90}, headers={"if-match": tea["@odata.etag"]}
    )
    rows = await there.ask(
        "itemLedgerEntries", filter="itemNumber eq 'TEA'", orderby="entryNumber desc", top=1
    )
    assert [(each["entryType"], each["quantity"]) for each in rows] == [("Negative_x0020_Adjmt_x002E_", -10)]


async def test_goods_that_move_do_not_change_their_item(there: BusinessCentral) -> None:
    (before,) = await there.ask("items", filter="number eq 'TEA'")
    there.office.move({"TEA": Decimal(5)})
    (after,) = await there.ask("items", filter="number eq 'TEA'")
    assert after["inventory"] == 105
    assert after["lastModifiedDateTime"] == before["lastModifiedDateTime"]
    there.office.price({"TEA": Decimal(11)}, currency="EUR", tier="")
    (later,) = await there.ask("items", filter="number eq 'TEA'")
    assert later["lastModifiedDateTime"] > before["lastModifiedDateTime"]
