"""What happens to the demo ERP's documents after they were made: other lines, goods that leave, and a list of what changed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.hosts.memory.ledger import Ledger, Rules
from app.hosts.memory.posting import Refusal
from app.hosts.memory.wire import Customer, Goods, Line, NewDocument, Payment, Revision, Shelf


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "erp.sqlite", Rules())
    made.shelves.put([Shelf(item="I1", warehouse="MAIN", physical=Decimal(10))])
    yield made
    made.close()


def lines(quantity: int) -> tuple[Line, ...]:
    return (Line(key="1", item="I1", quantity=Decimal(quantity), net=Decimal(3 * quantity)),)


def order(quantity: int = 3, key: str = "order-1") -> NewDocument:
    return NewDocument(currency="EUR", customer=Customer(), lines=lines(quantity), external_id=key)


def free(ledger: Ledger) -> tuple[int, int]:
    (found,) = ledger.shelves.of(["I1"])
    return int(found.physical), int(found.available)


def test_other_lines_for_a_confirmed_order_hold_other_goods(ledger: Ledger) -> None:
    made = ledger.create("sales_order", order())
    ledger.confirm(made.id)
    now = ledger.revise(made.id, Revision(revision=0, lines=lines(5)))
    assert (now.total, now.revision, free(ledger)) == (Decimal("15.00"), 1, (10, 5))


def test_only_who_saw_the_last_state_changes_it(ledger: Ledger) -> None:
    made = ledger.create("sales_order", order())
    ledger.revise(made.id, Revision(revision=0, lines=lines(5)))
    with pytest.raises(Refusal, match="meanwhile"):
        ledger.revise(made.id, Revision(revision=0, lines=lines(3)))
    assert ledger.get(made.id).total == Decimal("15.00")


@pytest.mark.parametrize("step", ["invoice", "ship", "cancel"])
def test_what_was_billed_shipped_or_cancelled_keeps_its_lines(ledger: Ledger, step: str) -> None:
    made = ledger.create("sales_order", order())
    ledger.confirm(made.id)
    getattr(ledger, step)(made.id)
    with pytest.raises(Refusal):
        ledger.revise(made.id, Revision(revision=0, lines=lines(5)))


def test_goods_leave_once_and_come_back_by_their_credit(ledger: Ledger) -> None:
    made = ledger.create("sales_order", order())
    ledger.confirm(made.id)
    ledger.ship(made.id)
    ledger.ship(made.id)
    assert free(ledger) == (7, 7)
    back = order(1, "refund-1")
    goods = (Goods(line="1", item="I1", quantity=Decimal(1), restock="return"),)
    credit = NewDocument(
        currency="EUR", customer=Customer(), lines=back.lines, external_id="refund-1", goods=goods
    )
    ledger.post(ledger.credit(made.id, "credit_memo", credit).id)
    assert free(ledger) == (8, 8)


def test_goods_sent_in_exchange_leave_the_shelf(ledger: Ledger) -> None:
    made = ledger.create("sales_order", order())
    ledger.confirm(made.id)
    goods = (Goods(line="2", item="I1", quantity=Decimal(2), restock="sent"),)
    credit = NewDocument(
        currency="EUR", customer=Customer(), lines=lines(1), external_id="refund-1", goods=goods
    )
    ledger.post(ledger.credit(made.id, "credit_memo", credit).id)
    assert free(ledger) == (8, 5)


def test_whatever_changes_puts_a_document_at_the_end_of_the_list(ledger: Ledger) -> None:
    first = ledger.create("sales_order", order())
    second = ledger.create("sales_order", order(key="order-2"))
    assert [each.id for each in ledger.changed(0, 10)] == [first.id, second.id]
    (last,) = ledger.changed(None, 10)
    assert last.id == second.id
    ledger.confirm(first.id)
    ledger.confirm(second.id)
    deposit = Payment(reference="p", method="card", amount=Decimal(1), at="2026-11-21", kind="deposit")
    ledger.pay(second.id, deposit)
    moved = ledger.changed(last.changed, 10)
    assert [each.id for each in moved] == [first.id, second.id]
    assert ledger.changed(moved[-1].changed, 10) == []
