"""Order to sales document: pure; the host's codes come from the tables, the amounts from the store's own figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.document import (
    DocumentKind,
    DocumentLine,
    DocumentLineKind,
    DocumentPayment,
    SalesDocument,
)
from app.domain.ids import StoreKey, external_id
from app.domain.money import CurrencySide, Money, digits, total
from app.domain.order import Charge, Discount, LineKind, Order, OrderLine, ShippingLine, Tax
from app.errors import Reason, Verdict
from app.mapping.codes import Codes
from app.mapping.markets import unknown_to_fields
from app.mapping.options import Options
from app.mapping.ruled import Ruled
from app.mapping.tables import Tables, look_up
from app.ports import TargetField

_NO_TARGETS: Mapping[str, TargetField] = {}


@dataclass(frozen=True, kw_only=True)
class Held:
    """Why no document can be made; every reason found, so that one visit fixes all."""

    reasons: tuple[Reason, ...]


def document(
    order: Order,
    *,
    kind: DocumentKind,
    side: CurrencySide,
    tables: Tables,
    options: Options,
    note: str | None = None,
    substituted: frozenset[str] = frozenset(),
    targets: Mapping[str, TargetField] = _NO_TARGETS,
) -> SalesDocument | Held:
    """The document of an order with its original quantities, or everything that is missing for it.

    `targets`: the ERP's fields that the version's rules may fill.
    `substituted`: items that the ERP refused as unknown and that are booked on the fallback item instead.
    The components must add up to the store's own total (else `order.unknown_component`): nothing is computed from rates.
    """
    codes = Codes(tables=tables, options=options, substituted=substituted)
    maker = _Maker(order=order, side=side, codes=codes)
    ruled = Ruled(order=order, side=side, tables=tables, targets=targets)
    given, wrong = ruled.header()
    codes.problems.extend(wrong)
    lines = maker.lines()
    market = unknown_to_fields(order, tables.rules)
    codes.problems.extend([market] if market else [])
    methods, wrong = ruled.methods()
    codes.problems.extend(wrong)
    payments = maker.payments(methods)
    header_location = maker.header_location()
    lines, wrong = ruled.on(lines)
    codes.problems.extend(wrong)
    wanted = order.total.on(side)
    made = total(line.net for line in lines) + total(tax.amount for line in lines for tax in line.taxes)
    if not codes.problems and made != wanted.amount:
        codes.problems.append(_unknown_component(order, wanted, made))
    if codes.problems:
        return Held(reasons=tuple(codes.problems))
    shipping = order.shipping[0] if order.shipping else None
    method = look_up(tables.shipping, shipping.code, shipping.title) if shipping else None
    return SalesDocument(
        external_id=external_id(kind="order", store=order.store, key=order.key),
        reference=order.name,
        kind=kind,
        currency=wanted.currency,
        side=side,
        ordered_at=order.processed_at,
        buyer=order.buyer,
        bill_to=order.bill_to,
        ship_to=order.ship_to,
        lines=lines,
        payments=payments,
        total=wanted.amount,
        tax_total=total(tax.amount for line in lines for tax in line.taxes),
        tax_lines=sum(1 for line in lines for _ in line.taxes),
        rounding_item=tables.special.get("rounding"),
        location=given.pop("location", header_location),
        note=" ".join(text for text in (note, given.pop("note", None)) if text) or None,
        codes=dict(tables.codes) | ({"shipping_method": method} if method else {}) | given,
        converted=ruled.converted(),
    )


def paid_document(
    order: Order,
    *,
    side: CurrencySide,
    tables: Tables,
    options: Options,
    targets: Mapping[str, TargetField] = _NO_TARGETS,
) -> DocumentKind | Held:
    """What is made of the order once the money is there: what the connection says, unless a rule says otherwise."""
    given, wrong = Ruled(order=order, side=side, tables=tables, targets=targets).paid_document()
    if wrong:
        return Held(reasons=tuple(wrong))
    return DocumentKind(given) if given is not None else options.paid_document


@dataclass(frozen=True, kw_only=True)
class _Maker:
    order: Order
    side: CurrencySide
    codes: Codes

    def lines(self) -> tuple[DocumentLine, ...]:
        order = self.order
        made = [self._item(line) for line in order.lines]
        made += [self._shipping(line) for line in order.shipping]
        made += [self._charge(charge, DocumentLineKind.DUTY, "duty") for charge in order.duties]
        made += [self._charge(charge, DocumentLineKind.FEE, "fee") for charge in order.fees]
        tip = order.tip.on(self.side).amount
        if tip and not any(line.kind is LineKind.TIP for line in order.lines):
            made.append(
                self._line(
                    "tip", DocumentLineKind.TIP, self.codes.special("tip"), "Tip", Decimal(1), tip, (), ()
                )
            )
        return tuple(made)

    def payments(self, ruled: Mapping[StoreKey, str]) -> tuple[DocumentPayment, ...]:
        """`ruled`: what rules say that they are booked on; the rest goes by the table."""
        return tuple(
            DocumentPayment(
                key=payment.key,
                method=ruled[payment.key] if payment.key in ruled else self.codes.method(payment.method),
                amount=payment.amount.on(self.side).amount,
                at=payment.at,
            )
            for payment in self.order.payments
        )

    def header_location(self) -> str | None:
        """Where the order is sold or shipped from; a connection without any location table sends none."""
        keys = [self.order.point_of_sale_key, *(line.location_key for line in self.order.lines)]
        return self.codes.location(next((k for k in keys if k), None))

    def _item(self, line: OrderLine) -> DocumentLine:
        kind = {LineKind.GIFT_CARD: DocumentLineKind.GIFT_CARD, LineKind.TIP: DocumentLineKind.TIP}.get(
            line.kind, DocumentLineKind.ITEM
        )
        item = self.codes.item(line, self.order.lines.index(line) + 1)
        return self._line(
            line.key, kind, item, line.title, Decimal(line.quantity), self._amount(line), line.discounts,
            line.taxes, self.codes.location(line.location_key),
        )  # fmt: skip

    def _shipping(self, line: ShippingLine) -> DocumentLine:
        return self._line(
            f"shipping-{line.key}", DocumentLineKind.SHIPPING, self.codes.special("shipping"), line.title, Decimal(1),
            self._amount(line), line.discounts, line.taxes,
        )  # fmt: skip

    def _charge(self, charge: Charge, kind: DocumentLineKind, special: str) -> DocumentLine:
        amount = charge.gross.on(self.side).amount
        return self._line(
            f"{special}-{charge.key}",
            kind,
            self.codes.special(special),
            charge.title,
            Decimal(1),
            amount,
            (),
            charge.taxes,
        )

    def _amount(self, line: OrderLine | ShippingLine) -> Decimal:
        """After discounts and without tax: gross less the store's own tax lines where prices contain them (rule 37)."""
        amount = line.gross.on(self.side).amount - total(
            d.amount.on(self.side).amount for d in line.discounts
        )
        if not self.order.taxes_included:
            return amount
        return amount - total(tax.amount.on(self.side).amount for tax in line.taxes)

    def _line(
        self, key: str, kind: DocumentLineKind, item: str, title: str, quantity: Decimal, net: Decimal,
        discounts: Sequence[Discount], taxes: Iterable[Tax], location: str | None = None,
    ) -> DocumentLine:  # fmt: skip
        return DocumentLine(
            key=key,
            kind=kind,
            item=item,
            title=title,
            quantity=quantity,
            net=net,
            discount=total(d.amount.on(self.side).amount for d in discounts),
            taxes=self.codes.taxes(taxes, self.side),
            location=location,
        )


def _unknown_component(order: Order, wanted: Money, made: Decimal) -> Reason:
    difference = Money(amount=wanted.amount - made, currency=wanted.currency)
    return Reason(
        code="order.unknown_component",
        sentence=f"The parts of {order.name} do not add up to its total: {difference} is of a kind we do not know.",
        verdict=Verdict.LOOK_FIRST,
        facts={"difference": str(difference), "digits": str(digits(wanted.currency))},
    )
