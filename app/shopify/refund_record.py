"""From Shopify's refund to the canonical one: pure, every component of what was given back, both currencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.ids import StoreKey
from app.domain.money import BothMoney, CurrencySide, Money, total
from app.domain.order import OrderLine, Payment
from app.domain.refund import Refund, RefundLine, RefundPart, Restock
from app.errors import Rejected
from app.shopify import refund_wire as wire
from app.shopify.exchanges import Exchange
from app.shopify.gids import key_of
from app.shopify.order_record import order_line, taxes
from app.shopify.order_story import Story
from app.shopify.payments import both, minus, times

_RESTOCKS: Mapping[str, Restock] = {
    "CANCEL": Restock.CANCEL,
    "RETURN": Restock.RETURN,
    "LEGACY_RESTOCK": Restock.RETURN,
    "NO_RESTOCK": Restock.NONE,
}


def refund_record(
    refund: wire.Refund, lines: Sequence[wire.Back], story: Story | None = None, *, store: str
) -> Refund:
    """`lines` are all lines, the later pages included. `story`: its order's, where the refund alone does not say enough."""
    exchanges = story.exchanges if story else ()
    mine = [each for each in exchanges if each.refund == key_of(refund.id)]
    _check_untold(refund, lines, exchanges)
    _check_named(refund, lines, mine)
    shipping = tuple(_shipping(line) for line in refund.refund_shipping_lines.nodes)
    duties = tuple(_duty(duty, index) for index, duty in enumerate(refund.duties or ()))
    back = tuple(_line(line, index) for index, line in enumerate(lines))
    sent = _sent(refund, mine)
    explained = _explained(refund, back, (*shipping, *duties)) - worth_of(
        sent, taxes_included=refund.order.taxes_included
    )
    unpaid = _unpaid(refund.order, story)
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
        apart=tuple(each.alone for each in mine),
        unpaid=unpaid,
        taken=story.taken.get(key_of(refund.id)) if story else None,
        note=refund.note,
    )


def settles(refund: Refund) -> bool:
    """Whether the parts come to exactly the money that went back, so that nothing else can be in it."""
    side = CurrencySide.SHOP
    given = [part.amount.on(side).amount for part in refund.adjustments]
    given += [] if refund.taxes_included else [part.tax.on(side).amount for part in refund.adjustments]
    worth = (
        refund.given_back(side) + total(given) - worth_of(refund.sent, taxes_included=refund.taxes_included)
    )
    return worth == refund.total.on(side).amount


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
    # Cash that was rounded down looks like a debt: what fits exactly comes first. The other sign must fit exactly, or a
    # debt of any size would explain it.
    tries = [(most, paid, -1) for most in (Decimal(0), unpaid) for paid in (plain, settled)]
    tries += [(Decimal(0), paid, 1) for paid in (plain, settled)]
    for most, payments, sign in tries:
        given_up = explained + sign * named - total(p.amount.shop.amount for p in payments)
        if 0 <= given_up <= most:
            return payments, sign
    return plain, -1


def _sent(refund: wire.Refund, exchanges: Sequence[Exchange]) -> tuple[OrderLine, ...]:
    """What was given in exchange with this refund; what went out at another time is told then."""
    if refund.returned is None:
        return ()
    exchange = refund.returned.exchange_line_items
    if exchange.page_info.has_next_page:
        raise Rejected("refund.exchange_too_long", "More was given in exchange than can be read at once.")
    mine = frozenset[str]().union(*(each.sent for each in exchanges))
    lines = (line for each in exchange.nodes for line in each.line_items or ())
    return tuple(order_line(line, None) for line in lines if line.id in mine)


def _check_untold(refund: wire.Refund, lines: Sequence[wire.Back], exchanges: Sequence[Exchange]) -> None:
    """Goods that an exchange without a refund brought back are credited with it, and not once more with a later refund."""
    alone = [each for each in exchanges if each.refund is None]
    for line in lines:
        of = line.line_item
        told = sum(each.taken.get(of.id, 0) for each in alone)
        if told and told + line.quantity > of.quantity - of.current_quantity:
            raise Rejected(
                "refund.exchanged_before",
                f"A refund of {refund.order.name} gives back goods that were credited with their exchange.",
            )


def _check_named(refund: wire.Refund, lines: Sequence[wire.Back], mine: Sequence[Exchange]) -> None:
    """Whatever came back in the same act is on the refund's lines, or nobody would credit it."""
    named: Counter[str] = Counter()
    for line in lines:
        named[line.line_item.id] += line.quantity
    came: Counter[str] = Counter()
    for each in mine:
        came.update(each.taken)
    if came - named:
        raise Rejected(
            "refund.exchange_unclear",
            f"More came back in an exchange of {refund.order.name} than its refund gives back.",
        )


def worth_of(lines: Iterable[OrderLine], *, taxes_included: bool) -> Decimal:
    """What lines were sold for, in the shop's currency, taxes in it."""
    worth = Decimal(0)
    for line in lines:
        worth += line.gross.shop.amount - total(d.amount.shop.amount for d in line.discounts)
        worth += Decimal(0) if taxes_included else total(t.amount.shop.amount for t in line.taxes)
    return worth


def _unpaid(order: wire.RefundedOrder, story: Story | None) -> BothMoney:
    """Of what was bought: the order's own total counts what came in exchange as well, though other goods paid for it."""
    whole = story.whole if story else both(order.total_price_set)
    owed = minus(whole, both(order.total_received_set))
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
    return RefundPart(key=key, title="Duty", amount=amount, tax=times(amount, 0))


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
        amount=times(both(adjustment.amount_set), sign),
        tax=times(both(adjustment.tax_amount_set), sign),
    )
