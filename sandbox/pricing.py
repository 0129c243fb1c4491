"""What a basket costs: lines, discounts and taxes of an order as ordered, rounded the way Shopify rounds.

Input is the plain description of an order (see `orders.py` for its keys); output is every single amount in
both currencies. Totals are always sums of these amounts, so each side adds up exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.money import NOTHING, ZERO, Bag, Exchange, rounded, spread, total

Described = Mapping[str, Any]


@dataclass(kw_only=True)
class PricedLine:
    """One line or shipping line with what was taken off and what tax was put on."""

    described: Described
    quantity: int
    unit: Bag
    allocations: list[tuple[int, Bag]] = field(default_factory=list)
    taxes: list[tuple[Described, Bag]] = field(default_factory=list)

    @property
    def original(self) -> Bag:
        return self.unit.times(self.quantity)

    @property
    def net(self) -> Bag:
        return self.original - total([amount for _, amount in self.allocations])


@dataclass(kw_only=True)
class Basket:
    """All amounts of an order."""

    exchange: Exchange
    taxes_included: bool
    lines: list[PricedLine]
    shipping: list[PricedLine]
    tip: Bag
    fees: list[tuple[Described, Bag]]
    duties: list[tuple[int, Described, Bag]]
    line_level: frozenset[int]

    @property
    def tax(self) -> Bag:
        return total([amount for line in self.lines + self.shipping for _, amount in line.taxes])

    @property
    def total(self) -> Bag:
        parts = [line.net for line in self.lines + self.shipping]
        parts += [self.tip, *(amount for _, amount in self.fees), *(amount for *_, amount in self.duties)]
        return total(parts) + (NOTHING if self.taxes_included else self.tax)


def price(described: Described, shop_currency: str) -> Basket:
    exchange = Exchange(
        shop=shop_currency,
        presentment=described.get("currency", shop_currency),
        rate=Decimal(str(described.get("rate", "1"))),
    )
    basket = Basket(
        exchange=exchange,
        taxes_included=bool(described.get("taxes_included", False)),
        lines=[_line(line, exchange) for line in described["lines"]],
        shipping=[_line(line, exchange) for line in described.get("shipping", ())],
        tip=exchange.bag(Decimal(described.get("tip", "0"))),
        fees=[(fee, exchange.bag(Decimal(fee["price"]))) for fee in described.get("fees", ())],
        duties=_duties(described["lines"], exchange),
        line_level=_line_level(described.get("discounts", ())),
    )
    for index, discount in enumerate(described.get("discounts", ())):
        _take_off(basket, index, discount)
    for line in basket.lines + basket.shipping:
        _put_tax(line, basket)
    return basket


def _line(described: Described, exchange: Exchange) -> PricedLine:
    return PricedLine(
        described=described,
        quantity=int(described.get("quantity", 1)),
        unit=exchange.bag(Decimal(described["price"])),
    )


def _duties(lines: Sequence[Described], exchange: Exchange) -> list[tuple[int, Described, Bag]]:
    found = [(index, line["duty"]) for index, line in enumerate(lines) if line.get("duty")]
    return [(index, duty, exchange.bag(Decimal(duty["price"]))) for index, duty in found]


def _line_level(discounts: Sequence[Described]) -> frozenset[int]:
    """Discounts that belong to single lines and came without a code."""
    return frozenset(
        index
        for index, discount in enumerate(discounts)
        if discount["kind"] != "code" and discount.get("method", "ACROSS") != "ACROSS"
    )


def _take_off(basket: Basket, index: int, discount: Described) -> None:
    lines = _entitled(basket, discount)
    amounts = _amounts(discount, [line.net.presentment for line in lines], lines, basket.exchange)
    for line, amount in zip(lines, amounts, strict=True):
        taken = basket.exchange.part(amount, line.net)
        if taken.presentment > ZERO:
            line.allocations.append((index, taken))


def _entitled(basket: Basket, discount: Described) -> list[PricedLine]:
    if discount.get("target", "LINE_ITEM") == "SHIPPING_LINE":
        return basket.shipping
    chosen = discount.get("lines")
    numbered = enumerate(basket.lines)
    return [
        line
        for i, line in numbered
        if not line.described.get("gift_card") and (chosen is None or i in chosen)
    ]


def _amounts(
    discount: Described, nets: list[Decimal], lines: list[PricedLine], exchange: Exchange
) -> list[Decimal]:
    currency, each = exchange.presentment, discount.get("method", "ACROSS") == "EACH"
    if "percentage" in discount:
        share = Decimal(str(discount["percentage"])) / 100
        if each:
            return [rounded(net * share, currency) for net in nets]
        return spread(rounded(sum(nets, ZERO) * share, currency), nets, currency)
    fixed = Decimal(discount["amount"])
    if each:
        return [fixed * line.quantity for line in lines]
    return spread(min(fixed, sum(nets, ZERO)), nets, currency)


def _put_tax(line: PricedLine, basket: Basket) -> None:
    taxes = line.described.get("taxes", ())
    rates = [Decimal(str(tax["rate"])) for tax in taxes]
    base = line.net.presentment
    if basket.taxes_included:
        base = base / (1 + sum(rates, ZERO))
    for tax, rate in zip(taxes, rates, strict=True):
        line.taxes.append((tax, basket.exchange.bag(base * rate)))
