"""The smallest ERP there is: a heap of slips with items and orders. What all simulated ERPs share is tried on it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.erps.calls import Limits, page_of
from sandbox.erps.office import Booked, Item, Lacking, Parcel, Person, Quote, Refused, Sent, Ware
from sandbox.erps.serving import Simulator

UNIT = Decimal(1)


@dataclass
class Slips:
    """Implements `Office`. An order is for one tea and one mug, whatever it is asked for; nothing is ever taken back."""

    items: dict[str, Item] = field(default_factory=dict)
    lying: dict[str, Decimal] = field(default_factory=dict)
    slips: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    sent: dict[str, Sent] = field(default_factory=dict)
    known: list[Person] = field(default_factory=list)
    wares: dict[str, Ware] = field(default_factory=dict)
    prices: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def stock(self, items: Sequence[Item]) -> None:
        for item in items:
            self.items[item.sku] = item
            if item.stock is not None:
                self.lying[item.sku] = item.stock

    def free(self) -> Mapping[str, Decimal]:
        return self.lying

    def move(self, units: Mapping[str, Decimal]) -> None:
        for sku, count in units.items():
            self.lying[sku] += count

    def orders(self, external_id: str | None = None) -> Sequence[Booked]:
        return [
            Booked(
                id=str(index),
                external_id=key,
                real=str(index) not in self.gone,
                cancelled=str(index) in self.gone,
                total=Decimal("12.50"),
                paid=Decimal(0),
                currency="EUR",
                units={"TEA": UNIT, "MUG": UNIT},
                ready=bool(self._left(str(index))),
            )
            for index, key in enumerate(self.slips)
            if external_id in {None, key}
        ]

    def credits(self, external_id: str | None = None) -> Sequence[Booked]:
        raise Lacking("Slips are never taken back.")

    def cancel(self, order: str) -> None:
        if order in self.gone:
            raise Refused("It was thrown away before.")
        self.gone.add(order)

    def ship(self, order: str, parcel: Parcel) -> str:
        left = self._left(order)
        units = left if parcel.units is None else parcel.units
        if not units.keys() <= left.keys():
            raise Refused("So much is not left of it.")
        number = f"s{len(self.sent)}"
        self.sent[number] = Sent(
            id=number, external_id=self.slips[int(order)], alive=True, units=units, numbers=parcel.numbers
        )
        return number

    def shipments(self) -> Sequence[Sent]:
        return list(self.sent.values())

    def track(self, shipment: str, numbers: Sequence[str]) -> None:
        self.sent[shipment] = msgspec.structs.replace(self.sent[shipment], numbers=tuple(numbers))

    def recall(self, shipment: str) -> None:
        self.sent[shipment] = msgspec.structs.replace(self.sent[shipment], alive=False)

    def enter(self, person: Person) -> None:
        self.known.append(person)

    def change(self, person: Person) -> None:
        for place, there in enumerate(self.known):
            if there.email.lower() == person.email.lower():
                told = {name: value for name in ("phone", "street") if (value := getattr(person, name))}
                self.known[place] = msgspec.structs.replace(there, **told)

    def people(self) -> Sequence[Person]:
        return self.known

    def sell(self, wares: Sequence[Ware]) -> None:
        self.wares |= {ware.sku: ware for ware in wares}

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
        self.prices |= {(tier, sku): price for sku, price in prices.items()}

    def quote(self, quotes: Sequence[Quote]) -> None:
        raise Lacking("Slips are in euros.")

    def wipe(self) -> None:
        self.slips.clear()

    def _left(self, order: str) -> dict[str, Decimal]:
        if order in self.gone:
            return {}
        gone: Counter[str] = Counter()
        for each in self.sent.values():
            if each.external_id == self.slips[int(order)] and each.alive:
                gone.update(each.units.keys())
        return {sku: UNIT for sku in ("TEA", "MUG") if not gone[sku]}


class SlipManners:
    def verb(self, method: str, path: str, body: bytes) -> tuple[str, bool]:
        return ("create", True) if method == "POST" else ("find", False)

    def throttled(self, wait: float) -> Response:
        return JSONResponse({"busy": True}, 429, headers={"retry-after": f"{wait:.0f}"})

    def broken(self) -> Response:
        return JSONResponse({"error": "The cupboard is shut."}, 500)

    def expired(self) -> Response:
        return JSONResponse({"error": "Who are you?"}, 401)

    def failed(self) -> Response:
        return JSONResponse({"error": "No such page."}, 200)


def slip_erp(office: Slips, limits: Limits | None = None) -> Simulator:
    async def listed(request: Request) -> Response:
        return JSONResponse({"slips": page_of(request, office.slips), "next": f"{request.base_url}slips"})

    async def create(request: Request) -> Response:
        office.slips.append(json.loads(await request.body())["key"])
        return JSONResponse({"slip": len(office.slips)}, 201)

    app = Starlette(routes=[Route("/slips", listed), Route("/slips", create, methods=["POST"])])
    return Simulator(
        app=app, office=office, manners=SlipManners(), limits=limits or Limits(), credentials={"key": "k"}
    )
