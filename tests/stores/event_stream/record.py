"""From the event stream's details to the canonical order; pure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from app.domain.customer import Buyer
from app.domain.ids import StoreKey
from app.domain.money import BothMoney, Money
from app.domain.order import LineKind, MoneyState, Order, OrderLine, Payment, ShippingLine, Tax
from app.errors import Retry
from tests.stores.event_stream import wire

_STATES = {
    "captured": MoneyState.PAID,
    "authorised": MoneyState.AUTHORISED,
    "on_account": MoneyState.TERMS,
}


def order_record(order: wire.Details, *, store: str) -> Order:
    """Raises Retry while the payment's details do not exist: an order without them can't be booked in any way."""
    if order.payment is None:
        raise Retry(
            "order.details_pending",
            f"The payment details of order {order.id} do not exist yet.",
            after=timedelta(seconds=order.look_again),
        )

    def money(amount: Decimal) -> BothMoney:
        made = Money(amount=amount, currency=order.currency)
        return BothMoney(shop=made, presentment=made)

    return Order(
        key=StoreKey(order.id),
        name=order.id,
        store=store,
        created_at=order.ordered,
        processed_at=order.ordered,
        updated_at=order.as_of,
        cancelled_at=None,
        money_state=_STATES[order.payment.state],
        test=False,
        imported=False,
        edited=False,
        channel="stream",
        taxes_included=False,
        buyer=Buyer(key=None),
        bill_to=None,
        ship_to=None,
        lines=tuple(
            OrderLine(
                key=StoreKey(each.id),
                kind=LineKind.ITEM,
                title=each.title,
                sku=each.article,
                quantity=each.pieces,
                current_quantity=each.pieces,
                gross=money(each.net),
                taxes=(Tax(title="Sales tax", rate=None, amount=money(each.tax)),),
                item_key=StoreKey(each.article),
            )
            for each in order.articles
        ),
        shipping=(
            ShippingLine(
                key=StoreKey(order.delivery.id),
                title=order.delivery.title,
                code=order.delivery.article,
                gross=money(order.delivery.net),
                taxes=(Tax(title="Sales tax", rate=None, amount=money(order.delivery.tax)),),
            ),
        ),
        duties=(),
        fees=(),
        tip=money(Decimal(0)),
        total=money(order.gross),
        tax_total=money(order.tax),
        current_total=money(order.gross),
        payments=tuple(
            Payment(key=StoreKey(each.id), method=each.method, amount=money(each.amount), at=each.at)
            for each in order.payment.items
        ),
    )
