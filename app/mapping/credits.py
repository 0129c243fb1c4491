"""Refund to credit document: pure; amounts are the store's own, a line's tax is shared out by how it was charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.credit import CreditDocument, GoodsBack
from app.domain.document import DocumentLine, DocumentLineKind, DocumentPayment, DocumentTax
from app.domain.ids import StoreKey, external_id
from app.domain.money import BothMoney, CurrencySide, Money, digits, minor_unit, spread, total
from app.domain.order import LineKind, OrderLine, Tax
from app.domain.refund import Refund, RefundLine, RefundPart, Restock
from app.errors import Reason, Verdict
from app.mapping.codes import Codes
from app.mapping.documents import Held
from app.mapping.options import Options
from app.mapping.tables import Tables

_GOODS = frozenset({LineKind.ITEM, LineKind.CUSTOM})
_KINDS = {LineKind.GIFT_CARD: DocumentLineKind.GIFT_CARD, LineKind.TIP: DocumentLineKind.TIP}


def credit(
    refund: Refund,
    *,
    side: CurrencySide,
    tables: Tables,
    options: Options,
    substituted: frozenset[str] = frozenset(),
) -> CreditDocument | Held:
    """The credit of a refund on the currency side of its order, or everything that is missing for it.

    What was given in exchange is taken off. The parts must come to the money that went back (else
    `refund.unknown_component`), unless less of it moved, or none at all: then the rest was never paid, or is still to go
    back, and the parts must be what the store itself took off the order.
    """
    codes = Codes(tables=tables, options=options, substituted=substituted)
    maker = _Maker(refund=refund, side=side, codes=codes)
    lines, money = maker.lines(), refund.total.on(side)
    made = total(line.net for line in lines) + total(tax.amount for line in lines for tax in line.taxes)
    payments = maker.payments()
    gap = _unexplained(refund, made, money, side)
    if not codes.problems and gap:
        codes.problems.append(_unknown_component(refund, replace(money, amount=gap)))
    if codes.problems:
        return Held(reasons=tuple(codes.problems))
    return CreditDocument(
        external_id=external_id(kind="refund", store=refund.store, key=refund.key),
        reference=f"{refund.order_name}-R{refund.key}",
        order_external_id=external_id(kind="order", store=refund.store, key=refund.order_key),
        order_reference=refund.order_name,
        currency=money.currency,
        side=side,
        refunded_at=refund.processed_at,
        lines=lines,
        goods=maker.goods(),
        payments=payments,
        total=made,
        tax_total=total(tax.amount for line in lines for tax in line.taxes),
        tax_lines=sum(1 for line in lines for _ in line.taxes),
        whole=refund.whole,
        rounding_item=tables.special.get("rounding"),
        lost_item=tables.special.get("adjustment"),
        note=refund.note,
        codes=dict(tables.codes),
    )


@dataclass(frozen=True, kw_only=True)
class _Maker:
    refund: Refund
    side: CurrencySide
    codes: Codes

    def lines(self) -> tuple[DocumentLine, ...]:
        made = [self._goods_line(line, place) for place, line in enumerate(self.refund.lines, start=1)]
        made += [self._part(part, DocumentLineKind.SHIPPING, "shipping") for part in self.refund.shipping]
        made += [self._part(part, DocumentLineKind.DUTY, "duty") for part in self.refund.duties]
        made += [self._part(part, DocumentLineKind.FEE, "adjustment") for part in self.refund.adjustments]
        made += [self._sent(line, place) for place, line in enumerate(self.refund.sent, start=1)]
        return tuple(line for line in made if line.net or line.taxes or line.kind is DocumentLineKind.ITEM)

    def goods(self) -> tuple[GoodsBack, ...]:
        return tuple(
            GoodsBack(
                line_key=line.line.key,
                item=self.codes.item(line.line, place),
                quantity=Decimal(line.quantity),
                restock=line.restock,
                location=self.codes.location(line.location_key),
            )
            for place, line in enumerate(self.refund.lines, start=1)
            if line.line.kind in _GOODS
        ) + tuple(
            GoodsBack(
                line_key=line.key,
                item=self.codes.item(line, place),
                quantity=Decimal(line.quantity),
                restock=Restock.SENT,
                location=self.codes.location(line.location_key),
            )
            for place, line in enumerate(self.refund.sent, start=1)
            if line.kind in _GOODS
        )

    def payments(self) -> tuple[DocumentPayment, ...]:
        return tuple(
            DocumentPayment(
                key=payment.key,
                method=self.codes.method(payment.method),
                amount=payment.amount.on(self.side).amount,
                at=payment.at,
            )
            for payment in self.refund.payments
        )

    def _goods_line(self, line: RefundLine, place: int) -> DocumentLine:
        taxes = self._taxes(line.tax, line.line.taxes)
        return DocumentLine(
            key=line.key,
            kind=_KINDS.get(line.line.kind, DocumentLineKind.ITEM),
            item=self.codes.item(line.line, place),
            title=line.line.title,
            quantity=Decimal(line.quantity),
            net=self._net(line.subtotal, line.tax),
            taxes=taxes,
            location=self.codes.location(line.location_key),
            moves=line.restock is not Restock.NONE,
        )

    def _sent(self, line: OrderLine, place: int) -> DocumentLine:
        """Given in exchange: what it was sold for counts against what is given back."""
        taxes = self.codes.taxes(line.taxes, self.side)
        net = line.gross.on(self.side).amount - total(d.amount.on(self.side).amount for d in line.discounts)
        if self.refund.taxes_included:
            net -= total(tax.amount.on(self.side).amount for tax in line.taxes)
        return DocumentLine(
            key=f"sent-{line.key}",
            kind=DocumentLineKind.ITEM,
            item=self.codes.item(line, place),
            title=line.title,
            quantity=Decimal(-line.quantity),
            net=-net,
            taxes=tuple(replace(tax, amount=-tax.amount) for tax in taxes),
            location=self.codes.location(line.location_key),
        )

    def _part(self, part: RefundPart, kind: DocumentLineKind, special: str) -> DocumentLine:
        return DocumentLine(
            key=StoreKey(f"{special}-{part.key}"),
            kind=kind,
            item=self.codes.special(special),
            title=part.title,
            quantity=Decimal(1),
            net=self._net(part.amount, part.tax),
            taxes=self._taxes(part.tax, part.taxes),
        )

    def _net(self, amount: BothMoney, tax: BothMoney) -> Decimal:
        """Prices that contain tax are given back with it in them."""
        gross = amount.on(self.side).amount
        return gross - tax.on(self.side).amount if self.refund.taxes_included else gross

    def _taxes(self, tax: BothMoney, charged: Sequence[Tax]) -> tuple[DocumentTax, ...]:
        """The store gives one sum for all taxes of a line: it is shared out as they were charged, the largest rest first."""
        amount = tax.on(self.side)
        known = [one for one in charged if one.amount.on(self.side).amount]
        if not amount.amount:
            return ()
        if not known:
            self.codes.problems.append(_unknown_tax(self.refund, amount))
            return ()
        weights = [one.amount.on(self.side).amount for one in known]
        shares = spread(amount.amount, weights, minor_unit(amount.currency))
        return tuple(self.codes.tax(one, share) for one, share in zip(known, shares, strict=True) if share)


def _unexplained(refund: Refund, made: Decimal, money: Money, side: CurrencySide) -> Decimal:
    """By how much the store's figures and the parts are apart; nothing where the parts are all there is."""
    if made == money.amount:
        return Decimal(0)
    short = made - money.amount
    unpaid = refund.unpaid.on(side).amount if refund.unpaid else Decimal(0)
    if money.amount and (short < 0 or (refund.taken is None and short > unpaid)):
        return -short
    return refund.taken.on(side).amount - refund.given_back(side) if refund.taken else Decimal(0)


def _unknown_component(refund: Refund, difference: Money) -> Reason:
    return Reason(
        code="refund.unknown_component",
        sentence=f"The parts of a refund of {refund.order_name} do not add up to the money that went back, or to what it took"
        f" off the order: {difference} is of a kind we do not know.",
        verdict=Verdict.LOOK_FIRST,
        facts={"difference": str(difference), "digits": str(digits(difference.currency))},
    )


def _unknown_tax(refund: Refund, tax: Money) -> Reason:
    return Reason(
        code="refund.unknown_tax",
        sentence=f"A refund of {refund.order_name} gives back {tax} of tax on something that was sold without tax.",
        verdict=Verdict.LOOK_FIRST,
        facts={"tax": str(tax)},
    )
