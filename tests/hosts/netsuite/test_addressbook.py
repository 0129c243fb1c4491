"""A customer's book of addresses: what the store does not know of it stays, and what did not change is not sent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from app.domain.address import Address
from app.domain.customer import Customer
from app.hosts.netsuite.addressbook import merged
from app.ports import Customers, Missing, Wanted
from sandbox.erps.netsuite import customers
from tests.hosts.netsuite.rig import There, opened

WORK = {"addr1": "Musterweg 1", "addr3": "Hinterhaus", "city": "Berlin", "country": "DE", "addressee": "Ada"}
HOME = {"addr1": "Ufer 2", "city": "Kiel", "country": "DE", "addressee": "Ada"}
NEW = Address(name="Ada", street="Neue Gasse 3", city="Wien", country_code="AT")


def account() -> There:
    """Somebody has two addresses: bills go to the one, parcels to the other."""
    there = opened()
    entries = [
        {"defaultBilling": True, "label": "Work", "isResidential": False, "addressBookAddress": WORK},
        {"defaultShipping": True, "label": "Home", "isResidential": True, "addressBookAddress": HOME},
    ]
    body = {"isPerson": True, "firstName": "Ada", "lastName": "Beispiel", "email": "ada@example.com"}
    customers.create(there.books, {**body, "subsidiary": "1", "addressBook": entries})
    return there


async def changed(there: There, content: Customer | None = None, **changes: Any) -> Customer:
    """Who is there once what the store says is carried out."""
    people = kept(there)
    key = str(there.one("SELECT id FROM _customer")["id"])
    known = await people.get(key)
    assert known is not None
    wanted = Wanted(our_key="7", content=replace(content or known, **changes), round=1)
    step = people.next_step(wanted, known, ())
    assert step is not None
    await people.do(step)
    after = await people.get(key)
    assert after is not None
    return after


def kept(there: There) -> Customers:
    assert not isinstance(there.host.customers, Missing)
    return there.host.customers


def book(there: There) -> list[tuple[str, str | None, str, str, str, str]]:
    rows = there.books.all("SELECT * FROM _address ORDER BY id")
    told = [(json.loads(row["fields"]), row) for row in rows]
    return [
        (said["addr1"], said.get("addr3"), row["label"], row["residential"], row["billing"], row["shipping"])
        for said, row in told
    ]


BEFORE = [
    ("Musterweg 1", "Hinterhaus", "Work", "F", "T", "F"),
    ("Ufer 2", None, "Home", "T", "F", "T"),
]


async def test_a_change_of_the_telephone_leaves_the_addresses_alone() -> None:
    there = account()
    assert (await changed(there, phone="+49 30 1")).phone == "+49 30 1"
    assert book(there) == BEFORE
    (sent,) = [request for request in there.http.asked if request.method == "PATCH"]
    assert b"addressBook" not in (sent.body or b"")
    assert "replace" not in sent.url


async def test_another_address_comes_behind_those_that_keep_what_they_hold() -> None:
    there = account()
    known = await kept(there).get(str(there.one("SELECT id FROM _customer")["id"]))
    assert known is not None
    after = await changed(there, addresses=(*known.addresses, NEW))
    assert book(there) == [*BEFORE, ("Neue Gasse 3", None, "Neue Gasse 3", "F", "F", "F")]
    assert [each.street for each in after.addresses] == ["Musterweg 1", "Ufer 2", "Neue Gasse 3"]


async def test_a_new_default_address_takes_the_place_of_what_bills_went_to_and_parcels_go_where_they_went() -> (
    None
):
    there = account()
    await changed(there, addresses=(NEW,))
    assert book(there) == [("Neue Gasse 3", None, "Work", "F", "T", "F"), BEFORE[1]]


async def test_a_name_that_changed_keeps_the_third_line_of_its_street() -> None:
    there = account()
    known = await kept(there).get(str(there.one("SELECT id FROM _customer")["id"]))
    assert known is not None
    assert known.address is not None
    await changed(there, addresses=(replace(known.address, name="Ada B."), *known.addresses[1:]))
    assert book(there) == BEFORE


async def test_the_other_address_becomes_the_default_one_and_both_stay() -> None:
    there = account()
    known = await kept(there).get(str(there.one("SELECT id FROM _customer")["id"]))
    assert known is not None
    await changed(there, addresses=(known.addresses[1],))
    assert book(there) == [(*BEFORE[0][:4], "F", "F"), (*BEFORE[1][:4], "T", "T")]


def test_fields_of_the_accounts_own_and_texts_by_hand_go_along_and_links_do_not() -> None:
    entry = {
        "id": 4, "links": [], "label": "Work", "defaultBilling": True, "custrecord_gate": {"id": "2", "refName": "B"},
        "addressBookAddress": {**WORK, "country": {"id": "DE", "refName": "x"}, "custrecord_floor": "3", "links": [],
                               "override": True, "addrText": "As it is"},
    }  # fmt: skip
    (same, _) = merged([entry], [NEW], None)
    assert same["custrecord_gate"] == {"id": "2"}
    place = same["addressBookAddress"]
    assert place == {
        **WORK,
        "country": {"id": "DE"},
        "custrecord_floor": "3",
        "override": True,
        "addrText": "As it is",
    }
    assert not {"id", "links"} & same.keys()


def test_a_book_that_holds_what_is_wished_already_does_not_grow() -> None:
    once = merged([], [NEW, Address(street="Ufer 2", city="Kiel")], None)
    assert merged(once, [NEW, Address(street="Ufer 2", city="Kiel")], NEW) == once
    assert [(each["defaultBilling"], each["defaultShipping"]) for each in once] == [
        (True, True),
        (False, False),
    ]
