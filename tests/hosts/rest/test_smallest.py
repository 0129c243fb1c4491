"""The smallest document of the page against the smallest ERP it is written for: orders under the caller's own key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.errors import AccessLost, Rejected, Retry
from app.hosts.rest.spec import REST
from app.ports import Answer, Host, Request, Step
from tests.examples import EXAMPLES, document
from tests.hosts.rest.test_document import changed, smallest
from tests.hosts.rig import StateInMemory, converge, orders

Say = Callable[[Asked], Response | None]


class TinyErp:
    """Implements `ports.Http` as an ERP without a network: its orders, and what it says in place of an answer."""

    def __init__(self, key: str = "k3y") -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.key = key
        self.says: Say = lambda asked: None
        self.seen: list[Request] = []
        routes = [
            Route("/api/health", lambda asked: JSONResponse({"name": "Tiny Ltd"})),
            Route("/api/orders", self._listed),
            Route("/api/orders/{key}", self._put, methods=["PUT"]),
            Route("/api/orders/{key}/payments", self._pay, methods=["POST"]),
        ]
        self._app = Starlette(routes=routes)

    async def send(self, request: Request) -> Answer:
        self.seen.append(request)
        transport = httpx.ASGITransport(app=self._served)
        async with httpx.AsyncClient(transport=transport) as client:
            answer = await client.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
        return Answer(status=answer.status_code, headers=dict(answer.headers), body=answer.content)

    async def _served(self, scope: Any, receive: Any, send: Any) -> None:
        asked = Asked(scope, receive)
        answer = self.says(asked)
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            answer = JSONResponse({"detail": "who?"}, 401)
        await (answer or self._app)(scope, receive, send)

    def _listed(self, asked: Asked) -> Response:
        found = self.orders.get(asked.query_params["external_id"])
        return JSONResponse({"orders": [found] if found else []})

    async def _put(self, asked: Asked) -> Response:
        key, body = asked.path_params["key"], json.loads(await asked.body())
        if key not in self.orders:
            number = f"T-{len(self.orders) + 1}"
            self.orders[key] = {
                "id": key, "number": number, "external_id": key, "status": "open", "total": body["total"],
                "currency": body["currency"], "lines": body["lines"], "payments": [],
            }  # fmt: skip
        return JSONResponse(self.orders[key])

    async def _pay(self, asked: Asked) -> Response:
        there, paid = self.orders[asked.path_params["key"]], json.loads(await asked.body())
        if paid["reference"] not in {each["reference"] for each in there["payments"]}:
            there["payments"].append(paid)
        return JSONResponse(there)


def opened(erp: TinyErp, described: dict[str, Any] | None = None, secret: str = "k3y") -> Host:
    form = {"address": "https://tiny.example/api/", "secret": secret}
    return REST.open({**form, "document": json.dumps(described or smallest())}, erp, StateInMemory())


async def test_an_order_is_made_paid_and_found_again() -> None:
    erp = TinyErp()
    host, made = opened(erp), EXAMPLES["plain"]()
    assert (await host.check()).account == "Tiny Ltd"
    found, steps = await converge(orders(host), made)
    assert [step.key.partition(":")[0] for step in steps] == ["create", "deposit"]
    assert (found.number, found.total) == ("T-1", made.total)
    assert (await converge(orders(host), made))[1] == []
    assert len(erp.orders) == 1


async def test_what_a_record_holds_is_never_markup_nor_another_address() -> None:
    erp = TinyErp()
    odd = document(reference='#1", "total": "0', note="{{ order.total }}")
    await converge(orders(opened(erp)), odd)
    sent = json.loads(next(each.body for each in erp.seen if each.method == "PUT") or b"")
    assert (sent["reference"], sent["total"]) == (odd.reference, f"{odd.total:f}")
    described = changed("orders/create/path", "/orders/{{ order.reference }}/x")
    step = orders(opened(erp, described)).next_step(document(reference="../a?b#c"), await _nothing(erp))
    assert isinstance(step, Step)
    assert step.payload["path"] == "/orders/..%2Fa%3Fb%23c/x"
    with pytest.raises(Rejected) as raised:
        orders(opened(erp, described)).render(document(reference=".."))
    assert raised.value.code == "description.unfit"


async def test_an_answer_of_another_shape_is_never_taken_for_an_order_that_is_not_there() -> None:
    erp, made = TinyErp(), EXAMPLES["plain"]()
    sink = orders(opened(erp))
    for body in (
        {},
        [],
        {"orders": None},
        {"orders": "none"},
        {"orders": {"0": 1}},
        {"orders": [{"id": 1}]},
        7,
    ):
        erp.says = lambda asked, body=body: JSONResponse(body)
        with pytest.raises(Retry) as raised:
            await sink.find(made)
        assert raised.value.code == "answer.unreadable"


async def test_a_wrong_key_is_the_connections_fault_and_no_address_holds_one() -> None:
    erp = TinyErp()
    with pytest.raises(AccessLost):
        await opened(erp, secret="guess").check()
    assert not any("guess" in each.url for each in erp.seen)


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"kind": "basic"}, "authorization", "Basic dXNlcjprM3k="),
        ({"kind": "header", "name": "X-Api-Key"}, "x-api-key", "k3y"),
        ({"kind": "header", "name": "Authorization", "prefix": "Token "}, "authorization", "Token k3y"),
        ({"kind": "bearer"}, "authorization", "Bearer k3y"),
    ],
)
async def test_every_way_of_signing_in_shows_the_secret_in_its_own_header(
    auth: dict[str, str], header: str, value: str
) -> None:
    erp = TinyErp()
    form = {"address": "https://tiny.example/api", "user": "user", "secret": "k3y"}
    host = REST.open({**form, "document": json.dumps(changed("auth", auth))}, erp, StateInMemory())
    try:
        await host.check()
    except AccessLost:
        pass  # Tiny itself takes a bearer alone
    assert erp.seen[0].headers[header] == value


async def _nothing(erp: TinyErp) -> Any:
    return await orders(opened(erp)).find(document())
