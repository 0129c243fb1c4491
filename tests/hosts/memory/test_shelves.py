"""The demo ERP's shelves: what confirmed orders hold, what a cash sale takes, and lists that leave things out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.hosts.memory.ledger import Ledger, Rules
from app.hosts.memory.wire import Customer, Line, NewDocument, Shelf


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "erp.sqlite", Rules())
    made.shelves.put([Shelf(item=f"I{n}", warehouse="MAIN", physical=Decimal(10)) for n in range(6)])
    yield made
    made.close()


def order(quantity: int = 3, *, key: str | None = "order-1", item: str = "I1") -> NewDocument:
    line = Line(key="1", item=item, quantity=Decimal(quantity), net=Decimal(9))
    return NewDocument(currency="EUR", customer=Customer(), lines=(line,), external_id=key)


def shelf(ledger: Ledger, item: str = "I1") -> tuple[int, int, int]:
    (found,) = ledger.shelves.of([item])
    return int(found.physical), int(found.available), int(found.reserved_elsewhere)


def test_an_order_holds_its_goods_from_its_confirmation_on_and_once(ledger: Ledger) -> None:
    made = ledger.create("sales_order", order())
    assert shelf(ledger) == (10, 10, 0)
    ledger.confirm(made.id)
    ledger.confirm(made.id)
    assert shelf(ledger) == (10, 7, 0)


def test_a_cancelled_order_lets_go_of_them(ledger: Ledger) -> None:
    made = ledger.create("sales_order", order())
    ledger.confirm(made.id)
    ledger.cancel(made.id)
    ledger.cancel(made.id)
    assert shelf(ledger) == (10, 10, 0)


def test_a_cash_sale_takes_them_out_at_once(ledger: Ledger) -> None:
    ledger.create("cash_sale", order())
    assert shelf(ledger) == (7, 7, 0)


def test_goods_that_come_and_go_leave_what_is_held_as_it_is(ledger: Ledger) -> None:
    ledger.confirm(ledger.create("sales_order", order()).id)
    moves = [Shelf(item="I1", warehouse="MAIN", physical=Decimal(n)) for n in (5, -2)]
    ledger.shelves.move([*moves, Shelf(item="NOWHERE", warehouse="MAIN", physical=Decimal(1))])
    assert shelf(ledger) == (13, 10, 0)
    assert ledger.shelves.of(["NOWHERE"]) == []


def test_what_others_ordered_is_told_apart(ledger: Ledger) -> None:
    made = ledger.create("sales_order", order(key=None))
    ledger.confirm(made.id)
    assert shelf(ledger) == (10, 7, 3)


def test_a_service_has_no_shelf(ledger: Ledger) -> None:
    made = ledger.create("sales_order", order(item="SHIPPING"))
    ledger.confirm(made.id)
    assert ledger.shelves.of(["SHIPPING"]) == []


def test_pages_tell_each_shelf_once(ledger: Ledger) -> None:
    first = ledger.shelves.page("", 4)
    assert first.next is not None
    second = ledger.shelves.page(first.next, 4)
    assert [s.item for s in (*first.shelves, *second.shelves)] == [f"I{n}" for n in range(6)]
    assert second.next is None


@pytest.mark.parametrize(("says", "rows", "units"), [("nothing", 0, 0), ("half", 3, 30), ("zeros", 6, 0)])
def test_an_erp_that_lost_its_mind_tells_less(ledger: Ledger, says: str, rows: int, units: int) -> None:
    ledger.shelves.silence = says  # type: ignore[assignment]
    found = ledger.shelves.page("", 100).shelves
    assert (len(found), int(sum(s.available for s in found))) == (rows, units)
