"""Customers of a simulated Shopify on the real schema: read, found, made, changed, and nothing of them ever deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.customer_sync import content_digest
from app.errors import Rejected
from app.ports import Customers, Step, Wanted
from app.shopify.customer_wire import Event, told
from tests.shopify.conftest import InstalledShop

AT = datetime(2026, 11, 21, tzinfo=UTC)
HOME = {
    "firstName": "Ada",
    "lastName": "Byron",
    "address1": "12 St James's Square",
    "city": "London",
    "zip": "SW1Y",
    "countryCodeV2": "GB",
    "provinceCode": "ENG",
}
ADA = {
    "firstName": "Ada",
    "lastName": "Byron",
    "email": "ada@example.org",
    "phone": "+442079460018",
    "address": HOME,
}
WORK = Address(
    name="Ada Byron", street="1 Dorset Street", city="London", country_code="GB", company="Engines"
)
WANTED = Customer(
    key="41", updated_at=AT, first_name="Grace", last_name="Hopper", email="grace@example.org",
    phone="+12025550143", tax_exempt=True, addresses=(replace(WORK, name="Grace Hopper"), WORK),
)  # fmt: skip


def customers(shop: InstalledShop) -> Customers:
    found = shop.store.customers
    assert not hasattr(found, "sentence")
    return found


async def entered(shop: InstalledShop, **more: Any) -> dict[str, Any]:
    made = await shop.tell("POST", "/customers", customers=[{**ADA, **more}])
    return dict(made["customers"][0])


async def converge(side: Customers, wanted: Wanted, key: str | None = None) -> tuple[Customer, list[str]]:
    """What the carrier does: look, next step, do, until nothing is missing."""
    done: list[str] = []
    for _ in range(9):
        matches = await side.matching(wanted)
        there = await side.get(key) if key else next(iter(matches.ours or matches.by_email), None)
        step = side.next_step(wanted, there, done)
        if step is None:
            assert there is not None
            return there, done
        await side.do(step)
        done.append(step.key)
    raise AssertionError(done)


@pytest.fixture(autouse=True)
async def defined(shop: InstalledShop, request: pytest.FixtureRequest) -> None:
    """The shop is prepared, as at go-live."""
    assert shop.store.prepare is not None
    if "prepared_before" not in request.node.name:
        await shop.store.prepare()


async def test_a_shop_that_was_prepared_before_there_were_customers_knows_nobody_by_our_key(
    shop: InstalledShop,
) -> None:
    made = await entered(shop, email="grace@example.org")
    side = customers(shop)
    wanted = Wanted(our_key="41", content=WANTED, round=1)
    assert [one.key for one in (await side.matching(wanted)).by_email] == [str(made["number"])]
    step = side.next_step(replace(wanted, content=replace(WANTED, email=None, phone=None)), None, ())
    assert isinstance(step, Step)
    await side.do(step)
    assert len((await side.matching(wanted)).ours) == 1


async def test_a_customer_is_read_with_the_default_address_first(shop: InstalledShop) -> None:
    made = await entered(shop, addresses=[{**HOME, "address1": "Ockham Park", "countryCode": "GB"}])
    ada = await customers(shop).get(str(made["number"]))
    assert ada is not None
    assert (ada.name, ada.email, ada.phone, ada.tax_exempt) == (
        "Ada Byron",
        "ada@example.org",
        "+442079460018",
        False,
    )
    assert [place.street for place in ada.addresses] == ["12 St James's Square", "Ockham Park"]
    assert ada.addresses[0].country_code == "GB"


async def test_what_we_may_not_see_is_unknown(shop: InstalledShop) -> None:
    made = await entered(shop)
    await shop.tell("PATCH", withheld=["email", "phone", "name", "address"])
    ada = await customers(shop).get(str(made["number"]))
    assert ada is not None
    assert (ada.name, ada.email, ada.phone) == (None, None, None)
    assert ada.address is not None
    assert (ada.address.street, ada.address.city) == (None, "London")


async def test_a_customer_is_made_with_our_key_and_every_address_once(shop: InstalledShop) -> None:
    side = customers(shop)
    wanted = Wanted(our_key="41", content=WANTED, round=1)
    made, done = await converge(side, wanted)
    assert done == ["create", "default:1", "place:1:1"]
    assert (made.name, made.email, made.other_key) == ("Grace Hopper", "grace@example.org", "41")
    assert made.addresses == WANTED.addresses
    again, nothing = await converge(side, wanted)
    assert (again.key, nothing) == (made.key, [])


async def test_the_same_creation_twice_leaves_one_who_is_found_again(shop: InstalledShop) -> None:
    side = customers(shop)
    nameless = Wanted(our_key="42", content=replace(WANTED, email=None, phone=None), round=1)
    step = side.next_step(nameless, None, ())
    assert isinstance(step, Step)
    await side.do(step)
    with pytest.raises(Rejected):
        await side.do(step)
    assert len((await side.matching(nameless)).ours) == 1


async def test_who_has_the_e_mail_is_found_by_it(shop: InstalledShop) -> None:
    made = await entered(shop, email="Grace@Example.org")
    found = await customers(shop).matching(Wanted(our_key="41", content=WANTED, round=1))
    assert (found.ours, [one.key for one in found.by_email]) == ((), [str(made["number"])])


async def test_a_change_takes_nothing_away(shop: InstalledShop) -> None:
    made = await entered(shop, addresses=[{**HOME, "address1": "Ockham Park", "countryCode": "GB"}])
    side = customers(shop)
    ada = await side.get(str(made["number"]))
    assert ada is not None
    moved = replace(HOME_ADDRESS, street="Kirkby Mallory")
    silent = replace(ada, phone=None, email=None, first_name="Augusta Ada", addresses=(moved,))
    there, done = await converge(side, Wanted(our_key="41", content=silent, round=3), ada.key)
    assert done[:2] == ["person:3", "default:3"]
    assert (there.name, there.email, there.phone) == ("Augusta Ada Byron", "ada@example.org", "+442079460018")
    assert [place.street for place in there.addresses] == ["Kirkby Mallory", "Ockham Park"]


async def test_what_changed_is_listed_since_a_cursor(shop: InstalledShop) -> None:
    made = await entered(shop)
    side = customers(shop)
    cursor = await side.cursor_at(datetime.now(UTC) - timedelta(minutes=1))
    pages = [page async for page in side.changes(cursor)]
    assert [change.key for page in pages for change in page.items] == [str(made["number"])]


async def test_an_event_and_a_reading_of_one_customer_have_one_fingerprint(shop: InstalledShop) -> None:
    made = await entered(shop)
    ada = await customers(shop).get(str(made["number"]))
    assert ada is not None
    place = {"first_name": "Ada", "last_name": "Byron", "address1": "12 St James's Square", "city": "London",
             "zip": "SW1Y", "country_code": "GB", "province_code": "ENG", "id": 5}  # fmt: skip
    body = {"id": made["number"], "updated_at": "2026-11-21T00:00:00Z", "email": "ada@example.org", "first_name": "Ada",
            "last_name": "Byron", "phone": "+44 20 7946 0018", "tax_exempt": False, "default_address": place,
            "addresses": [place]}  # fmt: skip
    assert content_digest(told(msgspec.convert(body, Event), AT)) == content_digest(ada)


HOME_ADDRESS = Address(
    name="Ada Byron", street="12 St James's Square", city="London", postal_code="SW1Y", country_code="GB",
    province_code="ENG",
)  # fmt: skip
