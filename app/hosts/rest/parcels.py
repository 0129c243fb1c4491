"""What was sent in the store, into any ERP: one shipment of the order's document for each parcel, by our key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

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
from app.domain.shipment import Shipment, ShipmentState, Tracking, corrects
from app.errors import Bug, Reason, Retry, Unclear
from app.hosts.rest import views
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Orders, Parcels, Shipments
from app.hosts.rest.documents import UNCONFIRMED, Documents, is_under, shown, standing, told_little, unnamed
from app.hosts.rest.parts import Listing
from app.hosts.rest.rows import Row, readable
from app.hosts.rest.shipments import shipment
from app.ports import Evidence, Found, Json, Step, StepKind, Unlisted


@dataclass(frozen=True, kw_only=True)
class FoundShipments(Found):
    """`ours` are the parcel's, called off or not; `strangers` nobody's; `left` is what of the document was not sent yet."""

    ours: tuple[Shipment, ...] = ()
    strangers: tuple[Shipment, ...] = ()
    left: tuple[Shelved, ...] = ()


class RestParcels(Unlisted):
    """Implements `Sink[ShipmentDocument]`."""

    def __init__(
        self, caller: Caller, parcels: Parcels, *, orders: Orders, shipments: Shipments, of: Listing
    ) -> None:
        self._caller, self._parcels, self._shipments, self._of = caller, parcels, shipments, of
        self._sales, self._orders = orders, Documents(caller, orders)

    async def find(self, record: ShipmentDocument, *, likely: bool = False) -> Found:
        """Two requests: the order's document, and all that was sent of it."""
        asked = {"order": {"external_id": record.order_external_id, "reference": record.order_reference}}
        rows = await self._caller.every(self._sales.find, asked)
        documents = {found.sink_key: (found, row) for row in rows for found in [self._orders.found(row)]}
        known = [found for found, _ in documents.values()]
        basis = standing([found for found in known if is_under(record.order_external_id, found)])
        if basis is None:
            return FoundShipments()
        sent_rows = await self._caller.every(self._of, {"document": views.document(basis)})
        sent = [shipment(row, self._shipments) for row in sent_rows]
        left = _left(documents[basis.sink_key][1], self._sales, sent)
        found = FoundShipments(basis=basis, left=left, strangers=_strangers(record, sent))
        ours = [one for one in sent if one.origin == record.external_id or one.key == record.ours]
        mine = tuple(ours or _sent_elsewhere(record, found))
        return replace(found, ours=mine, documents=tuple(_document(record, one) for one in mine))

    def next_step(self, record: ShipmentDocument, found: Found) -> Step | Reason | None:
        """Raises Retry while the document does not hold what was sent of it: an edit is on its way there."""
        there = _shipments(found)
        alive = [one for one in there.ours if one.state is not ShipmentState.CANCELLED]
        if record.cancelled:
            return self._cancel(record, alive[0]) if alive else None
        if alive:
            return self._track(record, alive[0])
        if there.ours and not record.asked:
            return called_off(record, there.ours[-1].number)
        if there.basis is None or there.basis.state is DocumentState.CANCELLED:
            return gone(record)
        if strange := unnamed(there.basis):
            return strange
        if there.basis.stage in UNCONFIRMED and self._sales.confirm is not None:
            raise Retry("parcel.document_first", f"{record.reference} waits for its document's confirmation.")
        return self._onward(record, there, take(record.lines, there.left))

    async def do(self, step: Step) -> Evidence:
        written = await self._caller.write(step.payload)
        if written.silent:
            return told_little(step)
        there = written.there
        if there is None:
            raise Unclear(
                "answer.unreadable", "The ERP does not say which shipment it made; it is looked for."
            )
        row = Row(there, self._caller.manner(writes=True))
        try:
            made = shipment(row, self._shipments)
        except Unclear:
            key = readable(lambda: row.text(self._shipments.fields.key))
            if key is None or step.kind is not StepKind.CREATE:
                raise
            return told_little(step, key)
        response: dict[str, Json] = {"key": made.key, "number": made.number, "state": made.state.value}
        return Evidence(
            sink_key=SinkKey(made.key), number=made.number, request=shown(step.payload), response=response
        )

    def render(self, record: ShipmentDocument) -> Mapping[str, Json]:
        """Which document it is of, and which of its lines, is only known when that is read."""
        goods = [{"place": str(e.line_key), "item": e.item, "quantity": e.quantity} for e in record.lines]
        step = self._create("create", record, {"key": "{order}"}, goods)
        return step.payload if isinstance(step, Step) else {}

    def _onward(self, record: ShipmentDocument, there: FoundShipments, taking: Taking) -> Step | Reason:
        alike_elsewhere = (one for one in there.strangers if _holds(one, record.lines, there.left))
        against = objection(
            record, taking, ((one.number, bool(one.tracking.numbers)) for one in alike_elsewhere)
        )
        if against:
            return against
        assert there.basis is not None
        items = {line.place: line.item for line in there.left}
        goods = [{"place": place, "item": items[place], "quantity": units} for place, units in taking.taken]
        key = "create" if not there.ours else f"create:{len(there.ours) + 1}"
        return self._create(key, record, views.document(there.basis), goods)

    def _create(
        self, key: str, record: ShipmentDocument, document: Mapping[str, object], goods: Sequence[object]
    ) -> Step | Reason:
        tree = {"parcel": _parcel(record), "document": document, "goods": list(goods)}
        return self._orders.step(key, self._parcels.create, tree, kind=StepKind.CREATE) or Reason(
            code="host.refused",
            sentence=f"The connection document says no way to send {record.reference}: none of its calls fits it.",
        )

    def _track(self, record: ShipmentDocument, one: Shipment) -> Step | None:
        """Each change of the shipment has one step at most that follows it.

        None where the ERP would be told nothing else than what it shows: what its document reads or sends of carriers and
        addresses is all that can ever be right there.
        """
        shown = self._shown(record.tracking, one.tracking)
        step = self._following(record, one)
        if step is None or not corrects(record.tracking, shown):
            return None
        same = self._following(replace(record, tracking=shown), one)
        return step if same is None or same.payload != step.payload else None

    def _shown(self, told: Tracking, known: Tracking) -> Tracking:
        fields = self._shipments.fields
        return Tracking(
            numbers=known.numbers if fields.numbers else told.numbers,
            carrier=known.carrier if fields.carrier else told.carrier,
            urls=known.urls if fields.urls else told.urls,
        )

    def _following(self, record: ShipmentDocument, one: Shipment) -> Step | None:
        told = ",".join(record.tracking.numbers)
        tree = {"parcel": _parcel(record), "shipment": _told(one)}
        return self._orders.step(
            f"track:{one.key}:{one.updated_at.isoformat()}:{told}"[:200], self._parcels.track, tree
        )

    def _cancel(self, record: ShipmentDocument, one: Shipment) -> Step | Reason:
        tree = {"parcel": _parcel(record), "shipment": _told(one)}
        return self._orders.step(f"cancel:{one.key}", self._parcels.cancel, tree) or Reason(
            code="parcel.left_the_erp",
            sentence=f"{one.number}, which is {record.reference}, left the ERP, which calls nothing off.",
            facts={"number": one.number},
        )


def _parcel(record: ShipmentDocument) -> dict[str, object]:
    return cast("dict[str, object]", views.view(record))


def _told(one: Shipment) -> dict[str, object]:
    return cast("dict[str, object]", views.view(one))


# --- what there is -----------------------------------------------------------------------------------------------------


def _shipments(found: Found) -> FoundShipments:
    if not isinstance(found, FoundShipments):
        raise Bug("parcel.not_found", "A parcel was judged without its document.")
    return found


def _left(document: Row, orders: Orders, sent: Sequence[Shipment]) -> tuple[Shelved, ...]:
    """A line by its key; where the ERP keeps none, all lines of an item are one. What left by an item's name alone counts

    against the lines of that item, one after the other.
    """
    lines = orders.fields.lines
    if lines is None:
        return ()
    shelved: dict[str, Shelved] = {}
    for row in document.rows(lines.rows):
        key, item, units = row.text(lines.key), row.needed(lines.item), row.number(lines.quantity)
        place, ordered = key or item, int(units or 0)
        if place in shelved:
            ordered += shelved[place].ordered
        line_key = StoreKey(key) if key else None
        shelved[place] = Shelved(place=place, item=item, ordered=ordered, left=ordered, line_key=line_key)
    away = [
        (str(line.line_key or line.item), line.quantity) for one in sent if _gone(one) for line in one.lines
    ]
    # What names its line counts first: what names an item alone is of the lines that are left.
    for name, units_sent in sorted(away, key=lambda each: each[0] not in shelved):
        for place in [name] if name in shelved else [each for each in shelved if shelved[each].item == name]:
            taken = min(units_sent, shelved[place].left)
            shelved[place] = replace(shelved[place], left=shelved[place].left - taken)
            units_sent -= taken  # noqa: PLW2901
    return tuple(shelved.values())


def _gone(one: Shipment) -> bool:
    return one.state is not ShipmentState.CANCELLED


def _strangers(record: ShipmentDocument, sent: Sequence[Shipment]) -> tuple[Shipment, ...]:
    """Sent by somebody in the ERP, for all we know, and not taken for another parcel of the order."""
    return tuple(one for one in sent if _gone(one) and one.origin is None and one.key not in record.others)


def _sent_elsewhere(record: ShipmentDocument, found: FoundShipments) -> list[Shipment]:
    """The same goods under the same numbers, or what a person says it is where nothing is left to send besides."""
    same = [one for one in found.strangers if _holds(one, record.lines, found.left)]
    numbers = sorted(record.tracking.numbers)
    tracked = [one for one in same if numbers and sorted(one.tracking.numbers) == numbers]
    if tracked or not record.asked or take(record.lines, found.left).whole:
        return tracked[:1]
    return same[:1]


def _holds(one: Shipment, goods: Sequence[GoodsSent], left: Sequence[Shelved]) -> bool:
    """Whether it is exactly these goods."""
    of_it: dict[str, int] = {}
    for line in one.lines:
        name = str(line.line_key or line.item)
        of_it[name] = of_it.get(name, 0) + line.quantity
    return alike(of_it, goods, left)


def _document(record: ShipmentDocument, one: Shipment) -> FoundDocument:
    return FoundDocument(
        sink_key=SinkKey(one.key),
        number=one.number,
        external_id=record.external_id,
        state=DocumentState.POSTED if _gone(one) else DocumentState.CANCELLED,
        total=None,
        tax_total=None,
        currency=None,
        stage=one.state.value,
        revision=one.updated_at.isoformat(),
    )
