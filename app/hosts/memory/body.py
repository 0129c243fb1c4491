"""Writes a sales document, or a credit, in the demo ERP's words; pure."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from decimal import Decimal

import msgspec

from app.domain.address import Address
from app.domain.credit import CreditDocument
from app.domain.customer import Buyer
from app.domain.document import (
    Contents,
    DocumentLine,
    DocumentPayment,
    FoundDocument,
    SalesDocument,
)
from app.domain.money import minor_unit
from app.hosts.memory import wire
from app.ports import Json


def new_document(record: SalesDocument, *, at_once: bool, computes_tax: bool) -> Json:
    """The body of the create call. `at_once`: the document is final when made, so payments and control go with it."""
    document = wire.NewDocument(
        external_id=record.external_id,
        reference=record.reference,
        currency=record.currency,
        ordered_at=record.ordered_at.astimezone(UTC).isoformat(),
        customer=customer_of(record.buyer, record.bill_to),
        bill_to=_address(record.bill_to),
        ship_to=_address(record.ship_to),
        lines=tuple(map(line, record.lines)),
        location=record.location,
        note=record.note,
        codes=dict(record.codes),
        payments=tuple(map(payment, record.payments)) if at_once else (),
        control=_control(record, computes_tax=computes_tax) if at_once else None,
    )
    as_stored: Json = msgspec.json.decode(msgspec.json.encode(document))
    return as_stored


def new_credit(record: CreditDocument, *, at_once: bool, computes_tax: bool) -> Json:
    """The body of the call that credits. `at_once`: as above, for a cash refund."""
    document = wire.NewDocument(
        external_id=record.external_id,
        reference=record.reference,
        currency=record.currency,
        ordered_at=record.refunded_at.astimezone(UTC).isoformat(),
        customer=wire.Customer(),
        lines=tuple(map(line, record.lines)),
        note=record.note,
        codes=dict(record.codes),
        payments=tuple(map(payment, record.payments)) if at_once else (),
        control=_control(record, computes_tax=computes_tax) if at_once else None,
        goods=tuple(
            wire.Goods(
                line=one.line_key,
                item=one.item,
                quantity=one.quantity,
                restock=one.restock.value,
                location=one.location,
            )
            for one in record.goods
        ),
    )
    as_stored: Json = msgspec.json.decode(msgspec.json.encode(document))
    return as_stored


def revision(record: SalesDocument, found: FoundDocument, *, computes_tax: bool) -> Json:
    """The body of the call that gives a document other lines, as long as nobody else has."""
    body = wire.Revision(
        revision=int(found.revision or 0),
        lines=tuple(map(line, record.lines)),
        control=_control(record, computes_tax=computes_tax),
    )
    as_stored: Json = msgspec.json.decode(msgspec.json.encode(body))
    return as_stored


def customer_of(buyer: Buyer, bill_to: Address | None) -> wire.Customer:
    """One customer per buyer; a company buys as itself, so that its people share one."""
    name = buyer.company or buyer.name or (bill_to.name if bill_to else None)
    return wire.Customer(
        key=buyer.company_key or buyer.key,
        email=None if buyer.company_key else buyer.email,
        name=name,
        id=int(buyer.host_key) if buyer.host_key and not buyer.company_key else None,
        apart=buyer.company_key is not None or buyer.key is None,
    )


def _address(address: Address | None) -> dict[str, str] | None:
    return {name: value for name, value in asdict(address).items() if value} if address else None


def line(line: DocumentLine) -> wire.Line:
    return wire.Line(
        key=line.key,
        item=line.item,
        title=line.title,
        kind=line.kind,
        quantity=line.quantity,
        net=line.net,
        discount=line.discount,
        taxes=tuple(wire.Tax(code=tax.code, amount=tax.amount, rate=tax.rate) for tax in line.taxes),
        location=line.location,
        codes=dict(line.codes),
    )


def payment(payment: DocumentPayment) -> wire.Payment:
    return wire.Payment(
        reference=payment.key,
        method=payment.method,
        amount=payment.amount,
        at=payment.at.astimezone(UTC).isoformat(),
    )


def _control(record: Contents, *, computes_tax: bool) -> wire.Control:
    tolerance = minor_unit(record.currency) * record.tax_lines if computes_tax else Decimal(0)
    return wire.Control(total=record.total, tolerance=tolerance, item=record.rounding_item)
