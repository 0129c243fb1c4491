"""The orders flow's side of Shopify: what changed, what was placed, and one order read whole."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from app.domain.ids import StoreKey
from app.domain.order import Order
from app.errors import Bug
from app.ports import Change, Lane, Page, Span
from app.shopify import order_wire as wire
from app.shopify.client import Client
from app.shopify.gids import gid, key_of
from app.shopify.markets import Markets, where
from app.shopify.order_record import order_record
from app.shopify.order_story import Story, story_of
from app.shopify.story_wire import StoryAnswer

_PAGES = 80
"""After so many pages of 250 a list starts again from where it stands: Shopify pages 25,000 deep at most."""

_NAME = re.compile(r"[\w#./ -]{1,60}")

W = TypeVar("W")


@dataclass(frozen=True, kw_only=True)
class Read:
    """One order with all its lines. `story`: what became of it since, where anything did."""

    order: wire.Order
    lines: Sequence[wire.Line]
    story: Story | None


class Orders:
    """The Source of orders. Lists give ids and versions only: they come from an index that lags behind the order."""

    def __init__(
        self,
        client: Client,
        *,
        pad: timedelta = timedelta(minutes=15),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        markets: Markets | None = None,
    ) -> None:
        self._client, self._pad, self._now = client, pad, now
        self._markets = markets or Markets(client, {})

    async def get(self, key: str) -> Order | None:
        """One request; more for an order of over 250 lines, one that was changed since, and now and then the markets."""
        read = await read_whole(self._client, key)
        if read is None:
            return None
        markets = await self._markets.of(where(read.order))
        return order_record(read.order, read.lines, read.story, store=self._client.shop, markets=markets)

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """Ascending by time of change from the cursor: the newest change seen, less the pad; it never goes back.

        Without a cursor it starts the pad before now.
        """
        since = datetime.fromisoformat(cursor) if cursor else self._now() - self._pad
        newest, start, after, pages = since, since, None, 0
        while True:
            asked = {"filter": f"updated_at:>='{_second(start)}'", "after": after}
            found = typed(
                await self._client.run("orders_changed", asked, Lane.ORDERS), wire.ChangedAnswer
            ).orders
            newest = max([newest, *(node.updated_at for node in found.nodes)])
            yield Page(
                items=tuple(Change(key=key_of(n.id), version=n.updated_at) for n in found.nodes),
                cursor=max(since, newest - self._pad).isoformat(),
            )
            if not found.page_info.has_next_page:
                return
            pages, after = pages + 1, found.page_info.end_cursor
            if pages % _PAGES == 0 and newest > start:
                start, after = newest, None

    async def cursor_at(self, at: datetime) -> str:
        """A cursor of Shopify's lists is an instant."""
        return at.isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Descending by time of creation, in the lowest lane. The cursor is the oldest creation seen, for resuming."""
        until, after, pages = span.until, None, 0
        while True:
            query = f"created_at:>='{_second(span.since)}' created_at:<'{_second(until)}'"
            asked = {"filter": query, "after": after}
            data = await self._client.run("orders_created", asked, Lane.CATALOGUE)
            found = typed(data, wire.CreatedAnswer).orders
            oldest = min([until, *(node.created_at for node in found.nodes)])
            yield Page(
                items=tuple(Change(key=key_of(n.id), version=n.updated_at) for n in found.nodes),
                cursor=oldest.isoformat(),
            )
            if not found.page_info.has_next_page:
                return
            pages, after = pages + 1, found.page_info.end_cursor
            if pages % _PAGES == 0 and oldest + timedelta(seconds=1) < until:
                until, after = oldest + timedelta(seconds=1), None

    async def called(self, name: str) -> Sequence[StoreKey]:
        """By name; what no name has would be a question of its own in Shopify's search."""
        if not _NAME.fullmatch(name):
            return ()
        asked = {"filter": f"name:'{name}'", "after": None}
        found = typed(await self._client.run("orders_created", asked, Lane.INTERACTIVE), wire.CreatedAnswer)
        return tuple(StoreKey(key_of(node.id)) for node in found.orders.nodes)


async def read_whole(client: Client, key: str) -> Read | None:
    asked = {"id": gid("Order", key)}
    order = typed(await client.run("order", asked, Lane.ORDERS), wire.OrderAnswer).order
    if order is None:
        return None
    lines, page = list(order.line_items.nodes), order.line_items.page_info
    while page.has_next_page:
        data = await client.run("order_lines", {**asked, "after": page.end_cursor}, Lane.ORDERS)
        more = typed(data, wire.LinesAnswer).order
        if more is None:
            return None
        lines += more.line_items.nodes
        page = more.line_items.page_info
    changed = order.edited or order.return_status != "NO_RETURN"
    return Read(order=order, lines=lines, story=await story(client, key) if changed else None)


async def story(client: Client, key: str) -> Story | None:
    """Asked for only where something was changed or exchanged after the order was placed."""
    data = await client.run("order_story", {"id": gid("Order", key)}, Lane.ORDERS)
    found = typed(data, StoryAnswer).order
    return story_of(found, StoreKey(key)) if found else None


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def typed(data: dict[str, Any], kind: type[W]) -> W:
    """The error names the field that was wrong, never its value."""
    try:
        return msgspec.convert(data, type=kind)
    except msgspec.ValidationError as cause:
        where = str(cause).rpartition(" - at ")[2]
        raise Bug(
            "shopify.answer_unexpected", f"Shopify's answer is not what its schema says, at {where}."
        ) from cause
