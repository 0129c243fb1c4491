"""Order to sales document: pure; the host's codes come from the tables, the amounts from the store's own figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.document import (
    DocumentKind,
    DocumentLine,
    DocumentLineKind,
    DocumentPayment,
    DocumentTax,
    SalesDocument,
)
from app.domain.ids import external_id
from app.domain.money import CurrencySide, Money, digits, total
from app.domain.order import Charge, Discount, LineKind, Order, OrderLine, ShippingLine, Tax
from app.errors import Reason, Verdict
from app.mapping.options import Options, Policy
from app.mapping.tables import Tables, look_up


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
) -> SalesDocument | Held:
    """The document of an order with its original quantities, or everything that is missing for it.

    `substituted`: items that the ERP refused as unknown and that are booked on the fallback item instead.
    The components must add up to the store's own total (else `order.unknown_component`): nothing is computed from rates.
    """
    maker = _Maker(
        order=order, side=side, tables=tables, options=options, substituted=substituted, problems=[]
    )
    lines = maker.lines()
    payments = maker.payments()
    header_location = maker.header_location()
    wanted = order.total.on(side)
    made = total(line.net for line in lines) + total(tax.amount for line in lines for tax in line.taxes)
    if not maker.problems and made != wanted.amount:
        maker.problems.append(_unknown_component(order, wanted, made))
    if maker.problems:
        return Held(reasons=tuple(maker.problems))
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
        location=header_location,
        note=note,
        codes=dict(tables.codes) | ({"shipping_method": method} if method else {}),
    )


@dataclass(frozen=True, kw_only=True)
class _Maker:
    order: Order
    side: CurrencySide
    tables: Tables
    options: Options
    substituted: frozenset[str]
    problems: list[Reason]

    def lines(self) -> tuple[DocumentLine, ...]:
        order = self.order
        made = [self._item(line) for line in order.lines]
        made += [self._shipping(line) for line in order.shipping]
        made += [self._charge(charge, DocumentLineKind.DUTY, "duty") for charge in order.duties]
        made += [self._charge(charge, DocumentLineKind.FEE, "fee") for charge in order.fees]
        tip = order.tip.on(self.side).amount
        if tip and not any(line.kind is LineKind.TIP for line in order.lines):
            made.append(
                self._line("tip", DocumentLineKind.TIP, self._special("tip"), "Tip", Decimal(1), tip, (), ())
            )
        return tuple(made)

    def payments(self) -> tuple[DocumentPayment, ...]:
        return tuple(
            DocumentPayment(
                key=payment.key,
                method=self._code(
                    "payments", "mapping.payment_missing", "The payment method", payment.method
                ),
                amount=payment.amount.on(self.side).amount,
                at=payment.at,
            )
            for payment in self.order.payments
        )

    def header_location(self) -> str | None:
        """Where the order is sold or shipped from; a connection without any location table sends none."""
        if not self.tables.locations:
            return None
        keys = [self.order.point_of_sale_key, *(line.location_key for line in self.order.lines)]
        key = next((k for k in keys if k), None)
        return look_up(self.tables.locations, key)

    def _item(self, line: OrderLine) -> DocumentLine:
        kind = {LineKind.GIFT_CARD: DocumentLineKind.GIFT_CARD, LineKind.TIP: DocumentLineKind.TIP}.get(
            line.kind, DocumentLineKind.ITEM
        )
        location = look_up(self.tables.locations, line.location_key) if self.tables.locations else None
        return self._line(
            line.key, kind, self._item_code(line), line.title, Decimal(line.quantity), self._amount(line), line.discounts,
            line.taxes, location,
        )  # fmt: skip

    def _item_code(self, line: OrderLine) -> str:
        match line.kind:
            case LineKind.GIFT_CARD:
                return self._special("gift_card")
            case LineKind.TIP:
                return self._special("tip")
            case LineKind.CUSTOM if not line.sku:
                return self._by_policy(self.options.custom_lines, "item.custom_line", "custom", line)
            case LineKind.CUSTOM | LineKind.ITEM:
                return self._catalogue_code(line)

    def _catalogue_code(self, line: OrderLine) -> str:
        if not line.sku:
            return self._by_policy(self.options.no_sku, "item.no_sku", "unknown", line)
        if (
            line.item_key is None
            and line.kind is LineKind.ITEM
            and self.options.deleted_product is not Policy.SEND
        ):
            return self._by_policy(self.options.deleted_product, "item.deleted_product", "unknown", line)
        item = self.tables.items.get(line.sku.casefold(), line.sku)
        return self._special("unknown") if item in self.substituted else item

    def _by_policy(self, policy: Policy, code: str, special: str, line: OrderLine) -> str:
        if policy is not Policy.HOLD:
            return self._special(special)
        # A custom line's title is free text and may name a person, so such a line is called by its place.
        place = self.order.lines.index(line) + 1
        named = f"Line {place}" if line.kind is LineKind.CUSTOM else f"“{line.title}”"
        sentence = f"{named} has no item in the ERP to be booked on. Map a fallback item or change the order."
        self.problems.append(
            Reason(code=code, sentence=sentence, verdict=Verdict.NEEDS_MAPPING, facts={"line": str(place)})
        )
        return ""

    def _shipping(self, line: ShippingLine) -> DocumentLine:
        return self._line(
            f"shipping-{line.key}", DocumentLineKind.SHIPPING, self._special("shipping"), line.title, Decimal(1),
            self._amount(line), line.discounts, line.taxes,
        )  # fmt: skip

    def _charge(self, charge: Charge, kind: DocumentLineKind, special: str) -> DocumentLine:
        amount = charge.gross.on(self.side).amount
        return self._line(
            f"{special}-{charge.key}",
            kind,
            self._special(special),
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
            taxes=tuple(self._tax(tax) for tax in taxes if tax.amount.on(self.side).amount),
            location=location,
        )

    def _tax(self, tax: Tax) -> DocumentTax:
        rate = f"{tax.rate.normalize():f}" if tax.rate is not None else None
        names = (f"{tax.title}@{rate}", tax.title, f"@{rate}") if rate else (tax.title,)
        keys = tuple(f"channel:{name}" for name in names) if tax.remitted_by_channel else names
        code = self._code("taxes", "mapping.tax_missing", "The tax", *keys)
        return DocumentTax(code=code, amount=tax.amount.on(self.side).amount, rate=tax.rate)

    def _special(self, name: str) -> str:
        return self._code("special", f"mapping.{name}_item_missing", "The item for", name)

    def _code(self, table: str, problem: str, what: str, *keys: str) -> str:
        found = look_up(getattr(self.tables, table), *keys)
        if found is not None:
            return found
        named = keys[0].replace("_", " ") if table == "special" else keys[0]
        reason = Reason(
            code=problem,
            sentence=f"{what} “{named}” is not mapped to anything in the ERP yet.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"table": table, "value": keys[0]},
        )
        if reason not in self.problems:
            self.problems.append(reason)
        return ""


def _unknown_component(order: Order, wanted: Money, made: Decimal) -> Reason:
    difference = Money(amount=wanted.amount - made, currency=wanted.currency)
    return Reason(
        code="order.unknown_component",
        sentence=f"The parts of {order.name} do not add up to its total: {difference} is of a kind we do not know.",
        verdict=Verdict.LOOK_FIRST,
        facts={"difference": str(difference), "digits": str(digits(wanted.currency))},
    )
