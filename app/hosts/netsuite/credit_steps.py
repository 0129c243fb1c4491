"""Decides the first thing still missing of a refund in NetSuite; pure, from what was found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from app.domain.adoption import Surplus, choose
from app.domain.credit import CreditDocument
from app.domain.document import (
    DocumentLine,
    DocumentLineKind,
    DocumentPayment,
    DocumentState,
    FoundDocument,
    FoundLine,
)
from app.domain.money import minor_unit
from app.domain.refund import Restock
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason, Verdict
from app.hosts.netsuite.directory import SHIP_ITEM
from app.hosts.netsuite.documents import CASH_REFUND, CASH_SALE, CREDIT, INVOICE, ORDER, Stage, stage_of
from app.hosts.netsuite.payload import memo, payment_key, rounding_row, rows, segments
from app.hosts.netsuite.steps import advance, hold, replaced
from app.ports import Found, Json, Step, StepKind


def next_step(given: CreditDocument, found: Found) -> Step | Reason | None:
    record = _of_what_left(given) if found.basis and stage_of(found.basis).type == CASH_SALE else given
    chosen = choose(booked(record), found.documents)
    match chosen:
        case None:
            return _first(record, found.basis)
        case Reason():
            return chosen
        case Surplus(document=document):
            return hold(
                "document.duplicate_in_erp",
                f"NetSuite has more than one credit for {record.reference}.",
                document,
            )
        case FoundDocument():
            return _onward(record, chosen, stage_of(chosen))


def _of_what_left(record: CreditDocument) -> CreditDocument:
    """A cash sale takes its goods from the shelf when it is made: what is called off before it leaves lies there again."""
    goods = (
        replace(one, restock=Restock.RETURN) if one.restock is Restock.CANCEL else one for one in record.goods
    )
    return replace(record, goods=tuple(goods))


def as_credit(found: FoundDocument) -> FoundDocument:
    """With what is given back counted as positive, whichever kind of document it came to be."""
    if stage_of(found).type != INVOICE:
        return found
    return replace(
        found,
        total=None if found.total is None else -found.total,
        tax_total=None if found.tax_total is None else -found.tax_total,
        lines=None if found.lines is None else tuple(_credited(line) for line in found.lines),
    )


def _credited(line: FoundLine) -> FoundLine:
    return replace(line, net=None if line.net is None else -line.net)


def booked(record: CreditDocument) -> CreditDocument:
    """NetSuite puts every good of a credit on a shelf, and takes every good of an invoice from one; quantities are never
    negative there. What moves the other way, or not at all, is booked on the item for amounts alone.
    """
    return replace(record, lines=tuple(_booked(record, line) for line in record.lines))


def _booked(record: CreditDocument, line: DocumentLine) -> DocumentLine:
    places = (one.location for one in record.goods if one.line_key == line.key)
    alone = record.lost_item if _amount_alone(record, line) else None
    return replace(
        line,
        item=alone or line.item,
        quantity=abs(line.quantity),
        location=line.location or next(places, None),
    )


def _amount_alone(record: CreditDocument, line: DocumentLine) -> bool:
    """A cost of shipping that is given back with an invoice is a line too: the field for it takes nothing below zero."""
    if record.total < 0:
        return line.kind in {DocumentLineKind.ITEM, DocumentLineKind.SHIPPING} and line.quantity > 0
    if line.kind is not DocumentLineKind.ITEM:
        return False
    goods = [one for one in record.goods if one.line_key == line.key]
    back = line.quantity > 0 and (not goods or any(one.restock is Restock.RETURN for one in goods))
    return not (line.moves and back)


def _first(record: CreditDocument, order: FoundDocument | None) -> Step | Reason | None:
    """An order that was neither billed nor paid nor sent in part is simply closed with its refund."""
    if order is None:
        return _gone(record, "is not in the ERP any more")
    if order.state is DocumentState.CANCELLED:
        return None if record.whole else _gone(record, "was cancelled in the ERP")
    stage = stage_of(order)
    if record.whole and _untouched(order, stage):
        # A shipping item is no line of the order's list, but its way of shipping.
        lines: list[Json] = [line.id for line in stage.lines if not line.closed and line.kind != SHIP_ITEM]
        return advance(order, "close", {"lines": lines}, key="cancel-order")
    if record.lost_item is None and any(_amount_alone(record, line) for line in record.lines):
        return Reason(
            code="mapping.adjustment_item_missing",
            sentence=f"{record.reference} has goods that its document can't move, and no item for amounts alone is mapped.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"table": "special", "value": "adjustment"},
        )
    return _create(record, order, stage)


def _untouched(order: FoundDocument, stage: Stage) -> bool:
    begun = any(Decimal(line.shipped) or Decimal(line.billed) for line in stage.lines)
    return stage.type == ORDER and not order.invoiced and not order.payments and not begun


def _create(record: CreditDocument, order: FoundDocument, stage: Stage) -> Step:
    """Of a cash sale a cash refund, of an invoice its credit memo, of an order that was not billed a credit memo alone.

    No total is below zero there: where what was given in exchange costs more than what comes back, it is an invoice.
    """
    if record.total < 0:
        return _step(record, INVOICE, "", stage, order)
    if stage.type == CASH_SALE:
        return _step(record, CASH_REFUND, order.sink_key, stage, order)
    return _step(record, CREDIT, stage.invoice, stage, order)


def preview(record: CreditDocument) -> Mapping[str, Json]:
    return _step(record, INVOICE if record.total < 0 else CREDIT, "", None, None).payload


def _step(
    record: CreditDocument, made: str, of: str, stage: Stage | None, order: FoundDocument | None
) -> Step:
    """What comes back lies where it left from, unless the store says where.

    `of`: the one document that it is made of; of an order with none or several, the order says how much that may be.
    """
    places = [line.location for line in stage.lines if line.location] if stage else []
    payload: dict[str, Json] = {
        "action": "credit",
        "made": made,
        "of": of,
        "order": order.sink_key if order else "",
        "order_reference": record.order_reference,
        "came_to": None if order is None or order.total is None else f"{order.total:f}",
        "customer": stage.entity if stage else "",
        "location": next(iter(places), None),
        "external_id": record.external_id,
        "reference": record.reference,
        "currency": record.currency,
        "total": f"{record.total:f}",
        "codes": segments(record.codes),
        "date": record.refunded_at.date().isoformat(),
        "note": memo(record.note, record.payments if made == CASH_REFUND else ()),
        "method": record.payments[0].method if made == CASH_REFUND and record.payments else None,
        "slack": f"{minor_unit(record.currency) * record.tax_lines:f}",
        "returned": f"{record.refunded:f}",
        "lines": _rows(record),
    }
    return Step(key="create", kind=StepKind.CREATE, payload=payload, repeatable=True)


def _rows(record: CreditDocument) -> list[Json]:
    """Of an invoice with their signs turned: it counts what is sold."""
    lines = booked(record).lines
    return rows(_turned(line) for line in lines) if record.total < 0 else rows(lines)


def _turned(line: DocumentLine) -> DocumentLine:
    taxes = tuple(replace(tax, amount=-tax.amount) for tax in line.taxes)
    return replace(line, net=-line.net, taxes=taxes)


def _onward(record: CreditDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    verdict = judge_total(booked(record), found, computes_tax=True)
    match verdict:
        case Reason():
            return verdict
        case Rounding() if found.payments and stage.type == CREDIT:
            number, gap = found.number or found.sink_key, f"{verdict.amount:f} {record.currency}"
            sentence = (
                f"{number} differs from {record.reference} by {gap}, and its money was returned already."
            )
            return hold("total.differs", sentence, found)
        case Rounding():
            gap_there = -verdict.amount if stage.type == INVOICE else verdict.amount
            item = record.rounding_item or verdict.item
            lines = [*_rows(record), rounding_row(item, gap_there)]
            return replaced(found, stage, lines, key="rounding")
        case None:
            return _money(record, found, stage)


def _money(record: CreditDocument, found: FoundDocument, stage: Stage) -> Step | Reason | None:
    """A cash refund holds its money, an invoice gives none back; a credit memo is followed by a refund for each payment."""
    owed = [each for each in record.payments if each.amount > 0 and each.key not in found.payments]
    if not owed or stage.type != CREDIT:
        return judge_payments(record, found)
    return _refund(record, found, stage, owed[0])


def _refund(record: CreditDocument, found: FoundDocument, stage: Stage, payment: DocumentPayment) -> Step:
    values: dict[str, Json] = {
        "external_id": payment_key(record.external_id, payment.key),
        "customer": stage.entity,
        "method": payment.method,
        "currency": record.currency,
        "amount": f"{payment.amount:f}",
        "date": payment.at.date().isoformat(),
    }
    return advance(found, "refund", values, key=f"refund:{payment.key}")


def _gone(record: CreditDocument, what: str) -> Reason:
    return Reason(
        code="refund.no_document",
        sentence=f"The document of {record.order_reference} {what}, so its refund can't be booked on it.",
        verdict=Verdict.LOOK_FIRST,
    )
