"""What every ERP is told of an order beside its amounts, and what of its own answer is not believed."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.document import SalesDocument
from app.ports import Fence, Found, Sink, Step
from tests.hosts.rig import HostUnderTest, NoHttp, converge, example, opened, orders


@pytest.mark.parametrize("off", ["1.00", "-1.00"])
async def test_a_document_of_another_total_than_was_charged_is_a_reason(
    off: str, under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "unpaid_sales_order")
    await converge(sink, made)
    found = await sink.find(made)
    wrong = tuple(
        replace(each, total=each.total + Decimal(off)) if each.total is not None else each
        for each in found.documents
    )
    reason = sink.next_step(made, replace(found, documents=wrong))
    assert reason is not None
    assert not isinstance(reason, Step), f"{reason.key} was to be done"
    assert reason.code == "total.differs"
    assert made.reference in reason.sentence


async def test_where_the_erp_prevents_doubles_a_lost_call_is_repeated_at_once(under: HostUnderTest) -> None:
    step = orders(opened(under, NoHttp())).next_step(example(under, "plain"), Found())
    assert isinstance(step, Step)
    assert step.repeatable is (under.fence is Fence.UNIQUE), under.fence


async def test_the_erp_is_told_who_bought_and_what_they_noted(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = replace(example(under, "plain"), note="Leave it with the neighbours.")
    _, steps = await converge(sink, made)
    told = json.dumps([step.payload for step in steps], ensure_ascii=False)
    assert made.buyer.name in told
    assert "Leave it with the neighbours." in told
