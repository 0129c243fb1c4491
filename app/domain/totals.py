"""Judges whether the document an ERP made totals what the store charged; pure, asked before it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from app.domain.document import Contents, DocumentLine, DocumentPayment, FoundDocument, FoundLine
from app.domain.money import minor_unit
from app.errors import Reason, Verdict


class Paid(Protocol):
    """What a sales document and a credit have in common about money that moved."""

    @property
    def reference(self) -> str: ...

    @property
    def currency(self) -> str: ...

    @property
    def payments(self) -> Sequence[DocumentPayment]: ...


@dataclass(frozen=True, kw_only=True)
class Rounding:
    """A difference small enough to be the ERP's own rounding of taxes: book `amount` on the tax-free rounding item."""

    item: str
    amount: Decimal


def judge_total(document: Contents, found: FoundDocument, *, computes_tax: bool) -> Rounding | Reason | None:
    """None when total and tax agree. `computes_tax`: the ERP computes tax from rates, so it may round another way.

    Such a difference may be one minor unit for each of the store's tax lines; what is more waits for a person.
    """
    if found.currency is not None and found.currency != document.currency:
        return _differs(document, "currency", found.currency)
    if found.total is None:
        return Reason(
            code="total.unknown",
            sentence=f"The ERP does not say what document {found.number or found.sink_key} totals.",
        )
    most = minor_unit(document.currency) * document.tax_lines if computes_tax else Decimal(0)
    tax_gap = abs(document.tax_total - found.tax_total) if found.tax_total is not None else Decimal(0)
    gap = document.total - found.total
    if abs(gap) > most:
        return _differs(document, "total", _amount(found.total))
    if tax_gap > most:
        return _differs(document, "tax", _amount(found.tax_total or Decimal(0)))
    return _small(document, found, gap) if gap else None


def judge_payments(document: Paid, found: FoundDocument) -> Reason | None:
    """None when what is booked under our keys is what the store has; asked once nothing is missing any more."""
    for payment in document.payments:
        booked = found.amounts.get(payment.key)
        if booked is not None and booked != payment.amount:
            gap = booked - payment.amount
            return Reason(
                code="payment.differs",
                sentence=f"A payment of {document.reference} is {_amount(payment.amount)} {document.currency} in the store and"
                f" {_amount(booked)} {document.currency} in the ERP.",
                facts={
                    "payment": payment.key,
                    "store": _amount(payment.amount),
                    "erp": _amount(booked),
                    "difference": f"{_amount(gap)} {document.currency}",
                },
            )
    return None


def _small(document: Contents, found: FoundDocument, gap: Decimal) -> Rounding | Reason:
    if document.rounding_item is None:
        return Reason(
            code="total.rounding_unmapped",
            sentence=(
                f"The ERP rounds the taxes of {document.reference} differently by {_amount(gap)} {document.currency}, "
                "and no item is mapped for rounding differences."
            ),
            verdict=Verdict.NEEDS_MAPPING,
            facts={
                "difference": _amount(gap),
                "currency": document.currency,
                "table": "special",
                "value": "rounding",
            },
        )
    if _count(found.lines or (), document.rounding_item) > _count(document.lines, document.rounding_item):
        return _differs(document, "total", _amount(found.total or Decimal(0)))
    return Rounding(item=document.rounding_item, amount=gap)


def _count(lines: Sequence[DocumentLine] | Sequence[FoundLine], item: str) -> int:
    return sum(line.item == item for line in lines)


def _differs(document: Contents, what: str, theirs: str) -> Reason:
    ours = {
        "currency": document.currency,
        "total": _amount(document.total),
        "tax": _amount(document.tax_total),
    }[what]
    facts = {"store": ours, "erp": theirs, "currency": document.currency}
    if what != "currency":
        facts["difference"] = _amount(Decimal(theirs) - Decimal(ours))
    unit = "" if what == "currency" else f" {document.currency}"
    return Reason(
        code=f"{what}.differs",
        sentence=f"The {what} of {document.reference} is {ours}{unit} in the store and {theirs}{unit} in the ERP.",
        facts=facts,
    )


def _amount(value: Decimal) -> str:
    return f"{value:f}"
