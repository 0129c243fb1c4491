"""Rules that go by an order's market, where nobody can tell which it is: the order is held rather than taken for one of none."""

from __future__ import annotations

from app.domain.order import Order
from app.errors import Reason
from app.mapping.ruleset import RuleSet
from app.mapping.tree import MARKETS


def unknown_to_gates(order: Order, rules: RuleSet) -> Reason | None:
    return _unknown(order) if order.markets is None and rules.asks(MARKETS) else None


def unknown_to_fields(order: Order, rules: RuleSet) -> Reason | None:
    return _unknown(order) if order.markets is None and MARKETS in rules.read else None


def _unknown(order: Order) -> Reason:
    return Reason(
        code="order.market_unknown",
        sentence=f"A rule asks for the market of {order.name}, and the shop does not let this app see its markets.",
    )
