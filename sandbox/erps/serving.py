"""Starts a simulated ERP as a process of its own: one JSON line says where it listens, and it ends with whoever started it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from sandbox.erps.calls import Calls, Limits, Manners
from sandbox.erps.control import routes
from sandbox.erps.office import Item, Office


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the command line asked for. `home`: a folder for its files; None: everything is kept in memory.

    `items`: what it is to know from the start. `dialect`: which of its wire formats it speaks, where it has several.
    """

    home: Path | None = None
    items: tuple[Item, ...] = ()
    dialect: str = ""


@dataclass(frozen=True, kw_only=True)
class Simulator:
    """What an ERP's package hands over: its own wire as an ASGI application, its people, its manners, its limits, and what

    opens a connection to it (`credentials`, announced beside the address).
    """

    app: ASGIApp
    office: Office
    manners: Manners
    limits: Limits = field(default_factory=Limits)
    credentials: Mapping[str, str] = field(default_factory=dict)


Make = Callable[[Chosen], Simulator]


def built(simulator: Simulator, *, latency: float = 0.0) -> Starlette:
    """The whole server: the control doors, and around all else the switch of faults."""
    calls = Calls(inner=simulator.app, manners=simulator.manners, limits=simulator.limits, latency=latency)
    return Starlette(routes=[*routes(simulator.office, calls), Mount("/", calls)])


def run(name: str, make: Make, *, dialects: tuple[str, ...] = ()) -> None:
    """For a package's `__main__`. Without `--keep` it ends when its parent does."""
    parent = os.getppid()
    options = _options(name, dialects).parse_args()
    items = msgspec.json.decode(options.items.read_bytes(), type=tuple[Item, ...]) if options.items else ()
    simulator = make(Chosen(home=options.home, items=items, dialect=options.dialect))
    listener = socket.create_server((options.listen, options.port), backlog=512)
    # Accepted sockets inherit it; without it every answer written in two parts waits for a delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        built(simulator, latency=options.latency_ms / 1000),
        access_log=False,
        log_level="critical",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    host, port = listener.getsockname()[:2]
    print(json.dumps({"address": f"http://{host}:{port}", **simulator.credentials}), flush=True)
    asyncio.run(_serve(uvicorn.Server(config), listener, None if options.keep else parent))


async def _serve(server: uvicorn.Server, listener: socket.socket, parent: int | None) -> None:
    watch = asyncio.create_task(_end_with_parent(server, parent)) if parent is not None else None
    await server.serve(sockets=[listener])
    if watch:
        watch.cancel()


async def _end_with_parent(server: uvicorn.Server, parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells of a parent's end everywhere
        await asyncio.sleep(0.5)
    server.should_exit = True


def _options(name: str, dialects: tuple[str, ...]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m sandbox.erps.{name}", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--listen", default="127.0.0.1")
    parser.add_argument("--home", type=Path, help="keep its files here; without it all is in memory")
    parser.add_argument("--items", type=Path, help="JSON: a list of items that it knows from the start")
    parser.add_argument("--dialect", choices=dialects or None, default=dialects[0] if dialects else "")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="what every call takes at least")
    parser.add_argument("--keep", action="store_true", help="go on when the starting process ends")
    return parser
