"""How far a sale has come in Tryton, with its payments and invoices; read from its answer, kept as text, pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.hosts.tryton.records import LineRow, Sale

_POSTED = ("posted", "paid")


class PaymentStage(msgspec.Struct, frozen=True):
    id: int
    state: str


class InvoiceStage(msgspec.Struct, frozen=True):
    id: int
    state: str


class Stage(msgspec.Struct, frozen=True):
    """`payments` by our transaction key."""

    sale: str
    payments: dict[str, PaymentStage]
    invoices: list[InvoiceStage]

    @property
    def processed(self) -> bool:
        return self.sale in ("processing", "done")

    @property
    def invoiced(self) -> bool:
        return any(invoice.state in _POSTED for invoice in self.invoices)

    @property
    def given_up(self) -> bool:
        """A sale in work can't be cancelled in Tryton; a person cancels its invoice and lets it be."""
        return bool(self.invoices) and all(invoice.state == "cancelled" for invoice in self.invoices)

    @property
    def open_invoice(self) -> InvoiceStage | None:
        return next((i for i in self.invoices if i.state in ("draft", "validated")), None)


def stage_of(sale: Sale) -> Stage:
    return Stage(
        sale=sale.state,
        payments={p.reference: PaymentStage(id=p.id, state=p.state) for p in sale.payments if p.reference},
        invoices=[InvoiceStage(id=i.id, state=i.state) for i in sale.invoices],
    )


def read_stage(document: FoundDocument) -> Stage:
    return msgspec.json.decode(document.stage, type=Stage)


def document_of(sale: Sale, address: str) -> FoundDocument:
    stage = stage_of(sale)
    return FoundDocument(
        sink_key=SinkKey(str(sale.id)),
        number=sale.number,
        external_id=sale.web_id,
        state=DocumentState.CANCELLED if stage.given_up else state_of(sale.state, invoiced=stage.invoiced),
        total=sale.total_amount.value if sale.total_amount else None,
        tax_total=sale.tax_amount.value if sale.tax_amount else None,
        currency=sale.currency.code,
        payments=frozenset(key for key, p in stage.payments.items() if p.state == "succeeded"),
        invoiced=stage.invoiced,
        stage=msgspec.json.encode(stage).decode(),
        lines=joined(sale.lines),
        shipped=sale.shipment_state == "sent",
        amounts={p.reference: p.amount.value for p in sale.payments if p.reference and p.amount},
        address=address,
    )


def state_of(state: str, *, invoiced: bool = False) -> DocumentState:
    """Draft and quotation reserve nothing and bind nobody; what is invoiced or done is final."""
    match state:
        case "draft" | "quotation":
            return DocumentState.DRAFT
        case "cancelled":
            return DocumentState.CANCELLED
        case "done":
            return DocumentState.POSTED
        case _:
            return DocumentState.POSTED if invoiced else DocumentState.OPEN


def joined(rows: Sequence[LineRow]) -> tuple[FoundLine, ...]:
    """Parts of one line share its sequence number and are put together again."""
    lines: dict[tuple[int, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in rows:
        if row.type != "line":
            continue
        place = -row.id if row.sequence is None else row.sequence
        key = (place, (row.product.code if row.product else None) or "")
        quantity, net = lines[key]
        amount = row.amount.value if row.amount else Decimal(0)
        lines[key] = (quantity + Decimal(str(row.quantity or 0)), net + amount)
    return tuple(
        FoundLine(item=item, quantity=quantity, net=net) for (_, item), (quantity, net) in lines.items()
    )
