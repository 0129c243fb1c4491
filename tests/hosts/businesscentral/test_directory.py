"""What a company has under which code, as it is remembered and read again."""

from __future__ import annotations

import json

from app.domain.document import DocumentKind
from app.hosts.businesscentral.directory import Directory
from sandbox.erps.businesscentral import masters
from tests.examples import document, line
from tests.hosts.businesscentral.rig import Hands, another, company, door, varied
from tests.hosts.rig import converge, orders

_LONGEST_ADDRESS = 2_000


async def test_the_variants_of_a_long_order_are_asked_for_in_slices_by_one_call() -> None:
    host, staff, http = company()
    codes = [f"C{place:02}" for place in range(50)]
    varied(staff, "SHIRT", *codes)
    lines = [line(f"SHIRT-{code}", "8.00", "VAT20") for code in codes]
    made = document(lines, kind=DocumentKind.SALES_ORDER, paid="0")
    await converge(orders(host), made)
    new = another(http)
    before = len(http.asked)
    found = await orders(new).find(made)
    assert {row.item for row in found.documents[0].lines or ()} == {each.item for each in lines}
    batches = [json.loads(call.body or b"{}") for call in http.asked[before:] if "$batch" in call.url]
    assert len(batches) == 2
    assert max(len(part["url"]) for batch in batches for part in batch["requests"]) < _LONGEST_ADDRESS


async def test_a_journal_that_people_changed_is_read_again_after_some_minutes() -> None:
    _, staff, http = company()
    clock = Hands()
    directory = Directory(door(http), clock)
    assert (await directory.journal("CARD")).balancing_account_number == "2910"
    journal = staff._books.one("customerPaymentJournals", "code = 'CARD'")
    assert journal is not None
    staff._books.update("customerPaymentJournals", journal["id"], balancingAccountNumber="2920")
    asked = len(http.asked)
    assert (await directory.journal("CARD")).balancing_account_number == "2910"
    assert len(http.asked) == asked
    clock.now += 301
    assert (await directory.journal("CARD")).balancing_account_number == "2920"


async def test_a_customer_whose_currency_was_set_right_is_no_stranger_any_more() -> None:
    _, staff, http = company()
    staff._do(lambda: masters.create(staff._books, "customers", {"number": "C1", "currencyCode": "USD"}))
    customer = staff._books.one("customers", "number = 'C1'")
    assert customer is not None
    directory = Directory(door(http))
    assert await directory.customer_currency(customer["id"], hoped="EUR") == "USD"
    staff._books.update("customers", customer["id"], currencyCode="EUR")
    assert await directory.customer_currency(customer["id"], hoped="EUR") == "EUR"
    asked = len(http.asked)
    assert await directory.customer_currency(customer["id"], hoped="EUR") == "EUR"
    assert len(http.asked) == asked


async def test_an_unknown_journal_is_looked_for_by_one_call() -> None:
    _, _, http = company()
    directory = Directory(door(http))
    await directory.currency()
    asked = len(http.asked)
    assert await directory.journal_or_none("NOBODY") is None
    assert len(http.asked) == asked + 1
