"""The fulfillments flow: what is to become of a shipment, decided from it and from where its order stands. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.domain.shipment import FulfillmentDocument, Shipment, ShipmentState
from app.errors import Reason, Verdict
from app.mapping.options import Policy
from app.mapping.shipments import fulfillment
from app.models.shipments import OrderSent, Standing
from app.ports import Json
from app.sync.flow import Cancelled, Decision, Hold, Put, Rules, Skip, Wait


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the store has been told of a shipment, frozen before the first send (rule 9).

    `again`: the store refused what was planned from an order that may have changed under it, so it was planned anew, once.
    """

    content: str
    again: bool = False

    def stored(self) -> dict[str, Json]:
        return {"content": self.content, "again": self.again}

    @classmethod
    def of(cls, stored: Mapping[str, Json]) -> Told:
        return cls(content=str(stored["content"]), again=stored.get("again") is True)


def decide(
    shipment: Shipment, told: Told | None, standing: Standing, rules: Rules
) -> Decision[FulfillmentDocument]:
    """Goods that left are sent in the store, once; what is called off is cancelled there; other content is held."""
    order = standing.order
    if order is None:
        return Skip(
            reason=_reason("fulfillment.other_order", f"{shipment.number} is for no order of this shop.")
        )
    if standing.made_for is not None or shipment.origin is not None:
        made_for = standing.made_for or f"a parcel of {order.reference}"
        sentence = f"{shipment.number} was made for {made_for}, which the store has already."
        return Skip(reason=_reason("fulfillment.from_store", sentence))
    if standing.free_at is not None:
        sentence = f"Another shipment of {order.reference} goes first."
        return Wait(
            until=standing.free_at, reason=_reason("fulfillment.another_first", sentence, Verdict.RETRY_SAFE)
        )
    if shipment.state is ShipmentState.CANCELLED:
        return _called_off(shipment, told, standing, order, rules)
    if shipment.state is ShipmentState.PACKED and (told is not None or standing.ours):
        # It had left, and was set back: whoever was told so is told of that too.
        return _called_off(shipment, told, standing, order, rules)
    if shipment.state is ShipmentState.PACKED:
        return Skip(reason=_reason("fulfillment.not_sent", f"{shipment.number} has not left the ERP yet."))
    if told is not None and told.content != content(shipment):
        sentence = f"{shipment.number} does not hold what it held when it was sent in the store."
        return Hold(reasons=(_reason("fulfillment.changed", sentence),))
    if not any(line.quantity > 0 for line in shipment.lines):
        return Skip(reason=_reason("fulfillment.empty", f"{shipment.number} holds no goods."))
    document = _document(shipment, standing, order, rules)
    return Put(
        document=document, told=Told(content=content(shipment), again=told.again if told else False).stored()
    )


def content(shipment: Shipment) -> str:
    """A digest of the goods: what may not change once it was told. How they are followed may."""
    lines = sorted(f"{line.line_key or ''}|{line.item}|{line.quantity}" for line in shipment.lines)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def standing_of(shipment: Shipment) -> str:
    """A digest of everything that a run may act on."""
    tracking = shipment.tracking
    followed = "|".join((*tracking.numbers, tracking.carrier or "", *tracking.urls))
    return f"{content(shipment)}|{shipment.state}|{followed}"


def _called_off(
    shipment: Shipment, told: Told | None, standing: Standing, order: OrderSent, rules: Rules
) -> Decision[FulfillmentDocument]:
    """What may still take effect is waited for, so that nothing is left standing in the store."""
    reason = _reason("fulfillment.cancelled", f"{shipment.number} was called off in the ERP.")
    if told is None and not standing.ours:
        return Cancelled(reason=reason)
    if standing.open_until is not None:
        return Wait(until=standing.open_until, reason=reason)
    if rules.options.cancelled_shipments is not Policy.SEND and not rules.approved:
        sentence = f"{shipment.number} was called off in the ERP after it was sent in the store."
        return Hold(reasons=(_reason("fulfillment.cancelled_in_erp", sentence),))
    document = replace(_document(shipment, standing, order, rules), cancelled=True)
    return Put(document=document, told=(told or Told(content=content(shipment))).stored())


def _document(shipment: Shipment, standing: Standing, order: OrderSent, rules: Rules) -> FulfillmentDocument:
    made = fulfillment(
        shipment,
        order_key=order.key,
        reference=order.reference,
        tables=rules.tables,
        options=rules.options,
    )
    return replace(made, ours=standing.ours, others=standing.others, asked=rules.approved)


def _reason(code: str, sentence: str, verdict: Verdict = Verdict.LOOK_FIRST) -> Reason:
    return Reason(code=code, sentence=sentence, verdict=verdict)
