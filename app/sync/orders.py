"""The orders flow: what is to become of an order, decided from the order alone. Pure: `now` is an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from app.domain.document import Conversion, DocumentKind, SalesDocument
from app.domain.money import CurrencySide
from app.domain.order import MoneyState, Order
from app.errors import Reason, Verdict
from app.mapping.documents import Held, document, paid_document
from app.mapping.options import Options, Policy
from app.models.timeline import Note
from app.sync.flow import Cancelled, Consult, Decision, Hold, Put, Rules, Skip, Trace, Wait
from app.sync.gates import at_the_gate
from app.sync.order_told import Told, Version, content, current, place, units


def decide(order: Order, told: Told | None, rules: Rules, now: datetime) -> Decision[SalesDocument] | Consult:
    """The table of the product's order steps, and its policies for odd orders."""
    if told is None:
        return _first(order, rules, now)
    return _again(order, told, rules, now)


def _first(order: Order, rules: Rules, now: datetime) -> Decision[SalesDocument] | Consult:
    aside = _set_aside(order, rules, now)
    if aside is not None:
        return aside
    if order.cancelled_at is not None:
        return Cancelled(
            reason=_reason("order.cancelled_before_sent", f"{order.name} was cancelled before it was sent.")
        )
    match order.money_state:
        case MoneyState.VOIDED | MoneyState.EXPIRED:
            return Hold(reasons=(_payment_gone(order),))
        case MoneyState.PENDING if now < order.processed_at + rules.timing.processor_wait:
            reason = _reason(
                "payment.pending", f"The payment of {order.name} is not decided yet.", Verdict.RETRY_SAFE
            )
            return Wait(until=now + rules.timing.processor_look, reason=reason)
        case _:
            return _put(order, rules.options.side, rules)


def _again(order: Order, told: Told, rules: Rules, now: datetime) -> Decision[SalesDocument]:
    """The order as it was told is settled; an edit since is told as well, any other change is held."""
    made = _make(order, told.kind, told.side, rules, told)
    if isinstance(made, Held):
        return Hold(reasons=made.reasons)
    if order.cancelled_at is not None and not (rules.credits and order.refund_keys):
        gone = _reason("order.cancelled_before_sent", f"{order.name} was cancelled before it was sent.")
        held = _reason(
            "order.cancelled", f"{order.name} was cancelled after its document was made in the ERP."
        )
        return Trace(document=made, found=held, absent=Cancelled(reason=gone))
    if _changed(order, told):
        if not _followed(order, told):
            return Trace(document=made, found=_edited(order), absent=_first_put(order, rules, now))
        told = told.edited_to(order)
    unpaid = order.money_state in {MoneyState.VOIDED, MoneyState.EXPIRED}
    if unpaid and order.cancelled_at is None:
        return Trace(document=made, found=_payment_gone(order), absent=Hold(reasons=(_payment_gone(order),)))
    return _put(order, told.side, rules, told)


def _first_put(order: Order, rules: Rules, now: datetime) -> Put[SalesDocument] | Skip | Cancelled | Hold:
    decision = _first(order, rules, now)
    if isinstance(decision, Trace | Wait | Consult):
        return Hold(reasons=(_edited(order),))
    return decision


def _put(
    order: Order, side: CurrencySide, rules: Rules, told: Told | None = None
) -> Put[SalesDocument] | Hold:
    kind = _kind(order, side, rules, told)
    made = _make(order, rules.options.paid_document if isinstance(kind, Held) else kind, side, rules, told)
    if isinstance(kind, Held):
        return Hold(reasons=(*kind.reasons, *(made.reasons if isinstance(made, Held) else ())))
    if isinstance(made, Held):
        return Hold(reasons=made.reasons)
    first = told or Told(
        side=side,
        kind=kind,
        content=content(order),
        current=current(order),
        edited=order.edited,
        place=place(order),
        units=units(order),
        versions=(Version(edit=order.edits[-1] if order.edits else None),),
    )
    first = replace(first, kind=kind).filled(made)
    then = _edited(order) if first.edited and order.edits is None else None
    whole = replace(first, units=units(order)) if first.units is not None and then is None else first
    return Put(
        document=first.on(made),
        told=first.stored(),
        then=then,
        at_last=whole.stored() if whole != first else None,
        overtaken=first.overtaken,
        called_off=_called_off(order),
        notes=tuple(map(_noted, made.converted)),
    )


def _noted(rate: Conversion) -> Note:
    """Which rate it was, of which day and whose: amounts of the document can be worked out again by it."""
    facts = {
        "from": rate.source,
        "to": rate.target,
        "rate": f"{rate.rate:f}",
        "rate_day": rate.day.isoformat(),
    }
    facts |= {"per": f"{rate.per:f}"} if rate.per != 1 else {}
    sentence = (
        f"Converted by the rate of {rate.day}: {rate.per:f} {rate.source} is {rate.rate:f} {rate.target}."
    )
    return Note(kind="rate", sentence=sentence, facts=facts | ({"entered_by": rate.by} if rate.by else {}))


def _called_off(order: Order) -> bool:
    """Cancelled, or given back to the last unit and cent: its refund may have called off the document."""
    left = order.current_total.shop.amount or any(line.current_quantity for line in order.lines)
    return order.cancelled_at is not None or (bool(order.refund_keys) and not left)


def _make(
    order: Order, kind: DocumentKind, side: CurrencySide, rules: Rules, told: Told | None
) -> SalesDocument | Held:
    waited = order.money_state is MoneyState.PENDING
    note = "The payment was still pending when this order was sent." if waited else None
    return document(
        order,
        kind=kind,
        side=side,
        tables=rules.tables,
        options=rules.options,
        note=note,
        substituted=frozenset(told.substituted if told else ()),
        targets=rules.targets,
    )


def substitute(told: Told, item: str, options: Options) -> Told | None:
    """What is told instead when the ERP does not know an item: its lines go onto the fallback item, if that is allowed."""
    if options.unknown_sku is not Policy.FALLBACK or item in told.substituted:
        return None
    return replace(told, substituted=(*told.substituted, item)).emptied()


def _set_aside(order: Order, rules: Rules, now: datetime) -> Skip | Hold | Wait | Consult | None:
    """Odd orders by their policies: left out, held until a person approves them, or sent like any other."""
    options = rules.options
    odd = (
        (order.test, options.test_orders, "order.test", "is a test order"),
        (order.imported, options.imported_orders, "order.imported", "was imported from another system"),
        (order.point_of_sale_key is not None, options.pos_orders, "order.pos", "was sold in a store"),
        (order.drafted, options.drafted_orders, "order.drafted", "was written down by staff"),
    )
    for applies, policy, code, what in odd:
        reason = _reason(code, f"{order.name} {what}.")
        if applies and policy is Policy.SKIP:
            return Skip(reason=reason)
        if applies and policy is Policy.HOLD and not rules.approved:
            return Hold(reasons=(reason,))
    if order.created_at < rules.go_live_at and not rules.approved:
        sentence = f"{order.name} is older than the moment this connection went live."
        return Skip(reason=_reason("order.before_go_live", sentence))
    return at_the_gate(order, rules, now)


def _kind(order: Order, side: CurrencySide, rules: Rules, told: Told | None) -> DocumentKind | Held:
    """Money state to document; a document that exists only ever grows into what a capture makes of it."""
    if told is not None and told.kind is not DocumentKind.SALES_ORDER:
        return told.kind
    wanted: DocumentKind | Held
    match order.money_state:
        case MoneyState.PAID:
            wanted = paid_document(
                order, side=side, tables=rules.tables, options=rules.options, targets=rules.targets
            )
        case MoneyState.PARTLY_PAID:
            wanted = DocumentKind.ORDER_WITH_DEPOSIT
        case (
            MoneyState.AUTHORISED
            | MoneyState.TERMS
            | MoneyState.PENDING
            | MoneyState.VOIDED
            | MoneyState.EXPIRED
        ):
            wanted = DocumentKind.SALES_ORDER
        case _:
            assert_never(order.money_state)
    if told is not None and wanted is DocumentKind.CASH_SALE:
        return DocumentKind.INVOICED_ORDER
    return wanted


def _changed(order: Order, told: Told) -> bool:
    unread = order.edited and not told.edited and order.edits is None
    return _moved(order, told) or content(order) != told.content or unread


def _moved(order: Order, told: Told) -> bool:
    return place(order) not in {"", told.place}


def _followed(order: Order, told: Told) -> bool:
    """Whether the store says which edits there were, and we know what the document held before them."""
    return bool(order.edits) and bool(told.versions) and not _moved(order, told)


def _edited(order: Order) -> Reason:
    return _reason(
        "order.edited",
        f"{order.name} was edited after its document was made; the document shows the first order.",
    )


def _payment_gone(order: Order) -> Reason:
    state = "expired" if order.money_state is MoneyState.EXPIRED else "voided"
    return _reason(
        f"payment.{state}", f"The payment of {order.name} is {state}; no money can be taken for it."
    )


def _reason(code: str, sentence: str, verdict: Verdict = Verdict.LOOK_FIRST) -> Reason:
    return Reason(code=code, sentence=sentence, verdict=verdict)
