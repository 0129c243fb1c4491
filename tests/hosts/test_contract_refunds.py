"""What every ERP that takes refunds keeps: one credit per refund, against its order, over the money that went back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.credit import CreditDocument, GoodsBack
from app.domain.document import FoundDocument, SalesDocument
from app.domain.ids import StoreKey, external_id
from app.domain.money import minor_unit
from app.domain.refund import Restock
from app.outbound import Outbound
from app.ports import Missing, Sink, Step
from tests.examples import EXAMPLES
from tests.hosts.converging import settled
from tests.hosts.rig import HostUnderTest, LosingHttp, converge, opened, orders, the_real_one


@pytest.fixture
def sink(under: HostUnderTest, http: Outbound) -> Sink[CreditDocument]:
    refunds = opened(under, http).refunds
    if isinstance(refunds, Missing):
        pytest.skip(refunds.sentence)
    return refunds


async def billed(under: HostUnderTest, http: Outbound, name: str = "plain") -> SalesDocument:
    if why := under.cannot(name):
        pytest.skip(why)
    made = under.adapt(EXAMPLES[name]())
    await converge(orders(opened(under, http)), made)
    return made


def credit_of(document: SalesDocument, *, lines: int | None = None, **changes: object) -> CreditDocument:
    """The refund of an order's first lines, or of all of it."""
    key = document.external_id.rpartition("-")[2]
    back = document.lines[:lines]
    tax = sum((t.amount for each in back for t in each.taxes), start=Decimal(0))
    whole = sum((each.net for each in back), start=tax)
    paid = tuple(replace(p, key=StoreKey(f"back-{p.key}"), amount=whole) for p in document.payments[:1])
    made = CreditDocument(
        external_id=external_id(kind="refund", store="demo", key=key),
        reference=f"{document.reference}-R1",
        order_external_id=document.external_id,
        order_reference=document.reference,
        currency=document.currency,
        side=document.side,
        refunded_at=document.ordered_at,
        lines=back,
        goods=tuple(
            GoodsBack(line_key=StoreKey(e.key), item=e.item, quantity=e.quantity, restock=Restock.RETURN)
            for e in back
            if e.kind.value == "item"
        ),
        payments=paid,
        total=whole,
        tax_total=tax,
        tax_lines=sum(1 for each in back for _ in each.taxes),
        whole=lines is None,
        rounding_item=document.rounding_item,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def credited(sink: Sink[CreditDocument], credit: CreditDocument) -> FoundDocument:
    found, _ = await settled(sink, credit)
    return the_real_one(found)


@pytest.mark.parametrize("name", ["plain", "cash_sale", "deposit", "discounted", "yen", "dinar"])
async def test_a_refund_becomes_one_credit_over_what_went_back(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument], name: str
) -> None:
    credit = credit_of(await billed(under, http, name), lines=1)
    made = await credited(sink, credit)
    assert (made.total, made.tax_total, made.currency) == (credit.total, credit.tax_total, credit.currency)
    assert made.payments == {payment.key for payment in credit.payments}
    again, keys = await settled(sink, credit)
    assert again.basis is not None
    assert made.state.value == "posted" or not again.basis.invoiced
    assert (len(again.documents), keys) == (1, [])


async def test_a_refund_between_an_invoice_and_its_payment_leaves_both_booked(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    order = under.adapt(EXAMPLES["plain"]())
    sold = orders(opened(under, http))
    found = await sold.find(order)
    while not any(document.invoiced for document in found.documents):
        step = sold.next_step(order, found)
        assert isinstance(step, Step)
        await sold.do(step)
        found = await sold.find(order)
    credit = credit_of(order, lines=1)
    made = await credited(sink, credit)
    paid, _ = await converge(sold, order)
    assert made.payments == {payment.key for payment in credit.payments}
    assert paid.payments == {payment.key for payment in order.payments}


async def test_a_credit_whose_answer_was_lost_is_found(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    credit = credit_of(await billed(under, http), lines=1)
    losing = LosingHttp(http)
    losing.lose = 1
    refunds = opened(under, losing).refunds
    assert not isinstance(refunds, Missing)
    step = refunds.next_step(credit, await refunds.find(credit))
    assert isinstance(step, Step)
    with pytest.raises(Exception, match="lost"):
        await refunds.do(step)
    assert (await credited(sink, credit)).total == credit.total
    assert len((await sink.find(credit)).documents) == 1


async def test_the_order_is_what_a_credit_is_made_against(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    order = await billed(under, http)
    credit = credit_of(order, lines=1)
    assert (await sink.find(credit)).basis == the_real_one(await orders(opened(under, http)).find(order))
    gone = replace(credit, order_external_id=external_id(kind="order", store="demo", key="none"))
    reason = sink.next_step(gone, await sink.find(gone))
    assert reason is not None
    assert not isinstance(reason, Step)
    assert reason.code == "refund.no_document"


async def test_two_refunds_of_one_order_are_two_credits(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    order = await billed(under, http, "two_taxes")
    first = credit_of(order, lines=1)
    second = replace(
        credit_of(order, lines=None),
        external_id=external_id(kind="refund", store="demo", key=f"{first.external_id[-8:]}2"),
        lines=order.lines[1:2],
        goods=(),
        payments=(),
        total=order.lines[1].net + sum(t.amount for t in order.lines[1].taxes),
        tax_total=sum((t.amount for t in order.lines[1].taxes), start=Decimal(0)),
        tax_lines=len(order.lines[1].taxes),
        whole=False,
    )
    one, two = await credited(sink, first), await credited(sink, second)
    assert one.sink_key != two.sink_key


async def test_an_order_nothing_was_billed_of_is_cancelled_with_its_refund_or_credited_whole(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    order = await billed(under, http, "unpaid_sales_order")
    credit = credit_of(order, payments=())
    found, keys = await settled(sink, credit)
    if keys == ["cancel-order"]:
        assert await under.real_documents(order.external_id) == 0
        assert found.documents == ()
    else:
        assert the_real_one(found).total == order.total


async def test_no_more_is_given_back_than_was_billed(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    order = await billed(under, http)
    await credited(sink, credit_of(order))
    more = replace(
        credit_of(order, lines=1), external_id=external_id(kind="refund", store="demo", key="more")
    )
    step = sink.next_step(more, await sink.find(more))
    assert isinstance(step, Step)
    with pytest.raises(Exception, match="given back") as refused:
        await sink.do(step)
    assert getattr(refused.value, "code", "") == "credit.exceeds"


@pytest.mark.parametrize("times", ["0.5", "1", "2"])
async def test_an_exchange_is_one_credit_over_the_difference(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument], times: str
) -> None:
    """For goods that cost less, the same or more: then the difference is below zero, and nothing goes back."""
    order = await billed(under, http)
    back, cent = order.lines[0], minor_unit(order.currency)
    sent = replace(
        back,
        key="sent-1",
        quantity=-back.quantity,
        net=-(back.net * Decimal(times)).quantize(cent),
        taxes=tuple(replace(t, amount=-(t.amount * Decimal(times)).quantize(cent)) for t in back.taxes),
    )
    lines = (back, sent)
    tax = sum((t.amount for each in lines for t in each.taxes), start=Decimal(0))
    difference = back.net + sent.net + tax
    plain = credit_of(order, lines=1)
    out = GoodsBack(line_key=StoreKey(sent.key), item=sent.item, quantity=back.quantity, restock=Restock.SENT)
    credit = replace(
        plain,
        lines=lines,
        goods=(*plain.goods, out),
        payments=tuple(replace(paid, amount=difference) for paid in plain.payments if difference > 0),
        tax_lines=len(back.taxes) + len(sent.taxes),
        tax_total=tax,
        total=difference,
        lost_item=order.lines[-1].item,
    )
    made = await credited(sink, credit)
    assert (made.total, made.tax_total) == (credit.total, credit.tax_total)
    assert made.payments == {paid.key for paid in credit.payments}
    again, steps = await settled(sink, credit)
    assert (len(again.documents), steps) == (1, [])


async def test_what_was_given_in_a_dearer_exchange_may_be_given_back_as_well(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    order = await billed(under, http)
    back = order.lines[0]
    twice = replace(
        back, key="sent-1", quantity=-back.quantity, net=-2 * back.net,
        taxes=tuple(replace(t, amount=-2 * t.amount) for t in back.taxes),
    )  # fmt: skip
    plain = credit_of(order, lines=1)
    out = GoodsBack(line_key=StoreKey("sent-1"), item=back.item, quantity=back.quantity, restock=Restock.SENT)
    exchange = replace(
        plain, lines=(back, twice), payments=(), total=-plain.total, tax_total=-plain.tax_total, goods=(*plain.goods, out),
        tax_lines=2, lost_item=order.lines[-1].item,
    )  # fmt: skip
    await credited(sink, exchange)
    everything = credit_of(order)
    lines = (replace(twice, key="line-back", quantity=back.quantity, net=2 * back.net,
                     taxes=tuple(replace(t, amount=2 * t.amount) for t in back.taxes)), *order.lines[1:])  # fmt: skip
    total = everything.total + plain.total
    rest = replace(
        everything, external_id=external_id(kind="refund", store="demo", key="rest"), reference=f"{order.reference}-R2",
        lines=lines, total=total, tax_total=everything.tax_total + plain.tax_total, lost_item=order.lines[-1].item,
        payments=tuple(replace(paid, amount=total) for paid in everything.payments), whole=False,
    )  # fmt: skip
    made = await credited(sink, rest)
    assert (made.total, made.tax_total) == (rest.total, rest.tax_total)


async def test_two_refunds_that_are_all_of_an_order_are_both_booked_however_the_erp_rounds(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    """An ERP that computes the tax of what is left may come to a cent more than is left, until it is rounded off."""
    order = await billed(under, http, "many_cents")
    for number, places in enumerate([(0, 3, 4), (1, 2)], 1):
        part = credit_of(replace(order, lines=tuple(order.lines[place] for place in places)), lines=3)
        key = external_id(kind="refund", store="demo", key=f"{order.reference[1:]}{number}")
        credit = replace(part, external_id=key, reference=f"{order.reference}-R{number}")
        made = await credited(sink, credit)
        assert made.total == credit.total
        assert made.payments == {payment.key for payment in credit.payments}


async def test_goods_that_do_not_come_back_are_credited_without_them(
    under: HostUnderTest, http: Outbound, sink: Sink[CreditDocument]
) -> None:
    order = await billed(under, http)
    credit = credit_of(order, lines=1)
    lost = replace(
        credit,
        lines=tuple(replace(line, moves=False) for line in credit.lines),
        goods=tuple(replace(each, restock=Restock.NONE) for each in credit.goods),
        lost_item=order.lines[-1].item,
    )
    assert (await credited(sink, lost)).total == credit.total
