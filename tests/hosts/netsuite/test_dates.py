"""Under which day an order is billed: a period may be closed by the time its goods leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.domain.document import DocumentKind
from sandbox.erps.office import Parcel
from tests.examples import EXAMPLES, ORDERED_AT, document, line, payment
from tests.hosts.netsuite.rig import There, opened
from tests.hosts.rig import converge, orders

LONG_AGO = ORDERED_AT - timedelta(days=400)


def billed(there: There) -> str:
    return str(there.one("SELECT trandate FROM _tran WHERE type = 'CustInvc'")["trandate"])


async def test_an_order_that_is_billed_when_it_has_left_is_billed_under_the_day_of_that() -> None:
    there = opened()
    order = replace(EXAMPLES["deposit"](), ordered_at=LONG_AGO, location="1")
    made, _ = await converge(orders(there.host), order)
    assert not made.invoiced
    there.http.simulator.office.ship(made.sink_key, Parcel())
    made, _ = await converge(orders(there.host), order)
    assert made.invoiced
    assert billed(there) == there.books.clock.today()


async def test_an_order_that_was_paid_later_is_billed_under_the_day_on_which_all_of_it_was_paid() -> None:
    there, order = opened(), document(kind=DocumentKind.INVOICED_ORDER)
    later = replace(payment(order.total), at=ORDERED_AT + timedelta(days=20))
    await converge(orders(there.host), replace(order, payments=(later,), location="1"))
    assert billed(there) == later.at.date().isoformat()


async def test_an_order_that_was_paid_at_once_is_billed_under_its_own_day() -> None:
    there, order = opened(), document(kind=DocumentKind.INVOICED_ORDER)
    await converge(orders(there.host), replace(order, location="1"))
    assert billed(there) == ORDERED_AT.date().isoformat()


async def test_an_order_that_cost_nothing_is_billed_under_its_own_day() -> None:
    there = opened()
    free = document([line("TEA", "0.00")], kind=DocumentKind.INVOICED_ORDER)
    made, _ = await converge(orders(there.host), replace(free, payments=(), location="1"))
    assert made.invoiced
    assert billed(there) == ORDERED_AT.date().isoformat()
