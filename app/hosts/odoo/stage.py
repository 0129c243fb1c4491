"""How far a sale has come in Odoo, with its payments and invoices; read from its answers, kept as text, pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec

from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.domain.money import minor_unit
from app.hosts.odoo.records import Bill, Paid, Sale, SaleLine
from app.hosts.odoo.wire import money

DRAFTS = ("draft", "sent")
CONFIRMED = ("sale", "done")
CALLED_OFF = "cancel"
STATES = frozenset({*DRAFTS, *CONFIRMED, CALLED_OFF})
"""Odoo's own; whatever else a sale may be comes with a module, of approval mostly."""
NEAR = timedelta(hours=1)
"""An order that Odoo dates so close to when it was placed is not dated anew: that would be one more call for each."""


class InvoiceStage(msgspec.Struct, frozen=True):
    """`paid`: how Odoo says it stands with its payments."""

    id: int
    state: str
    total: str
    paid: str | None = None


class Stage(msgspec.Struct, frozen=True):
    """`payments`: the state of each by our transaction key. `billable`: Odoo has all of it to invoice; `partly`: a part.

    `left`: goods of it have left already. `position`: the rule by which Odoo would change the taxes of this buyer.
    """

    sale: str
    ordered_at: str
    billable: bool
    left: bool
    payments: dict[str, str]
    invoices: list[InvoiceStage]
    position: str | None = None
    partly: bool = False

    @property
    def draft(self) -> bool:
        return self.sale in DRAFTS

    @property
    def invoiced(self) -> bool:
        return any(invoice.state == "posted" for invoice in self.invoices)

    @property
    def called_off(self) -> bool:
        """A person cancelled every invoice that there was."""
        return bool(self.invoices) and all(invoice.state == "cancel" for invoice in self.invoices)


def read_stage(document: FoundDocument) -> Stage:
    return msgspec.json.decode(document.stage, type=Stage)


def document_of(sale: Sale, bills: Sequence[Bill], paid: Sequence[Paid], address: str) -> FoundDocument:
    """`paid`: the payments under the sale's key; one that was never posted is none."""
    currency, booked = sale.currency, {key_of(each): each for each in paid if each.booked}
    stage = Stage(
        sale=sale.state,
        ordered_at=sale.date_order[:19],
        billable=_due(sale) and _whole(sale),
        partly=_due(sale) and not _whole(sale),
        left=any(line.qty_delivered > 0 for line in sale.order_line),
        payments={key: each.state or "" for key, each in booked.items()},
        invoices=[_invoice(bill, currency) for bill in bills if bill.move_type == "out_invoice"],
        position=sale.fiscal_position_id.display_name if sale.fiscal_position_id else None,
    )
    return FoundDocument(
        sink_key=SinkKey(str(sale.id)),
        number=sale.name,
        external_id=sale.client_order_ref,
        state=state_of(sale.state, invoiced=stage.invoiced),
        total=money(sale.amount_total, currency),
        tax_total=money(sale.amount_tax, currency),
        currency=currency,
        payments=frozenset(booked),
        invoiced=stage.invoiced,
        stage=msgspec.json.encode(stage).decode(),
        lines=joined(sale.order_line, currency),
        shipped=_shipped(sale),
        amounts={key: each.amount.quantize(minor_unit(currency)) for key, each in booked.items()},
        address=address,
    )


def memo_of(document: str, key: str) -> str:
    """What a payment says: whose it is, and our transaction key."""
    return f"{document}/{key}"


def key_of(payment: Paid) -> str:
    return payment.key.partition("/")[2]


def state_of(state: str, *, invoiced: bool = False) -> DocumentState:
    """A quotation reserves nothing and binds nobody; what is invoiced is final.

    A state that only a module knows counts as a document, so that no second one is made; nothing is done to it (steps.py).
    """
    if state in DRAFTS:
        return DocumentState.DRAFT
    if state == CALLED_OFF:
        return DocumentState.CANCELLED
    return DocumentState.POSTED if invoiced else DocumentState.OPEN


def joined(rows: Sequence[SaleLine], currency: str) -> tuple[FoundLine, ...]:
    """Parts of one line share its sequence number and are put together again."""
    lines: dict[tuple[int, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in rows:
        if row.display_type is None:
            key = (row.sequence, (row.product_id.default_code if row.product_id else None) or "")
            quantity, net = lines[key]
            lines[key] = quantity + row.product_uom_qty, net + row.price_subtotal
    return tuple(
        FoundLine(item=item, quantity=quantity, net=money(net, currency))
        for (_, item), (quantity, net) in lines.items()
    )


def _invoice(bill: Bill, currency: str) -> InvoiceStage:
    total = f"{money(bill.amount_total, currency):f}"
    return InvoiceStage(id=bill.id, state=bill.state, total=total, paid=bill.payment_state)


def _due(sale: Sale) -> bool:
    """Odoo says so of a sale as soon as one line is to be invoiced, though others wait for their delivery."""
    return sale.invoice_status == "to invoice"


def _whole(sale: Sale) -> bool:
    lines = [line for line in sale.order_line if line.display_type is None]
    return all(line.qty_to_invoice >= line.product_uom_qty for line in lines)


def _shipped(sale: Sale) -> bool:
    """Everything that a warehouse hands out has left; services never do."""
    goods = [line for line in sale.order_line if line.product_id and line.product_id.type != "service"]
    return (
        sale.state in CONFIRMED
        and bool(goods)
        and all(line.qty_delivered >= line.product_uom_qty for line in goods)
    )
