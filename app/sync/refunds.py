"""The refunds flow: what is to become of a refund, decided from it and from where its order stands. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.credit import CreditDocument
from app.domain.money import CurrencySide
from app.domain.refund import Refund
from app.errors import Reason, Verdict
from app.mapping.credits import credit
from app.mapping.documents import Held
from app.models.kin import Parent, Sibling
from app.models.records import State
from app.ports import Json
from app.sync.flow import Decision, Hold, Put, Rules, Skip, Wait
from app.sync.order_told import Told as OrderTold

_LOOK_AGAIN = timedelta(hours=1)
_SOON, _SELDOM = timedelta(seconds=10), timedelta(minutes=5)
_PATIENCE = timedelta(days=3)
_BEFORE = {
    "order": "what was heard of {order} itself has been looked at",
    "refund": "what was given back of {order} before it is in the ERP",
    "parcel": "the parcels of {order} that have left are in the ERP",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the ERP has been told about a refund, frozen before the first send (rule 9)."""

    side: CurrencySide
    content: str

    def stored(self) -> dict[str, Json]:
        return {"side": self.side.value, "content": self.content}

    @classmethod
    def of(cls, stored: Mapping[str, Json]) -> Told:
        return cls(side=CurrencySide(str(stored["side"])), content=str(stored["content"]))


def decide(
    refund: Refund,
    told: Told | None,
    order: Parent | None,
    rules: Rules,
    now: datetime,
    *,
    apart: Sequence[Sibling] = (),
    elder: str | None = None,
    since: datetime | None = None,
) -> Decision[CreditDocument]:
    """A refund before its order waits; one of an order that is not sent is recorded; the others are credited.

    `apart`: records of what this one tells, from before it was there. `elder`: the kind of what comes before it and is not
    done yet, refunds of the order or parcels whose goods may be what comes back: what may be given back depends on them, as
    it does on what the order's own run does, or is about to do. `since`: when it was first heard of.
    """
    if order is None or order.sink_key is None or order.told is None:
        return _orderless(refund, order, now)
    if told is not None and told.content != content(refund):
        return Hold(reasons=(_changed(refund),))
    before = "order" if order.due or order.state is State.RUNNING else elder
    if told is None and before is not None:
        return Wait(until=_looked_again(now, since), reason=_in_turn(refund, before))
    twice = _told_twice(refund, apart, now) if told is None else None
    if twice is not None:
        return twice
    parts = refund.lines or refund.shipping or refund.duties or refund.adjustments or refund.sent
    if not (parts or refund.payments or refund.pending):
        reason = _reason("refund.empty", f"This refund of {refund.order_name} gives nothing back.")
        return Skip(reason=reason)
    if refund.pending and told is None:
        sentence = f"Money of this refund of {refund.order_name} is still on its way back."
        reason = _reason("refund.pending", sentence, Verdict.RETRY_SAFE)
        return Wait(until=now + _LOOK_AGAIN, reason=reason)
    as_sent = OrderTold.of(order.told)
    made = credit(
        refund,
        side=told.side if told else as_sent.side,
        tables=rules.tables,
        options=rules.options,
        substituted=frozenset(as_sent.substituted),
    )
    if isinstance(made, Held):
        return Hold(reasons=made.reasons)
    return Put(document=made, told=Told(side=made.side, content=content(refund)).stored())


def _told_twice(refund: Refund, apart: Sequence[Sibling], now: datetime) -> Decision[CreditDocument] | None:
    """An exchange was read before its refund was made: whichever of both the ERP was told of first tells it alone."""
    if refund.told_with is not None:
        sentence = f"This exchange of {refund.order_name} is told with its refund."
        return Skip(reason=_reason("refund.with_refund", sentence))
    if any(each.told for each in apart):
        sentence = f"A refund of {refund.order_name} gives back goods that were credited with their exchange."
        return Hold(reasons=(_reason("refund.exchanged_before", sentence),))
    if any(each.state is State.RUNNING for each in apart):
        sentence = f"This refund waits until the exchange of {refund.order_name} has been looked at."
        return Wait(until=now + _SOON, reason=_reason("refund.exchange_first", sentence, Verdict.RETRY_SAFE))
    return None


def _in_turn(refund: Refund, before: str) -> Reason:
    sentence = f"This refund waits until {_BEFORE[before].format(order=refund.order_name)}."
    return _reason("refund.in_turn", sentence, Verdict.RETRY_SAFE)


def _looked_again(now: datetime, since: datetime | None) -> datetime:
    """What has waited for long is looked at less often."""
    waited = now - since if since is not None else timedelta(0)
    return now + min(max(waited / 10, _SOON), _SELDOM)


def content(refund: Refund) -> str:
    """A digest of what a credit is made of."""
    parts = [
        *(f"{line.key}|{line.quantity}|{line.subtotal.shop}|{line.tax.shop}" for line in refund.lines),
        *(
            f"{part.key}|{part.amount.shop}|{part.tax.shop}"
            for part in (*refund.shipping, *refund.duties, *refund.adjustments)
        ),
        *(f"{payment.key}|{payment.amount.shop}" for payment in refund.payments),
        *(f"{line.key}|{line.quantity}|{line.gross.shop}" for line in refund.sent),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _orderless(refund: Refund, order: Parent | None, now: datetime) -> Decision[CreditDocument]:
    if order is not None and order.state in {State.SKIPPED, State.CANCELLED}:
        sentence = f"{refund.order_name} is not in the ERP, so there is nothing to give back there."
        return Skip(reason=_reason("refund.order_not_sent", sentence))
    sentence = f"This refund waits until {refund.order_name} is in the ERP."
    if order is None and now - refund.created_at > _PATIENCE:
        return Hold(reasons=(_reason("refund.order_unknown", sentence),))
    return Wait(until=now + _LOOK_AGAIN, reason=_reason("refund.order_first", sentence, Verdict.RETRY_SAFE))


def _changed(refund: Refund) -> Reason:
    return _reason(
        "refund.changed",
        f"This refund of {refund.order_name} is not what it was when it was credited in the ERP.",
    )


def _reason(code: str, sentence: str, verdict: Verdict = Verdict.LOOK_FIRST) -> Reason:
    return Reason(code=code, sentence=sentence, verdict=verdict)
