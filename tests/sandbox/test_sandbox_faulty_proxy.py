"""The network that fails on purpose: what it passes on is whole, what it loses is lost as ordered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faulty_proxy import FaultyProxy
from tests.patience import FAR
from tests.sandbox.served import serving


class Erp:
    """Remembers what reached it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def handle(self, request: Request) -> Response:
        body = (await request.body()).decode()
        self.seen.append(f"{request.method} {request.url.path}?{request.url.query} {body}")
        return JSONResponse({"key": request.headers.get("authorization")}, 201, headers={"x-own": "1"})


@pytest.fixture
async def erp() -> Erp:
    return Erp()


@pytest.fixture
async def client(erp: Erp) -> AsyncIterator[httpx.AsyncClient]:
    methods = ["GET", "POST"]
    async with (
        serving(Starlette(routes=[Route("/{path:path}", erp.handle, methods=methods)])) as target,
        httpx.AsyncClient(trust_env=False, timeout=FAR) as onward,
        serving(FaultyProxy(target=target, client=onward).app()) as address,
        httpx.AsyncClient(base_url=address, trust_env=False, timeout=FAR) as client,
    ):
        yield client


async def only(client: httpx.AsyncClient, fault: str) -> None:
    sent = {"rates": {fault: 1.0}, "late_most": 0.3, "seed": 1}
    assert (await client.post("/-/faults", json=sent)).status_code == 200


async def test_without_faults_a_call_passes_whole(client: httpx.AsyncClient, erp: Erp) -> None:
    answer = await client.post(
        "/v1/a%2Fb?x=1&x=2", content="body", headers={"authorization": "Bearer secret"}
    )
    assert (answer.status_code, answer.json(), answer.headers["x-own"]) == (
        201,
        {"key": "Bearer secret"},
        "1",
    )
    assert erp.seen == ["POST /v1/a/b?x=1&x=2 body"]


async def test_an_error_never_reaches_the_erp(client: httpx.AsyncClient, erp: Erp) -> None:
    await only(client, "error")
    assert (await client.get("/v1")).status_code == 502
    assert erp.seen == []


@pytest.mark.parametrize(("fault", "reached"), [("timeout_before", 0), ("timeout_after", 1)])
async def test_silence_before_or_after_the_call(
    client: httpx.AsyncClient, erp: Erp, fault: str, reached: int
) -> None:
    await only(client, fault)
    with pytest.raises(httpx.ReadTimeout):
        await client.post("/v1", timeout=0.5)
    assert len(erp.seen) == reached


async def test_a_late_call_is_carried_out_after_its_sender_lost_it(
    client: httpx.AsyncClient, erp: Erp
) -> None:
    await only(client, "late")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post("/v1", content="late")
    async with asyncio.timeout(FAR):
        while (await client.get("/-/state")).json()["late_open"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert erp.seen == ["POST /v1? late"]


async def test_a_read_is_never_done_late_or_answered_by_silence_after(
    client: httpx.AsyncClient, erp: Erp
) -> None:
    for fault in ("late", "timeout_after"):
        await only(client, fault)
        assert (await client.get("/v1")).status_code == 201


async def test_an_unknown_fault_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/-/faults", json={"rates": {"errors": 1}})).status_code == 400
