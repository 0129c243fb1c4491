"""Decides what of a store's parcel is still missing in Tryton; pure, from the sale and its customer shipments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.document import DocumentState, FoundDocument
from app.domain.goods import (
    Shelved,
    called_off,
    gone,
    not_there_yet,
    possible_duplicate,
    take,
    too_much,
)
from app.domain.ids import SinkKey
from app.domain.parcel import GoodsSent, ShipmentDocument
from app.errors import Bug, Reason, Retry
from app.hosts.tryton.records import Coded, Place, Row, Sale
from app.ports import Found, Json, Step, StepKind

LEFT = ("shipped", "done")
_EDITABLE = ("draft", "waiting")
_OPEN = (*_EDITABLE, "assigned", "picked", "packed")
_SOON = timedelta(seconds=5)
_OURS = "parcel-"


class MovedRow(Row, frozen=True):
    state: str
    quantity: float
    product: Coded


class OutgoingRow(MovedRow, frozen=True):
    sale: Row | None


class PickRow(Row, frozen=True, rename={"timestamp": "_timestamp"}):
    """A customer shipment. `shipping_reference` is there with its module only; `timestamp` changes with every write."""

    timestamp: str
    number: str | None
    state: str
    reference: str | None
    warehouse: Place
    outgoing_moves: tuple[OutgoingRow, ...]
    inventory_moves: tuple[MovedRow, ...]
    shipping_reference: str | None = None

    @property
    def goods(self) -> Counter[str]:
        """What it holds, by item."""
        return _by_item(self.outgoing_moves)


PICK_FIELDS = (
    "_timestamp",
    "number",
    "state",
    "reference",
    "warehouse.code",
    "warehouse.name",
    "outgoing_moves.state",
    "outgoing_moves.quantity",
    "outgoing_moves.product.code",
    "outgoing_moves.sale.id",
    "inventory_moves.state",
    "inventory_moves.quantity",
    "inventory_moves.product.code",
)


@dataclass(frozen=True, kw_only=True)
class FoundPicks(Found):
    """`ours` are the parcel's shipments, `others` the rest of the sale's. `followed`: Tryton keeps tracking numbers."""

    sale: Sale | None = None
    ours: tuple[PickRow, ...] = ()
    others: tuple[PickRow, ...] = ()
    followed: bool = False


def found_picks(
    record: ShipmentDocument, sale: Sale, rows: Sequence[PickRow], basis: FoundDocument, *, followed: bool
) -> FoundPicks:
    """Ours carry our key, or were taken for the parcel, or left under its number with the same goods."""
    mine = [row for row in rows if row.reference == record.external_id or key_of(row, sale.id) == record.ours]
    ours = mine or _sent_elsewhere(record, sale, rows)
    known = {row.id for row in ours}
    return FoundPicks(
        basis=basis,
        documents=tuple(_document(record, row, sale.id) for row in ours),
        sale=sale,
        ours=tuple(ours),
        others=tuple(row for row in rows if row.id not in known),
        followed=followed,
    )


def next_step(record: ShipmentDocument, found: Found) -> Step | Reason | None:
    """Raises Retry while Tryton has yet to make the shipments, or another parcel of the order holds one."""
    if not isinstance(found, FoundPicks):
        raise Bug("parcel.not_found", "A parcel was judged without its document.")
    alive = [row for row in found.ours if row.state != "cancelled"]
    if record.cancelled:
        return _taken_back(record, alive[0]) if alive else None
    if alive:
        return _send(alive[0]) if alive[0].state not in LEFT else _track(record, alive[0], found)
    if found.ours and not record.asked:
        return called_off(record, found.ours[-1].number or str(found.ours[-1].id))
    if found.sale is None or found.basis is None or found.basis.state is DocumentState.CANCELLED:
        return gone(record)
    if found.sale.state in ("draft", "quotation", "confirmed"):
        raise Retry("parcel.document_first", f"{record.reference} waits for its document's confirmation.")
    return _onward(record, found, found.sale)


def create(record: ShipmentDocument, row: PickRow, sale: int, goods: Sequence[GoodsSent]) -> Step:
    """Takes a shipment for the parcel, with what the parcel holds. Only as it was when it was looked at."""
    payload: dict[str, Json] = {
        "action": "claim",
        "sale": sale,
        "shipment": row.id,
        "timestamp": row.timestamp,
        "reference": record.external_id,
        "moves": _changes(row, goods),
    }
    if record.tracking.numbers:
        payload["shipping_reference"] = _numbers(record)
    return Step(key=f"claim:{row.id}:{row.timestamp}", kind=StepKind.CREATE, payload=payload, repeatable=True)


def key_of(row: Row, sale: int) -> str:
    """As Tryton's shipments are known where they are read."""
    return f"{row.id}-{sale}"


# --- what there is -----------------------------------------------------------------------------------------------------


def _document(record: ShipmentDocument, row: PickRow, sale: int) -> FoundDocument:
    state = DocumentState.POSTED if row.state in LEFT else DocumentState.DRAFT
    return FoundDocument(
        sink_key=SinkKey(key_of(row, sale)),
        number=row.number,
        external_id=record.external_id,
        state=DocumentState.CANCELLED if row.state == "cancelled" else state,
        total=None,
        tax_total=None,
        currency=None,
        stage=row.state,
        revision=row.timestamp,
    )


def _sent_elsewhere(record: ShipmentDocument, sale: Sale, rows: Sequence[PickRow]) -> list[PickRow]:
    numbers = _numbers(record)
    same = [row for row in rows if _strange(record, row, sale) and _is(row, record.lines)]
    return [row for row in same if numbers and row.shipping_reference == numbers][:1]


def _strange(record: ShipmentDocument, row: PickRow, sale: Sale) -> bool:
    """Left Tryton without any parcel of ours, and is not taken for another one."""
    claimed = (row.reference or "").startswith(_OURS) or key_of(row, sale.id) in record.others
    return row.state in LEFT and not claimed


def _is(row: PickRow, goods: Sequence[GoodsSent]) -> bool:
    wanted: Counter[str] = Counter()
    for one in goods:
        wanted[one.item] += one.quantity
    return wanted == row.goods


def _by_item(moves: Iterable[MovedRow]) -> Counter[str]:
    found: Counter[str] = Counter()
    for move in moves:
        if move.state != "cancelled":
            found[move.product.code or ""] += int(move.quantity)
    return found


def _shelves(goods: Mapping[str, int]) -> list[Shelved]:
    return [Shelved(place=item, item=item, ordered=units, left=units) for item, units in goods.items()]


# --- what is missing ---------------------------------------------------------------------------------------------------


def _onward(record: ShipmentDocument, found: FoundPicks, sale: Sale) -> Step | Reason | None:
    """What Tryton moves no goods of, a service say, is none of a shipment's business."""
    sold: Counter[str] = Counter()
    for line in sale.lines:
        if line.type == "line" and line.product is not None:
            sold[line.product.code or ""] += int(line.quantity or 0)
    strange = take(record.lines, _shelves(sold))
    if strange.strange:
        raise not_there_yet(record, strange)
    alive = [row for row in found.others if row.state != "cancelled"]
    moved = {item for row in alive for item in row.goods}
    goods = [one for one in record.lines if one.item in moved]
    if not goods:
        return None
    for row in sorted(alive, key=lambda row: (row.warehouse.code != record.warehouse, row.id)):
        if _can_take(row, goods, sale.id):
            return create(record, row, sale.id, goods)
    return _short(record, found, sale, goods, sold - sum((row.goods for row in alive), start=Counter[str]()))


def _can_take(row: PickRow, goods: Sequence[GoodsSent], sale: int) -> bool:
    """Whether it may leave as this parcel: whole, or cut down as long as nobody has begun to pick it."""
    free = row.state in _OPEN and not (row.reference or "").startswith(_OURS)
    of_it_alone = all(move.sale is not None and move.sale.id == sale for move in row.outgoing_moves)
    if not free or not of_it_alone:
        return False
    return _is(row, goods) or (row.state in _EDITABLE and take(goods, _shelves(row.goods)).whole)


def _short(
    record: ShipmentDocument, found: FoundPicks, sale: Sale, goods: Sequence[GoodsSent], unmade: Counter[str]
) -> Reason:
    claimed = [row for row in found.others if (row.reference or "").startswith(_OURS) and row.state in _OPEN]
    if claimed:
        raise Retry(
            "parcel.another_first", f"Another parcel of {record.order_reference} goes first.", after=_SOON
        )
    if any(unmade[one.item] > 0 for one in goods):
        raise Retry("parcel.document_first", "Tryton has yet to make the rest of the shipments.", after=_SOON)
    for row in found.others:
        if _strange(record, row, sale) and _is(row, goods) and not record.asked:
            return possible_duplicate(record, row.number or str(row.id))
    left = sum((row.goods for row in found.others if row.state in _OPEN), start=Counter[str]())
    taking = take(goods, _shelves({one.item: left[one.item] for one in goods}))
    return _not_separable(record) if taking.whole else too_much(record, taking)


def _not_separable(record: ShipmentDocument) -> Reason:
    sentence = (
        f"No one shipment in Tryton holds what {record.reference} does and can leave as that: they are being picked,"
        " leave from several warehouses, or hold other sales' goods."
    )
    return Reason(code="parcel.not_separable", sentence=sentence)


def _changes(row: PickRow, goods: Sequence[GoodsSent]) -> list[Json]:
    """Of what is to be picked, and where a warehouse picks nothing, of what leaves: the rest is for another shipment."""
    if _is(row, goods):
        return []
    moves = [move for move in row.inventory_moves or row.outgoing_moves if move.state != "cancelled"]
    left: Counter[str] = Counter()
    for one in goods:
        left[one.item] += one.quantity
    changes: list[Json] = []
    for move in moves:
        item, there = move.product.code or "", int(move.quantity)
        units = min(left[item], there)
        left[item] -= units
        if units != there:
            changes.append([move.id, units])
    return changes


def _send(row: PickRow) -> Step:
    payload: dict[str, Json] = {"action": "send", "shipment": row.id, "picks": bool(row.inventory_moves)}
    return Step(key=f"send:{row.id}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)


def _track(record: ShipmentDocument, row: PickRow, found: FoundPicks) -> Step | None:
    """Tryton keeps one number for a shipment; several stand in it one after the other."""
    if not found.followed or not record.tracking.numbers or row.shipping_reference == _numbers(record):
        return None
    payload: dict[str, Json] = {
        "action": "track",
        "shipment": row.id,
        "timestamp": row.timestamp,
        "shipping_reference": _numbers(record),
    }
    return Step(
        key=f"track:{row.id}:{row.timestamp}", kind=StepKind.ADVANCE, payload=payload, repeatable=True
    )


def _taken_back(record: ShipmentDocument, row: PickRow) -> Step | Reason:
    if row.state in _EDITABLE and row.reference == record.external_id:
        payload: dict[str, Json] = {"action": "release", "shipment": row.id, "timestamp": row.timestamp}
        return Step(
            key=f"release:{row.id}:{row.timestamp}", kind=StepKind.ADVANCE, payload=payload, repeatable=True
        )
    number = row.number or str(row.id)
    sentence = f"{record.reference} was cancelled in the store, but Tryton calls off no shipment that has left: {number}."
    return Reason(code="parcel.left_the_erp", sentence=sentence, facts={"number": number})


def _numbers(record: ShipmentDocument) -> str:
    return ", ".join(record.tracking.numbers)
