"""Decides what of a store's parcel is still missing in Odoo; pure, from the sale and its deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.document import DocumentState, FoundDocument
from app.domain.goods import Shelved, called_off, gone, not_there_yet, possible_duplicate, take, too_much
from app.domain.ids import SinkKey
from app.domain.parcel import GoodsSent, ShipmentDocument
from app.errors import Bug, Reason, Retry
from app.hosts.odoo.pickings import LEFT, OPEN, Picking, keyed, origin_of, parcel_of
from app.hosts.odoo.records import Sale
from app.hosts.odoo.stage import CONFIRMED
from app.ports import Found, Json, Step, StepKind

_SOON = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class FoundPickings(Found):
    """`ours` are the parcel's deliveries, `others` the rest of the sale's. `followed`: Odoo keeps tracking numbers."""

    sale: Sale | None = None
    ours: tuple[Picking, ...] = ()
    others: tuple[Picking, ...] = ()
    followed: bool = False


def found_pickings(
    record: ShipmentDocument, sale: Sale, rows: Sequence[Picking], basis: FoundDocument, *, followed: bool
) -> FoundPickings:
    """Ours carry our key, or were taken for the parcel, or left under its number with the same goods."""
    mine = [row for row in rows if keyed(row, rows) == record.external_id or str(row.id) == record.ours]
    ours = mine or _sent_elsewhere(record, rows)
    known = {row.id for row in ours}
    return FoundPickings(
        basis=basis,
        documents=tuple(_document(record, row) for row in ours),
        sale=sale,
        ours=tuple(ours),
        others=tuple(row for row in rows if row.id not in known),
        followed=followed,
    )


def next_step(record: ShipmentDocument, found: Found) -> Step | Reason | None:
    """Raises Retry while the sale is not confirmed, or another parcel of it holds a delivery."""
    if not isinstance(found, FoundPickings):
        raise Bug("parcel.not_found", "A parcel was judged without its document.")
    alive = [row for row in found.ours if row.state != "cancel"]
    if record.cancelled:
        return _taken_back(record, alive[0]) if alive else None
    if alive:
        return _send(record, alive[0]) if alive[0].state != LEFT else _track(record, alive[0], found)
    if found.ours and not record.asked:
        return called_off(record, found.ours[-1].number)
    if found.sale is None or found.basis is None or found.basis.state is DocumentState.CANCELLED:
        return gone(record)
    if found.sale.state not in CONFIRMED:
        raise Retry("parcel.document_first", f"{record.reference} waits for its document's confirmation.")
    return _onward(record, found, found.sale)


def _onward(record: ShipmentDocument, found: FoundPickings, sale: Sale) -> Step | Reason | None:
    ordered: Counter[str] = Counter()
    for line in sale.order_line:
        if line.product_id is not None and line.product_id.type != "service":
            ordered[line.product_id.default_code or ""] += int(line.product_uom_qty)
    services = {line.product_id.default_code for line in sale.order_line if line.product_id} - set(ordered)
    strange = take(
        [one for one in record.lines if one.item not in services],
        _shelves(Counter(dict.fromkeys(ordered, 10**9))),
    )
    if strange.strange:
        raise not_there_yet(record, strange)
    goods = [one for one in record.lines if one.item in ordered]
    if not goods:
        return None
    free = [row for row in found.others if row.state in OPEN and keyed(row, found.others) is None]
    for row in sorted(free, key=lambda row: (row.warehouse != record.warehouse, row.id)):
        if take(goods, _shelves(row.goods)).whole:
            return _claim(record, row, found)
    return _short(record, found, goods, ordered)


def _claim(record: ShipmentDocument, row: Picking, found: FoundPickings) -> Step:
    """Takes a delivery for the parcel. Only as it was when it was looked at."""
    payload: dict[str, Json] = {
        "action": "claim",
        "picking": row.id,
        "before": row.origin or "",
        "origin": origin_of(row, record.external_id),
    }
    if record.tracking.numbers and found.followed:
        payload["carrier_tracking_ref"] = _numbers(record)
    return Step(key=f"claim:{row.id}", kind=StepKind.CREATE, payload=payload, repeatable=True)


def _short(
    record: ShipmentDocument, found: FoundPickings, goods: Sequence[GoodsSent], ordered: Counter[str]
) -> Reason:
    if any(keyed(row, found.others) is not None and row.state in OPEN for row in found.others):
        raise Retry(
            "parcel.another_first", f"Another parcel of {record.order_reference} goes first.", after=_SOON
        )
    alive = sum((row.goods for row in found.others if row.state != "cancel"), start=Counter[str]())
    if any((ordered - alive)[one.item] > 0 for one in goods):
        raise Retry("parcel.document_first", "Odoo has yet to make the rest of the deliveries.", after=_SOON)
    for row in found.others:
        if _strange(record, row, found.others) and _is(row, goods) and not record.asked:
            return possible_duplicate(record, row.number)
    left = sum((row.goods for row in found.others if row.state in OPEN), start=Counter[str]())
    short = take(goods, _shelves(Counter({one.item: left[one.item] for one in goods})))
    return _not_separable(record) if short.whole else too_much(record, short)


def _not_separable(record: ShipmentDocument) -> Reason:
    sentence = (
        f"No one delivery in Odoo holds what {record.reference} does: they leave from several warehouses."
    )
    return Reason(code="parcel.not_separable", sentence=sentence)


def _send(record: ShipmentDocument, row: Picking) -> Step:
    """What of each move is in the parcel, oldest first."""
    missing: Counter[str] = Counter()
    for one in record.lines:
        missing[one.item] += one.quantity
    moves: list[Json] = []
    for move in row.moves:
        if move.state in (LEFT, "cancel"):
            continue
        units = min(missing[move.code], int(move.product_uom_qty))
        missing[move.code] -= units
        moves.append([move.id, units])
    payload: dict[str, Json] = {"action": "send", "picking": row.id, "moves": moves}
    return Step(key=f"send:{row.id}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)


def _track(record: ShipmentDocument, row: Picking, found: FoundPickings) -> Step | None:
    """Odoo keeps one number for a delivery; several stand in it with commas."""
    if not found.followed or not record.tracking.numbers or row.carrier_tracking_ref == _numbers(record):
        return None
    _, change = parcel_of(row)
    payload: dict[str, Json] = {
        "action": "track",
        "picking": row.id,
        "before": row.origin or "",
        "origin": origin_of(row, record.external_id, change + 1),
        "carrier_tracking_ref": _numbers(record),
    }
    return Step(key=f"track:{row.id}:{change + 1}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)


def _taken_back(record: ShipmentDocument, row: Picking) -> Step | Reason:
    if row.state in OPEN:
        payload: dict[str, Json] = {
            "action": "release",
            "picking": row.id,
            "before": row.origin or "",
            "origin": origin_of(row, None),
            "carrier_tracking_ref": False,
        }
        return Step(key=f"release:{row.id}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)
    sentence = f"{record.reference} was cancelled in the store, but Odoo calls off no delivery that has left: {row.number}."
    return Reason(code="parcel.left_the_erp", sentence=sentence, facts={"number": row.number})


# --- what there is ----------------------------------------------------------------------------------------------------


def _document(record: ShipmentDocument, row: Picking) -> FoundDocument:
    state = DocumentState.POSTED if row.state == LEFT else DocumentState.DRAFT
    return FoundDocument(
        sink_key=SinkKey(str(row.id)),
        number=row.name,
        external_id=record.external_id,
        state=DocumentState.CANCELLED if row.state == "cancel" else state,
        total=None,
        tax_total=None,
        currency=None,
        stage=row.state,
        revision=str(parcel_of(row)[1]),
    )


def _sent_elsewhere(record: ShipmentDocument, rows: Sequence[Picking]) -> list[Picking]:
    numbers = _numbers(record)
    same = [row for row in rows if _strange(record, row, rows) and _is(row, record.lines)]
    return [row for row in same if numbers and row.carrier_tracking_ref == numbers][:1]


def _strange(record: ShipmentDocument, row: Picking, rows: Sequence[Picking]) -> bool:
    """Left Odoo without any parcel of ours, and is not taken for another one."""
    return row.state == LEFT and keyed(row, rows) is None and str(row.id) not in record.others


def _is(row: Picking, goods: Sequence[GoodsSent]) -> bool:
    wanted: Counter[str] = Counter()
    for one in goods:
        wanted[one.item] += one.quantity
    return wanted == row.goods


def _shelves(goods: Mapping[str, int]) -> list[Shelved]:
    return [Shelved(place=item, item=item, ordered=units, left=units) for item, units in goods.items()]


def _numbers(record: ShipmentDocument) -> str:
    return ",".join(record.tracking.numbers)
