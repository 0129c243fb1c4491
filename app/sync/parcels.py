"""The fulfillments flow from the store to the ERP: what is to become of a parcel that was sent in the store. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.ids import SinkKey
from app.domain.parcel import Parcel, ParcelState, ShipmentDocument
from app.errors import Reason, Verdict
from app.mapping.documents import Held
from app.mapping.options import Policy
from app.mapping.parcels import shipment
from app.models.kin import Parent
from app.models.parcels import Standing
from app.models.records import State
from app.ports import Json
from app.sync.flow import Cancelled, Decision, Hold, Put, Rules, Skip, Wait
from app.sync.order_told import Told as OrderTold

_LOOK_AGAIN = timedelta(hours=1)
_SOON = timedelta(minutes=1)
_PATIENCE = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the ERP has been told of a parcel, frozen before the first send (rule 9)."""

    content: str

    def stored(self) -> dict[str, Json]:
        return {"content": self.content}

    @classmethod
    def of(cls, stored: Mapping[str, Json]) -> Told:
        return cls(content=str(stored["content"]))


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What else a decision stands on: the order, the ERP's own shipments of it, and what the parcel is known as there."""

    order: Parent | None
    standing: Standing
    sink_key: str | None = None


def decide(
    parcel: Parcel, told: Told | None, beside: Beside, rules: Rules, now: datetime
) -> Decision[ShipmentDocument]:
    """Never what was made from the ERP's own shipment; after its order; once; what is called off is called off there."""
    order = beside.order
    if order is None or order.sink_key is None or order.told is None:
        return _orderless(parcel, order, now)
    if told is None:
        echo = _from_the_erp(parcel, beside.standing, rules, now)
        if echo is not None:
            return echo
    if parcel.state is ParcelState.CANCELLED:
        return _called_off(parcel, told, beside, OrderTold.of(order.told), rules)
    if parcel.state is ParcelState.ORDERED:
        return Skip(reason=_reason("parcel.not_sent", f"{parcel.name} has not been sent yet."))
    if told is not None and told.content != content(parcel):
        sentence = f"{parcel.name} does not hold what it held when it was told to the ERP."
        return Hold(reasons=(_reason("parcel.changed", sentence),))
    made = _document(parcel, beside, OrderTold.of(order.told), rules)
    if isinstance(made, Held):
        return Hold(reasons=made.reasons)
    if not made.lines:
        return Skip(reason=_reason("parcel.empty", f"{parcel.name} holds nothing that leaves a warehouse."))
    return Put(document=made, told=Told(content=content(parcel)).stored())


def content(parcel: Parcel) -> str:
    """A digest of the goods: what may not change once it was told. How they are followed may."""
    lines = sorted(f"{line.key}|{line.quantity}" for line in parcel.lines)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def standing_of(parcel: Parcel) -> str:
    """A digest of everything that a run may act on."""
    tracking = parcel.tracking
    followed = "|".join((*tracking.numbers, tracking.carrier or "", *tracking.urls))
    return f"{content(parcel)}|{parcel.state}|{followed}"


def _orderless(parcel: Parcel, order: Parent | None, now: datetime) -> Decision[ShipmentDocument]:
    if order is not None and order.state in {State.SKIPPED, State.CANCELLED}:
        sentence = f"{parcel.order_name} is not in the ERP, so nothing of it is sent there."
        return Skip(reason=_reason("parcel.order_not_sent", sentence))
    sentence = f"{parcel.name} waits until {parcel.order_name} is in the ERP."
    if order is None and now - parcel.sent_at > _PATIENCE:
        return Hold(reasons=(_reason("parcel.order_unknown", sentence),))
    return Wait(until=now + _LOOK_AGAIN, reason=_reason("parcel.order_first", sentence, Verdict.RETRY_SAFE))


def _from_the_erp(
    parcel: Parcel, standing: Standing, rules: Rules, now: datetime
) -> Skip | Wait | Hold | None:
    """What the other direction made stays where it came from; what it may have made waits until that is known."""
    if standing.made_from is not None:
        sentence = f"{parcel.name} was made from the ERP's {standing.made_from}."
        return Skip(reason=_reason("parcel.from_erp", sentence))
    if standing.perhaps_from is None:
        return None
    sentence = f"{parcel.name} may have been made from the ERP's {standing.perhaps_from}."
    if standing.stuck and (standing.perhaps_until is None or standing.perhaps_until <= now):
        if rules.approved:
            return None
        return Hold(reasons=(_reason("parcel.perhaps_from_erp", sentence),))
    until = max(standing.perhaps_until or now, now + _SOON)
    return Wait(until=until, reason=_reason("parcel.shipment_first", sentence, Verdict.RETRY_SAFE))


def _called_off(
    parcel: Parcel, told: Told | None, beside: Beside, order: OrderTold, rules: Rules
) -> Decision[ShipmentDocument]:
    """What may still take effect is waited for, so that nothing is left standing in the ERP."""
    reason = _reason("parcel.cancelled", f"{parcel.name} was cancelled in the store.")
    if told is None and beside.sink_key is None:
        return Cancelled(reason=reason)
    if beside.standing.open_until is not None:
        return Wait(until=beside.standing.open_until, reason=reason)
    if rules.options.cancelled_shipments is not Policy.SEND and not rules.approved:
        sentence = f"{parcel.name} was cancelled in the store after it was sent in the ERP."
        return Hold(reasons=(_reason("parcel.cancelled_in_store", sentence),))
    made = _document(parcel, beside, order, rules)
    if isinstance(made, Held):
        return Hold(reasons=made.reasons)
    return Put(document=replace(made, cancelled=True), told=(told or Told(content=content(parcel))).stored())


def _document(parcel: Parcel, beside: Beside, order: OrderTold, rules: Rules) -> ShipmentDocument | Held:
    made = shipment(
        parcel, tables=rules.tables, options=rules.options, substituted=frozenset(order.substituted)
    )
    if isinstance(made, Held):
        return made
    return replace(
        made,
        ours=SinkKey(beside.sink_key) if beside.sink_key else None,
        others=beside.standing.others,
        asked=rules.approved,
    )


def _reason(code: str, sentence: str, verdict: Verdict = Verdict.LOOK_FIRST) -> Reason:
    return Reason(code=code, sentence=sentence, verdict=verdict)
