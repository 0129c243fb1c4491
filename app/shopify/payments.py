"""The money that arrived for an order: successful sales and captures, change and cash rounding taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate, islice

from app.domain.money import BothMoney, Money, total
from app.domain.order import Payment
from app.shopify import order_wire as wire
from app.shopify.gids import key_of
from app.shopify.money_state import TAKEN


def payments(order: wire.Order, bought: BothMoney) -> tuple[Payment, ...]:
    """Each by its transaction's number. A gift card is a payment like any other; an authorisation is none.

    `bought` is the total of what was bought, whatever was given back or exchanged since.
    """
    done = [t for t in order.transactions if t.status == "SUCCESS"]
    taken = [t for t in done if t.kind in TAKEN]
    found = [_payment(t) for t in taken]
    found = _without_change(found, taken, [t for t in done if t.kind == "CHANGE"], order)
    return tuple(_without_rounding(found, taken, order, bought.shop.amount))


def both(bag: wire.Bag) -> BothMoney:
    return BothMoney(shop=_money(bag.shop_money), presentment=_money(bag.presentment_money))


def minus(one: BothMoney, other: BothMoney) -> BothMoney:
    return BothMoney(shop=one.shop - other.shop, presentment=one.presentment - other.presentment)


def times(one: BothMoney, factor: int) -> BothMoney:
    shop, presentment = one.shop, one.presentment
    return BothMoney(
        shop=Money(amount=shop.amount * factor, currency=shop.currency),
        presentment=Money(amount=presentment.amount * factor, currency=presentment.currency),
    )


def _payment(transaction: wire.Transaction) -> Payment:
    return Payment(
        key=key_of(transaction.id),
        method=transaction.gateway or "unknown",
        amount=both(transaction.amount_set),
        at=transaction.processed_at or transaction.created_at,
    )


def _without_change(
    found: list[Payment],
    taken: Sequence[wire.Transaction],
    change: Sequence[wire.Transaction],
    order: wire.Order,
) -> list[Payment]:
    """A till books what was handed over and what was handed back; the order received the difference.

    Only where the sales alone exceed what Shopify says was received: some channels book the difference themselves.
    """
    received = order.total_received_set.shop_money.amount
    if not change or total(p.amount.shop.amount for p in found) <= received:
        return found
    left = list(found)
    for back in change:
        parent = back.parent_transaction.id if back.parent_transaction else None
        index = next(
            (i for i, t in enumerate(taken) if t.id == parent or (not parent and t.gateway == back.gateway)),
            None,
        )
        if index is not None:
            amount = minus(left[index].amount, both(back.amount_set))
            left[index] = replace(left[index], amount=amount)
    return left


def _without_rounding(
    found: list[Payment], taken: Sequence[wire.Transaction], order: wire.Order, bought: Decimal
) -> list[Payment]:
    """Cash is rounded to the smallest coin: 10.00 may settle an order of 10.02. A payment counts for what it settles.

    Only where the payments, with or without those that came after the cash, differ by exactly the rounding that Shopify
    names from the order's total, which an exchange changes, or from that of what was bought, which it leaves as it is.
    """
    rounding = order.total_cash_rounding_adjustment.payment_set.shop_money.amount
    totals = {bought, order.total_price_set.shop_money.amount}
    cash = max((place for place, t in enumerate(taken) if _rounded(t)), default=len(taken))
    settled = accumulate(p.amount.shop.amount for p in found)
    if not rounding or not any(sum_ - rounding in totals for sum_ in islice(settled, cash, None)):
        return found
    return [
        replace(p, amount=minus(p.amount, both(t.amount_rounding_set))) if t.amount_rounding_set else p
        for p, t in zip(found, taken, strict=True)
    ]


def _rounded(transaction: wire.Transaction) -> bool:
    bag = transaction.amount_rounding_set
    return bag is not None and bag.shop_money.amount != 0


def _money(amount: wire.Amount) -> Money:
    return Money(amount=amount.amount, currency=amount.currency_code)
