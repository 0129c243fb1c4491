"""Whoever works in a simulated ERP, whichever it is, and what it has: over the doors that all of them share."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx

from sandbox.demo.ends import Booked, key_of
from sandbox.demo.people import Person
from sandbox.demo.refund_ends import Credited
from sandbox.demo.shipping import CARRIERS, Left, Names
from sandbox.demo.store import PLAIN

_REFUSED, _LACKING = 409, 501
_TWO_PARCELS = 0.3
FALLBACK = "fallback"


class Doors:
    """The control doors of one ERP; `shop` is the one whose documents are looked at."""

    def __init__(self, credentials: Mapping[str, str], shop: str) -> None:
        parts = urlsplit(credentials["address"])
        self._client = httpx.Client(
            base_url=f"{parts.scheme}://{parts.netloc}/control", timeout=60.0, **PLAIN
        )
        self._shop = shop

    def ask(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()

    def may(self, path: str) -> Any | str:
        """The answer, or the sentence with which this ERP says that it has no such thing."""
        answer = self._client.get(path)
        if answer.status_code == _LACKING:
            return str(answer.json()["sentence"])
        return answer.raise_for_status().json()

    def tell(self, method: str, path: str, **told: Any) -> None:
        self._client.request(method, path, json=told).raise_for_status()

    def agrees(self, method: str, path: str, **told: Any) -> bool:
        """The same where the ERP's own rules may forbid it."""
        answer = self._client.request(method, path, json=told)
        if answer.status_code in {_REFUSED, _LACKING}:
            return False
        answer.raise_for_status()
        return True

    def ours(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The rows of the shop's records of this kind, each with the store's key; an ERP's own prefix is passed over."""
        for row in rows:
            place = row["external_id"].find(f"{kind}-")
            key = key_of(kind, row["external_id"][place:], self._shop) if place >= 0 else None
            if key is not None:
                yield key, row


class SimulatedBooks:
    """Implements `Books`, `ProductBooks` and `PriceBooks`."""

    def __init__(self, credentials: Mapping[str, str], shop: str) -> None:
        self._doors = Doors(credentials, shop)

    def stock(self, items: list[Any]) -> None:
        self._doors.tell("PUT", "/items", items=items)

    def free(self) -> Mapping[str, Decimal]:
        return _amounts(self._doors.ask("/stock")["free"])

    def move(self, units: Mapping[str, int]) -> None:
        self._doors.tell("PATCH", "/stock", units={sku: str(count) for sku, count in units.items()})

    def documents(self) -> list[Booked]:
        return [
            Booked(
                id=row["id"],
                key=key,
                real=row["real"],
                total=Decimal(row["total"]),
                paid=Decimal(row["paid"]),
                currency=row["currency"],
                units=_amounts(row["units"]),
                cancelled=row["cancelled"],
            )
            for key, row in self._doors.ours("order", self._doors.ask("/orders")["orders"])
        ]

    def credits(self) -> list[Credited] | str:
        found = self._doors.may("/credits")
        if isinstance(found, str):
            return found
        return [
            Credited(
                id=row["id"],
                key=key,
                real=row["real"],
                total=Decimal(row["total"]),
                paid=Decimal(row["paid"]),
                currency=row["currency"],
            )
            for key, row in self._doors.ours("refund", found["credits"])
        ]

    def sell(self, wares: Sequence[Mapping[str, Any]]) -> None:
        self._doors.tell("PUT", "/products", wares=[dict(ware) for ware in wares])

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str = "") -> None:
        told = {sku: str(price) for sku, price in prices.items()}
        self._doors.tell("PUT", "/prices", prices=told, currency=currency, tier=tier)


class SimulatedPeople:
    """Implements `people.Doors`."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._doors = Doors(credentials, "")

    def enter(self, person: Person) -> None:
        told = {"email": person.email, "phone": person.phone, "first_name": "Demo", "last_name": "Person"}
        place = {"street": person.street, "city": "Berlin", "country": "DE"} if person.street else {}
        self._doors.tell("POST", "/people", **told, **place)

    def change(self, email: str, *, phone: str | None = None, street: str | None = None) -> None:
        self._doors.tell("PATCH", "/people", email=email, phone=phone, street=street)

    def people(self) -> list[Person]:
        return [
            Person(email=row["email"], phone=row["phone"], street=row["street"])
            for row in self._doors.ask("/people")["people"]
        ]


class SimulatedDispatch:
    """Implements `Dispatch`: what is ordered is sent, now and then in two parcels. Goods are known by their SKU.

    An ERP that has no numbers for what leaves it sends without one.
    """

    names: Names = "skus"

    def __init__(self, credentials: Mapping[str, str], shop: str, *, seed: int) -> None:
        self._doors = Doors(credentials, shop)
        self._chance = random.Random(seed)
        self._parcels = 0

    def send(self, orders: Mapping[str, Mapping[str, str]]) -> int:
        before = self._parcels
        for key, row in self._orders():
            if key in orders and row["ready"]:
                self._send(row, {sku.lower() for sku in orders[key].values()})
        return self._parcels - before

    @property
    def bare(self) -> str:
        """Nothing where the item for lines without a SKU is a service of which none leaves: what leaves once always does."""
        gone = {sku.lower() for row in self._doors.ask("/shipments")["shipments"] for sku in row["units"]}
        return FALLBACK if FALLBACK in gone | self._stocked else ""

    @cached_property
    def _stocked(self) -> set[str]:
        return {sku.lower() for sku in self._doors.ask("/stock")["free"]}

    def ready(self) -> Mapping[str, Collection[str]]:
        """Orders with a document from which goods can leave, and the SKUs that it holds."""
        return {key: {sku.lower() for sku in row["units"]} for key, row in self._orders() if row["ready"]}

    def correct(self, share: float = 0.1) -> int:
        changed = 0
        for row in self._doors.ask("/shipments")["shipments"]:
            draw = self._chance.random()
            if not row["alive"] or row["key"]:
                continue
            if draw < share:
                changed += self._doors.agrees(
                    "PUT", f"/shipments/{row['id']}/track", numbers=[f"C{row['id']}"]
                )
            elif draw < share * 1.5:
                changed += self._doors.agrees("POST", f"/shipments/{row['id']}/recall")
        return changed

    def left(self) -> list[Left]:
        return [
            Left(
                key=row["id"],
                order=key,
                alive=row["alive"],
                numbers=tuple(row["numbers"]),
                units={sku.lower(): int(Decimal(count)) for sku, count in row["units"].items()},
                origin=self._origin(row["key"]),
            )
            for key, row in self._doors.ours("order", self._doors.ask("/shipments")["shipments"])
        ]

    def _origin(self, key: str | None) -> str | None:
        found = list(self._doors.ours("parcel", [{"external_id": key}])) if key else []
        return found[0][0] if found else None

    def _orders(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return self._doors.ours("order", self._doors.ask("/orders")["orders"])

    def _send(self, row: Mapping[str, Any], skus: Collection[str]) -> None:
        units = [
            (sku, count) for sku, count in row["units"].items() if sku.lower() in skus and Decimal(count) > 0
        ]
        if not units:
            return
        halved = len(units) > 1 and self._chance.random() < _TWO_PARCELS
        for part in [units[:1], units[1:]] if halved else [units]:
            self._parcels += 1
            told = {"units": dict(part), "carrier": self._chance.choice(CARRIERS)}
            number = f"P{row['id']}-{self._parcels}"
            path = f"/orders/{row['id']}/ship"
            if not self._doors.agrees("POST", path, **told, numbers=[number]):
                self._doors.tell("POST", path, **told)


def _amounts(told: Mapping[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in told.items()}
