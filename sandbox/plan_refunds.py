"""What is refunded of a plan's orders: a share of them, seeded, with every kind of refund there is an order for.

The acts are laid over a plan that was drawn without them, so the orders of a seed stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.draw import Described, Draw
from sandbox.money import rounded
from sandbox.pricing import price

WAVE, LATER = 3, 4
SHARE = 0.4
# Kinds of orders of which no money came in; and of which only a part did, none was owed, or it comes by the clock.
UNPAID = frozenset({"b2b_terms", "pending_terms", "pending_manual"})
_NEVER = frozenset({"partly_paid", "free_order", "pending_processor"})
_MAKES_ONE = frozenset({"refund", "return", "exchange", "process_return"})


@dataclass(frozen=True, kw_only=True)
class Refundable:
    """An order of the plan as the makers of acts see it."""

    ref: str
    kind: str
    described: Described
    shop_currency: str

    @property
    def total(self) -> Decimal:
        return price(self.described, self.shop_currency).total.presentment

    @property
    def paid(self) -> bool:
        return self.kind not in UNPAID | _NEVER

    @property
    def shippable(self) -> list[int]:
        return [i for i, line in enumerate(self.described["lines"]) if _ships(line)]

    def share(self, part: str) -> str:
        """A part of the total in the buyer's money, never nothing."""
        currency = str(self.described["currency"])
        return format(rounded(self.total * Decimal(part), currency), "f")


def _ships(line: Described) -> bool:
    return bool(line.get("requires_shipping", not line.get("gift_card", False)))


Acts = list[Described]
Fits = Callable[[Refundable], bool]
Maker = Callable[[Draw, Refundable], Acts]


def _some(draw: Draw, order: Refundable, among: Sequence[int] | None = None, **more: str) -> Described:
    lines = order.described["lines"]
    index = draw.random.choice(list(among if among is not None else range(len(lines))))
    return {"line": index, "quantity": draw.random.randint(1, int(lines[index]["quantity"]))} | more


def _refund(**wanted: object) -> Described:
    return {"wave": WAVE, "act": "refund"} | wanted


_SENT: Described = {"wave": WAVE, "act": "fulfil"}


def some_units(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines=[_some(draw, order)])]


def unit_by_unit(draw: Draw, order: Refundable) -> Acts:
    index = _divisible(order)[0]
    units = int(order.described["lines"][index]["quantity"])
    return [_refund(lines=[{"line": index, "quantity": 1}]) for _ in range(units)]


def whole_order(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines="all", shipping="full", duties="full", amount="all")]


def lines_then_shipping(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines="all"), _refund(shipping="full")]


def free_amount(draw: Draw, order: Refundable) -> Acts:
    return [_refund(amount=order.share("0.1"), reason="CUSTOMER", note="Arrived late")]


def free_amount_then_all(draw: Draw, order: Refundable) -> Acts:
    return [_refund(amount=order.share("0.2")), *whole_order(draw, order)]


def shipping_only(draw: Draw, order: Refundable) -> Acts:
    return [_refund(shipping="full")]


def shipping_in_part(draw: Draw, order: Refundable) -> Acts:
    currency, whole = str(order.described["currency"]), Decimal(order.described["shipping"][0]["price"])
    return [_refund(shipping=format(rounded(whole / 3, currency), "f"))]


def duties_only(draw: Draw, order: Refundable) -> Acts:
    return [_refund(duties=[{"line": 0}])]


def not_restocked(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines=[_some(draw, order, restock="NO_RESTOCK")])]


def came_back(draw: Draw, order: Refundable) -> Acts:
    return [_SENT, _refund(lines=[_some(draw, order, order.shippable, restock="RETURN")])]


def came_back_elsewhere(draw: Draw, order: Refundable) -> Acts:
    back = _some(draw, order, order.shippable, restock="RETURN", location="Store Hamburg")
    return [_SENT, _refund(lines=[back])]


def fee_kept(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines="all", shipping="full", amount=order.share("0.9"), reason="RESTOCK")]


def no_money_back(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines=[_some(draw, order)], amount="0")]


def store_credit(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines=[_some(draw, order)], gateway="shopify_store_credit")]


def two_gateways(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines="all", shipping="full")]


def on_its_way(draw: Draw, order: Refundable) -> Acts:
    return [_refund(lines=[_some(draw, order)], pending=True), {"wave": LATER, "act": "refund_arrives"}]


def sent_back(draw: Draw, order: Refundable) -> Acts:
    line = _some(draw, order, order.shippable, reason="UNWANTED")
    return [_SENT, {"wave": WAVE, "act": "return", "lines": [line]}]


def sent_back_slowly(draw: Draw, order: Refundable) -> Acts:
    line = _some(draw, order, order.shippable, reason="DEFECTIVE")
    waiting = {"wave": WAVE, "act": "return", "lines": [line], "process": False}
    return [_SENT, waiting, {"wave": LATER, "act": "process_return"}]


def _exchange(draw: Draw, order: Refundable, factor: str) -> Acts:
    """One unit goes, one of another item comes, at a multiple of the first one's price."""
    index = draw.random.choice(order.shippable)
    old, item = order.described["lines"][index], draw.random.choice(list(draw.items))
    worth = rounded(Decimal(old["price"]) * Decimal(factor), str(order.described["currency"]))
    new = {"sku": item["sku"], "title": item["title"], "quantity": 1, "price": format(worth, "f")}
    new["taxes"] = old["taxes"]
    return [
        _SENT,
        {"wave": WAVE, "act": "exchange", "lines": [{"line": index, "quantity": 1}], "add": [new]},
    ]


def exchanged_for_less(draw: Draw, order: Refundable) -> Acts:
    return _exchange(draw, order, "0.4")


def exchanged_for_the_same(draw: Draw, order: Refundable) -> Acts:
    return _exchange(draw, order, "1")


def exchanged_for_more(draw: Draw, order: Refundable) -> Acts:
    return _exchange(draw, order, "1.7")


def cancelled(draw: Draw, order: Refundable) -> Acts:
    return [{"wave": WAVE, "act": "cancel", "refund": True}]


def cancelled_and_lost(draw: Draw, order: Refundable) -> Acts:
    return [{"wave": WAVE, "act": "cancel", "refund": True, "restock": False}]


def cancelled_unpaid(draw: Draw, order: Refundable) -> Acts:
    return [{"wave": WAVE, "act": "cancel", "refund": True}]


def _divisible(order: Refundable) -> list[int]:
    return [i for i, line in enumerate(order.described["lines"]) if int(line["quantity"]) > 1]


def _paid(order: Refundable) -> bool:
    return order.paid


def _sendable(order: Refundable) -> bool:
    return order.paid and bool(order.shippable)


def _with_shipping(order: Refundable) -> bool:
    discounted = any(d.get("target") == "SHIPPING_LINE" for d in order.described.get("discounts", ()))
    return order.paid and bool(order.described["shipping"]) and not discounted


# kind -> how its acts are made, its weight, and the orders it fits; those that few orders fit come first
REFUNDS: dict[str, tuple[Maker, int, Fits]] = {
    maker.__name__: (maker, weight, fits)
    for maker, weight, fits in (
        (duties_only, 2, lambda order: order.paid and order.kind == "duties"),
        (two_gateways, 2, lambda order: order.kind == "gift_card_mixed"),
        (cancelled_unpaid, 2, lambda order: order.kind in UNPAID),
        (unit_by_unit, 3, lambda order: order.paid and bool(_divisible(order))),
        (shipping_only, 3, _with_shipping), (shipping_in_part, 2, _with_shipping),
        (lines_then_shipping, 2, _with_shipping),
        (came_back, 5, _sendable), (came_back_elsewhere, 2, _sendable), (sent_back, 4, _sendable),
        (sent_back_slowly, 2, _sendable), (exchanged_for_less, 3, _sendable),
        (exchanged_for_the_same, 2, _sendable), (exchanged_for_more, 3, _sendable),
        (some_units, 8, _paid), (whole_order, 6, _paid), (free_amount, 5, _paid), (free_amount_then_all, 2, _paid),
        (not_restocked, 3, _paid), (fee_kept, 2, _paid), (no_money_back, 1, _paid), (store_credit, 3, _paid),
        (on_its_way, 2, _paid), (cancelled, 5, _paid), (cancelled_and_lost, 2, _paid),
    )
}  # fmt: skip


def refund_acts(
    seed: int, items: Sequence[Described], orders: Sequence[Refundable]
) -> dict[str, tuple[str, Acts]]:
    """Reference -> the kind of refund and its acts, for a share of the orders and every kind that fits one."""
    draw = Draw(seed + 2, items)
    free = list(orders)
    draw.random.shuffle(free)
    wanted = max(round(len(free) * SHARE), 1) if free else 0
    chosen: dict[str, tuple[str, Acts]] = {}
    for kind in REFUNDS:
        _give(draw, kind, free, chosen, wanted)
    kinds, weights = list(REFUNDS), [weight for _, weight, _ in REFUNDS.values()]
    for _ in range(4 * wanted):
        _give(draw, draw.random.choices(kinds, weights)[0], free, chosen, wanted)
    return chosen


def _give(
    draw: Draw, kind: str, free: list[Refundable], chosen: dict[str, tuple[str, Acts]], wanted: int
) -> None:
    """The next order that a kind fits gets its acts, as long as there is room."""
    maker, _, fits = REFUNDS[kind]
    order = next((entry for entry in free if fits(entry)), None)
    if order is None or len(chosen) >= wanted:
        return
    free.remove(order)
    chosen[order.ref] = (kind, maker(draw, order))


def count(acts: Sequence[Described]) -> int:
    """How many refunds acts make."""
    return sum(
        1
        for act in acts
        if (act["act"] in _MAKES_ONE and act.get("process", True))
        or (act["act"] == "cancel" and "refund" in act)
    )
