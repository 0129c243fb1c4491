"""Orders to try things with: built from parts, their totals added up as a store does, in both currencies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.address import Address
from app.domain.customer import Buyer
from app.domain.ids import StoreKey
from app.domain.money import BothMoney, Money, total
from app.domain.order import (
    Charge,
    Discount,
    LineKind,
    MoneyState,
    Order,
    OrderLine,
    Payment,
    ShippingLine,
    Tax,
)

PLACED = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
LIVE_SINCE = datetime(2026, 11, 1, tzinfo=UTC)
NOW = PLACED + timedelta(hours=2)
SHIP_TO = Address(
    name="Ada Beispiel", street="Musterweg 1", city="Berlin", postal_code="10115", country_code="DE"
)
BUYER = Buyer(key=StoreKey("7001"), name="Ada Beispiel", email="ada@example.com")


def both(
    amount: str | Decimal, currency: str = "EUR", seen: str | Decimal | None = None, other: str = ""
) -> BothMoney:
    """The amount in the shop's currency, and what the buyer saw when that was another one."""
    return BothMoney(
        shop=Money(amount=Decimal(amount), currency=currency),
        presentment=Money(amount=Decimal(amount if seen is None else seen), currency=other or currency),
    )


def tax(
    amount: str, *, title: str = "VAT", rate: str | None = "0.20", channel: bool = False, **money: Any
) -> Tax:
    return Tax(
        title=title,
        rate=Decimal(rate) if rate else None,
        amount=both(amount, **money),
        remitted_by_channel=channel,
    )


def off(amount: str, *, title: str = "Sale", code: str | None = None, **money: Any) -> Discount:
    return Discount(title=title, code=code, amount=both(amount, **money))


def line(
    sku: str | None = "TEA",
    gross: str = "20.00",
    *taxes: Tax,
    quantity: int = 1,
    kind: LineKind = LineKind.ITEM,
    key: str = "",
    discounts: Iterable[Discount] = (),
    money: dict[str, Any] | None = None,
    **changes: Any,
) -> OrderLine:
    made = OrderLine(
        key=StoreKey(key or f"{sku or kind.value}-{gross}"),
        kind=kind,
        title=f"A {(sku or kind.value).lower()}",
        sku=sku,
        quantity=quantity,
        current_quantity=quantity,
        gross=both(gross, **(money or {})),
        discounts=tuple(discounts),
        taxes=taxes,
        item_key=StoreKey(f"v-{sku}") if kind is LineKind.ITEM else None,
    )
    return replace(made, **changes)


def shipping(
    gross: str = "4.90", *taxes: Tax, discounts: Iterable[Discount] = (), **changes: Any
) -> ShippingLine:
    made = ShippingLine(
        key=StoreKey("s1"),
        title="Standard",
        code="STD",
        gross=both(gross),
        taxes=taxes,
        discounts=tuple(discounts),
    )
    return replace(made, **changes)


def charge(title: str, gross: str, *taxes: Tax) -> Charge:
    return Charge(key=StoreKey(title.lower()), title=title, gross=both(gross), taxes=taxes)


def paid(amount: str | Decimal, *, key: str = "t1", method: str = "card", **money: Any) -> Payment:
    return Payment(key=StoreKey(key), method=method, amount=both(amount, **money), at=PLACED)


def order(*, adds_up: bool = True, money: dict[str, Any] | None = None, **changes: Any) -> Order:
    """A paid order of one line, unless told otherwise; `adds_up` computes its total from its parts."""
    zero = both("0", **(money or {}))
    made = Order(
        key=StoreKey("1001"),
        name="#1001",
        store="goods",
        created_at=PLACED,
        processed_at=PLACED,
        updated_at=PLACED,
        cancelled_at=None,
        money_state=MoneyState.PAID,
        test=False,
        imported=False,
        edited=False,
        channel="web",
        taxes_included=False,
        buyer=BUYER,
        bill_to=SHIP_TO,
        ship_to=SHIP_TO,
        lines=(line("TEA", "20.00", tax("4.00")),),
        shipping=(),
        duties=(),
        fees=(),
        tip=zero,
        total=zero,
        tax_total=zero,
        current_total=zero,
        payments=(),
    )
    made = replace(made, **changes)
    if not adds_up:
        return made
    whole = added_up(made, zero)
    made = replace(made, total=whole, current_total=whole)
    if "payments" in changes or made.money_state is not MoneyState.PAID:
        return made
    instrument = Payment(key=StoreKey("t1"), method="card", amount=whole, at=PLACED)
    return replace(made, payments=(instrument,))


def added_up(made: Order, zero: BothMoney) -> BothMoney:
    """What a store would charge for these parts."""
    parts = [*made.lines, *made.shipping]
    charges = [*made.duties, *made.fees]
    plus = [p.gross for p in (*parts, *charges)]
    minus = [d.amount for p in parts for d in p.discounts]
    taxes = [t.amount for p in charges for t in p.taxes]
    if not made.taxes_included:
        taxes += [t.amount for p in parts for t in p.taxes]
    if not any(p.kind is LineKind.TIP for p in made.lines):
        plus.append(made.tip)
    shop = total(m.shop.amount for m in plus + taxes) - total(m.shop.amount for m in minus)
    seen = total(m.presentment.amount for m in plus + taxes) - total(m.presentment.amount for m in minus)
    return BothMoney(
        shop=replace(zero.shop, amount=shop),
        presentment=replace(zero.presentment, amount=seen),
    )
