"""What the shop calls things, read off its locations and its last orders, beside the ERP's own codes for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.domain.order import Order
from app.errors import Reason, StockbridgeError
from app.mapping import lacks
from app.mapping.ruleset import EMPTY
from app.mapping.tables import fold, look_up
from app.models import stock_links, stock_settings
from app.models.connections import Connection
from app.operations import host_choices
from app.operations.setup.steps import PLAIN
from app.ports import Choice, Missing, Span
from app.sync.first_contact import LOOK_BACK
from app.sync.flow import Hold, Rules
from app.sync.orders import decide
from app.sync.sides import Sides
from app.wiring import Core, utc_now

_MOST = 50
_WITHIN = timedelta(seconds=20)
"""The page waits for it; what was read by then is shown."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing the shop names. `code`: what it is mapped to; `proposed`: the ERP's code that is called the same."""

    value: str
    label: str
    orders: int
    code: str | None
    proposed: str | None


@dataclass(frozen=True, kw_only=True)
class PlainTable:
    """`rest`: what anything else is mapped to. `choices` None: the ERP does not list its codes."""

    name: str
    said: tuple[Said, ...]
    rest: str | None
    choices: Sequence[Choice] | None


@dataclass(kw_only=True)
class _Heard:
    """How many orders named what, by table; the spelling that was met first counts."""

    orders: int = 0
    whole: bool = True
    named: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def hear(self, found: Iterable[lacks.Lack]) -> None:
        self.orders += 1
        for each in found:
            self.named[each.table].setdefault(each.key, each.value)
            self.counts[each.table, each.key] += 1


async def plain_tables(core: Core, connection: Connection) -> tuple[tuple[PlainTable, ...], int, bool]:
    """The tables of a plain shop, how many orders were looked at, and whether those were all. Writes to neither side."""
    sides = await core.open_sides(connection)
    heard = _Heard()
    try:
        async with asyncio.timeout(_WITHIN.total_seconds()):
            async for order in _orders(sides):
                heard.hear(_named_by(sides, order))
    except TimeoutError:
        heard.whole = False
    heard.whole = heard.whole and heard.orders < _MOST
    places = await _places(core, sides)
    for key in places:
        heard.named["locations"].setdefault(fold(key), key)
    made = [await _table(core, connection, name, heard, places) for name in PLAIN]
    return tuple(made), heard.orders, heard.whole


async def recent(core: Core, connection: Connection, *, most: int) -> Sequence[Order]:
    """The last orders of a week, the newest first: what a dry run may be made of."""
    found: list[Order] = []
    sides = await core.open_sides(connection)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN.total_seconds()):
            async for order in _orders(sides):
                found.append(order)
                if len(found) == most:
                    break
    return found


async def _orders(sides: Sides) -> AsyncIterator[Order]:
    now, read = utc_now(), 0
    async for page in sides.store.orders.between(Span(since=now - LOOK_BACK, until=now)):
        for change in page.items:
            try:
                order = await sides.store.orders.get(change.key)
            except StockbridgeError:
                continue
            if order is not None:
                yield order
                read += 1
            if read == _MOST:
                return


def _named_by(sides: Sides, order: Order) -> tuple[lacks.Lack, ...]:
    """Everything that an order would lack if nothing were mapped."""
    connection = sides.connection
    bare = replace(connection.tables, locations={}, payments={}, shipping={}, taxes={}, rules=EMPTY)
    rules = Rules(
        tables=bare,
        options=connection.options,
        go_live_at=order.created_at,
        timing=sides.timing,
        targets=sides.spec.targets_by_name,
    )
    reasons: tuple[Reason, ...] = ()
    try:
        decision = decide(order, None, rules, utc_now())
        reasons = tuple(decision.reasons) if isinstance(decision, Hold) else ()
    except StockbridgeError as error:
        reasons = (error.reason,)
    return lacks.of(reasons, bare)


async def _places(core: Core, sides: Sides) -> Mapping[str, str]:
    """The shop's open locations by key; kept, so that every view calls them by their names."""
    store, connection = sides.store.stock, sides.connection
    if isinstance(store, Missing):
        return {}
    async with core.database.tenant(connection.tenant) as tx:
        at = await stock_settings.clock(tx)
    found = await store.locations()
    async with core.database.tenant(connection.tenant) as tx:
        await stock_links.save_locations(
            tx, tenant=connection.tenant, shop=connection.shop, found=found, read_at=at
        )
    return {each.key: each.name for each in found if each.active}


async def _table(
    core: Core, connection: Connection, name: str, heard: _Heard, places: Mapping[str, str]
) -> PlainTable:
    choices = await host_choices.choices(core, connection, name)
    table = connection.tables.table(name) or {}
    own = {key: value for key, value in table.items() if key != "*"}
    said = [
        Said(
            value=value,
            label=places.get(value, value),
            orders=heard.counts[name, key],
            code=look_up(own, value),
            proposed=_alike(choices or (), {value, places.get(value, value)}),
        )
        for key, value in sorted(
            heard.named[name].items(), key=lambda each: (-heard.counts[name, each[0]], each[0])
        )
    ]
    return PlainTable(name=name, said=tuple(said), rest=table.get("*"), choices=choices)


def _alike(choices: Sequence[Choice], names: set[str]) -> str | None:
    """The one code that is called so; the only one there is; else none: nothing is guessed between two."""
    wanted = {fold(name) for name in names}
    found = [each.code for each in choices if wanted & {fold(each.code), fold(each.label)}]
    if len(found) == 1:
        return found[0]
    return choices[0].code if len(choices) == 1 else None
