"""Credits on what became of their orders in Business Central."""

from __future__ import annotations

from dataclasses import replace

from app.ports import Missing, Step
from tests.examples import document, line
from tests.hosts.businesscentral.rig import company
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of

CODES = {"dimension_1": "SALES", "dimension_2": "HOME", "salesperson": "AB"}


async def test_a_credit_has_the_dimensions_and_the_salesperson_as_an_order_has_them() -> None:
    host, staff, _ = company()
    refunds = host.refunds
    assert not isinstance(refunds, Missing)
    sold = document([line("TEA", "20.00", "VAT20")], codes=CODES)
    await converge(orders(host), sold)
    credit = replace(credit_of(sold, lines=1), codes=CODES)
    step = refunds.next_step(credit, await refunds.find(credit))
    assert isinstance(step, Step)
    await refunds.do(step)
    (bill,), (memo,) = (staff._books.all(each) for each in ("salesInvoices", "salesCreditMemos"))
    fields = ("shortcutDimension1Code", "shortcutDimension2Code", "salesperson")
    assert [memo[name] for name in fields] == [bill[name] for name in fields] == [*CODES.values()]
