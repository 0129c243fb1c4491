"""A credit is counted where its order was: in the department and class of what it is made of, else of the connection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.document import SalesDocument
from app.ports import Missing
from tests.examples import EXAMPLES
from tests.hosts.netsuite.rig import There, opened
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of, credited

RULED, FIXED = {"department": "Online", "class": "1"}, {"department": "Retail", "class": "2"}


async def given_back(there: There, order: SalesDocument, **changes: Any) -> tuple[int | None, int | None]:
    """In which department and class a refund of part of the order is booked."""
    await converge(orders(there.host), replace(order, location="1", codes=RULED))
    assert not isinstance(there.host.refunds, Missing)
    given = await credited(there.host.refunds, replace(credit_of(order, lines=1, **changes), codes=FIXED))
    row = there.one("SELECT department, class FROM _tran WHERE id = ?", given.sink_key)
    return row["department"], row["class"]


async def test_a_credit_of_what_was_never_billed_carries_what_the_connections_orders_carry() -> None:
    assert await given_back(opened(), EXAMPLES["deposit"]()) == (2, 2)


@pytest.mark.parametrize("name", ["plain", "cash_sale"])
async def test_a_credit_that_is_made_of_a_document_has_what_a_rule_gave_that_one(name: str) -> None:
    assert await given_back(opened(), EXAMPLES[name]()) == (1, 1)
