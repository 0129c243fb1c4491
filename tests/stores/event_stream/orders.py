"""The event stream's Source of orders: the stream names them, a query endpoint has their details."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import quote

from app.domain.ids import StoreKey
from app.domain.order import Order
from app.ports import Change, Health, Page, Span
from tests.stores.event_stream import wire
from tests.stores.event_stream.caller import Caller
from tests.stores.event_stream.record import order_record

_PAD = 50
"""Numbers are given before their event is visible: so many behind the newest may still come."""

_PAGE = 25


class Orders:
    def __init__(self, caller: Caller, *, shop: str) -> None:
        self._caller, self._shop = caller, shop

    async def check(self) -> Health:
        feed = await self._caller.ask(wire.Feed, f"/stream?after=0&limit={_PAGE}")
        return Health(account=f"{self._shop}, {feed.last} events so far")

    async def get(self, key: str) -> Order | None:
        found = await self._caller.ask(wire.One, "/query", {"want": "order", "id": key})
        return order_record(found.order, store=self._shop) if found.order else None

    async def cursor_at(self, at: datetime) -> str:
        """The cursor is a place in the stream; the platform knows which one was reached when."""
        found = await self._caller.ask(wire.Position, f"/stream/position?at={quote(at.isoformat())}")
        return str(found.seq)

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """Without a cursor from the beginning: the stream is kept for ever."""
        start = after = int(cursor or 0)
        while True:
            feed = await self._caller.ask(wire.Feed, f"/stream?after={after}&limit={_PAGE}")
            after = max([after, *(event.seq for event in feed.events)])
            yield Page(
                items=tuple(Change(key=StoreKey(e.order), version=e.at) for e in feed.events),
                cursor=str(max(start, after - _PAD)),
            )
            if len(feed.events) < _PAGE:
                return

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        more, skip = True, 0
        while more:
            found = await self._caller.ask(
                wire.Many,
                "/query",
                {
                    "want": "orders",
                    "from": span.since.isoformat(),
                    "to": span.until.isoformat(),
                    "skip": skip,
                    "limit": _PAGE,
                },
            )
            skip, more = skip + len(found.orders), found.more
            oldest = min([span.until, *(row.ordered for row in found.orders)])
            yield Page(
                items=tuple(Change(key=StoreKey(row.id), version=row.as_of) for row in found.orders),
                cursor=oldest.isoformat(),
            )
