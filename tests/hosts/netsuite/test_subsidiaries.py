"""Two subsidiaries in one account: what a rule says of the order holds for whoever is made for it."""

from __future__ import annotations

import pytest

from app.errors import Rejected
from sandbox.erps.netsuite.books import Books
from tests.hosts.netsuite.rig import opened, unpaid
from tests.hosts.rig import converge, orders


def second(books: Books) -> None:
    books.list("subsidiary", ["Second Company"], first=2, currency=1, country="AT", iselimination="F")


@pytest.mark.parametrize("named", ["Second Company", "2"])
async def test_a_rule_for_the_subsidiary_is_for_the_orders_new_customer_too(named: str) -> None:
    there = opened(prepared=second, subsidiary="Demo Company")
    await converge(orders(there.host), unpaid(codes={"subsidiary": named}))
    assert there.one("SELECT subsidiary FROM _customer")["subsidiary"] == 2
    assert there.one("SELECT subsidiary FROM _tran")["subsidiary"] == 2


async def test_without_a_rule_a_new_customer_belongs_to_the_subsidiary_of_the_form() -> None:
    there = opened(prepared=second, subsidiary="Second Company")
    await converge(orders(there.host), unpaid())
    assert there.one("SELECT subsidiary FROM _customer")["subsidiary"] == 2


async def test_an_order_of_another_subsidiary_than_its_customers_is_refused_by_name() -> None:
    there = opened(prepared=second, subsidiary="Demo Company")
    await converge(orders(there.host), unpaid())
    with pytest.raises(Rejected) as raised:
        await converge(orders(there.host), unpaid(codes={"subsidiary": "2"}))
    assert raised.value.facts["path"] == "subsidiary"
