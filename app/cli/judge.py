"""The line to the demo's judge, a process of its own that we speak to in lines of JSON and that imports nothing of us."""

from __future__ import annotations

from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec

from app.errors import Refused
from app.processes import Child, end, launch

JsonObject = dict[str, None | bool | int | float | str | list[object] | dict[str, object]]


class Event(msgspec.Struct, frozen=True, tag_field="event", tag=str.lower):
    """What the judge tells."""


class Server(msgspec.Struct, frozen=True):
    """How to start an ERP, with places in braces for what only we know, and what it announces as credentials."""

    module: str
    words: list[str]
    credentials: dict[str, str]
    dialect: str = ""


class Pace(msgspec.Struct, frozen=True):
    """What the ERP bears: our waits, the most a late commit may be late, and orders per second."""

    timings: dict[str, str]
    late_most: float
    per_second: float


class Planned(Event, frozen=True):
    """The orders to come need these items and look-up tables in the ERP and in the connection.

    `stock` and `prices`: what those flows are set up with. `both_ways`: what is sent in the store becomes a shipment.
    """

    items: list[JsonObject]
    mapping: dict[str, dict[str, str]]
    options: dict[str, str]
    server: Server
    pace: Pace
    stock: JsonObject = {}
    prices: JsonObject = {}
    both_ways: bool = False


class Installed(Event, frozen=True):
    """The shop has the app."""


class Progress(Event, frozen=True):
    stage: str
    done: int
    total: int


class Halfway(Event, frozen=True):
    """The middle of the run: the moment for accidents."""


class Happened(Event, frozen=True):
    """All that is to happen has; it counts once it is told to."""


class Stuck(Event, frozen=True):
    """Nothing moves any more; these orders have not come to their end."""

    orders: list[str]


class Result(Event, frozen=True):
    result: JsonObject
    details: JsonObject
    clean: bool


class Order(Event, frozen=True):
    """An order came, or its note in the store changed."""

    name: str
    kind: str
    state: str
    number: str
    why: str
    total: str


Told = Planned | Installed | Progress | Halfway | Happened | Stuck | Result | Order
E = TypeVar("E", bound=Event)


class Judge:
    def __init__(self, process: Process, child: Child) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out, self._child = process.stdin, process.stdout, child

    async def ask(self, do: str, **more: object) -> None:
        self._in.write(msgspec.json.encode({"do": do, **more}) + b"\n")
        await self._in.drain()

    async def events(self) -> AsyncIterator[Told]:
        """Until it ends; a judge that ends in the middle of a question is a failure with its last words."""
        while line := await self._out.readline():
            yield msgspec.json.decode(line, type=Told)
        raise Refused("demo.judge_gone", f"The judge ended early. {last_words(self._child)}")

    async def until(self, kind: type[E]) -> E:
        """The next event of that kind; others are passed over."""
        async for event in self.events():
            if isinstance(event, kind):
                return event
        raise AssertionError("events end with an error")


@asynccontextmanager
async def open_judge(child: Child) -> AsyncIterator[Judge]:
    process = await launch(child, stdin=PIPE)
    try:
        yield Judge(process, child)
    finally:
        await end(process)


def last_words(child: Child) -> str:
    return child.log.read_text(errors="replace").strip()[-1500:] if child.log and child.log.exists() else ""
