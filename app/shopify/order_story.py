"""What became of an order after it was placed: lines as its edits left them, its total then, and what came in exchange. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.ids import StoreKey
from app.domain.money import BothMoney, CurrencySide, Money, minor_unit, spread, total
from app.domain.order import Discount, OrderLine, Tax
from app.errors import Rejected
from app.shopify import story_wire as wire
from app.shopify.exchanges import Exchange, exchanges, made_with
from app.shopify.gids import key_of
from app.shopify.order_wire import Bag
from app.shopify.payments import both, minus, times

_BOUGHT = frozenset({"ORDER", "ORDER_EDIT"})
_NO_GOODS = frozenset({"ADJUSTMENT", "FEE"})
_MOST_REFUNDS = 50
"""As many as are asked for: their list does not say whether there are more."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """`edits` oldest first. `whole`: what was bought in all, edits included. `removed`: by line, what edits took out of it.

    `exchanges`: what came for others, oldest first; `exchanged`: its lines. Lines are named as the store names them.
    `taken`: by refund, what it took off the order, adjustments left out.
    """

    edits: tuple[StoreKey, ...]
    whole: BothMoney
    removed: Mapping[str, Sequence[wire.Sale]]
    exchanges: tuple[Exchange, ...]
    taken: Mapping[StoreKey, BothMoney]

    @property
    def exchanged(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.sent for each in self.exchanges))

    def told_alone(self) -> tuple[StoreKey, ...]:
        """Exchanges that no refund tells of: each is one of its own."""
        return tuple(each.alone for each in self.exchanges if each.refund is None)


def story_of(order: wire.Agreed, key: StoreKey) -> Story:
    """Raises `Rejected` for an order with more edits than one answer holds."""
    agreements = sorted(order.agreements.nodes, key=lambda each: each.happened_at)
    pages = [order.agreements.page_info, *(each.sales.page_info for each in agreements)]
    if len(order.refunds) >= _MOST_REFUNDS or any(page.has_next_page for page in pages):
        raise Rejected(
            "order.story_too_long", "This order was changed in more places than can be read at once."
        )
    bought = [sale for each in agreements if each.reason in _BOUGHT for sale in each.sales.nodes]
    removed: defaultdict[str, list[wire.Sale]] = defaultdict(list)
    for sale in bought:
        if sale.line_item is not None and (sale.quantity or 0) < 0:
            removed[sale.line_item.id].append(sale)
    known = frozenset(sale.line_item.id for sale in bought if sale.line_item)
    return Story(
        edits=tuple(key_of(each.id) for each in agreements if each.reason == "ORDER_EDIT"),
        whole=_sum(sale.total_amount for sale in bought),
        removed=removed,
        exchanges=exchanges(key, agreements, order.refunds, known),
        taken=_taken(agreements, order.refunds),
    )


def _taken(
    agreements: Sequence[wire.Agreement], refunds: Sequence[wire.RefundMade]
) -> Mapping[StoreKey, BothMoney]:
    """What came back stands with its refund, or with the return that the refund was made with."""
    found: defaultdict[StoreKey, list[Bag]] = defaultdict(list)
    for each in agreements:
        own = key_of(each.refund.id) if each.refund else None
        refund = own or (made_with(each, refunds) if each.reason == "RETURN" else None)
        sales = [s.total_amount for s in each.sales.nodes if s.line_type not in _NO_GOODS]
        if refund is not None:
            found[refund] += [bag for bag in sales if _negative(bag)]
    return {refund: times(_sum(bags), -1) for refund, bags in found.items() if bags}


def _negative(bag: Bag) -> bool:
    """On either side: a small amount of one currency may be none of the other."""
    return min(bag.shop_money.amount, bag.presentment_money.amount) < 0


def same(one: BothMoney, other: BothMoney) -> bool:
    return all(one.on(side).amount == other.on(side).amount for side in CurrencySide)


def as_edited(line: OrderLine, sales: Sequence[wire.Sale], *, taxes_included: bool) -> OrderLine:
    """The line without the units that edits took out of it, by the store's own amounts."""
    for sale in sales:
        line = _without(line, sale, taxes_included=taxes_included)
    return line


def _without(line: OrderLine, sale: wire.Sale, *, taxes_included: bool) -> OrderLine:
    """A sale of fewer units has negative amounts; added to a line they take its part away."""
    off = both(sale.total_discount_amount_before_taxes)
    amount = both(sale.total_amount)
    net = amount if taxes_included else minus(amount, both(sale.total_tax_amount))
    return replace(
        line,
        quantity=line.quantity + (sale.quantity or 0),
        gross=_plus(_plus(line.gross, net), off),
        discounts=_less_discount(line.discounts, off),
        taxes=tuple(_less_tax(tax, sale.taxes) for tax in line.taxes),
    )


def _less_tax(tax: Tax, parts: Iterable[wire.SaleTax]) -> Tax:
    amount = tax.amount
    for part in parts:
        rate = None if part.tax_line.rate is None else Decimal(str(part.tax_line.rate))
        if (part.tax_line.title, rate) == (tax.title, tax.rate):
            amount = _plus(amount, both(part.amount))
    return replace(tax, amount=amount)


def _less_discount(discounts: tuple[Discount, ...], off: BothMoney) -> tuple[Discount, ...]:
    """The store tells one sum for a line: it is taken off its discounts by their size."""
    if not discounts:
        return discounts
    sides = [_shares([d.amount.on(side).amount for d in discounts], off.on(side)) for side in CurrencySide]
    return tuple(
        replace(each, amount=_plus(each.amount, BothMoney(shop=shop, presentment=presentment)))
        for each, shop, presentment in zip(discounts, *sides, strict=True)
    )


def _shares(weights: Sequence[Decimal], off: Money) -> list[Money]:
    parts = spread(off.amount, weights, minor_unit(off.currency))
    return [Money(amount=part, currency=off.currency) for part in parts]


def _plus(one: BothMoney, other: BothMoney) -> BothMoney:
    return BothMoney(shop=one.shop + other.shop, presentment=one.presentment + other.presentment)


def _sum(bags: Iterable[Bag]) -> BothMoney:
    amounts = [both(bag) for bag in bags]
    if not amounts:
        raise Rejected("order.story_unreadable", "The shop does not say what was bought with this order.")
    return BothMoney(
        shop=Money(amount=total(a.shop.amount for a in amounts), currency=amounts[0].shop.currency),
        presentment=Money(
            amount=total(a.presentment.amount for a in amounts), currency=amounts[0].presentment.currency
        ),
    )
