"""How far an order has come: its own row while it is open, afterwards the invoices and shipments that it was posted to; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from urllib.parse import quote

import msgspec

from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.domain.money import minor_unit, total
from app.hosts.businesscentral import keys
from app.hosts.businesscentral.payload import GAP, LEDGER
from app.hosts.businesscentral.wire import (
    ACCOUNT,
    COMMENT,
    NOBODY,
    Line,
    SalesInvoice,
    SalesOrder,
    Shipment,
    Variant,
)

_VOID = frozenset({"Canceled", "Corrective"})
_ORDER_PAGE, _INVOICE_PAGE = 42, 132


class Bill(msgspec.Struct, frozen=True):
    id: str
    number: str
    status: str
    remaining: str


class Stage(msgspec.Struct, frozen=True):
    """`order`: its id while it is open. `touched`: something of it was shipped or invoiced. `lines`: ids of its own lines."""

    order: str
    number: str
    etag: str
    touched: bool
    customer: str
    customer_number: str
    lines: list[str]
    last: int
    bills: list[Bill]


def stage_of(document: FoundDocument) -> Stage:
    return msgspec.json.decode(document.stage, type=Stage)


class Booked(msgspec.Struct, frozen=True):
    """Payments found by our keys; an amount is not told of what was posted."""

    amounts: dict[str, Decimal | None]


def documents_of(
    orders: Sequence[SalesOrder],
    invoices: Sequence[SalesInvoice],
    shipments: Sequence[Shipment],
    *,
    names: Names,
    booked: Booked,
    pages: str | None,
) -> list[FoundDocument]:
    """Each order with what was posted of it, oldest first: series count upwards, and an id does not."""
    bills: defaultdict[str, list[SalesInvoice]] = defaultdict(list)
    for invoice in invoices:
        bills[_origin(invoice)].append(invoice)
    found: list[tuple[str, FoundDocument]] = []
    for order in orders:
        mine = bills.pop(order.id.lower(), [])
        found.append((order.number, _open(order, mine, names, booked, pages)))
    found += [
        (mine[0].order_number or mine[0].number, _posted(origin, mine, names, booked, pages))
        for origin, mine in bills.items()
    ]
    numbers = {order.number for order in orders} | {invoice.order_number for invoice in invoices}
    sent: defaultdict[str, list[Shipment]] = defaultdict(list)
    for shipment in shipments:
        if shipment.order_number not in numbers:
            sent[shipment.order_number].append(shipment)
    found += [(number, _only_shipped(parcels)) for number, parcels in sent.items()]
    return [document for _, document in sorted(found, key=lambda one: (one[0], one[1].sink_key))]


class Names(msgspec.Struct, frozen=True):
    """How items are called outside: numbers come back in capitals, variants by their ids."""

    spelled: dict[str, str]
    variants: Mapping[str, Variant]

    def item(self, line: Line) -> str:
        number = line.line_object_number
        if line.line_type == ACCOUNT:
            number = f"{LEDGER}{number}"
        variant = self.variants.get(line.item_variant_id)
        if line.item_variant_id != NOBODY and variant is not None:
            number = f"{number}-{variant.code}"
        return self.spelled.get(number.upper(), number)


def spelled(items: Sequence[str]) -> dict[str, str]:
    return {item.upper(): item for item in items}


def found_lines(lines: Sequence[Line], names: Names, currency: str) -> tuple[FoundLine, ...]:
    """Parts of one line stand close together and are put together again."""
    parts: dict[tuple[int, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for line in sorted(_goods(lines), key=lambda line: line.sequence):
        key = (line.sequence // GAP, names.item(line))
        quantity, net = parts[key]
        parts[key] = quantity + line.quantity, net + line.net_amount
    unit = minor_unit(currency)
    return tuple(
        FoundLine(item=item, quantity=quantity, net=net.quantize(unit))
        for (_, item), (quantity, net) in parts.items()
    )


def whole_key(lines: Sequence[Line], kinds: tuple[str, ...]) -> str | None:
    """What a comment line of ours says."""
    said = (line.description.strip() for line in lines if line.line_type == COMMENT)
    return next((text for text in said if text.startswith(kinds) and " " not in text), None)


def money(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(minor_unit(currency))


def order_state(order: SalesOrder) -> DocumentState:
    """An order whose quantities a person set to nothing is called off: a removed one would not be there at all."""
    goods = _goods(order.lines)
    if keys.is_draft(order.external_document_number):
        return DocumentState.DRAFT
    return (
        DocumentState.CANCELLED if goods and not any(line.quantity for line in goods) else DocumentState.OPEN
    )


def bill_state(invoice: SalesInvoice) -> DocumentState:
    if invoice.status in _VOID:
        return DocumentState.CANCELLED
    return DocumentState.OPEN if invoice.status == "Draft" else DocumentState.POSTED


def _goods(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.line_type != COMMENT and line.line_object_number]


def _origin(invoice: SalesInvoice) -> str:
    """The order that it was posted from; an invoice that a person made alone is its own."""
    return (invoice.order_id if invoice.order_id not in {"", NOBODY} else invoice.id).lower()


def _open(
    order: SalesOrder, bills: Sequence[SalesInvoice], names: Names, booked: Booked, pages: str | None
) -> FoundDocument:
    goods = _goods(order.lines)
    touched = bool(bills) or any(line.shipped_quantity or line.invoiced_quantity for line in goods)
    stage = Stage(
        order=order.id,
        number=order.external_document_number,
        etag=order.etag,
        touched=touched,
        customer=order.customer_id,
        customer_number=order.customer_number,
        lines=[line.id for line in goods],
        last=max((line.sequence for line in order.lines), default=0),
        bills=[_bill(bill) for bill in bills],
    )
    return FoundDocument(
        sink_key=SinkKey(order.id.lower()),
        number=order.number,
        external_id=whole_key(order.lines, ("order-",)),
        state=order_state(order),
        total=money(order.total_amount_including_tax, order.currency_code),
        tax_total=money(order.total_tax_amount, order.currency_code),
        currency=order.currency_code,
        payments=frozenset(booked.amounts),
        stage=msgspec.json.encode(stage).decode(),
        lines=found_lines(order.lines, names, order.currency_code),
        address=_address(pages, _ORDER_PAGE, "Sales Header", order.number),
        revision=order.etag,
        shipped=order.fully_shipped,
        amounts=_known(booked),
    )


def _posted(
    origin: str, bills: Sequence[SalesInvoice], names: Names, booked: Booked, pages: str | None
) -> FoundDocument:
    """All of it was invoiced, and shipped with it or before: only then the order's own row is gone."""
    alive = [bill for bill in bills if bill.status not in _VOID]
    shown = alive or list(bills)
    first = shown[0]
    drafts = [bill for bill in alive if bill.status == "Draft"]
    state = DocumentState.CANCELLED if not alive else DocumentState.OPEN if drafts else DocumentState.POSTED
    lines = [line for bill in shown for line in bill.lines]
    stage = Stage(
        order="",
        number=first.external_document_number,
        etag="",
        touched=True,
        customer=first.customer_id,
        customer_number=first.customer_number,
        lines=[],
        last=0,
        bills=[_bill(bill) for bill in shown],
    )
    return FoundDocument(
        sink_key=SinkKey(origin),
        number=first.order_number or first.number,
        external_id=whole_key(lines, ("order-",)),
        state=state,
        total=money(total(bill.total_amount_including_tax for bill in shown), first.currency_code),
        tax_total=money(total(bill.total_tax_amount for bill in shown), first.currency_code),
        currency=first.currency_code,
        payments=frozenset(booked.amounts),
        invoiced=not drafts,
        stage=msgspec.json.encode(stage).decode(),
        lines=_joined(shown, names),
        address=_address(pages, _INVOICE_PAGE, "Sales Invoice Header", first.number),
        shipped=True,
        amounts=_known(booked),
    )


def _joined(bills: Sequence[SalesInvoice], names: Names) -> tuple[FoundLine, ...]:
    """An order that was invoiced in parts has its lines on several invoices."""
    if len(bills) == 1:
        return found_lines(bills[0].lines, names, bills[0].currency_code)
    lines = [line for bill in bills for line in bill.lines]
    by_item: dict[str, tuple[Decimal, Decimal]] = {}
    for line in found_lines(lines, names, bills[0].currency_code):
        quantity, net = by_item.get(line.item, (Decimal(0), Decimal(0)))
        by_item[line.item] = quantity + line.quantity, net + (line.net or Decimal(0))
    return tuple(FoundLine(item=item, quantity=q, net=n) for item, (q, n) in by_item.items())


def _only_shipped(parcels: Sequence[Shipment]) -> FoundDocument:
    """Somebody removed the order, and no invoice is its own.

    Business Central removes none whose goods are out and not invoiced: where they were not taken back, an invoice of
    several orders has them (`shipped`).
    """
    first = min(parcels, key=lambda each: each.number)
    units: defaultdict[str, Decimal] = defaultdict(lambda: Decimal(0))
    for parcel in parcels:
        for line in parcel.sales_shipment_lines:
            if not line.is_words:
                units[line.line_object_number] += line.quantity
    return FoundDocument(
        sink_key=SinkKey(first.id.lower()),
        number=first.order_number or first.number,
        external_id=None,
        state=DocumentState.CANCELLED,
        total=None,
        tax_total=None,
        currency=None,
        shipped=any(units.values()),
    )


def _bill(invoice: SalesInvoice) -> Bill:
    return Bill(
        id=invoice.id, number=invoice.number, status=invoice.status, remaining=f"{invoice.remaining_amount:f}"
    )


def _known(booked: Booked) -> dict[str, Decimal]:
    return {key: amount for key, amount in booked.amounts.items() if amount is not None}


def _address(pages: str | None, page: int, table: str, number: str) -> str | None:
    if pages is None:
        return None
    which = quote(f"'{table}'.'No.' IS '{number}'")
    return f"{pages}?page={page}&filter={which}"
