"""Goods that leave the ERP, and whether the store shows each parcel once and as it is; the judging is pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sandbox.demo.refund_ends import FlowCount
from sandbox.demo.store import Store

CARRIERS = ("DHL", "UPS", "Own courier")
_STORES_EVERY = 3
Names = Literal["lines", "skus"]
"""What an ERP's shipment says its goods by: the store's own order lines, or what they are called."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """A shipment as the ERP has it: `order` is the store's key, `units` by the store's order line or by SKU.

    `origin`: the store's fulfillment that it was made of, where it was.
    """

    key: str
    order: str
    alive: bool
    numbers: tuple[str, ...]
    units: Mapping[str, int]
    origin: str | None = None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A fulfillment as the store shows it; `units` as its shipment has them."""

    key: str
    alive: bool
    numbers: tuple[str, ...]
    units: Mapping[str, int]


def judge_shipments(
    left: Iterable[Left],
    shown: Mapping[str, Sequence[Shown]],
    *,
    to_hold: Collection[str] = (),
    made_there: Collection[str] = (),
) -> FlowCount:
    """`shown` by order. `to_hold` are shipments that must come to nothing in the store, by the plan; `made_there` the store's

    own fulfillments, which are judged by `judge_parcels`.
    """
    verdict = FlowCount()
    known: dict[str, set[str]] = {}
    for shipment in left:
        verdict.placed += 1
        mine = [p for p in shown.get(shipment.order, ()) if p.alive and _of(shipment, p)]
        known.setdefault(shipment.order, set()).update(parcel.key for parcel in mine)
        _shipment(verdict, shipment, mine, held=shipment.key in to_hold)
    for order, parcels in shown.items():
        mine = known.get(order, set()).union(made_there)
        strangers = [p for p in parcels if p.alive and p.key not in mine]
        if strangers and order in known:
            verdict.duplicates += len(strangers)
            verdict.against.append({"order": order, "found": f"{len(strangers)} fulfillments of no shipment"})
    return verdict


def _of(shipment: Left, parcel: Shown) -> bool:
    """It is known by its numbers; one without any by its goods, of which each leaves in one parcel."""
    if shipment.numbers:
        return not set(shipment.numbers).isdisjoint(parcel.numbers)
    return not parcel.numbers and bool(parcel.units) and parcel.units.keys() <= shipment.units.keys()


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


def judge_parcels(
    made: Iterable[Left], shown: Mapping[str, Sequence[Shown]], owed: Collection[str]
) -> FlowCount:
    """What was sent in the store, against the ERP's shipments that were `made` of it. `owed`: fulfillments it must have."""
    verdict, found = FlowCount(), dict[str, list[Left]]()
    for shipment in made:
        if shipment.alive and shipment.origin is not None:
            found.setdefault(shipment.origin, []).append(shipment)
    parcels = {parcel.key: parcel for several in shown.values() for parcel in several}
    for key in sorted({*owed, *found}):
        verdict.placed += 1
        _parcel(verdict, key, parcels.get(key), found.get(key, []))
    return verdict


def _parcel(verdict: FlowCount, key: str, parcel: Shown | None, made: Sequence[Left]) -> None:
    seen = {"fulfillment": key, "shipments": ", ".join(each.key for each in made)}
    alive = parcel is not None and parcel.alive
    if len(made) > 1:
        verdict.duplicates += 1
    elif alive and not made:
        verdict.missing += 1
    elif made and not (alive and parcel and _alike(made[0], parcel)):
        verdict.wrong += 1
    else:
        verdict.settled += 1
        return
    verdict.against.append(seen | {"store": str(parcel)})


def _alike(shipment: Left, parcel: Shown) -> bool:
    return (shipment.units, shipment.numbers) == (parcel.units, parcel.numbers)


def shown_of(
    orders: Iterable[Mapping[str, Any]], names: Names = "lines", bare: str = ""
) -> dict[str, list[Shown]]:
    """By order, from what the store's control place tells of its orders. `bare`: what goods without a SKU are called,

    nothing where the ERP has none of them.
    """
    return {
        order["legacy_id"]: [
            Shown(
                key=sent["id"],
                alive=sent["status"] == "SUCCESS",
                numbers=tuple(sent["numbers"]),
                units=sent["lines"] if names == "lines" else _by_sku(sent["lines"], order["items"], bare),
            )
            for sent in order["fulfillments"]
        ]
        for order in orders
    }


def _by_sku(lines: Mapping[str, int], skus: Mapping[str, str], bare: str) -> dict[str, int]:
    """Lines of one SKU together, in lower case."""
    found: Counter[str] = Counter()
    for line, units in lines.items():
        if name := skus[line].lower() or bare:
            found[name] += units
    return dict(found)


class Dispatch(Protocol):
    """The ERP's people who send goods."""

    names: Names

    @property
    def bare(self) -> str:
        """What goods without a SKU are called there, in lower case; nothing where it has none."""
        ...

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
    """A `Watch`: what settled leaves the ERP, then a few numbers are corrected and a few parcels called off.

    `ready`: where goods leave from the store as well, every third order, the ERP's documents that wait for them with the
    goods they hold, in its `names`. `sent` are those fulfillments.
    """

    store: Store
    dispatch: Dispatch
    ready: Callable[[], Mapping[str, Collection[str]]] | None = None
    sent: list[str] = field(default_factory=list)
    flow: str = "fulfillments"

    def begin(self) -> None:
        return None

    def acts(self) -> Sequence[Callable[[], object]]:
        ready = self.ready
        there: list[Callable[[], object]] = [lambda: self._send_there(ready())] if ready else []
        return [lambda: self.dispatch.send(self._for_the_erp()), self.dispatch.correct, *there]

    def count(self) -> FlowCount | str:
        orders = self.store.orders()
        shown, left = shown_of(orders, self.dispatch.names, self.dispatch.bare), self.dispatch.left()
        made = [each for each in left if each.origin is not None]
        theirs = {*self.sent, *(each.origin for each in made if each.origin)}
        sent = judge_shipments([each for each in left if each.origin is None], shown, made_there=theirs)
        return sent.plus(judge_parcels(made, shown, self.sent))

    def _for_the_erp(self) -> dict[str, dict[str, str]]:
        whole = self._whole()
        kept = [key for nth, key in enumerate(whole) if self.ready is None or nth % _STORES_EVERY]
        return {key: whole[key] for key in kept}

    def _send_there(self, ready: Mapping[str, Collection[str]]) -> None:
        """What the ERP has a document for and has not sent leaves from the store, by whoever packs there."""
        chosen = [key for key, lines in self._whole().items() if self._named(lines) <= {*ready.get(key, ())}]
        self.store.fulfil({key: f"S-{key}" for key in chosen}, carrier=CARRIERS[0])
        for order in self.store.orders():
            if order["legacy_id"] in chosen:
                self.sent.extend(each["id"] for each in order["fulfillments"])

    def _named(self, lines: Mapping[str, str]) -> set[str]:
        """Lines, and their SKUs, by what the ERP says its goods by."""
        return set(lines) if self.dispatch.names == "lines" else {sku.lower() for sku in lines.values()}

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
