"""What the contract says of kinds of documents, of their numbers and of doubles; the rest of it stands in `test_contract`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.document import DocumentKind, SalesDocument
from app.ports import Found, Numbered, Sink, Step
from tests.examples import in_kind, payment
from tests.hosts.rig import OURS, HostUnderTest, NoHttp, converge, example, opened, orders, the_real_one


async def test_every_kind_of_document_is_expressed_or_refused_with_a_reason(under: HostUnderTest) -> None:
    offline = orders(opened(under, NoHttp()))
    for kind in DocumentKind:
        made = under.adapt(in_kind(kind))
        assert offline.next_step(made, Found()) is not None


@pytest.mark.parametrize("name", ["plain", "cash_sale", "deposit"])
async def test_money_beyond_what_an_order_comes_to_is_booked_all_the_same(
    under: HostUnderTest, sink: Sink[SalesDocument], name: str
) -> None:
    """It pays for goods that were given in exchange, or waits to be given back."""
    order = example(under, name)
    await converge(sink, order)
    more = replace(order, payments=(*order.payments, payment("5.00", order.payments[0].method)))
    made, _ = await converge(sink, more)
    assert made.payments == {paid.key for paid in more.payments}


async def test_what_a_step_saw_afterwards_is_what_a_look_finds(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    """The next step is decided from it without another look."""
    made = example(under, "unpaid_sales_order")
    for _ in range(20):
        found = await sink.find(made)
        step = sink.next_step(made, found)
        if step is None:
            return
        assert isinstance(step, Step)
        evidence = await sink.do(step)
        if evidence.found is not None:
            assert evidence.found.documents == (await sink.find(made)).documents
    raise AssertionError("still not done")


async def test_a_double_that_was_there_is_no_longer_passed_over_when_a_step_says_what_it_saw(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "unpaid_sales_order")
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    await sink.do(step)
    again = await sink.do(step)
    assert again.found is None or len(again.found.documents) == len((await sink.find(made)).documents)


async def test_a_discarded_or_voided_double_is_never_the_one_that_counts(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "unpaid_sales_order")
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    first = await sink.do(step)
    await sink.do(step)
    found, _ = await converge(sink, made)
    assert found.sink_key == first.sink_key
    assert the_real_one(await sink.find(made)).sink_key == first.sink_key


async def test_a_document_is_found_by_the_number_people_know_it_by(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    if under.spec.key not in OURS and not isinstance(sink, Numbered):
        pytest.skip("this ERP looks none up by its number")
    assert isinstance(sink, Numbered)
    found, _ = await converge(sink, example(under, "unpaid_sales_order"))
    assert found.number is not None
    (same,) = await sink.numbered(f" {found.number} ")
    assert (same.sink_key, same.total) == (found.sink_key, found.total)
    assert not await sink.numbered("NO-SUCH-NUMBER-1")
