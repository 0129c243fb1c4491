"""What the demo must be told of each ERP: one JSON file beside this one, and nothing else, makes an ERP known to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from sandbox.demo.levels import READING_SECONDS

_FOLDER = Path(__file__).parent


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How its server is started. Places in braces are filled in: `{port}` `{home}` `{items}` `{dsn}` `{state}` `{dialect}` in

    `words`, whatever the server announces in `credentials`. `dialect`: the one that is spoken unless another is asked for.
    """

    module: str
    words: tuple[str, ...]
    credentials: Mapping[str, str]
    dialect: str = ""


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it bears: our waits where the short profile's are none, how late a commit may be, and orders a second."""

    late_most: float
    per_second: float
    timings: Mapping[str, str] = {}


class Trading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How fast stock is traded and followed: seconds between two looks at stock and at prices, how many items are scarce,

    sales a second, seconds between two moves in the ERP, what a person adds to a level, when nothing moves any more, and how
    old a reading of the ERP may be that a write stands on.
    """

    every_seconds: float
    prices_every_seconds: float
    hot: int
    sales_per_second: float
    move_every: float
    corrections: tuple[int, ...]
    stuck_after: float
    reading_seconds: float = READING_SECONDS


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ERP. `mapping`, `options`: the connection's; `items`: what it must know besides the plan's.

    `warehouse`: where the judged stock lies. `tier`: a group of customers with prices of its own. `filters`: the look-up
    table of the flow products. `both_ways`: what was sent in the store becomes a shipment. `holds`: kinds of orders of
    the plan that it can't express, with the code they wait with. `follows_edits`: a document changes with its order;
    `changes_paid`: that of an order that was paid too, as it is not invoiced yet.
    """

    mapping: Mapping[str, Mapping[str, str]]
    server: Server
    pace: Pace
    trade: Trading
    warehouse: str
    options: Mapping[str, str] = {}
    items: tuple[str, ...] = ()
    tier: str | None = None
    filters: Mapping[str, str] = msgspec.field(default_factory=lambda: {"*": "send", "tag:internal": "skip"})
    both_ways: bool = False
    holds: Mapping[str, str] = {}
    follows_edits: bool = True
    changes_paid: bool = False


@cache
def tables_of(erp: str) -> Tables:
    return msgspec.json.decode((_FOLDER / f"{erp}.json").read_bytes(), type=Tables)


def known() -> list[str]:
    """The ERPs that a demo may be asked for."""
    return sorted(file.stem for file in _FOLDER.glob("*.json"))
