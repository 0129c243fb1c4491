"""A network that fails on purpose, in front of any ERP: `python -m sandbox.faulty_proxy --target http://...`.

Passes every call on, but for a seeded share: 502 instead of the call, silence before it, silence after it is done,
and a call that is carried out only after its sender lost the connection. `POST /-/faults` sets the rates (none at
first), `GET /-/state` tells what was done.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
from collections import Counter
from dataclasses import dataclass, field

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

NAMES = ("error", "timeout_before", "timeout_after", "late")
DEFAULT = {"error": 0.02, "timeout_before": 0.01, "timeout_after": 0.01, "late": 0.01}
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_OF_READS = frozenset({"error", "timeout_before"})
# They belong to one connection, not to the message; the length is counted anew.
_HOP = frozenset({"host", "connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"})
_MOST_HANGING = 60.0


@dataclass(kw_only=True)
class FaultyProxy:
    target: str
    client: httpx.AsyncClient
    rates: dict[str, float] = field(default_factory=dict)
    late_most: float = 2.0
    luck: random.Random = field(default_factory=random.Random)
    counts: Counter[str] = field(default_factory=Counter)
    late: set[asyncio.Task[None]] = field(default_factory=set)

    def app(self) -> Starlette:
        methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        return Starlette(
            routes=[
                Route("/-/faults", self.set_faults, methods=["POST"]),
                Route("/-/state", self.state),
                Route("/{path:path}", self.handle, methods=methods),
            ]
        )

    async def set_faults(self, request: Request) -> Response:
        """`rates` by name (or `default`), `late_most` in seconds, `seed`."""
        wanted = await request.json()
        rates = DEFAULT if wanted.get("rates") == "default" else wanted.get("rates", {})
        if set(rates) - set(NAMES):
            return JSONResponse({"error": f"a fault is one of {', '.join(NAMES)}"}, 400)
        self.rates, self.late_most = dict(rates), float(wanted.get("late_most", self.late_most))
        self.luck.seed(wanted.get("seed", 0))
        return JSONResponse({"rates": self.rates})

    async def state(self, _request: Request) -> Response:
        return JSONResponse({"counts": dict(self.counts), "late_open": len(self.late)})

    async def handle(self, request: Request) -> Response:
        body = await request.body()
        self.counts["calls"] += 1
        fault = self._draw(reads=request.method in _READS)
        if fault is None:
            return await self._pass(request, body)
        self.counts[fault] += 1
        match fault:
            case "error":
                return Response("<html>Bad gateway</html>", 502, media_type="text/html")
            case "timeout_after":
                await self._pass(request, body)
                await _until_they_hang_up(request)
            case "late":
                self._later(request, body, self.luck.uniform(0, self.late_most))
            case _:
                await _until_they_hang_up(request)
        return _Lost()

    def _draw(self, *, reads: bool) -> str | None:
        roll = self.luck.random()
        for fault, rate in self.rates.items():
            roll -= rate
            if roll < 0:
                return fault if fault in _OF_READS or not reads else None
        return None

    async def _pass(self, request: Request, body: bytes) -> Response:
        path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii")
        query = f"?{request.url.query}" if request.url.query else ""
        headers = [(name, value) for name, value in request.headers.items() if name not in _HOP]
        # Links in answers are to lead through here as well.
        headers.append(("x-forwarded-host", request.url.netloc))
        try:
            answer = await self.client.request(
                request.method, self.target + path + query, headers=headers, content=body
            )
        except httpx.HTTPError:
            return _Lost()
        kept = {
            name: value for name, value in answer.headers.items() if name not in _HOP | {"content-encoding"}
        }
        return Response(answer.content, answer.status_code, headers=kept)

    def _later(self, request: Request, body: bytes, seconds: float) -> None:
        async def carry_out() -> None:
            await asyncio.sleep(seconds)
            await self._pass(request, body)

        task = asyncio.create_task(carry_out())
        self.late.add(task)
        task.add_done_callback(self.late.discard)


async def _until_they_hang_up(request: Request) -> None:
    try:
        async with asyncio.timeout(_MOST_HANGING):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


class _Lost(Response):
    """An answer that never arrives whole: the connection closes inside it."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def _serve(target: str, listener: socket.socket) -> None:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=2.0)
    async with httpx.AsyncClient(limits=limits, timeout=120.0, trust_env=False) as client:
        proxy = FaultyProxy(target=target.rstrip("/"), client=client)
        config = uvicorn.Config(
            proxy.app(),
            access_log=False,
            log_level="critical",
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        watch = asyncio.create_task(_end_with_parent(server, os.getppid()))
        await server.serve(sockets=[listener])
        watch.cancel()


async def _end_with_parent(server: uvicorn.Server, parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells of a parent's end everywhere
        await asyncio.sleep(0.5)
    server.should_exit = True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.faulty_proxy", description=__doc__)
    parser.add_argument("--target", required=True, help="the real server")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(json.dumps({"address": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
    asyncio.run(_serve(options.target, listener))


if __name__ == "__main__":
    main()
