"""What a buyer owes in the ERP as gates see it, beside the order's tree; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from app.domain.debtor import Debtor
from app.domain.money import CurrencySide, Money, total
from app.domain.order import Order
from app.errors import Rejected, Verdict
from app.mapping.tables import Tables
from app.mapping.tree import OWED
from app.templates import Value

_ALLOWED, _LEFT, _AFTER = "allowed", "left", "left_after"
_LIMITED = frozenset({_ALLOWED, _LEFT, _AFTER})
"""What needs to know whether there is a limit at all."""


def owing(
    order: Order, side: CurrencySide, debtor: Debtor | None, tables: Tables, asked: Collection[str]
) -> Mapping[str, Value]:
    """The fields that are `asked` for, by name. Raises Rejected where one can't be told, or an amount not converted."""
    if debtor is None:
        return {OWED: Decimal(0)}
    if debtor.untold is not None and _LIMITED & set(asked):
        raise Rejected("debtor.limit_untold", debtor.untold, verdict=Verdict.NEEDS_MAPPING)
    told: dict[str, Value] = {OWED: debtor.owed.amount}
    if debtor.limit is not None:
        left = debtor.limit.amount - _in(debtor.limit.currency, debtor.owed, order, tables)
        told |= {_ALLOWED: debtor.limit.amount, _LEFT: left}
        if _AFTER in asked:
            told[_AFTER] = left - _unpaid(order, side, tables, debtor.limit)
    return told


def _unpaid(order: Order, side: CurrencySide, tables: Tables, limit: Money) -> Decimal:
    """What the order adds to what is owed, in the limit's currency."""
    whole = order.total.on(side)
    unpaid = max(Decimal(0), whole.amount - total(each.amount.on(side).amount for each in order.payments))
    return _in(limit.currency, replace(whole, amount=unpaid), order, tables)


def _in(currency: str, money: Money, order: Order, tables: Tables) -> Decimal:
    if not money.amount or money.currency == currency:
        return money.amount
    return tables.rate(money.currency, currency, order.processed_at).of(money.amount)
