"""From the memory store's order to the canonical one; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.customer import Buyer
from app.domain.ids import StoreKey
from app.domain.money import BothMoney, Money, minor_unit
from app.domain.order import Discount, LineKind, MoneyState, Order, OrderLine, Payment, ShippingLine, Tax
from tests.stores.memory_store import wire

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def order_record(order: wire.Order, *, store: str) -> Order:
    def money(cents: int) -> BothMoney:
        amount = Money(amount=cents * minor_unit(order.cur), currency=order.cur)
        return BothMoney(shop=amount, presentment=amount)

    whole = money(order.sum)
    paid = sum(part.cents for part in order.money)
    return Order(
        key=StoreKey(str(order.no)),
        name=f"M{order.no}",
        store=store,
        created_at=instant(order.placed),
        processed_at=instant(order.placed),
        updated_at=instant(order.rev),
        cancelled_at=instant(order.called_off) if order.called_off is not None else None,
        money_state=_state(paid, order.sum),
        test=False,
        imported=False,
        edited=False,
        channel=None,
        taxes_included=True,
        buyer=Buyer(key=None, name=order.who, email=order.mail),
        bill_to=None,
        ship_to=None,
        lines=tuple(
            OrderLine(
                key=StoreKey(str(row.pos)),
                kind=LineKind.ITEM,
                title=row.text,
                sku=row.code,
                quantity=row.qty,
                current_quantity=row.qty,
                gross=money(row.cents),
                discounts=(Discount(title="Off", code=None, amount=money(row.off)),) if row.off else (),
                taxes=(_tax(money(row.vat)),),
                item_key=StoreKey(row.code),
            )
            for row in order.rows
        ),
        shipping=(
            ShippingLine(
                key=StoreKey("freight"),
                title=order.freight.text,
                code=None,
                gross=money(order.freight.cents),
                taxes=(_tax(money(order.freight.vat)),),
            ),
        ),
        duties=(),
        fees=(),
        tip=money(0),
        total=whole,
        tax_total=money(order.vat),
        current_total=whole,
        payments=tuple(
            Payment(key=StoreKey(part.ref), method=part.how, amount=money(part.cents), at=instant(part.when))
            for part in order.money
        ),
    )


def instant(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _state(paid: int, due: int) -> MoneyState:
    """The memory store sells on account: what is not paid yet has terms."""
    if paid >= due:
        return MoneyState.PAID
    return MoneyState.PARTLY_PAID if paid else MoneyState.TERMS


def _tax(amount: BothMoney) -> Tax:
    return Tax(title="VAT", rate=Decimal("0.20"), amount=amount)
