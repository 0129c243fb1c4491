"""What is booked of money that an invoice or a cash sale does not take as it comes: asked of the books themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.credit import CreditDocument, GoodsBack
from app.domain.document import SalesDocument
from app.domain.ids import StoreKey
from app.domain.refund import Restock
from app.errors import Rejected
from app.hosts.netsuite.spec import NETSUITE
from app.ports import Host, Missing, Sink, Step
from tests.examples import EXAMPLES, payment
from tests.hosts.converging import settled
from tests.hosts.rig import converge, door, opened, orders
from tests.hosts.simulated import SimulatedUnderTest, Words, running
from tests.hosts.test_contract_refunds import credit_of


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedUnderTest]:
    home, wrong = tmp_path_factory.mktemp("netsuite"), {"certificate_id": "no-such-certificate"}
    with running(NETSUITE, home, wrong=wrong, words=Words(location="1")) as found:
        yield found


def credits_of(host: Host) -> Sink[CreditDocument]:
    assert not isinstance(host.refunds, Missing)
    return host.refunds


async def booked(account: SimulatedUnderTest, order: SalesDocument) -> Decimal:
    """The money that the books hold for an order."""
    told = await account.ask("GET", f"/orders?external_id={order.external_id}")
    (row,) = told["orders"]
    return Decimal(row["paid"])


async def shelf(account: SimulatedUnderTest, sku: str) -> Decimal:
    told = await account.ask("GET", "/stock")
    return Decimal(told["free"][sku])


@pytest.mark.parametrize("name", ["plain", "cash_sale", "deposit"])
async def test_money_beyond_what_an_order_comes_to_is_in_the_books_when_it_is_there_from_the_start(
    account: SimulatedUnderTest, name: str
) -> None:
    order = account.adapt(EXAMPLES[name]())
    more = replace(order, payments=(*order.payments, payment("5.00", order.payments[0].method)))
    async with door(account) as http:
        made, _ = await converge(orders(opened(account, http)), more)
    assert made.payments == {paid.key for paid in more.payments}
    assert await booked(account, more) == order.total + 5


async def test_money_that_a_person_booked_by_hand_is_not_booked_once_more(
    account: SimulatedUnderTest,
) -> None:
    order = account.adapt(EXAMPLES["plain"]())
    by_hand = replace(order, payments=(payment(order.total, order.payments[0].method),))
    async with door(account) as http:
        sink = orders(opened(account, http))
        await invoiced(sink, order)
        step = sink.next_step(by_hand, await sink.find(by_hand))
        assert isinstance(step, Step)
        await sink.do(replace(step, payload={**step.payload, "external_id": "by-hand"}))
        with pytest.raises(Rejected):
            await converge(sink, order)
    assert await booked(account, order) == order.total


async def invoiced(sink: Sink[SalesDocument], order: SalesDocument) -> None:
    found = await sink.find(order)
    while not any(document.invoiced for document in found.documents):
        step = sink.next_step(order, found)
        assert isinstance(step, Step)
        await sink.do(step)
        found = await sink.find(order)


async def test_what_is_open_of_an_invoice_is_given_up_with_its_refund_and_the_rest_goes_back_as_money(
    account: SimulatedUnderTest,
) -> None:
    """Else its customer would be dunned for what was given back."""
    part, made = Decimal("10.00"), account.adapt(EXAMPLES["deposit"]())
    buyer = replace(made.buyer, key=StoreKey("half-paid"), email="half.paid@example.com", host_key=None)
    order = replace(made, buyer=buyer, payments=(payment(part, made.payments[0].method),))
    async with door(account) as http:
        host = opened(account, http)
        found, _ = await converge(orders(host), order)
        await account.ship(found.sink_key)
        await converge(orders(host), order)
        assert not isinstance(host.debtors, Missing)
        owes = await host.debtors.of(buyer)
        assert owes is not None
        assert owes.owed.amount == order.total - part
        credit = credit_of(order)
        credit = replace(credit, payments=tuple(replace(each, amount=part) for each in credit.payments))
        given, _ = await settled(credits_of(host), credit)
        assert given.documents[0].payments == {each.key for each in credit.payments}
        owes = await host.debtors.of(buyer)
        assert owes is not None
        assert owes.owed.amount == 0


@pytest.mark.parametrize(("restock", "back"), [(Restock.RETURN, 2), (Restock.CANCEL, 2), (Restock.NONE, 0)])
async def test_goods_of_a_cash_sale_that_were_called_off_lie_on_their_shelf_again(
    account: SimulatedUnderTest, restock: Restock, back: int
) -> None:
    """A cash sale takes them from it at once."""
    order = account.adapt(EXAMPLES["cash_sale"]())
    async with door(account) as http:
        host = opened(account, http)
        await converge(orders(host), order)
        before = await shelf(account, "TEA")
        credit = credit_of(order)
        goods: tuple[GoodsBack, ...] = tuple(replace(each, restock=restock) for each in credit.goods)
        moves = restock is not Restock.NONE
        lines = tuple(replace(each, moves=moves and each.moves) for each in credit.lines)
        await settled(
            credits_of(host), replace(credit, goods=goods, lines=lines, lost_item=order.lines[-1].item)
        )
    assert await shelf(account, "TEA") == before + back
