"""What was sent in the store, into the demo ERP: one shipment of the order's document for each parcel, by our key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import msgspec

from app.domain.document import DocumentState, FoundDocument
from app.domain.goods import (
    Shelved,
    Taking,
    alike,
    called_off,
    gone,
    objection,
    take,
)
from app.domain.ids import SinkKey, StoreKey
from app.domain.parcel import GoodsSent, ShipmentDocument
from app.domain.shipment import Tracking, corrects
from app.errors import Bug, Reason, Retry
from app.hosts.memory import wire
from app.hosts.memory.register import UNCONFIRMED, as_found, standing
from app.outbound import redacted
from app.ports import Evidence, Found, Json, Step, StepKind, Unlisted

if TYPE_CHECKING:
    from app.hosts.memory.adapter import Caller


@dataclass(frozen=True, kw_only=True)
class FoundShipments(Found):
    """`ours` are the parcel's, called off or not; `strangers` nobody's; `left` is what of the document was not sent yet."""

    ours: tuple[wire.Shipment, ...] = ()
    strangers: tuple[wire.Shipment, ...] = ()
    left: tuple[Shelved, ...] = ()


class MemoryParcels(Unlisted):
    """Implements `Sink[ShipmentDocument]`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def find(self, record: ShipmentDocument, *, likely: bool = False) -> Found:
        """Two requests: the order's document, and all that was sent of it."""
        asked = {"external_id": record.order_external_id}
        documents = (await self._caller.read(wire.Documents, "/v1/documents", asked)).documents
        basis = standing([as_found(document) for document in documents])
        if basis is None:
            return FoundShipments()
        path = f"/v1/documents/{basis.sink_key}/shipments"
        sent = (await self._caller.read(wire.Shipments, path)).shipments
        document = next(each for each in documents if str(each.id) == basis.sink_key)
        found = FoundShipments(basis=basis, left=_left(document, sent), strangers=_strangers(record, sent))
        ours = [one for one in sent if one.key == record.external_id or str(one.id) == record.ours]
        mine = tuple(ours or _sent_elsewhere(record, found))
        return replace(found, ours=mine, documents=tuple(_document(record, one) for one in mine))

    def next_step(self, record: ShipmentDocument, found: Found) -> Step | Reason | None:
        """Raises Retry while the document does not hold what was sent of it: an edit is on its way there."""
        there = _shipments(found)
        alive = [one for one in there.ours if one.state == "sent"]
        if record.cancelled:
            return _cancel(alive[0]) if alive else None
        if alive:
            return _track(record, alive[0]) if corrects(record.tracking, _tracking(alive[0])) else None
        if there.ours and not record.asked:
            return called_off(record, there.ours[-1].number)
        if there.basis is None or there.basis.state is DocumentState.CANCELLED:
            return gone(record)
        if there.basis.stage in UNCONFIRMED:
            raise Retry("parcel.document_first", f"{record.reference} waits for its document's confirmation.")
        return _onward(record, there, take(record.lines, there.left))

    async def do(self, step: Step) -> Evidence:
        method, path, body = (step.payload.get(name) for name in ("method", "path", "body"))
        if not isinstance(method, str) or not isinstance(path, str):
            raise Bug("step.unreadable", "A stored step can't be read.", facts={"step": step.key})
        made = await self._caller.dispatch(method, path, body)
        answer: dict[str, Json] = msgspec.to_builtins(made)
        return Evidence(
            sink_key=SinkKey(str(made.id)),
            number=made.number,
            request=_told(dict(step.payload)),
            response=_told(answer),
        )

    def render(self, record: ShipmentDocument) -> Mapping[str, Json]:
        """Which document it is of, and which of its lines, is only known when that is read."""
        goods = tuple((str(line.line_key), line.quantity) for line in record.lines)
        return _new(record, "{order}", goods, {str(line.line_key): line.item for line in record.lines})


# --- what there is -----------------------------------------------------------------------------------------------------


def _shipments(found: Found) -> FoundShipments:
    if not isinstance(found, FoundShipments):
        raise Bug("parcel.not_found", "A parcel was judged without its document.")
    return found


def _left(document: wire.Document, sent: Sequence[wire.Shipment]) -> tuple[Shelved, ...]:
    gone_of: dict[str, int] = {}
    for shipment in sent:
        for line in shipment.lines if shipment.state == "sent" else ():
            gone_of[line.line] = gone_of.get(line.line, 0) + int(line.quantity)
    return tuple(
        Shelved(
            place=line.key,
            item=line.item,
            ordered=int(line.quantity),
            left=int(line.quantity) - gone_of.get(line.key, 0),
            line_key=StoreKey(line.key),
        )
        for line in document.lines
        if line.kind == "item"
    )


def _strangers(record: ShipmentDocument, sent: Sequence[wire.Shipment]) -> tuple[wire.Shipment, ...]:
    """Sent by somebody in the ERP, for all we know, and not taken for another parcel of the order."""
    return tuple(
        one for one in sent if one.state == "sent" and one.key is None and str(one.id) not in record.others
    )


def _sent_elsewhere(record: ShipmentDocument, found: FoundShipments) -> list[wire.Shipment]:
    """The same goods under the same numbers, or what a person says it is where nothing is left to send besides."""
    same = [one for one in found.strangers if _holds(one, record.lines, found.left)]
    numbers = sorted(record.tracking.numbers)
    tracked = [one for one in same if numbers and sorted(one.track.numbers) == numbers]
    if tracked or not record.asked or take(record.lines, found.left).whole:
        return tracked[:1]
    return same[:1]


def _holds(one: wire.Shipment, goods: Sequence[GoodsSent], left: Sequence[Shelved]) -> bool:
    """Whether it is exactly these goods."""
    of_it: dict[str, int] = {}
    for line in one.lines:
        of_it[line.line] = of_it.get(line.line, 0) + int(line.quantity)
    return alike(of_it, goods, left)


def _document(record: ShipmentDocument, one: wire.Shipment) -> FoundDocument:
    return FoundDocument(
        sink_key=SinkKey(str(one.id)),
        number=one.number,
        external_id=record.external_id,
        state=DocumentState.POSTED if one.state == "sent" else DocumentState.CANCELLED,
        total=None,
        tax_total=None,
        currency=None,
        stage=one.state,
        revision=one.updated_at,
    )


def _tracking(one: wire.Shipment) -> Tracking:
    return Tracking(numbers=one.track.numbers, carrier=one.track.carrier, urls=one.track.urls)


# --- what is missing ---------------------------------------------------------------------------------------------------


def _onward(record: ShipmentDocument, there: FoundShipments, taking: Taking) -> Step | Reason:
    alike_elsewhere = (one for one in there.strangers if _holds(one, record.lines, there.left))
    against = objection(record, taking, ((one.number, bool(one.track.numbers)) for one in alike_elsewhere))
    if against:
        return against
    assert there.basis is not None
    items = {line.place: line.item for line in there.left}
    key = "create" if not there.ours else f"create:{len(there.ours) + 1}"
    payload = _new(record, there.basis.sink_key, taking.taken, items)
    return Step(key=key, kind=StepKind.CREATE, payload=payload, repeatable=True)


def _new(
    record: ShipmentDocument, document: str, taken: Sequence[tuple[str, int]], items: Mapping[str, str]
) -> dict[str, Json]:
    """Its own key keeps it one shipment, however often it is sent."""
    lines: list[Json] = [
        {"line": line, "item": items[line], "quantity": str(quantity)} for line, quantity in taken
    ]
    body: dict[str, Json] = {
        "key": record.external_id,
        "lines": lines,
        "warehouse": record.warehouse,
        "track": _followed(record.tracking),
    }
    return {"method": "POST", "path": f"/v1/documents/{document}/shipments", "body": body}


def _track(record: ShipmentDocument, one: wire.Shipment) -> Step:
    """Each change of the shipment has one step at most that follows it, and the ERP takes it only there."""
    body: dict[str, Json] = {**_followed(record.tracking), "seen": one.updated_at}
    payload: dict[str, Json] = {"method": "PUT", "path": f"/v1/shipments/{one.id}/track", "body": body}
    return Step(
        key=f"track:{one.id}:{one.updated_at}", kind=StepKind.ADVANCE, payload=payload, repeatable=True
    )


def _cancel(one: wire.Shipment) -> Step:
    payload: dict[str, Json] = {"method": "POST", "path": f"/v1/shipments/{one.id}/cancel", "body": {}}
    return Step(key=f"cancel:{one.id}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)


def _followed(tracking: Tracking) -> dict[str, Json]:
    return {
        "numbers": list(tracking.numbers),
        "carrier": tracking.carrier,
        "urls": list(tracking.urls),
    }


def _told(values: dict[str, Json]) -> Mapping[str, Json]:
    return cast("Mapping[str, Json]", redacted(values))
