"""Which of a document's goods a parcel takes: by the store's own line where the ERP kept its key, else by item; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.ids import StoreKey
from app.domain.parcel import GoodsSent, ShipmentDocument
from app.errors import Reason, Retry


@dataclass(frozen=True, kw_only=True)
class Shelved:
    """Units of a document's line, by the ERP's own `place`. `line_key`: the store's, where the ERP kept it.

    `left` of the `ordered` have not been sent by anybody.
    """

    place: str
    item: str
    ordered: int
    left: int
    line_key: StoreKey | None = None


@dataclass(frozen=True, kw_only=True)
class Taking:
    """So many of each place. `short`: goods of which there are not so many left; `strange`: the document has none at all."""

    taken: tuple[tuple[str, int], ...]
    short: tuple[GoodsSent, ...] = ()
    strange: tuple[GoodsSent, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.short and not self.strange


def take(goods: Sequence[GoodsSent], lines: Sequence[Shelved]) -> Taking:
    """A line that the ERP knows by its key is that line and no other. What no warehouse hands out may be no line at all."""
    left = {line.place: line.left for line in lines}
    taken: dict[str, int] = {}
    short: list[GoodsSent] = []
    strange: list[GoodsSent] = []
    for one in sorted(goods, key=lambda one: (one.line_key, one.item)):
        fitting = _fitting(one, lines)
        missing = one.quantity
        for line in fitting:
            units = min(missing, left[line.place])
            if units > 0:
                left[line.place] -= units
                taken[line.place] = taken.get(line.place, 0) + units
                missing -= units
        if missing and fitting:
            short.append(one)
        elif missing and one.physical:
            strange.append(one)
    return Taking(taken=tuple(taken.items()), short=tuple(short), strange=tuple(strange))


def alike(units: Mapping[str, int], goods: Sequence[GoodsSent], lines: Sequence[Shelved]) -> bool:
    """Whether a shipment of so many units of each place holds exactly these goods."""
    taking = take(goods, [replace(line, left=units.get(line.place, 0)) for line in lines])
    return taking.whole and dict(taking.taken) == dict(units)


def objection(
    record: ShipmentDocument, taking: Taking, elsewhere: Iterable[tuple[str, bool]]
) -> Reason | None:
    """What stands against sending the parcel. `elsewhere`: shipments of just its goods that nobody knows it by, their

    numbers and whether they are tracked. Raises Retry for goods that the document does not name yet.
    """
    if taking.strange:
        raise not_there_yet(record, taking)
    if not record.asked:
        for number, tracked in elsewhere:
            if taking.short or not tracked:
                return possible_duplicate(record, number)
    return too_much(record, taking) if taking.short else None


def _fitting(one: GoodsSent, lines: Sequence[Shelved]) -> list[Shelved]:
    named = [line for line in lines if line.line_key == one.line_key]
    return named or [line for line in lines if line.line_key is None and line.item == one.item]


# --- what is said of it ------------------------------------------------------------------------------------------------


def too_much(record: ShipmentDocument, taking: Taking) -> Reason:
    """Of a parcel that holds more than is left."""
    named = ", ".join(sorted({one.item for one in taking.short}))
    sentence = (
        f"{record.reference} holds more than {record.order_reference} has left to send in the ERP: {named}."
    )
    return Reason(code="parcel.too_much", sentence=sentence, facts={"items": named})


def possible_duplicate(record: ShipmentDocument, number: str) -> Reason:
    """Of a parcel whose goods somebody sent in the ERP without a number, or so that nothing is left."""
    sentence = f"{record.reference} may be {number}, which was sent in the ERP."
    return Reason(code="parcel.possible_duplicate", sentence=sentence, facts={"number": number})


def called_off(record: ShipmentDocument, number: str) -> Reason:
    """Of a parcel whose shipment a person cancelled in the ERP, while the store says that it was sent."""
    sentence = f"{number}, which is {record.reference}, was called off in the ERP."
    return Reason(code="parcel.cancelled_in_erp", sentence=sentence, facts={"number": number})


def gone(record: ShipmentDocument) -> Reason:
    """Of a parcel whose order has no document any more."""
    sentence = (
        f"The document of {record.order_reference} is gone or cancelled in the ERP, so nothing of it is sent."
    )
    return Reason(code="parcel.no_document", sentence=sentence)


def not_there_yet(record: ShipmentDocument, taking: Taking) -> Retry:
    """Of goods that the document does not name: an edit may be on its way."""
    named = ", ".join(sorted({one.item for one in taking.strange}))
    sentence = (
        f"{record.reference} holds goods that the document of {record.order_reference} does not: {named}."
    )
    return Retry("parcel.not_in_document", sentence)
