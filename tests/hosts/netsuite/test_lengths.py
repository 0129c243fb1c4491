"""NetSuite refuses a record for a text that is too long: people and places are cut to fit, keys and numbers are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.customer_sync import differences, new_places
from app.domain.ids import StoreKey
from app.hosts.netsuite.body import telephone
from app.ports import Missing, Shortens, Wanted
from tests.examples import BUYER, ORDERED_AT
from tests.hosts.netsuite.rig import opened, unpaid
from tests.hosts.rig import converge, orders

LONG = "Ganz besonders lange Angabe " * 10
PLACE = Address(
    name=LONG, company=LONG, street=LONG, street2=LONG, city=LONG, postal_code=LONG, province_code=LONG,
    country_code="DE", phone="+49 30 5550100 nach 18 Uhr bitte im Hof klingeln",
)  # fmt: skip


@pytest.mark.parametrize("company", [None, LONG])
async def test_an_order_of_somebody_with_long_names_at_a_long_address_is_taken(company: str | None) -> None:
    there = opened()
    buyer = replace(
        BUYER, name=f"{LONG}{LONG}", phone=PLACE.phone, company=company, company_key=company and StoreKey("9")
    )
    made, _ = await converge(orders(there.host), unpaid(buyer=buyer, bill_to=PLACE, ship_to=PLACE))
    assert made.lines
    row = there.one("SELECT * FROM _customer")
    assert (row["externalid"], row["phone"]) == (
        "company-9" if company else "customer-7001",
        "+49305550100",
    )


async def test_two_of_one_long_name_are_told_apart_by_their_keys() -> None:
    there = opened()
    for key in ("7001", "7002"):
        buyer = replace(BUYER, key=StoreKey(key), name=f"{LONG}{LONG}", email=f"{key}@example.com")
        await converge(orders(there.host), unpaid(buyer=buyer))
    names = [row["entityid"] for row in there.books.all("SELECT entityid FROM _customer ORDER BY id")]
    assert names[1].endswith(" 7002")
    assert len(names[1]) <= 80


async def test_a_customer_whose_texts_were_cut_is_in_step() -> None:
    there = opened()
    people = there.host.customers
    assert not isinstance(people, Missing)
    about: dict[str, Any] = {"first_name": LONG, "last_name": LONG, "phone": PLACE.phone, "company": LONG}
    content = Customer(key="7", updated_at=ORDERED_AT, email="a@example.com", addresses=(PLACE,), **about)
    wanted = Wanted(our_key="7", content=content, round=1)
    step = people.next_step(wanted, None, ())
    assert step is not None
    known = await people.get((await people.do(step)).sink_key)
    assert known is not None
    assert people.next_step(wanted, known, ()) is None
    assert isinstance(people, Shortens)
    assert (differences(people.as_kept(content), known), new_places(known, people.as_kept(content))) == (
        (),
        (),
    )


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("+49 30 5550100", "+49 30 5550100"),
        ("(0049) 030 / 555 01 00 - 17", "0049030555010017"),
        ("ask at the front desk", "ask at the front desk"),
        ("0660 123 45 67 (after six in the evening)", "06601234567"),
        ("ask at the front desk please", None),
        ("030 1234567 / 0170 1234567", None),
        ("+49 (0) 170 / 12345678", "+4917012345678"),
        ("1234567890123456789012345", None),
        ("", None),
        (None, None),
    ],
)
def test_a_telephone_number_is_told_whole_or_not_at_all(told: str | None, kept: str | None) -> None:
    assert telephone(told) == kept
