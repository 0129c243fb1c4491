"""The doors under /control of every simulated ERP: its `Office` over HTTP, and its faults. Numbers are decimal strings.

They ask for no key: a simulator listens on the loopback address, and nothing of the product knows these paths.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.erps.calls import Calls
from sandbox.erps.faults import FaultPlan, OrderedFault, Traffic
from sandbox.erps.office import Item, Lacking, Office, Parcel, Person, Quote, Refused, Ware

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


class Items(msgspec.Struct, frozen=True):
    items: tuple[Item, ...]


class Units(msgspec.Struct, frozen=True):
    units: Mapping[str, Decimal]


class Numbers(msgspec.Struct, frozen=True):
    numbers: tuple[str, ...]


class Wares(msgspec.Struct, frozen=True):
    wares: tuple[Ware, ...]


class Prices(msgspec.Struct, frozen=True):
    prices: Mapping[str, Decimal]
    currency: str
    tier: str = ""


class Quotes(msgspec.Struct, frozen=True):
    quotes: tuple[Quote, ...]


def routes(office: Office, calls: Calls) -> list[Route]:
    return [*_of_goods(office), *_of_documents(office), *_of_shipments(office), *_of_faults(office, calls)]


def _of_goods(office: Office) -> list[Route]:
    async def stock(request: Request) -> object:
        office.stock((await _told(request, Items)).items)
        return None

    async def free(_request: Request) -> object:
        return {"free": office.free()}

    async def move(request: Request) -> object:
        office.move((await _told(request, Units)).units)
        return None

    async def sell(request: Request) -> object:
        office.sell((await _told(request, Wares)).wares)
        return None

    async def price(request: Request) -> object:
        told = await _told(request, Prices)
        office.price(told.prices, currency=told.currency, tier=told.tier)
        return None

    async def quote(request: Request) -> object:
        office.quote((await _told(request, Quotes)).quotes)
        return None

    return [
        _route("PUT", "/control/items", stock),
        _route("GET", "/control/stock", free),
        _route("PATCH", "/control/stock", move),
        _route("PUT", "/control/products", sell),
        _route("PUT", "/control/prices", price),
        _route("PUT", "/control/rates", quote),
    ]


def _of_documents(office: Office) -> list[Route]:
    async def ordered(request: Request) -> object:
        return {"orders": office.orders(request.query_params.get("external_id"))}

    async def credited(request: Request) -> object:
        return {"credits": office.credits(request.query_params.get("external_id"))}

    async def cancel(request: Request) -> object:
        office.cancel(_id(request))
        return None

    async def ship(request: Request) -> object:
        return {"id": office.ship(_id(request), await _told(request, Parcel))}

    async def people(_request: Request) -> object:
        return {"people": office.people()}

    async def enter(request: Request) -> object:
        office.enter(await _told(request, Person))
        return None

    async def change(request: Request) -> object:
        office.change(await _told(request, Person))
        return None

    return [
        _route("GET", "/control/orders", ordered),
        _route("GET", "/control/credits", credited),
        _route("POST", "/control/orders/{id}/cancel", cancel),
        _route("POST", "/control/orders/{id}/ship", ship),
        _route("GET", "/control/people", people),
        _route("POST", "/control/people", enter),
        _route("PATCH", "/control/people", change),
    ]


def _of_shipments(office: Office) -> list[Route]:
    async def shipments(_request: Request) -> object:
        return {"shipments": office.shipments()}

    async def track(request: Request) -> object:
        office.track(_id(request), (await _told(request, Numbers)).numbers)
        return None

    async def recall(request: Request) -> object:
        office.recall(_id(request))
        return None

    return [
        _route("GET", "/control/shipments", shipments),
        _route("PUT", "/control/shipments/{id}/track", track),
        _route("POST", "/control/shipments/{id}/recall", recall),
    ]


def _of_faults(office: Office, calls: Calls) -> list[Route]:
    async def state(_request: Request) -> object:
        injected = dict(calls.faults.injected)
        open_now = {"late_open": len(calls.late), "at_once": calls.limits.at_once}
        return {**calls.traffic.shown(), "injected": injected, **open_now}

    async def faults(request: Request) -> object:
        calls.faults.set(await _told(request, FaultPlan))
        return None

    async def ordered(request: Request) -> object:
        calls.faults.order(await _told(request, OrderedFault))
        return None

    async def wipe(_request: Request) -> object:
        office.wipe()
        calls.traffic = Traffic()
        return None

    return [
        _route("GET", "/control/state", state),
        _route("POST", "/control/faults", faults),
        _route("POST", "/control/next", ordered),
        _route("POST", "/control/wipe", wipe),
    ]


def _route(method: str, path: str, act: Callable[[Request], Awaitable[object]]) -> Route:
    return Route(path, partial(_answered, act), methods=[method])


async def _answered(act: Callable[[Request], Awaitable[object]], request: Request) -> Response:
    try:
        made = await act(request)
    except Refused as refusal:
        return _json({"sentence": str(refusal)}, 409)
    except Lacking as lack:
        return _json({"sentence": str(lack)}, 501)
    except (msgspec.MsgspecError, UnicodeError) as cause:
        return _json({"sentence": f"The body is not what this door takes: {cause}"}, 422)
    return Response(status_code=204) if made is None else _json(made)


async def _told(request: Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.body(), type=kind)


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
