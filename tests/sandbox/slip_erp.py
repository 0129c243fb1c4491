"""The smallest ERP there is: a heap of slips with items and orders. What all simulated ERPs share is tried on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.erps.calls import Limits, page_of
from sandbox.erps.office import Booked, Item, Lacking, Office, Parcel, Refused
from sandbox.erps.serving import Simulator


@dataclass
class Slips:
    """An `Office` that has no refunds, and no more of anything than its protocol's first half."""

    items: dict[str, Item] = field(default_factory=dict)
    lying: dict[str, Decimal] = field(default_factory=dict)
    slips: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

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
                units={"TEA": Decimal(1)},
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
        return f"{order}/{','.join(parcel.numbers)}"


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
    people: Office = office  # type: ignore[assignment]
    return Simulator(
        app=app, office=people, manners=SlipManners(), limits=limits or Limits(), credentials={"key": "k"}
    )
