"""What every ERP that tells how far a document has come keeps: nothing missed since the cursor, and what shipping entails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.document_status import DocumentStatus, Stage
from app.errors import Reason
from app.outbound import Outbound
from app.ports import Missing, StatusSource
from tests.examples import EXAMPLES
from tests.hosts.rig import HostUnderTest, converge, opened, orders


@pytest.fixture
def source(under: HostUnderTest, http: Outbound) -> StatusSource:
    found = opened(under, http).document_status
    if isinstance(found, Missing):
        pytest.skip(found.sentence)
    return found


async def moved(source: StatusSource, cursor: str | None) -> tuple[list[DocumentStatus], str]:
    found: list[DocumentStatus] = []
    last = cursor or ""
    async for page in source.moved(cursor):
        found += page.items
        last = page.cursor
    return found, last


async def test_what_moved_since_the_cursor_is_told_and_nothing_before_the_first_look(
    under: HostUnderTest, http: Outbound, source: StatusSource
) -> None:
    nothing, cursor = await moved(source, None)
    assert nothing == []
    made = under.adapt(EXAMPLES["plain"]())
    there, _ = await converge(orders(opened(under, http)), made)
    found, after = await moved(source, cursor)
    (mine,) = {each.external_id: each for each in found if each.external_id == made.external_id}.values()
    assert (mine.sink_key, mine.paid) == (there.sink_key, made.total)
    assert {Stage.ALLOCATED, Stage.INVOICED} <= mine.reached
    never = (
        {Stage.CANCELLED} if under.cannot("invoicing what has not left") else {Stage.SHIPPED, Stage.CANCELLED}
    )
    assert not mine.reached & never
    again, _ = await moved(source, after)
    assert {each.external_id for each in again} <= {each.external_id for each in found}


async def test_an_order_with_a_deposit_is_invoiced_once_it_is_shipped(
    under: HostUnderTest, http: Outbound, source: StatusSource
) -> None:
    if why := under.cannot("shipping goods"):
        pytest.skip(why)
    sink = orders(opened(under, http))
    made = under.adapt(EXAMPLES["deposit"]())
    before, _ = await converge(sink, made)
    assert not before.invoiced
    _, cursor = await moved(source, None)
    await under.ship(before.sink_key)
    (mine,) = [e for e in (await moved(source, cursor))[0] if e.external_id == made.external_id]
    assert Stage.SHIPPED in mine.reached
    now, steps = await converge(sink, made)
    assert [step.key for step in steps] == ["invoice"]
    assert now.invoiced
    assert now.payments == {payment.key for payment in made.payments}


async def test_a_payment_that_was_changed_in_the_erp_is_held_with_the_difference(
    under: HostUnderTest, http: Outbound
) -> None:
    sink = orders(opened(under, http))
    made = under.adapt(EXAMPLES["deposit"]())
    await converge(sink, made)
    found = await sink.find(made)
    real = found.documents[0]
    assert set(real.amounts) == {payment.key for payment in made.payments}
    key = made.payments[0].key
    less = replace(real, amounts={**real.amounts, key: real.amounts[key] - 1})
    reason = sink.next_step(made, replace(found, documents=(less,)))
    assert isinstance(reason, Reason)
    assert (reason.code, reason.facts["difference"]) == ("payment.differs", f"-1.00 {made.currency}")
