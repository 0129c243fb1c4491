"""From Shopify's agreement about an exchange to a credit of its own: what came back less what went out for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.domain.ids import StoreKey
from app.domain.money import BothMoney
from app.domain.order import Tax
from app.domain.refund import Refund, RefundLine, RefundPart, Restock
from app.errors import Rejected
from app.shopify import order_wire, refund_wire
from app.shopify import story_wire as wire
from app.shopify.exchanges import Exchange
from app.shopify.gids import key_of
from app.shopify.order_record import given, order_line
from app.shopify.payments import both, minus, times


def exchange_record(
    exchange: Exchange,
    order: order_wire.Order,
    lines: Sequence[order_wire.Line],
    disposed: Sequence[refund_wire.Disposed],
    *,
    store: str,
) -> Refund:
    """A refund of no money: what came back at what it was worth, less what went out for it, by the store's own amounts."""
    at, nothing = exchange.agreement.happened_at, _nothing(order)
    parts = [(sale, _part(sale, place, order)) for place, sale in enumerate(exchange.agreement.sales.nodes)]
    return Refund(
        key=exchange.alone,
        order_key=exchange.order,
        order_name=order.name,
        store=store,
        created_at=at,
        processed_at=at,
        updated_at=at,
        taxes_included=order.taxes_included,
        lines=tuple(_back(exchange, order, lines, disposed)),
        shipping=tuple(part for sale, part in parts if part and sale.line_type == "SHIPPING"),
        duties=tuple(part for sale, part in parts if part and sale.line_type == "DUTY"),
        adjustments=tuple(
            part for sale, part in parts if part and sale.line_type not in {"SHIPPING", "DUTY"}
        ),
        payments=(),
        total=nothing,
        sent=given(exchange, lines, {}),
        told_with=exchange.refund,
    )


def _back(
    exchange: Exchange,
    order: order_wire.Order,
    lines: Sequence[order_wire.Line],
    disposed: Sequence[refund_wire.Disposed],
) -> Iterator[RefundLine]:
    known = {line.id: line for line in lines}
    for place, sale in enumerate(exchange.agreement.sales.nodes):
        if sale.line_item is None or _units(sale) >= 0:
            continue
        line = known.get(sale.line_item.id)
        if line is None:
            raise Rejected("refund.exchange_unreadable", "Something came back that is no line of its order.")
        restock, place_key = _shelved(line.id, -_units(sale), disposed)
        yield RefundLine(
            key=StoreKey(f"back-{place}"),
            line=order_line(line, None),
            quantity=-_units(sale),
            subtotal=_worth(sale, order),
            tax=times(both(sale.total_tax_amount), -1),
            restock=restock,
            location_key=place_key,
        )


def _shelved(
    line: str, units: int, disposed: Sequence[refund_wire.Disposed]
) -> tuple[Restock, StoreKey | None]:
    """On a shelf again is only what the store says lies there, all of it."""
    told = [
        each
        for one in disposed
        if one.fulfillment_line_item and one.fulfillment_line_item.line_item.id == line
        for each in one.dispositions
        if each.type == "RESTOCKED"
    ]
    if sum(each.quantity for each in told) < units:
        return Restock.NONE, None
    places = {key_of(each.location.id) for each in told if each.location}
    return Restock.RETURN, places.pop() if len(places) == 1 else None


def _part(sale: wire.Sale, place: int, order: order_wire.Order) -> RefundPart | None:
    """What is no goods: shipping or a duty given back, a fee that is kept."""
    if sale.line_item is not None or not sale.total_amount.shop_money.amount:
        return None
    return RefundPart(
        key=StoreKey(f"part-{place}"),
        title=sale.line_type.replace("_", " ").lower(),
        amount=_worth(sale, order),
        tax=times(both(sale.total_tax_amount), -1),
        taxes=tuple(
            Tax(
                title=tax.tax_line.title,
                rate=None if tax.tax_line.rate is None else Decimal(str(tax.tax_line.rate)),
                amount=times(both(tax.amount), -1),
            )
            for tax in sale.taxes
        ),
    )


def _worth(sale: wire.Sale, order: order_wire.Order) -> BothMoney:
    """Counted as what is given back; with its tax in it where the order's prices have it in them."""
    amount = both(sale.total_amount)
    net = amount if order.taxes_included else minus(amount, both(sale.total_tax_amount))
    return times(net, -1)


def _units(sale: wire.Sale) -> int:
    return sale.quantity or 0


def _nothing(order: order_wire.Order) -> BothMoney:
    return times(both(order.total_price_set), 0)
