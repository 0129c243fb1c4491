"""Starts the demo ERP as a process of its own: prints its address as one JSON line, ends with whoever started it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from app.hosts.memory.ledger import Ledger, Rules
from app.hosts.memory.practice import PracticeRoom
from app.hosts.memory.server import Desk, build


def main() -> None:
    parent = os.getppid()
    options = _options()
    app, close = _practice(options) if options.practice else _one(options)
    listener = socket.create_server((options.listen, options.port), backlog=512)
    # Accepted sockets inherit it; without it every answer written in two parts waits for a delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="critical",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    asyncio.run(_serve(uvicorn.Server(config), listener, None if options.keep else parent))
    close()


def _one(options: argparse.Namespace) -> tuple[ASGIApp, Callable[[], None]]:
    rules = Rules(fence=options.fence, tax=options.tax, items=options.items)
    ledger = Ledger(Path(options.state), rules)
    desk = Desk(ledger=ledger, key=options.key, latency=options.latency_ms / 1000)
    return build(desk, control=options.control), ledger.close


def _practice(options: argparse.Namespace) -> tuple[ASGIApp, Callable[[], None]]:
    secret = sys.stdin.readline().strip() if options.key == "-" else options.key
    room = PracticeRoom(folder=Path(options.state), secret=secret)
    room.sweep()
    return room, room.close


async def _serve(server: uvicorn.Server, listener: socket.socket, parent: int | None) -> None:
    host, port = listener.getsockname()[:2]
    sys.stdout.write(json.dumps({"address": f"http://{host}:{port}"}) + "\n")
    sys.stdout.flush()
    watch = asyncio.create_task(_end_with_parent(server, parent)) if parent is not None else None
    await server.serve(sockets=[listener])
    if watch:
        watch.cancel()


async def _end_with_parent(server: uvicorn.Server, parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells of a parent's end everywhere
        await asyncio.sleep(0.5)
    server.should_exit = True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.hosts.memory", description=__doc__)
    parser.add_argument("--state", required=True, help="the file that holds its books")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--listen", default="127.0.0.1")
    parser.add_argument(
        "--key",
        default="demo-key",
        help="the bearer key callers must send; - with --practice: the secret is the first line of stdin",
    )
    parser.add_argument("--fence", choices=("unique", "draft", "none"), default="unique")
    parser.add_argument("--tax", choices=("exact", "computed"), default="exact")
    parser.add_argument(
        "--items", choices=("any", "listed"), default="any", help="which items a line may name"
    )
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--control", action="store_true", help="adds faults, counts and wipe under /control")
    parser.add_argument(
        "--practice", action="store_true", help="books for each practice connection; the state is a folder"
    )
    parser.add_argument("--keep", action="store_true", help="go on when the starting process ends")
    return parser.parse_args()


if __name__ == "__main__":
    main()
