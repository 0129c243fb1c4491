"""What every ERP that keeps customers in step keeps: found before they are made, made once, and nothing taken away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.address import Address
from app.domain.customer import Customer
from app.outbound import Outbound
from app.ports import Customers, Host, Matches, Missing, Wanted
from tests.examples import EXAMPLES
from tests.hosts.rig import HostUnderTest, LosingHttp, NoHttp, converge, opened, orders
from tests.patience import FAR

HOME = Address(name="Ada Byron", street="Parkweg 12", city="Berlin", postal_code="10115", country_code="DE")


@pytest.fixture
def customers(host: Host) -> Customers:
    if isinstance(host.customers, Missing):
        pytest.skip(host.customers.sentence)
    return host.customers


def wanted(**content: object) -> Wanted:
    key = uuid4().hex[:12]
    ada = Customer(
        key=key,
        updated_at=datetime.now(UTC),
        first_name="Ada",
        last_name="Byron",
        email=f"{key}@example.com",
        phone="+49 30 5550100",
        addresses=(HOME,),
    )
    return Wanted(our_key=key, content=replace(ada, **content), round=1)  # type: ignore[arg-type]


async def there(customers: Customers, wish: Wanted) -> Customer | None:
    found = await customers.matching(wish)
    assert len(found.ours) <= 1
    return next(iter(found.ours or found.by_email), None)


async def made_equal(customers: Customers, wish: Wanted) -> tuple[Customer, list[str]]:
    done: list[str] = []
    for _ in range(10):
        known = await there(customers, wish)
        step = customers.next_step(wish, known, done)
        if step is None:
            assert known is not None
            whole = await customers.get(known.key)
            assert whole is not None
            return whole, done
        await customers.do(step)
        done.append(step.key)
    raise AssertionError(f"still not done after {done}")


def shown(customer: Customer) -> tuple[object, ...]:
    street = customer.address and customer.address.street
    return customer.first_name, customer.last_name, (customer.email or "").lower(), customer.phone, street


async def test_nobody_is_found_before_they_are_made(customers: Customers) -> None:
    assert await customers.matching(wanted()) == Matches()


async def test_a_customer_is_made_once_and_found_by_our_key_and_by_e_mail(customers: Customers) -> None:
    wish = wanted()
    made, _ = await made_equal(customers, wish)
    assert shown(made) == shown(wish.content)
    assert made.other_key == wish.our_key
    assert await made_equal(customers, wish) == (made, [])
    stranger = replace(wish, our_key=uuid4().hex[:12])
    assert [each.key for each in (await customers.matching(stranger)).by_email] == [made.key]
    shouted = replace(stranger, content=replace(wish.content, email=(wish.content.email or "").upper()))
    assert [each.key for each in (await customers.matching(shouted)).by_email] == [made.key]


async def test_a_customer_whose_answer_was_lost_is_found(
    under: HostUnderTest, http: Outbound, customers: Customers
) -> None:
    wish, losing = wanted(), LosingHttp(http)
    step = customers.next_step(wish, None, ())
    assert step is not None
    losing.lose = 1
    others = opened(under, losing).customers
    assert not isinstance(others, Missing)
    with pytest.raises(Exception, match="lost"):
        await others.do(step)
    made, _ = await made_equal(customers, wish)
    found = await customers.matching(wish)
    assert {each.key for each in (*found.ours, *found.by_email)} == {made.key}


async def test_what_changed_is_changed_and_what_is_not_said_stays(customers: Customers) -> None:
    wish = wanted()
    first, _ = await made_equal(customers, wish)
    moved = Customer(
        key=wish.content.key,
        updated_at=datetime.now(UTC),
        email=wish.content.email,
        phone="+49 40 5550199",
        addresses=(replace(HOME, street="Hafenweg 3"),),
    )
    now, _ = await made_equal(customers, replace(wish, content=moved, round=2))
    assert now.key == first.key
    assert (now.first_name, now.last_name, now.phone) == ("Ada", "Byron", "+49 40 5550199")
    assert now.address is not None
    assert now.address.street == "Hafenweg 3"


async def test_a_change_is_heard_of_since_a_cursor(customers: Customers) -> None:
    cursor = await customers.cursor_at(datetime.now(UTC) - timedelta(minutes=1))
    made, _ = await made_equal(customers, wanted())
    found: set[str] = set()
    async with asyncio.timeout(FAR):
        async for page in customers.changes(cursor):
            found |= {change.key for change in page.items}
    assert made.key in found


async def test_whom_an_order_of_a_guest_or_a_company_is_booked_on_is_no_person_of_the_stores(
    under: HostUnderTest, host: Host, customers: Customers
) -> None:
    """Else each would be made a customer in the store."""

    async def listed() -> set[str]:
        async with asyncio.timeout(FAR):
            return {change.key async for page in customers.changes(None) for change in page.items}

    before = await listed()
    for name in ("guest", "company"):
        if not under.cannot(name):
            await converge(orders(host), under.adapt(EXAMPLES[name]()))
    assert await listed() == before


async def test_the_next_step_is_pure(under: HostUnderTest, customers: Customers) -> None:
    offline = opened(under, NoHttp()).customers
    assert not isinstance(offline, Missing)
    wish = wanted()
    assert offline.next_step(wish, None, ()) == customers.next_step(wish, None, ())


async def test_nothing_is_told_of_somebody_who_is_not_there(customers: Customers) -> None:
    assert await customers.get("999999999") is None
    assert await customers.get("no such thing/?#") is None
