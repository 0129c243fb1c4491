"""What a document comes to: amounts by line, the invoice discount spread over them, and value added tax by its code.

Tax is reckoned as Business Central does: over all lines of one code together, each line getting what the sum grows by, so
that the rounding of the whole is right and that of a line need not be.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.erps.businesscentral.books import Books, Row

NONE = Decimal(0)


def added_up(books: Books, set: str, id: str) -> None:
    """Computes every line and the head of this document anew; the head is changed by it."""
    head = books.get(set, id)
    assert head is not None
    unit = books.unit(head["currencyCode"])
    rows = books.all(_lines(set), "documentId = ?", id, order="sequence")
    nets = [_net(row, unit) for row in rows]
    shares = _spread(Decimal(head["discountAmount"]), nets, unit)
    seen: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (NONE, NONE))
    whole = tax = NONE
    for row, net, share in zip(rows, nets, shares, strict=True):
        taxed, told = seen[row["taxCode"]]
        taxed += net - share
        sum_of_code = rounded(taxed * Decimal(row["taxPercent"]) / 100, unit)
        mine = sum_of_code - told
        seen[row["taxCode"]] = (taxed, sum_of_code)
        _keep(books, _lines(set), row, net, share, mine)
        whole, tax = whole + net - share, tax + mine
    told_now: Row = {
        "totalAmountExcludingTax": whole,
        "totalTaxAmount": tax,
        "totalAmountIncludingTax": whole + tax,
    }
    if set == "salesInvoices":
        told_now["remainingAmount"] = whole + tax
    if set == "salesOrders":
        told_now["fullyShipped"] = bool(rows) and all(
            Decimal(row["shippedQuantity"]) == Decimal(row["quantity"])
            for row in rows
            if row["lineType"] != "Comment"
        )
    books.update(set, id, **told_now)


def rounded(amount: Decimal, unit: Decimal) -> Decimal:
    return (amount / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit


def _lines(set: str) -> str:
    return f"{set[:-1]}Lines"


def _net(row: Row, unit: Decimal) -> Decimal:
    gross = rounded(Decimal(row["quantity"]) * Decimal(row["unitPrice"]), unit)
    return gross - Decimal(row["discountAmount"])


def _spread(discount: Decimal, nets: list[Decimal], unit: Decimal) -> list[Decimal]:
    """The invoice discount over the lines by what they come to; the last that counts takes the rest."""
    whole = sum(nets, NONE)
    if not discount or not whole:
        return [NONE for _ in nets]
    shares = [rounded(discount * net / whole, unit) for net in nets]
    last = max(at for at, net in enumerate(nets) if net)
    shares[last] += discount - sum(shares, NONE)
    return shares


def _keep(books: Books, lines: str, row: Row, net: Decimal, share: Decimal, tax: Decimal) -> None:
    told: dict[str, Any] = {
        "amountExcludingTax": net,
        "totalTaxAmount": tax,
        "amountIncludingTax": net + tax,
        "invoiceDiscountAllocation": share,
        "netAmount": net - share,
        "netTaxAmount": tax,
        "netAmountIncludingTax": net - share + tax,
    }
    if any(Decimal(row[name]) != value for name, value in told.items()):
        books.update(lines, row["id"], **told)
