"""What of a shipment is still to be told to Shopify, from which of an order's fulfillment orders; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.ids import StoreKey
from app.domain.shipment import FulfillmentDocument, FulfillmentLine, Tracking, corrects
from app.shopify.fulfillment_wire import OrderState, Parcel, Part, PartLine

FULFILLABLE = frozenset({"OPEN", "IN_PROGRESS"})
_WAITING = {"ON_HOLD": "on_hold", "SCHEDULED": "scheduled"}


@dataclass(kw_only=True)
class Need:
    """Units of one line of the shipment that no fulfillment of ours has yet."""

    line: FulfillmentLine
    left: int

    def takes(self, line_key: StoreKey, sku: str) -> bool:
        """An order's line that the ERP names is that line; else any line with the item's SKU will do."""
        return line_key == self.line.line_key if self.line.line_key else sku in self.line.skus


@dataclass(kw_only=True)
class Piece:
    """What one call sends: one place's, by fulfillment order and its lines; `lines` is the same by order line."""

    location: str
    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    lines: dict[StoreKey, int] = field(default_factory=dict)

    def add(self, part: Part, line: PartLine, units: int) -> None:
        of_part = self.parts.setdefault(part.key, {})
        of_part[line.key] = of_part.get(line.key, 0) + units
        self.lines[line.line_key] = self.lines.get(line.line_key, 0) + units


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`pieces` can be sent now. `blocked` says what holds the rest up: on_hold, scheduled, third_party; `short` units

    are in no fulfillment order at all.
    """

    pieces: tuple[Piece, ...]
    blocked: frozenset[str]
    short: int


def needs(record: FulfillmentDocument, ours: Iterable[Parcel]) -> list[Need]:
    """What is missing of the shipment once its own fulfillments are counted."""
    wanted = [Need(line=line, left=line.quantity) for line in record.lines]
    for parcel in ours:
        take(wanted, parcel)
    return [need for need in wanted if need.left]


def take(wanted: Sequence[Need], parcel: Parcel) -> int:
    """Counts a fulfillment towards what is wanted; answers with the units of it that nobody wanted."""
    over = 0
    for line_key, units in parcel.lines.items():
        left = units
        for need in wanted:
            if left and need.takes(line_key, parcel.skus[line_key]):
                taken = min(left, need.left)
                need.left -= taken
                left -= taken
        over += left
    return over


def is_all_of(wanted: Sequence[Need], parcel: Parcel) -> bool:
    """Whether a fulfillment holds exactly what is still wanted."""
    copies = [Need(line=need.line, left=need.left) for need in wanted]
    return bool(copies) and take(copies, parcel) == 0 and not any(need.left for need in copies)


def plan(record: FulfillmentDocument, state: OrderState, wanted: Sequence[Need]) -> Plan:
    """Shares what is wanted out over the fulfillment orders: the shipment's own place first, then the oldest."""
    pieces: dict[str, Piece] = {}
    blocked: set[str] = set()
    short = 0
    used: dict[str, int] = {}
    open_parts = [part for part in state.parts if part.status in FULFILLABLE or part.status in _WAITING]
    parts = sorted(open_parts, key=lambda part: (part.location != record.location_key, int(part.key)))
    for need in wanted:
        left = need.left
        for part, line in _lines(parts, need):
            if left and _hindrance(record, part) is None:
                units = min(left, line.left - used.get(line.key, 0))
                if units > 0:
                    used[line.key] = used.get(line.key, 0) + units
                    pieces.setdefault(part.location, Piece(location=part.location)).add(part, line, units)
                    left -= units
        for part, line in _lines(parts, need):
            hindrance = _hindrance(record, part)
            units = min(left, line.left - used.get(line.key, 0))
            if hindrance and units > 0:
                used[line.key] = used.get(line.key, 0) + units
                blocked.add(hindrance)
                left -= units
        short += left
    return Plan(pieces=tuple(pieces.values()), blocked=frozenset(blocked), short=short)


def _lines(parts: Iterable[Part], need: Need) -> list[tuple[Part, PartLine]]:
    return [(part, line) for part in parts for line in part.lines if need.takes(line.line_key, line.sku)]


def _hindrance(record: FulfillmentDocument, part: Part) -> str | None:
    if part.status in _WAITING:
        return _WAITING[part.status]
    return "third_party" if part.third_party and not record.third_party else None


def same_tracking(parcel: Parcel, numbers: Sequence[str]) -> bool:
    return parcel.numbers == tuple(sorted(numbers))


def corrected(parcel: Parcel, tracking: Tracking) -> bool:
    return corrects(tracking, Tracking(numbers=parcel.numbers, carrier=parcel.carrier, urls=parcel.urls))


def tracking_input(tracking: Tracking) -> dict[str, object]:
    """`number` and `numbers` exclude each other, as do `url` and `urls`; a carrier Shopify knows makes its own links."""
    made: dict[str, object] = {}
    if tracking.carrier:
        made["company"] = tracking.carrier
    if tracking.numbers:
        made |= _one_or_many("number", tracking.numbers)
    if tracking.urls:
        made |= _one_or_many("url", tracking.urls)
    return made


def _one_or_many(name: str, values: Sequence[str]) -> Mapping[str, object]:
    return {name: values[0]} if len(values) == 1 else {f"{name}s": list(values)}
