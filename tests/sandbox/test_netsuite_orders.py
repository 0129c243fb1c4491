"""The simulated NetSuite keeps NetSuite's rules of documents, which an adapter must live with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.erps.netsuite.account import Account
from tests.sandbox.netsuite_calls import RECORD, NetSuite, netsuite


@pytest.fixture
async def there() -> AsyncIterator[NetSuite]:
    async with netsuite() as account:
        yield account


async def test_an_order_under_a_key_that_is_taken_is_refused_and_found_by_its_key(there: NetSuite) -> None:
    customer = await there.customer(externalId="customer-1")
    line = await there.line("TEA", 2, "10.50")
    made = await there.order(customer, line, externalId="order-1", otherRefNum="#1001")
    body = {"entity": {"id": customer}, "externalId": "order-1", "item": {"items": [line]}}
    status, code, detail = await there.refused("POST", f"{RECORD}/salesOrder", body)
    assert (status, code) == (400, "USER_ERROR")
    assert "already exists" in detail
    assert (await there.read("salesOrder", "eid:order-1"))["id"] == made
    assert (await there.refused("GET", f"{RECORD}/salesOrder/eid:order-2"))[:2] == (404, "NONEXISTENT_ID")
    rows = await there.ask(
        "SELECT id, tranid, status, foreigntotal FROM transaction WHERE externalid = 'order-1'"
    )
    assert rows == [{"id": made, "tranid": "SO101", "status": "B", "foreigntotal": "21"}]


async def test_one_key_is_one_transaction_of_whatever_kind(there: NetSuite) -> None:
    customer = await there.customer(externalId="same")
    await there.order(customer, await there.line("TEA", 1, "1"), externalId="same")
    body = {"customer": {"id": customer}, "payment": 5, "externalId": "same"}
    assert "already exists" in (await there.refused("POST", f"{RECORD}/customerDeposit", body))[2]


async def test_lines_without_a_key_are_added_and_replace_leaves_only_those_that_are_sent(
    there: NetSuite,
) -> None:
    line = await there.line("TEA", 2, "10")
    order = await there.order(await there.customer(), line)
    assert (
        await there.call("PATCH", f"{RECORD}/salesOrder/{order}", {"item": {"items": [line]}})
    ).status_code == 204
    assert [row["line"] for row in (await there.read("salesOrder", order))["item"]["items"]] == [1, 2]
    same = {"item": {"items": [{"line": 1, "quantity": 3}]}}
    await there.call("PATCH", f"{RECORD}/salesOrder/{order}", same)
    assert (await there.read("salesOrder", order))["total"] == 50
    await there.call("PATCH", f"{RECORD}/salesOrder/{order}?replace=item", {"item": {"items": [line]}})
    assert (await there.read("salesOrder", order))["total"] == 20


async def test_only_at_the_custom_price_level_is_the_rate_the_callers(there: NetSuite) -> None:
    listed = await there.line("TEA", 2, "7.77")
    del listed["price"]
    order = await there.order(await there.customer(), listed)
    assert (await there.read("salesOrder", order))["total"] == 20


async def test_taxes_are_the_callers_where_they_are_overridden_and_the_accounts_else(there: NetSuite) -> None:
    customer = await there.customer()
    line = await there.line("TEA", 1, "10", taxDetailsReference="a")
    tax = {
        "taxDetailsReference": {"id": "a"},
        "taxType": {"id": "1"},
        "taxCode": {"id": "20"},
        "taxRate": 20,
        "taxAmount": 1.99,
    }
    mine = await there.order(customer, line, taxDetails={"items": [tax]})
    theirs = await there.order(customer, line, taxDetailsOverride=False)
    assert [(await there.read("salesOrder", each))["total"] for each in (mine, theirs)] == [11.99, 11]
    body = {
        "entity": {"id": customer},
        "item": {"items": [line]},
        "taxDetails": {"items": [{**tax, "taxDetailsReference": {"id": "b"}}]},
    }
    assert (await there.refused("POST", f"{RECORD}/salesOrder", body))[1] == "INVALID_CONTENT"


async def test_without_suitetax_a_line_has_a_tax_code_and_the_code_its_rate(there: NetSuite) -> None:
    async with netsuite(Account(suite_tax=False)) as older:
        customer = await older.customer()
        lines = [
            await older.line("TEA", 1, "10", taxCode={"id": "20"}),
            await older.line("MUG", 1, "5", taxCode={"id": "-8"}),
        ]
        body = {"entity": {"id": customer}, "item": {"items": lines}}
        assert (await older.read("salesOrder", await older.make("salesOrder", body)))["total"] == 17
        assert (await older.refused("POST", f"{RECORD}/salesOrder", {**body, "taxDetailsOverride": True}))[
            1
        ] == "USER_ERROR"
    line = await there.line("TEA", 1, "10", taxCode={"id": "-8"})
    answer = await there.call(
        "POST", f"{RECORD}/salesOrder", {"entity": {"id": await there.customer()}, "item": {"items": [line]}}
    )
    assert answer.json()["o:errorDetails"][0]["o:errorPath"] == "item.items[0].taxCode"


async def test_an_unknown_item_is_refused_with_its_place_and_nothing_is_made(there: NetSuite) -> None:
    line = {"item": {"id": "99999"}, "quantity": 1, "rate": 1}
    body = {"entity": {"id": await there.customer()}, "item": {"items": [line]}}
    answer = await there.call("POST", f"{RECORD}/salesOrder", body)
    assert answer.json()["o:errorDetails"][0]["o:errorPath"] == "item.items[0].item"
    assert await there.ask("SELECT id FROM transaction") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"nonsense": 1}, "NONEXISTENT_FIELD"),
        ({"externalId": "a|b"}, "INVALID_CONTENT"),
        ({"item": {"items": [{"rate": "1.00"}]}}, "INVALID_CONTENT"),
        ({"currency": {"id": "99"}}, "INVALID_CONTENT"),
        ({"orderStatus": {"id": "G"}}, "INVALID_CONTENT"),
    ],
)
async def test_what_it_does_not_know_is_refused(there: NetSuite, body: dict[str, object], code: str) -> None:
    line = await there.line("TEA", 1, "1")
    whole = {"entity": {"id": await there.customer()}, "item": {"items": [line]}, **body}
    assert (await there.refused("POST", f"{RECORD}/salesOrder", whole))[:2] == (400, code)


async def test_goods_are_promised_with_approval_and_leave_with_the_fulfilment(there: NetSuite) -> None:
    customer = await there.customer()
    await there.order(customer, await there.line("MUG", 2, "8"), orderStatus={"id": "A"})
    assert await shelf(there) == ("5", "5", "0")
    order = await there.order(customer, await there.line("MUG", 7, "8"), await there.line("TEA", 1, "10"))
    assert await shelf(there) == ("5", "0", "2")
    part = {
        "item": {"items": [{"orderLine": 1, "quantity": 2}, {"orderLine": 2, "itemReceive": False}]},
        "externalId": "parcel-1",
    }
    answer = await there.call("POST", f"{RECORD}/salesOrder/{order}/!transform/itemFulfillment", part)
    assert answer.status_code == 204
    assert await shelf(there) == ("3", "0", "2")
    sent = answer.headers["location"].rpartition("/")[2]
    assert (await there.read("salesOrder", order))["status"]["id"] == "E"
    lines = await there.ask(
        f"SELECT tl.quantity FROM transactionline tl WHERE tl.transaction = {sent} AND tl.mainline = 'F' AND tl.iscogs = 'F'"
    )
    assert lines == [{"quantity": "-2"}]
    assert (await there.call("DELETE", f"{RECORD}/itemFulfillment/{sent}")).status_code == 204
    assert await shelf(there) == ("5", "0", "2")
    assert (await there.read("salesOrder", order))["status"]["id"] == "B"


async def test_without_a_word_of_its_lines_all_that_is_open_is_fulfilled_and_no_more(there: NetSuite) -> None:
    order = await there.order(
        await there.customer(), await there.line("MUG", 2, "8"), await there.line("TEA", 1, "10")
    )
    path = f"{RECORD}/salesOrder/{order}/!transform/itemFulfillment"
    tracked = {
        "items": [{"packageTrackingNumber": "T1", "packageWeight": 1}, {"packageTrackingNumber": "T2"}]
    }
    assert (await there.call("POST", path, {"package": tracked})).status_code == 204
    assert (await there.read("salesOrder", order))["status"]["id"] == "F"
    assert (await there.refused("POST", path))[1] == "USER_ERROR"
    rows = await there.ask(
        "SELECT DISTINCT c.id, tn.trackingnumber FROM transaction t JOIN PreviousTransactionLineLink l ON l.previousdoc = t.id "
        "JOIN transaction c ON c.id = l.nextdoc AND c.type = 'ItemShip' LEFT JOIN TrackingNumberMap tm ON tm.transaction = c.id "
        "LEFT JOIN trackingnumber tn ON tn.id = tm.trackingnumber WHERE c.status = 'C' ORDER BY tn.trackingnumber"
    )
    assert [row["trackingnumber"] for row in rows] == ["T1", "T2"]


async def test_a_deposit_pays_the_invoice_of_its_order_by_itself(there: NetSuite) -> None:
    customer = await there.customer()
    order = await there.order(customer, await there.line("TEA", 2, "10"))
    body = {"customer": {"id": customer}, "salesOrder": {"id": order}, "payment": 15, "externalId": "pay-1"}
    await there.make("customerDeposit", body)
    answer = await there.call(
        "POST", f"{RECORD}/salesOrder/{order}/!transform/invoice", {"externalId": "inv-1"}
    )
    invoice = answer.headers["location"].rpartition("/")[2]
    seen = await there.read("invoice", invoice)
    assert (seen["total"], seen["amountRemaining"], seen["status"]["id"]) == (20, 5, "A")
    rest = {
        "customer": {"id": customer},
        "payment": 5,
        "apply": {"items": [{"doc": {"id": invoice}, "apply": True, "amount": 5}]},
    }
    await there.make("customerPayment", rest)
    assert (await there.read("invoice", invoice))["status"]["id"] == "B"
    assert (await there.refused("POST", f"{RECORD}/customerPayment", rest))[1] == "USER_ERROR"


async def test_a_credit_memo_takes_over_the_invoices_lines_unless_they_are_replaced(there: NetSuite) -> None:
    order = await there.order(await there.customer(), await there.line("MUG", 2, "8"))
    answer = await there.call("POST", f"{RECORD}/salesOrder/{order}/!transform/invoice")
    path = f"{RECORD}/invoice/{answer.headers['location'].rpartition('/')[2]}/!transform/creditMemo"
    one = {"item": {"items": [await there.line("MUG", 1, "8", location={"id": "1"})]}}
    assert (await there.refused("POST", path, one))[2].endswith(
        "more than the amount of the original transaction."
    )
    before = await shelf(there)
    made = await there.call("POST", f"{path}?replace=item", {**one, "externalId": "refund-1"})
    assert made.status_code == 204
    assert (await there.read("creditMemo", "eid:refund-1"))["total"] == 8
    assert int((await shelf(there))[0]) == int(before[0]) + 1


async def test_the_form_of_an_order_decides_how_it_is_billed(there: NetSuite) -> None:
    order = await there.order(await there.customer(), await there.line("TEA", 1, "10"))
    assert (await there.refused("POST", f"{RECORD}/salesOrder/{order}/!transform/cashSale"))[
        1
    ] == "USER_ERROR"


async def test_a_name_is_a_customers_own_and_addresses_without_a_key_are_added(there: NetSuite) -> None:
    place = {"addr1": "Musterweg 1", "city": "Berlin", "country": {"id": "DE"}}
    book = {"items": [{"defaultBilling": True, "defaultShipping": True, "addressBookAddress": place}]}
    customer = await there.customer(addressBook=book, email="ada@example.com")
    body = {"isPerson": True, "firstName": "Ada", "lastName": "Beispiel", "subsidiary": {"id": "1"}}
    assert "entity already exists" in (await there.refused("POST", f"{RECORD}/customer", body))[2]
    await there.call("PATCH", f"{RECORD}/customer/{customer}", {"addressBook": book})
    rows = (await there.read("customer", customer))["addressBook"]["items"]
    assert [row["defaultBilling"] for row in rows] == [False, True]
    again = {"items": [{"id": rows[0]["id"], "addressBookAddress": {"addr1": "Anderweg 2"}}]}
    await there.call("PATCH", f"{RECORD}/customer/{customer}", {"addressBook": again})
    book_now = await there.ask("SELECT a.addr1 FROM customeraddressbookentityaddress a ORDER BY a.nkey")
    assert [row["addr1"] for row in book_now] == ["Anderweg 2", "Musterweg 1"]


async def shelf(there: NetSuite) -> tuple[str, str, str]:
    """On hand, available and backordered of the mugs in the main location."""
    mug = await there.item("MUG")
    (row,) = await there.ask(
        "SELECT quantityonhand a, quantityavailable b, quantitybackordered c FROM aggregateItemLocation "
        f"WHERE item = {mug} AND location = 1"
    )
    return row["a"], row["b"], row["c"]
