"""What every ERP that tells what its customers owe keeps: nobody is made by asking, and whoever bought is found again."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from app.domain.customer import Buyer
from app.domain.ids import StoreKey
from app.ports import Debtors, Host
from tests.examples import EXAMPLES
from tests.hosts.rig import HostUnderTest, converge, orders


@pytest.fixture
def debtors(host: Host) -> Debtors:
    if not hasattr(host.debtors, "of"):
        pytest.skip("this ERP does not tell")
    return host.debtors


def somebody() -> Buyer:
    key = StoreKey(str(uuid4().int)[:15])
    return Buyer(key=key, name="Neu Mann", email=f"{key}@example.com")


async def test_nobody_owes_what_they_never_bought_and_asking_makes_nobody(debtors: Debtors) -> None:
    new = somebody()
    assert [await debtors.of(new) for _ in range(2)] == [None, None]
    assert await debtors.of(Buyer(key=None)) is None


async def test_whoever_bought_has_an_account_in_one_currency(
    under: HostUnderTest, host: Host, debtors: Debtors
) -> None:
    buyer = somebody()
    document = under.adapt(replace(EXAMPLES["unpaid_to_be_invoiced"](), buyer=buyer))
    await converge(orders(host), document)
    found = await debtors.of(buyer)
    assert found is not None
    assert (found.owed.currency, found.limit) == ("EUR", None)
    assert found.owed.amount in {0, document.total}


async def test_people_of_a_company_share_its_account(
    under: HostUnderTest, host: Host, debtors: Debtors
) -> None:
    one = replace(somebody(), company="Beispiel GmbH", company_key=StoreKey(uuid4().hex[:12]))
    await converge(orders(host), under.adapt(replace(EXAMPLES["unpaid_to_be_invoiced"](), buyer=one)))
    other = replace(one, key=StoreKey("5"), name="Kollegin", email="other@example.com")
    found = await debtors.of(one)
    assert found is not None
    assert await debtors.of(other) == found
