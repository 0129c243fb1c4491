"""From Shopify's refund to the canonical one: pure, every component of what was given back, both currencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.ids import StoreKey
from app.domain.money import BothMoney, Money, total
from app.domain.order import OrderLine, Payment
from app.domain.refund import Refund, RefundLine, RefundPart, Restock
from app.errors import Rejected
from app.shopify import refund_wire as wire
from app.shopify.gids import key_of
from app.shopify.order_record import order_line, taxes
from app.shopify.payments import both, minus

_RESTOCKS: Mapping[str, Restock] = {
    "CANCEL": Restock.CANCEL,
    "RETURN": Restock.RETURN,
    "LEGACY_RESTOCK": Restock.RETURN,
    "NO_RESTOCK": Restock.NONE,
}


def refund_record(refund: wire.Refund, lines: Sequence[wire.Back], *, store: str) -> Refund:
    """`lines` are all lines, the later pages included."""
    shipping = tuple(_shipping(line) for line in refund.refund_shipping_lines.nodes)
    duties = tuple(_duty(duty, index) for index, duty in enumerate(refund.duties or ()))
    back = tuple(_line(line, index) for index, line in enumerate(lines))
    sent = _sent(refund)
    explained = _explained(refund, back, (*shipping, *duties)) - _worth(refund, sent)
    unpaid = _unpaid(refund.order)
    payments, sign = _fitting(refund, explained, unpaid.shop.amount)
    return Refund(
        key=key_of(refund.id),
        order_key=key_of(refund.order.id),
        order_name=refund.order.name,
        store=store,
        created_at=refund.created_at or refund.processed_at,
        processed_at=refund.processed_at,
        updated_at=refund.updated_at,
        taxes_included=refund.order.taxes_included,
        lines=back,
        shipping=shipping,
        duties=duties,
        adjustments=tuple(_adjustment(each, sign) for each in refund.order_adjustments.nodes),
        payments=payments,
        total=_added_up(payments, both(refund.total_refunded_set)),
        whole=_whole(refund.order, lines, explained),
        pending=any(t.kind == "REFUND" and t.status == "PENDING" for t in refund.transactions.nodes),
        sent=sent,
        unpaid=unpaid,
        note=refund.note,
    )


def _fitting(refund: wire.Refund, explained: Decimal, unpaid: Decimal) -> tuple[tuple[Payment, ...], int]:
    """The payments, and the sign of adjustments, by which the parts come to the money that went back.

    What was never paid for may be given up beside it, at most `unpaid`. Shopify counts what the merchant kept as
    positive; a store that counts it the other way is understood as well. Cash is rounded on its way back like on its
    way in: then a payment counts for what it settles. Where nothing fits the plainest reading is kept, and the mapping
    finds the difference.
    """
    back = [t for t in refund.transactions.nodes if t.kind == "REFUND" and t.status == "SUCCESS"]
    plain, settled = tuple(map(_payment, back)), tuple(map(_settled, back))
    nodes = refund.order_adjustments.nodes
    named = total(a.amount_set.shop_money.amount + a.tax_amount_set.shop_money.amount for a in nodes)
    # Cash that was rounded down looks like a debt: what fits exactly comes first.
    for most in (Decimal(0), unpaid):
        for payments, sign in ((plain, -1), (settled, -1), (plain, 1), (settled, 1)):
            given_up = explained + sign * named - total(p.amount.shop.amount for p in payments)
            if 0 <= given_up <= most:
                return payments, sign
    return plain, -1


def _sent(refund: wire.Refund) -> tuple[OrderLine, ...]:
    """What was given in exchange; the whole return is told by its first refund."""
    if refund.returned is None:
        return ()
    exchange = refund.returned.exchange_line_items
    if exchange.page_info.has_next_page:
        raise Rejected("refund.exchange_too_long", "More was given in exchange than can be read at once.")
    return tuple(order_line(line, None) for each in exchange.nodes for line in each.line_items or ())


def _worth(refund: wire.Refund, lines: Iterable[OrderLine]) -> Decimal:
    """What lines were sold for, in the shop's currency, taxes in it."""
    worth = Decimal(0)
    for line in lines:
        worth += line.gross.shop.amount - total(d.amount.shop.amount for d in line.discounts)
        worth += (
            Decimal(0) if refund.order.taxes_included else total(t.amount.shop.amount for t in line.taxes)
        )
    return worth


def _unpaid(order: wire.RefundedOrder) -> BothMoney:
    owed = minus(both(order.total_price_set), both(order.total_received_set))
    return BothMoney(shop=_positive(owed.shop), presentment=_positive(owed.presentment))


def _positive(money: Money) -> Money:
    return replace(money, amount=max(money.amount, Decimal(0)))


def _added_up(payments: Sequence[Payment], like: BothMoney) -> BothMoney:
    return BothMoney(
        shop=Money(amount=total(p.amount.shop.amount for p in payments), currency=like.shop.currency),
        presentment=Money(
            amount=total(p.amount.presentment.amount for p in payments), currency=like.presentment.currency
        ),
    )


def _whole(order: wire.RefundedOrder, lines: Sequence[wire.Back], explained: Decimal) -> bool:
    """Not merely the goods: a duty, a tip or a shipment that is kept leaves something of the order."""
    nothing_left = order.current_subtotal_line_items_quantity == 0
    taken = sum(line.quantity for line in lines)
    all_of_it = explained == order.total_price_set.shop_money.amount
    return nothing_left and all_of_it and taken == order.subtotal_line_items_quantity and taken > 0


def _payment(transaction: wire.Returned) -> Payment:
    return Payment(
        key=key_of(transaction.id),
        method=transaction.gateway or "unknown",
        amount=both(transaction.amount_set),
        at=transaction.processed_at or transaction.created_at,
    )


def _settled(transaction: wire.Returned) -> Payment:
    paid = _payment(transaction)
    rounding = transaction.amount_rounding_set
    return replace(paid, amount=minus(paid.amount, both(rounding))) if rounding else paid


def _line(line: wire.Back, index: int) -> RefundLine:
    return RefundLine(
        key=key_of(line.id) if line.id else StoreKey(f"line-{index}"),
        line=order_line(line.line_item, None),
        quantity=line.quantity,
        subtotal=both(line.subtotal_set),
        tax=both(line.total_tax_set),
        restock=_RESTOCKS.get(line.restock_type, Restock.NONE),
        location_key=key_of(line.location.id) if line.location else None,
    )


def _shipping(line: wire.RefundedShipping) -> RefundPart:
    return RefundPart(
        key=key_of(line.id),
        title=line.shipping_line.title,
        amount=both(line.subtotal_amount_set),
        tax=both(line.tax_amount_set),
        taxes=taxes(line.shipping_line.tax_lines),
    )


def _duty(duty: wire.RefundedDuty, index: int) -> RefundPart:
    amount = both(duty.amount_set)
    key = key_of(duty.original_duty.id) if duty.original_duty else StoreKey(f"duty-{index}")
    return RefundPart(key=key, title="Duty", amount=amount, tax=_times(amount, 0))


def _explained(refund: wire.Refund, lines: Iterable[RefundLine], parts: Iterable[RefundPart]) -> Decimal:
    """What lines, shipping and duties come to, in the shop's currency, taxes in it."""
    amounts = [line.subtotal.shop.amount for line in lines] + [part.amount.shop.amount for part in parts]
    if refund.order.taxes_included:
        return total(amounts)
    taxes = [line.tax.shop.amount for line in lines] + [part.tax.shop.amount for part in parts]
    return total([*amounts, *taxes])


def _adjustment(adjustment: wire.Adjustment, sign: int) -> RefundPart:
    """Counted as what it adds to the money that went back."""
    return RefundPart(
        key=key_of(adjustment.id),
        title=(adjustment.reason or "adjustment").replace("_", " ").lower(),
        amount=_times(both(adjustment.amount_set), sign),
        tax=_times(both(adjustment.tax_amount_set), sign),
    )


def _times(amount: BothMoney, factor: int) -> BothMoney:
    def times(one: Money) -> Money:
        return Money(amount=one.amount * factor, currency=one.currency)

    return BothMoney(shop=times(amount.shop), presentment=times(amount.presentment))
