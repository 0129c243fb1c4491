"""An order as rules see it: a tree of plain values under stable names, and the list of those names; pure.

The names are part of every stored rule, so one that is there stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.domain.address import Address, lacking
from app.domain.money import BothMoney, CurrencySide, total
from app.domain.order import Order, OrderLine, Payment
from app.ports import Place
from app.templates import Value, ValueKind


@dataclass(frozen=True, kw_only=True)
class SourceField:
    """A value that rules may start from or ask about. `place`: what of an order has one.

    `asked`: the ERP has to be asked for it, so only gates know it, which are asked once.
    """

    path: str
    label: str
    kind: ValueKind
    place: Place = Place.ORDER
    asked: bool = False


_OrderValue = Callable[[Order, CurrencySide], Value]
_LineValue = Callable[[OrderLine, CurrencySide], Value]
_PaymentValue = Callable[[Payment, CurrencySide], Value]
_T, _N, _D, _F, _L = ValueKind.TEXT, ValueKind.NUMBER, ValueKind.DATE, ValueKind.FLAG, ValueKind.LIST


def _money(pick: Callable[[Order], BothMoney]) -> _OrderValue:
    return lambda order, side: pick(order).on(side).amount


def _of(place: str, name: str) -> _OrderValue:
    def read(order: Order, _: CurrencySide) -> Value:
        address: Address | None = order.ship_to if place == "ship_to" else order.bill_to
        found: str | None = getattr(address, name) if address else None
        return found

    return read


def _address_problems(order: Order) -> tuple[str, ...]:
    """Of an order that is sent to somebody."""
    sent = order.point_of_sale_key is None and any(line.requires_shipping for line in order.lines)
    return tuple(lacking(order.ship_to)) if sent else ()


_ADDRESS = {
    "name": "name", "company": "company", "street": "street", "street2": "second line", "city": "city",
    "postal_code": "postal code", "province_code": "province", "country_code": "country", "phone": "phone",
}  # fmt: skip

_ORDER: Mapping[str, tuple[str, ValueKind, _OrderValue]] = {
    "name": ("Order name", _T, lambda o, s: o.name),
    "key": ("Order id", _T, lambda o, s: str(o.key)),
    "channel": ("Sales channel", _T, lambda o, s: o.channel),
    "created_at": ("Created", _D, lambda o, s: o.created_at),
    "processed_at": ("Placed", _D, lambda o, s: o.processed_at),
    "currency": ("Currency", _T, lambda o, s: o.total.on(s).currency),
    "total": ("Total", _N, _money(lambda o: o.total)),
    "tax_total": ("Tax", _N, _money(lambda o: o.tax_total)),
    "tip": ("Tip", _N, _money(lambda o: o.tip)),
    "shipping_total": (
        "Shipping charged",
        _N,
        lambda o, s: total(each.gross.on(s).amount for each in o.shipping),
    ),
    "paid": ("Paid", _N, lambda o, s: total(each.amount.on(s).amount for each in o.payments)),
    "money_state": ("Payment status", _T, lambda o, s: o.money_state.value),
    "payment_methods": ("Payment methods", _L, lambda o, s: tuple(each.method for each in o.payments)),
    "shipping_method": ("Shipping method", _T, lambda o, s: o.shipping[0].title if o.shipping else None),
    "shipping_code": ("Shipping code", _T, lambda o, s: o.shipping[0].code if o.shipping else None),
    "discount_codes": ("Discount codes", _L, lambda o, s: o.discount_codes),
    "markets": ("Markets", _L, lambda o, s: o.markets or ()),
    "tags": ("Tags", _L, lambda o, s: o.tags),
    "note": ("Note", _T, lambda o, s: o.note),
    "po_number": ("PO number", _T, lambda o, s: o.po_number),
    "location": ("Point of sale", _T, lambda o, s: o.point_of_sale_key),
    "taxes_included": ("Prices include tax", _F, lambda o, s: o.taxes_included),
    "tax_exempt": ("Tax exempt", _F, lambda o, s: o.tax_exempt or o.buyer.tax_exempt),
    "drafted": ("Written down by staff", _F, lambda o, s: o.drafted),
    "risk": ("Risk of fraud", _T, lambda o, s: o.risk.value),
    "address_problems": ("What the shipping address lacks", _L, lambda o, s: _address_problems(o)),
    "test": ("Test order", _F, lambda o, s: o.test),
    "skus": ("SKUs", _L, lambda o, s: tuple(line.sku for line in o.lines if line.sku)),
    "units": ("Units", _N, lambda o, s: Decimal(sum(line.quantity for line in o.lines))),
    "buyer.key": ("Customer id", _T, lambda o, s: o.buyer.key),
    "buyer.name": ("Customer name", _T, lambda o, s: o.buyer.name),
    "buyer.email": ("Customer e-mail", _T, lambda o, s: o.buyer.email),
    "buyer.phone": ("Customer phone", _T, lambda o, s: o.buyer.phone),
    "buyer.tags": ("Customer tags", _L, lambda o, s: o.buyer.tags),
    "buyer.company": ("Company", _T, lambda o, s: o.buyer.company),
    "buyer.is_company": ("Business customer", _F, lambda o, s: o.buyer.company_key is not None),
    "buyer.company_key": ("Company id", _T, lambda o, s: o.buyer.company_key),
    "buyer.company_location": ("Company location", _T, lambda o, s: o.buyer.location),
    **{
        f"ship_to.{name}": (f"Shipping address: {label}", _T, _of("ship_to", name))
        for name, label in _ADDRESS.items()
    },
    **{
        f"bill_to.{name}": (f"Billing address: {label}", _T, _of("bill_to", name))
        for name, label in _ADDRESS.items()
    },
}
_LINE: Mapping[str, tuple[str, ValueKind, _LineValue]] = {
    "sku": ("SKU", _T, lambda line, s: line.sku),
    "title": ("Title", _T, lambda line, s: line.title),
    "kind": ("Kind of line", _T, lambda line, s: line.kind.value),
    "quantity": ("Quantity", _N, lambda line, s: Decimal(line.quantity)),
    "gross": ("Amount before discounts", _N, lambda line, s: line.gross.on(s).amount),
    "discount": ("Discount", _N, lambda line, s: total(each.amount.on(s).amount for each in line.discounts)),
    "tax": ("Tax", _N, lambda line, s: total(each.amount.on(s).amount for each in line.taxes)),
    "tax_names": ("Names of its taxes", _L, lambda line, s: tuple(tax.title for tax in line.taxes)),
    "location": ("Location", _T, lambda line, s: line.location_key),
    "requires_shipping": ("Is shipped", _F, lambda line, s: line.requires_shipping),
}
_PAYMENT: Mapping[str, tuple[str, ValueKind, _PaymentValue]] = {
    "method": ("Way of paying", _T, lambda paid, s: paid.method),
    "amount": ("Amount paid", _N, lambda paid, s: paid.amount.on(s).amount),
    "at": ("Paid at", _D, lambda paid, s: paid.at),
}

MARKETS = "order.markets"
NOW = "now"
"""Where the clock stands in a tree that gates are asked with; no field, as what a rule gives is not to change by itself."""
CREDIT = "credit"
OWED = "owed"
_CREDIT: Mapping[str, str] = {
    "allowed": "Credit limit",
    OWED: "Open balance",
    "left": "Credit left",
    "left_after": "Credit left after this order",
}
"""What the ERP says of the buyer; nothing where it set no limit."""

FIELDS: tuple[SourceField, ...] = (
    *(SourceField(path=f"order.{name}", label=label, kind=kind) for name, (label, kind, _) in _ORDER.items()),
    *(
        SourceField(path=f"line.{name}", label=label, kind=kind, place=Place.LINE)
        for name, (label, kind, _) in _LINE.items()
    ),
    *(
        SourceField(path=f"payment.{name}", label=label, kind=kind, place=Place.PAYMENT)
        for name, (label, kind, _) in _PAYMENT.items()
    ),
    *(
        SourceField(path=f"{CREDIT}.{name}", label=label, kind=_N, asked=True)
        for name, label in _CREDIT.items()
    ),
)
"""In the order they are shown in."""
BY_PATH: Mapping[str, SourceField] = {each.path: each for each in FIELDS}

Tree = Mapping[str, object]


def tree(order: Order, side: CurrencySide) -> dict[str, object]:
    """Amounts are of one currency side. `order.lines` is for templates that walk them."""
    made: dict[str, object] = {}
    for name, (_, _, read) in _ORDER.items():
        _put(made, name, read(order, side))
    made["lines"] = [line_tree(line, side) for line in order.lines]
    return {"order": made}


def line_tree(line: OrderLine, side: CurrencySide) -> dict[str, object]:
    return {name: read(line, side) for name, (_, _, read) in _LINE.items()}


def payment_tree(paid: Payment, side: CurrencySide) -> dict[str, object]:
    return {name: read(paid, side) for name, (_, _, read) in _PAYMENT.items()}


def value(found: Tree, path: str) -> Value:
    """What stands at a path of `FIELDS`; nothing where the tree has none."""
    here: object = found
    for part in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = here.get(part)
    return None if isinstance(here, Mapping | list) else here  # type: ignore[return-value]  # a tree holds values


def _put(made: dict[str, object], name: str, found: Value) -> None:
    head, _, rest = name.partition(".")
    if not rest:
        made[head] = found
        return
    inner = made.setdefault(head, {})
    assert isinstance(inner, dict)
    inner[rest] = found
