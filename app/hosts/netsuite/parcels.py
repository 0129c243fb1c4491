"""What was sent in the store, into NetSuite: one item fulfilment of the order's sales order for each parcel, by our key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

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
from app.domain.parcel import ShipmentDocument
from app.domain.shipment import corrects
from app.errors import Bug, Reason, Rejected, Retry
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock
from app.hosts.netsuite.directory import Directory, whole_names
from app.hosts.netsuite.documents import CASH_SALE, GOODS, Stage, stage_of
from app.hosts.netsuite.orders import NetSuiteOrders, with_request
from app.hosts.netsuite.shipments import SHIPPED, Fulfilment, fulfilments
from app.hosts.netsuite.writes import Writes
from app.ports import Evidence, Found, Json, Step, StepKind, Unlisted

# A package has a weight in NetSuite, which the store does not tell.
_WEIGHT = Decimal("0.01")
_HANDED_OUT = GOODS | {"NonInvtPart"}
_OURS = "parcel-"


@dataclass(frozen=True, kw_only=True)
class FoundFulfilments(Found):
    """`ours` are the parcel's; `strangers` nobody's; `left` is what of the order was not sent yet."""

    ours: tuple[Fulfilment, ...] = ()
    strangers: tuple[Fulfilment, ...] = ()
    left: tuple[Shelved, ...] = ()
    places: Mapping[str, str] | None = None


class NetSuiteParcels(Unlisted):
    """Implements `Sink[ShipmentDocument]`."""

    def __init__(
        self,
        netsuite: NetSuite,
        directory: Directory,
        orders: NetSuiteOrders,
        writes: Writes,
        clock: Clock,
    ) -> None:
        self._netsuite, self._directory, self._clock = netsuite, directory, clock
        self._orders, self._writes = orders, writes

    async def find(self, record: ShipmentDocument, *, likely: bool = False) -> Found:
        """The order's document, and all that was sent of it."""
        names = whole_names(line.item for line in record.lines)
        basis = await self._orders.of(record.order_external_id, names)
        if basis is None:
            return FoundFulfilments()
        stage = stage_of(basis)
        if stage.type == CASH_SALE:
            # Its goods left with the sale: that is what stands for the parcel.
            return FoundFulfilments(basis=basis, documents=(basis,))
        sent = await fulfilments(self._netsuite, f"so.id = {sql.number(basis.sink_key)}")
        found = FoundFulfilments(
            basis=basis,
            left=_left(stage),
            strangers=_strangers(record, sent),
            places={str(line.id): line.location for line in stage.lines if line.location},
        )
        ours = [one for one in sent if one.head.externalid == record.external_id or one.id == record.ours]
        mine = tuple(ours or _sent_elsewhere(record, found))
        return replace(found, ours=mine, documents=tuple(_document(record, one) for one in mine))

    def next_step(self, record: ShipmentDocument, found: Found) -> Step | Reason | None:
        """Raises Retry while the document does not hold what was sent of it: an edit is on its way there."""
        there = _fulfilments(found)
        if there.basis is not None and stage_of(there.basis).type == CASH_SALE:
            return None
        alive = [one for one in there.ours if one.sent]
        if record.cancelled:
            return _taken_back(record, alive[0]) if alive else None
        if alive:
            return _track(record, alive[0])
        if there.ours:
            last = there.ours[-1]
            return _send(last) if record.asked else called_off(record, last.head.tranid or last.id)
        if there.basis is None or there.basis.state is DocumentState.CANCELLED:
            return gone(record)
        if stage_of(there.basis).status == "A":
            raise Retry("parcel.document_first", f"{record.reference} waits for its document's confirmation.")
        return _onward(record, there, take(record.lines, there.left))

    async def do(self, step: Step) -> Evidence:
        payload: Mapping[str, Any] = step.payload
        match payload["action"]:
            case "fulfil":
                made = await self._fulfil(payload)
            case "track":
                made = await self._follow(payload)
            case "send":
                made = payload["shipment"]
                body = {"shipStatus": {"id": SHIPPED}}
                await self._netsuite.write("PATCH", f"itemFulfillment/{sql.number(made)}", body)
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        return with_request(Evidence(sink_key=SinkKey(made), response={"id": made}), step)

    def render(self, record: ShipmentDocument) -> Mapping[str, Json]:
        """Which of the order's lines they are is only known when that is read."""
        goods = tuple((line.item, line.quantity) for line in record.lines)
        return _new(record, "0", goods, FoundFulfilments())

    async def _fulfil(self, payload: Mapping[str, Any]) -> str:
        """Lines that are not named would all leave with it."""
        lines = [
            {"orderLine": int(line), "quantity": quantity, "itemReceive": True, **await self._at(place)}
            for line, quantity, place in payload["lines"]
        ]
        lines += [{"orderLine": int(line), "itemReceive": False} for line in payload["others"]]
        body: dict[str, Any] = {
            "externalId": payload["external_id"],
            "tranDate": payload["date"],
            "shipStatus": {"id": SHIPPED},
            "item": {"items": lines},
            **_packages(payload["numbers"]),
        }
        path = f"salesOrder/{sql.number(payload['document'])}/!transform/itemFulfillment"
        try:
            return await self._writes.new(path, body, payload["external_id"])
        except Rejected as refused:
            if "inventory" in refused.sentence.lower() or "on hand" in refused.sentence.lower():
                raise Rejected("parcel.not_on_stock", refused.sentence, facts=refused.facts) from refused
            raise

    async def _at(self, place: str | None) -> dict[str, Any]:
        return {"location": {"id": await self._directory.id_of("location", place)}} if place else {}

    async def _follow(self, payload: Mapping[str, Any]) -> str:
        """Only where it is as it was when it was looked at."""
        found = await fulfilments(self._netsuite, f"c.id = {sql.number(payload['shipment'])}")
        if not found or found[0].revision != payload["revision"]:
            raise Retry(
                "document.changed_meanwhile", "Someone changed the shipment meanwhile; nothing was written."
            )
        await self._next_second(found[0])
        await self._netsuite.write(
            "PATCH", f"itemFulfillment/{found[0].id}?replace=package", _packages(payload["numbers"])
        )
        return found[0].id

    async def _next_second(self, one: Fulfilment) -> None:
        """A time of change has seconds alone: two changes in one could not be told from each other."""
        zone = await self._clock.zone()
        seen = zone.instant(sql.read_moment(one.head.modified)) + timedelta(seconds=1)
        wait = (seen - self._clock.theirs(zone)).total_seconds()
        await asyncio.sleep(min(max(wait, 0.0), 1.0))


def _packages(numbers: Sequence[str]) -> dict[str, Any]:
    packages = [{"packageTrackingNumber": number, "packageWeight": _WEIGHT} for number in numbers]
    return {"package": {"items": packages}} if packages else {}


# --- what there is -----------------------------------------------------------------------------------------------------


def _fulfilments(found: Found) -> FoundFulfilments:
    if not isinstance(found, FoundFulfilments):
        raise Bug("parcel.not_found", "A parcel was judged without its document.")
    return found


def _left(stage: Stage) -> tuple[Shelved, ...]:
    return tuple(
        Shelved(
            place=str(line.id),
            item=line.item,
            ordered=int(Decimal(line.quantity)),
            left=0 if line.closed else int(Decimal(line.quantity) - Decimal(line.shipped)),
            line_key=StoreKey(line.key) if line.key else None,
        )
        for line in stage.lines
        if line.kind in _HANDED_OUT
    )


def _strangers(record: ShipmentDocument, sent: Sequence[Fulfilment]) -> tuple[Fulfilment, ...]:
    """Sent by somebody in NetSuite, for all we know, and not taken for another parcel of the order."""
    return tuple(
        one
        for one in sent
        if one.sent and not one.head.externalid.startswith(_OURS) and one.id not in record.others
    )


def _sent_elsewhere(record: ShipmentDocument, found: FoundFulfilments) -> list[Fulfilment]:
    """The same goods under the same numbers, or what a person says it is where nothing is left to send besides."""
    same = [one for one in found.strangers if alike(one.goods, record.lines, found.left)]
    numbers = sorted(record.tracking.numbers)
    tracked = [one for one in same if numbers and sorted(one.numbers) == numbers]
    if tracked or not record.asked or take(record.lines, found.left).whole:
        return tracked[:1]
    return same[:1]


def _document(record: ShipmentDocument, one: Fulfilment) -> FoundDocument:
    return FoundDocument(
        sink_key=SinkKey(one.id),
        number=one.head.tranid or None,
        external_id=record.external_id,
        state=DocumentState.POSTED if one.sent else DocumentState.CANCELLED,
        total=None,
        tax_total=None,
        currency=None,
        stage=one.head.status,
        revision=one.revision,
    )


# --- what is missing ---------------------------------------------------------------------------------------------------


def _onward(record: ShipmentDocument, there: FoundFulfilments, taking: Taking) -> Step | Reason:
    alike_elsewhere = (one for one in there.strangers if alike(one.goods, record.lines, there.left))
    against = objection(
        record, taking, ((one.head.tranid or one.id, bool(one.numbers)) for one in alike_elsewhere)
    )
    if against:
        return against
    assert there.basis is not None
    payload = _new(record, there.basis.sink_key, taking.taken, there)
    return Step(key="create", kind=StepKind.CREATE, payload=payload, repeatable=True)


def _new(
    record: ShipmentDocument, document: str, taken: Sequence[tuple[str, int]], there: FoundFulfilments
) -> dict[str, Json]:
    places, named = there.places or {}, {line for line, _ in taken}
    lines: list[Json] = [[line, quantity, record.warehouse or places.get(line)] for line, quantity in taken]
    others: list[Json] = [line.place for line in there.left if line.place not in named and line.left > 0]
    return {
        "action": "fulfil",
        "document": document,
        "external_id": record.external_id,
        "date": record.sent_at.date().isoformat(),
        "lines": lines,
        "others": others,
        "numbers": list(record.tracking.numbers),
    }


def _track(record: ShipmentDocument, one: Fulfilment) -> Step | None:
    """Each change of the fulfilment has one step at most that follows it; NetSuite tells changes of one second not apart.

    A package has a number there and neither carrier nor address: what is never shown is never missing.
    """
    if not corrects(record.tracking, replace(record.tracking, numbers=one.numbers)):
        return None
    payload: dict[str, Json] = {
        "action": "track",
        "shipment": one.id,
        "revision": one.revision,
        "numbers": list(record.tracking.numbers),
    }
    way = sha256("\n".join((*one.numbers, "", *record.tracking.numbers)).encode()).hexdigest()[:12]
    return Step(
        key=f"track:{one.id}:{one.revision}:{way}", kind=StepKind.ADVANCE, payload=payload, repeatable=True
    )


def _send(one: Fulfilment) -> Step:
    """One that a person set back to packed holds our key and its goods still: it leaves again."""
    payload: dict[str, Json] = {"action": "send", "shipment": one.id}
    return Step(key=f"send:{one.id}:{one.revision}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)


def _taken_back(record: ShipmentDocument, one: Fulfilment) -> Reason:
    number = one.head.tranid or one.id
    return Reason(
        code="parcel.left_the_erp",
        sentence=f"{record.reference} was cancelled in the store, but {number} has left NetSuite; delete it there.",
        facts={"number": number},
    )
