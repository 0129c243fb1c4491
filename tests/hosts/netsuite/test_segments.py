"""A credit is counted where its order was: department and class go with what is given back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.ports import Missing
from tests.examples import EXAMPLES
from tests.hosts.netsuite.rig import opened
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of, credited

CODES = {"department": "Retail", "class": "2"}


@pytest.mark.parametrize("name", ["plain", "cash_sale", "deposit"])
async def test_a_credit_carries_the_department_and_the_class(name: str) -> None:
    there = opened()
    order = replace(EXAMPLES[name](), location="1")
    await converge(orders(there.host), order)
    there.books.run("UPDATE _tran SET department = NULL, class = NULL")
    assert not isinstance(there.host.refunds, Missing)
    given = await credited(there.host.refunds, replace(credit_of(order, lines=1), codes=CODES))
    row = there.one("SELECT department, class FROM _tran WHERE id = ?", given.sink_key)
    assert (row["department"], row["class"]) == (2, 2)
