"""Goods that leave the demo ERP, and whether the store shows each parcel once and as it is; the judging is pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.demo.ends import key_of
from sandbox.demo.refund_ends import FlowCount
from sandbox.demo.store import PLAIN, Store

_CARRIERS = ("DHL", "UPS", "Own courier")
_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class Left:
    """A shipment as the ERP has it: `order` is the store's key, `units` by the store's order line."""

    key: str
    order: str
    alive: bool
    numbers: tuple[str, ...]
    units: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A fulfillment as the store shows it."""

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


def shown_of(orders: Iterable[Mapping[str, Any]]) -> dict[str, list[Shown]]:
    """By order, from what the store's control place tells of its orders."""
    return {
        order["legacy_id"]: [
            Shown(
                key=sent["id"],
                alive=sent["status"] == "SUCCESS",
                numbers=tuple(sent["numbers"]),
                units=sent["lines"],
            )
            for sent in order["fulfillments"]
        ]
        for order in orders
    }


class DemoDispatch:
    """The demo ERP's people at work: they send what was ordered, now and then in two parcels, and correct themselves."""

    def __init__(self, credentials: Mapping[str, str], shop: str, *, seed: int) -> None:
        self._shop = shop
        self._chance = random.Random(seed)
        headers = {"authorization": f"Bearer {credentials['key']}"}
        self._client = httpx.Client(
            base_url=credentials["address"].rstrip("/"), headers=headers, timeout=60.0, **PLAIN
        )
        self._parcels = 0

    def send(self, orders: Mapping[str, Collection[str]]) -> int:
        """Sends these lines of these orders' documents; answers with how many parcels left."""
        before = self._parcels
        for document in self._documents():
            key = key_of("order", document["external_id"], self._shop)
            if key in orders:
                self._send(document, orders[key])
        return self._parcels - before

    def correct(self, share: float = 0.1) -> int:
        """Some numbers were wrong, and a few parcels never left."""
        changed = 0
        for shipment in list(self._shipments()):
            draw = self._chance.random()
            if draw < share:
                self._client.put(
                    f"/v1/shipments/{shipment['id']}/track", json=self._track(f"C{shipment['id']}")
                ).raise_for_status()
            elif draw < share * 1.5:
                self._client.post(f"/v1/shipments/{shipment['id']}/cancel").raise_for_status()
            changed += draw < share * 1.5
        return changed

    def left(self) -> list[Left]:
        return [
            Left(
                key=str(one["id"]),
                order=key,
                alive=one["state"] == "sent",
                numbers=tuple(one["track"]["numbers"]),
                units=_units(one["lines"]),
            )
            for one in self._shipments()
            if (key := key_of("order", one["external_id"], self._shop)) is not None
        ]

    def _send(self, document: Mapping[str, Any], keys: Collection[str]) -> None:
        lines = [
            {"line": line["key"], "item": line["item"], "quantity": line["quantity"]}
            for line in document["lines"]
            if line["kind"] == "item" and line["key"] in keys and float(line["quantity"]) > 0
        ]
        if not lines or document["status"] not in {"confirmed", "invoiced", "posted"}:
            return
        parts = [lines[:1], lines[1:]] if len(lines) > 1 and self._chance.random() < 0.3 else [lines]
        for part in parts:
            self._parcels += 1
            wanted = {"lines": part, "track": self._track(f"P{document['id']}-{self._parcels}")}
            self._client.post(f"/v1/documents/{document['id']}/shipments", json=wanted).raise_for_status()

    def _track(self, number: str) -> dict[str, Any]:
        return {"numbers": [number], "carrier": self._chance.choice(_CARRIERS)}

    def _documents(self) -> Iterator[dict[str, Any]]:
        after: int | None = 0
        while after is not None:
            page = self._get("/v1/documents", after=after)
            yield from (row for row in page["documents"] if row["against"] is None)
            after = page["next"]

    def _shipments(self) -> Iterator[dict[str, Any]]:
        after, more = 0, True
        while more:
            page = self._get("/v1/shipments", after=after)
            yield from page["shipments"]
            after, more = page["last"], page["more"]

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self._client.get(path, params={"limit": _PAGE, **query})
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def _units(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for line in lines:
        found[str(line["line"])] += int(float(line["quantity"]))
    return dict(found)


@dataclass(frozen=True, kw_only=True)
class ShippingWatch:
    """A `Watch`: what settled leaves the ERP, then a few numbers are corrected and a few parcels called off."""

    store: Store
    dispatch: DemoDispatch
    flow: str = "fulfillments"

    def begin(self) -> None:
        return None

    def acts(self) -> Sequence[Callable[[], object]]:
        return [lambda: self.dispatch.send(self._whole()), self.dispatch.correct]

    def count(self) -> FlowCount | str:
        return judge_shipments(self.dispatch.left(), shown_of(self.store.orders()))

    def _whole(self) -> dict[str, list[str]]:
        """What orders have to send that nothing was given back of, called off or sent otherwise."""
        return {
            order["legacy_id"]: [line for part in order["fulfillment_orders"] for line in part["left"]]
            for order in self.store.orders()
            if order["fulfillment_status"] == "UNFULFILLED"
            and not (order["refunds"] or order["returns"] or order["cancelled_at"] or order["edited"])
        }
