"""Refunds to try things with: parts of an order given back, and a shop that tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from app.domain.ids import StoreKey
from app.domain.money import BothMoney, Money, total
from app.domain.order import Order, OrderLine, Payment
from app.domain.refund import Refund, RefundLine, RefundPart, Restock
from tests.fakes.orders import PLACED, both


def back(
    line: OrderLine, subtotal: str, tax: str = "0", *, quantity: int = 1, restock: Restock = Restock.RETURN,
    money: dict[str, Any] | None = None, **changes: Any,
) -> RefundLine:  # fmt: skip
    """So many of a line."""
    made = RefundLine(
        key=StoreKey(f"r-{line.key}"),
        line=line,
        quantity=quantity,
        subtotal=both(subtotal, **(money or {})),
        tax=both(tax, **(money or {})),
        restock=restock,
    )
    return replace(made, **changes)


def part(name: str, amount: str, tax: str = "0", **changes: Any) -> RefundPart:
    made = RefundPart(key=StoreKey(name), title=name, amount=both(amount), tax=both(tax))
    return replace(made, **changes)


def refund(of: Order, *lines: RefundLine, adds_up: bool = True, **changes: Any) -> Refund:
    """A refund whose money is what its parts come to, unless told otherwise."""
    made = Refund(
        key=StoreKey("501"),
        order_key=of.key,
        order_name=of.name,
        store=of.store,
        created_at=PLACED,
        processed_at=PLACED,
        updated_at=PLACED,
        taxes_included=of.taxes_included,
        lines=lines,
        shipping=(),
        duties=(),
        adjustments=(),
        payments=(),
        total=both("0"),
    )
    made = replace(made, **changes)
    if not adds_up:
        return made
    money = _added_up(made)
    paid_back = Payment(key=StoreKey("t9"), method="card", amount=money, at=PLACED)
    return replace(made, total=money, payments=(paid_back,))


def _added_up(made: Refund) -> BothMoney:
    parts: list[RefundLine | RefundPart] = [*made.lines, *made.shipping, *made.duties, *made.adjustments]
    amounts = [p.subtotal if isinstance(p, RefundLine) else p.amount for p in parts]
    taxes = [] if made.taxes_included else [p.tax for p in parts]

    def added(of: Iterable[Money]) -> Money:
        given = list(of)
        return Money(amount=total(m.amount for m in given), currency=given[0].currency if given else "EUR")

    return BothMoney(
        shop=added(m.shop for m in (*amounts, *taxes)),
        presentment=added(m.presentment for m in (*amounts, *taxes)),
    )


@dataclass
class FakeRefunds:
    """Implements `Reader[Refund]`."""

    refunds: dict[StoreKey, Refund] = field(default_factory=dict)
    reads: list[StoreKey] = field(default_factory=list)

    def give(self, made: Refund) -> Refund:
        now = datetime.now(UTC)
        self.refunds[made.key] = replace(made, created_at=now, processed_at=now, updated_at=now)
        return self.refunds[made.key]

    async def get(self, key: str) -> Refund | None:
        self.reads.append(key)
        return self.refunds.get(key)
