"""The fulfillments flow's side of Shopify: an ERP's shipment becomes one fulfillment for each place it left from.

Shopify keeps no key of ours on a fulfillment (rule 12). What was sent tells which are ours: the lines and tracking of
the call, and the fulfillments that were there before it. Nothing is ever sent without explicit lines, as that would
fulfil whatever is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from app.domain.document import DocumentState, FoundDocument
from app.domain.ids import SinkKey
from app.domain.shipment import FulfillmentDocument
from app.errors import Bug, Reason, Rejected, Retry, Verdict
from app.ports import Evidence, Found, Json, Lane, Sent, Step, StepKind, Unlisted
from app.shopify import fulfillment_plan as planning
from app.shopify import fulfillment_wire as wire
from app.shopify.answers import user_errors
from app.shopify.client import Client
from app.shopify.fulfillment_plan import Piece, Plan
from app.shopify.fulfillment_wire import OrderState, Parcel
from app.shopify.gids import gid, key_of
from app.shopify.orders import typed

_CREATE, _TRACK, _CANCEL = "create:", "track:", "cancel:"
_MOST_SENDS = 4
"""Each is looked for before the next, a minute later at the earliest; two may be lost to workers that died."""


@dataclass(frozen=True, kw_only=True)
class FoundParcels(Found):
    """What there is of a shipment: `state` is its whole order's, `sent` what we have on file."""

    state: OrderState
    ours: tuple[Parcel, ...] = ()
    sent: Mapping[str, Sent]


class Fulfillments(Unlisted):
    """Implements `Sink[FulfillmentDocument]` and `Recognises`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def find(self, record: FulfillmentDocument, *, likely: bool = False) -> Found:
        """One request. An order that is gone has nothing to send and nothing sent."""
        data = await self._client.run(
            "fulfillment_state", {"id": gid("Order", record.order_key)}, Lane.ORDERS
        )
        order = typed(data, wire.StateAnswer).order
        state = wire.order_state(order) if order else OrderState(cancelled=True, parts=(), parcels=())
        return FoundParcels(state=state, sent={})

    def recognise(self, record: FulfillmentDocument, found: Found, sent: Mapping[str, Sent]) -> Found:
        """Ours are those that answers named, that were adopted before, and what an open call can only have made."""
        there = _parcels(found)
        creates = {key: step for key, step in sent.items() if key.startswith(_CREATE)}
        ours = record.ours | {step.sink_key for step in creates.values() if step.sink_key}
        adopted: dict[str, SinkKey] = {}
        for key, step in sorted(creates.items()):
            if step.open:
                made = _made_by(step, _strangers(record, there.state, ours))
                if made is not None:
                    adopted[key] = made.key
                    ours |= {made.key}
        if not creates and not ours:
            ours |= {parcel.key for parcel in _sent_elsewhere(record, there.state)}
        mine = tuple(parcel for parcel in there.state.parcels if parcel.key in ours)
        documents = tuple(_document(record, parcel) for parcel in mine)
        return replace(there, documents=documents, adopted=adopted, ours=mine, sent=sent)

    def next_step(self, record: FulfillmentDocument, found: Found) -> Step | Reason | None:
        """Raises Retry while what is left is on hold or scheduled: somebody in the store has to let it go first."""
        there = _parcels(found)
        alive = [parcel for parcel in there.ours if parcel.alive]
        if record.cancelled:
            return _cancel(alive[0]) if alive else None
        waiting = {
            key: step
            for key, step in there.sent.items()
            if key.startswith(_CREATE) and step.open and key not in there.adopted
        }
        if waiting:
            return _again(record, there, waiting)
        if len(alive) < len(there.ours) and not record.asked:
            return _reason(
                "fulfillment.cancelled_in_store", record, "was cancelled in the store after it was sent there"
            )
        for parcel in alive:
            if planning.corrected(parcel, record.tracking):
                return _track(record, parcel, there)
        wanted = planning.needs(record, alive)
        if not wanted:
            return _double(record, there)
        return _onward(record, there, planning.plan(record, there.state, wanted), wanted)

    async def do(self, step: Step) -> Evidence:
        if step.key.startswith(_CREATE):
            return await self._create(step.payload)
        if step.key.startswith(_TRACK):
            return await self._change("fulfillment_track", "fulfillmentTrackingInfoUpdate", step.payload)
        if step.key.startswith(_CANCEL):
            return await self._change("fulfillment_cancel", "fulfillmentCancel", step.payload)
        raise Bug("step.unreadable", "A stored step can't be read.", facts={"step": step.key})

    async def _create(self, payload: Mapping[str, Json]) -> Evidence:
        answer = await self._run("fulfillment_create", "fulfillmentCreate", {"fulfillment": payload["input"]})
        made = msgspec.convert(answer["fulfillment"], type=wire.Made)
        lines = payload["lines"]
        assert isinstance(lines, dict)
        units = sum(count for count in lines.values() if isinstance(count, int))
        key = SinkKey(key_of(made.id))
        evidence = Evidence(
            sink_key=key,
            number=made.name,
            request={"input": payload["input"]},
            response={"status": made.status},
        )
        if not payload["last"] or made.status != "SUCCESS" or made.total_quantity != units:
            return evidence
        document = _shown(key, made.name, str(payload["reference"]), DocumentState.POSTED)
        return replace(evidence, whole=Found(documents=(document,)))

    async def _change(self, document: str, root: str, payload: Mapping[str, Json]) -> Evidence:
        answer = await self._run(document, root, dict(payload))
        return Evidence(
            sink_key=SinkKey(key_of(answer["fulfillment"]["id"])),
            number=answer["fulfillment"]["name"],
            request=payload,
        )

    async def _run(self, document: str, root: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """A refusal is definite: Shopify checks everything before it writes anything."""
        payload: Mapping[str, Any] = (await self._client.run(document, variables, Lane.ORDERS))[root] or {}
        errors = user_errors(payload)
        if errors or payload.get("fulfillment") is None:
            said = "; ".join(error.message for error in errors) or "no reason given"
            raise Rejected("fulfillment.refused", f"Shopify refused the shipment: {said}")
        return payload

    def render(self, record: FulfillmentDocument) -> Mapping[str, Json]:
        """Which fulfillment orders it would be taken from is only known when the order is read."""
        lines: list[Json] = [
            {"line": line.line_key, "skus": list(line.skus), "quantity": line.quantity}
            for line in record.lines
        ]
        return {
            "order": record.order_key,
            "lines": lines,
            "tracking": _tracking(record),
            "notify": record.notify,
        }


# --- which are ours --------------------------------------------------------------------------------------------------


def _parcels(found: Found) -> FoundParcels:
    if not isinstance(found, FoundParcels):
        raise Bug("fulfillment.not_found", "A shipment was judged without its order.")
    return found


def _strangers(record: FulfillmentDocument, state: OrderState, ours: frozenset[str]) -> list[Parcel]:
    return [p for p in state.parcels if p.alive and p.key not in ours and p.key not in record.others]


def _made_by(step: Sent, strangers: Sequence[Parcel]) -> Parcel | None:
    """New since the call, with its lines and its tracking."""
    numbers = step.payload.get("numbers")
    assert isinstance(numbers, list)
    said = [str(number) for number in numbers]
    return next((p for p in _like(step, strangers) if planning.same_tracking(p, said)), None)


def _like(step: Sent, strangers: Sequence[Parcel]) -> list[Parcel]:
    before, lines = step.payload.get("before"), step.payload.get("lines")
    assert isinstance(before, list)
    return [parcel for parcel in strangers if parcel.key not in before and dict(parcel.lines) == lines]


def _sent_elsewhere(record: FulfillmentDocument, state: OrderState) -> list[Parcel]:
    """Before our first call: the whole shipment under the same tracking numbers, or what a person says it is."""
    wanted = planning.needs(record, ())
    same = [p for p in _strangers(record, state, frozenset()) if planning.is_all_of(wanted, p)]
    numbers = record.tracking.numbers
    tracked = [p for p in same if numbers and planning.same_tracking(p, numbers)]
    if tracked or not record.asked:
        return tracked[:1]
    return same[:1] if planning.plan(record, state, wanted).short else []


# --- what is missing -------------------------------------------------------------------------------------------------


def _again(record: FulfillmentDocument, there: FoundParcels, waiting: Mapping[str, Sent]) -> Step | Reason:
    """A call whose outcome nobody knows goes out once more as it was; the engine sees to it that not too early."""
    key, step = next(iter(sorted(waiting.items())))
    ours = record.ours | {parcel.key for parcel in there.ours}
    like = _like(step, _strangers(record, there.state, ours))
    if like and not record.asked:
        return _possible_duplicate(record, like[0])
    if step.tries >= _MOST_SENDS and not record.asked:
        return _reason(
            "fulfillment.unclear",
            record,
            f"was sent {_MOST_SENDS} times without an answer and is not to be seen in the store",
        )
    return Step(key=key, kind=StepKind.CREATE, payload=step.payload)


def _onward(
    record: FulfillmentDocument, there: FoundParcels, plan: Plan, wanted: Sequence[planning.Need]
) -> Step | Reason:
    if not there.ours and not record.asked:
        for parcel in _strangers(record, there.state, frozenset()):
            if planning.is_all_of(wanted, parcel) and (plan.short or not parcel.numbers):
                return _possible_duplicate(record, parcel)
    if plan.short:
        return _short(record, there.state, plan)
    if plan.pieces:
        whole = not there.ours and len(plan.pieces) == 1 and not plan.blocked
        return _create(record, there, plan.pieces[0], last=whole)
    if "third_party" in plan.blocked:
        return _reason("fulfillment.third_party", record, "holds goods that a fulfillment service is to send")
    if "on_hold" in plan.blocked:
        raise Retry(
            "fulfillment.on_hold", f"{record.reference} waits: what it holds is on hold in the store."
        )
    raise Retry("fulfillment.scheduled", f"{record.reference} waits: what it holds is scheduled for later.")


def _create(record: FulfillmentDocument, there: FoundParcels, piece: Piece, *, last: bool) -> Step:
    """The lines, and the order as it was before: by them the fulfillment is known again if the answer gets lost."""
    parts: list[Json] = [
        {
            "fulfillmentOrderId": gid("FulfillmentOrder", part),
            "fulfillmentOrderLineItems": [
                {"id": gid("FulfillmentOrderLineItem", line), "quantity": units}
                for line, units in sorted(lines.items())
            ],
        }
        for part, lines in sorted(piece.parts.items())
    ]
    made: dict[str, Json] = {"lineItemsByFulfillmentOrder": parts, "notifyCustomer": record.notify}
    tracking = _tracking(record)
    if tracking:
        made["trackingInfo"] = tracking
    remaining = {line.key: line.left for part in there.state.parts for line in part.lines}
    lines: dict[str, Json] = {key: units for key, units in sorted(piece.lines.items())}  # noqa: C416 - another type
    payload: dict[str, Json] = {
        "input": made,
        "lines": lines,
        "numbers": list(record.tracking.numbers),
        "before": [parcel.key for parcel in there.state.parcels],
        "remaining": {key: units for key, units in sorted(remaining.items())},  # noqa: C416 - another type
        "last": last,
        "reference": record.external_id,
    }
    done = sum(key.startswith(_CREATE) for key in there.sent)
    return Step(key=f"{_CREATE}{done + 1}", kind=StepKind.CREATE, payload=payload)


def _track(record: FulfillmentDocument, parcel: Parcel, there: FoundParcels) -> Step:
    name = f"{_TRACK}{parcel.key}:"
    done = sum(key.startswith(name) and not step.open for key, step in there.sent.items())
    payload: dict[str, Json] = {
        "id": gid("Fulfillment", parcel.key),
        "tracking": _tracking(record),
        "notify": record.notify,
    }
    return Step(key=f"{name}{done + 1}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)


def _cancel(parcel: Parcel) -> Step:
    payload: dict[str, Json] = {"id": gid("Fulfillment", parcel.key)}
    return Step(key=f"{_CANCEL}{parcel.key}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)


def _tracking(record: FulfillmentDocument) -> dict[str, Json]:
    made: dict[str, Json] = msgspec.to_builtins(planning.tracking_input(record.tracking))
    return made


def _double(record: FulfillmentDocument, there: FoundParcels) -> Reason | None:
    """A call that was sent twice may have landed twice."""
    ours = frozenset(parcel.key for parcel in there.ours)
    for step in there.sent.values():
        if "before" in step.payload and step.tries > 1:
            twin = _made_by(step, _strangers(record, there.state, ours))
            if twin is not None:
                return _reason(
                    "fulfillment.duplicate", record, f"is in the store twice; cancel {twin.name} there"
                )
    return None


# --- reasons ---------------------------------------------------------------------------------------------------------


def _short(record: FulfillmentDocument, state: OrderState, plan: Plan) -> Reason:
    if state.cancelled:
        return _reason(
            "fulfillment.order_cancelled", record, "left the ERP, but its order was cancelled in the store"
        )
    what = f"holds {plan.short} more than the store's order has left to send from its own locations"
    return _reason("fulfillment.too_much", record, what, units=str(plan.short))


def _possible_duplicate(record: FulfillmentDocument, parcel: Parcel) -> Reason:
    what = f"may be {parcel.name}, which somebody else made in the store. Cancel that one, or retry"
    return _reason("fulfillment.possible_duplicate", record, what, number=parcel.name)


def _reason(code: str, record: FulfillmentDocument, what: str, **facts: str) -> Reason:
    return Reason(code=code, sentence=f"{record.reference} {what}.", verdict=Verdict.LOOK_FIRST, facts=facts)


def _document(record: FulfillmentDocument, parcel: Parcel) -> FoundDocument:
    state = DocumentState.POSTED if parcel.alive else DocumentState.CANCELLED
    return _shown(parcel.key, parcel.name, record.external_id, state)


def _shown(key: SinkKey, name: str, external_id: str, state: DocumentState) -> FoundDocument:
    return FoundDocument(
        sink_key=key,
        number=name,
        external_id=external_id,
        state=state,
        total=None,
        tax_total=None,
        currency=None,
    )
