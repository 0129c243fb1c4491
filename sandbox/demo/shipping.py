"""Goods that leave the ERP, and whether the store shows each parcel once and as it is; the judging is pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sandbox.demo.refund_ends import FlowCount
from sandbox.demo.store import Store

CARRIERS = ("DHL", "UPS", "Own courier")
Names = Literal["lines", "skus"]
"""What an ERP's shipment says its goods by: the store's own order lines, or what they are called."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """A shipment as the ERP has it: `order` is the store's key, `units` by the store's order line or by SKU."""

    key: str
    order: str
    alive: bool
    numbers: tuple[str, ...]
    units: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A fulfillment as the store shows it; `units` as its shipment has them."""

    key: str
    alive: bool
    numbers: tuple[str, ...]
    units: Mapping[str, int]


def judge_shipments(
    left: Iterable[Left], shown: Mapping[str, Sequence[Shown]], *, to_hold: Collection[str] = ()
) -> FlowCount:
    """`shown` by order. `to_hold` are shipments that must come to nothing in the store, by the plan."""
    verdict = FlowCount()
    known: dict[str, set[str]] = {}
    for shipment in left:
        verdict.placed += 1
        mine = [
            p for p in shown.get(shipment.order, ()) if p.alive and set(p.numbers) & set(shipment.numbers)
        ]
        known.setdefault(shipment.order, set()).update(parcel.key for parcel in mine)
        _shipment(verdict, shipment, mine, held=shipment.key in to_hold)
    for order, parcels in shown.items():
        strangers = [p for p in parcels if p.alive and p.key not in known.get(order, set())]
        if strangers and order in known:
            verdict.duplicates += len(strangers)
            verdict.against.append({"order": order, "found": f"{len(strangers)} fulfillments of no shipment"})
    return verdict


def _shipment(verdict: FlowCount, shipment: Left, mine: Sequence[Shown], *, held: bool) -> None:
    units: Counter[str] = Counter()
    for parcel in mine:
        units.update(parcel.units)
    wanted = Counter(shipment.units) if shipment.alive and not held else Counter[str]()
    told = {"shipment": shipment.key, "order": shipment.order}
    seen = {"shown": str(dict(units)), "sent": str(dict(wanted))}
    if units == wanted:
        verdict.settled += not held
        verdict.held_expected += held
    elif not units:
        verdict.missing += 1
        verdict.against.append(told | {"found": "nothing"})
    elif any(count > wanted[line] for line, count in units.items()):
        verdict.duplicates += 1
        verdict.against.append(told | seen)
    else:
        verdict.wrong += 1
        verdict.against.append(told | seen)


def shown_of(orders: Iterable[Mapping[str, Any]], names: Names = "lines") -> dict[str, list[Shown]]:
    """By order, from what the store's control place tells of its orders."""
    return {
        order["legacy_id"]: [
            Shown(
                key=sent["id"],
                alive=sent["status"] == "SUCCESS",
                numbers=tuple(sent["numbers"]),
                units=sent["lines"] if names == "lines" else _by_sku(sent["lines"], order["items"]),
            )
            for sent in order["fulfillments"]
        ]
        for order in orders
    }


def _by_sku(lines: Mapping[str, int], skus: Mapping[str, str]) -> dict[str, int]:
    """Lines of one SKU together, in lower case."""
    found: Counter[str] = Counter()
    for line, units in lines.items():
        found[skus[line].lower()] += units
    return dict(found)


class Dispatch(Protocol):
    """The ERP's people who send goods."""

    names: Names

    def send(self, orders: Mapping[str, Mapping[str, str]]) -> int:
        """Sends these lines (with their SKUs) of these orders, now and then in two parcels; says how many left."""
        ...

    def correct(self) -> int:
        """Some numbers were wrong, and a few parcels never left; says how many were changed."""
        ...

    def left(self) -> Sequence[Left]:
        """Every shipment that left, those that were called off afterwards included."""
        ...


@dataclass(frozen=True, kw_only=True)
class ShippingWatch:
    """A `Watch`: what settled leaves the ERP, then a few numbers are corrected and a few parcels called off."""

    store: Store
    dispatch: Dispatch
    flow: str = "fulfillments"

    def begin(self) -> None:
        return None

    def acts(self) -> Sequence[Callable[[], object]]:
        return [lambda: self.dispatch.send(self._whole()), self.dispatch.correct]

    def count(self) -> FlowCount | str:
        return judge_shipments(self.dispatch.left(), shown_of(self.store.orders(), self.dispatch.names))

    def _whole(self) -> dict[str, dict[str, str]]:
        """What orders have to send that nothing was given back of, called off or sent otherwise: lines and their SKUs."""
        return {
            order["legacy_id"]: {
                line: order["items"][line] for part in order["fulfillment_orders"] for line in part["left"]
            }
            for order in self.store.orders()
            if order["fulfillment_status"] == "UNFULFILLED"
            and not (order["refunds"] or order["returns"] or order["cancelled_at"] or order["edited"])
        }
