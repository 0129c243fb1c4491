"""Texts that are too long for Business Central's fields: what it tells of them afterwards is foreseen."""

from __future__ import annotations

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.customer_sync import differences, new_places
from app.ports import Missing, Shortens, Wanted
from tests.examples import ORDERED_AT
from tests.hosts.businesscentral.rig import company

LONG = "an unusually long word " * 8


async def test_what_becomes_of_a_customer_with_long_texts_is_known_beforehand() -> None:
    host, _, _ = company()
    people = host.customers
    assert not isinstance(people, Missing)
    assert isinstance(people, Shortens)
    place = Address(
        name=LONG,
        street=LONG,
        street2=LONG,
        city=LONG,
        postal_code=LONG,
        province_code=LONG,
        country_code="DE",
    )
    content = Customer(
        key="7", updated_at=ORDERED_AT, first_name=LONG, last_name=LONG, email="a@example.com",
        phone="+49 30 5550100 after six", addresses=(place,),
    )  # fmt: skip
    step = people.next_step(Wanted(our_key="7", content=content, round=1), None, ())
    assert step is not None
    known = await people.get((await people.do(step)).sink_key)
    assert known is not None
    kept = people.as_kept(content)
    assert (differences(kept, known), new_places(known, kept)) == ((), ())
