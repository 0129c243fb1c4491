"""How the demo ERP computes a document's amounts and what it refuses; pure. Computed taxes are rounded its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeVar

import msgspec

from app.domain.money import digits, minor_unit, total
from app.hosts.memory.wire import Control, Line, NewDocument

T = TypeVar("T")


class Refusal(Exception):
    """The books don't take it: an HTTP status, a stable code, a sentence, and what it is about where it is there."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        document: int | None = None,
        item: str | None = None,
        customer: int | None = None,
        shipment: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.document = document
        self.item = item
        self.customer = customer
        self.shipment = shipment


def decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError) as cause:
        raise Refusal(422, "body.invalid", f"The body is not what this call takes: {cause}") from cause


@dataclass(frozen=True, kw_only=True)
class Amounts:
    total: Decimal
    tax: Decimal


def amounts(lines: Sequence[Line], currency: str, tax: str) -> Amounts:
    """Exact: the taxes sent are booked. Computed: net times rate per tax code over the whole document, half to even."""
    taxes = _computed(lines, currency) if tax == "computed" else _sent(lines)
    return Amounts(
        total=placed(total(line.net for line in lines) + taxes, currency), tax=placed(taxes, currency)
    )


def placed(amount: Decimal, currency: str) -> Decimal:
    """The amount with exactly the currency's decimals."""
    return amount.quantize(Decimal(1).scaleb(-digits(currency)))


def check(document: NewDocument, tax: str) -> None:
    """Raises Refusal for what these books can't hold."""
    currency = document.currency
    if len(currency) != 3 or not (currency.isascii() and currency.isupper()) or currency in {"XXX", "XTS"}:
        raise Refusal(422, "currency.unknown", f"Currency {currency[:10]} is not set up.")
    if not document.lines:
        raise Refusal(422, "lines.missing", "A document needs at least one line.")
    for line in document.lines:
        _check_line(line, currency, tax)
    for payment in document.payments:
        _check_amount(payment.amount, currency)


def _check_line(line: Line, currency: str, tax: str) -> None:
    _check_amount(line.net, currency)
    for one in line.taxes:
        _check_amount(one.amount or Decimal(0), currency)
        if (one.rate if tax == "computed" else one.amount) is None:
            raise Refusal(
                422,
                "tax.incomplete",
                f"A tax of {line.item} lacks its {'rate' if tax == 'computed' else 'amount'}.",
            )


def _check_amount(amount: Decimal, currency: str) -> None:
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15:
        raise Refusal(422, "amount.invalid", "An amount is no number these books can hold.")
    if amount % minor_unit(currency):
        raise Refusal(422, "amount.precision", f"{amount} has more decimals than {currency} has.")


def controlled(booked: Amounts, control: Control | None) -> Line | None:
    """The line that makes the document total what the caller expects, when the difference is within the tolerance."""
    gap = control.total - booked.total if control else Decimal(0)
    if control is None or not gap:
        return None
    if not control.item or abs(gap) > control.tolerance:
        raise Refusal(422, "total.differs", f"The document totals {booked.total}, not {control.total}.")
    return Line(
        key="rounding", item=control.item, title="Rounding", kind="rounding", quantity=Decimal(1), net=gap
    )


def _sent(lines: Sequence[Line]) -> Decimal:
    return total(tax.amount or Decimal(0) for line in lines for tax in line.taxes)


def _computed(lines: Sequence[Line], currency: str) -> Decimal:
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        for tax in line.taxes:
            key = tax.code, tax.rate or Decimal(0)
            bases[key] = bases.get(key, Decimal(0)) + line.net
    unit = minor_unit(currency)
    return total((base * rate).quantize(unit, ROUND_HALF_EVEN) for (_, rate), base in bases.items())
