"""The memory store's Source of orders: two lists and one order. It can be asked and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from app.domain.ids import StoreKey
from app.domain.order import Order
from app.errors import Rejected
from app.outbound import failure_of, read_as
from app.ports import Change, Health, Http, Page, Request, Span
from tests.stores.memory_store import wire
from tests.stores.memory_store.record import instant, milliseconds, order_record

T = TypeVar("T")


class Orders:
    def __init__(
        self,
        *,
        shop: str,
        address: str,
        key: str,
        http: Http,
        pad: timedelta,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._shop, self._address, self._key, self._http = shop, address, key, http
        self._pad, self._now = pad, now

    async def check(self) -> Health:
        shop = await self._ask(wire.Shop, "/shop", {})
        assert shop is not None
        return Health(account=shop.shop, clock_offset=instant(shop.clock) - self._now())

    async def get(self, key: str) -> Order | None:
        if not key.isascii() or not key.isdigit():
            return None
        order = await self._ask(wire.Order, f"/orders/{key}", {}, missing=True)
        return order_record(order, store=self._shop) if order else None

    async def cursor_at(self, at: datetime) -> str:
        """The cursor is a revision: milliseconds."""
        return str(milliseconds(at))

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        since = int(cursor) if cursor else milliseconds(self._now() - self._pad)
        pad, newest = self._pad // timedelta(milliseconds=1), since
        async for page in self._pages({"rev_from": str(since)}):
            newest = max([newest, *(rev for _, rev in page)])
            yield Page(items=_changes(page), cursor=str(max(since, newest - pad)))

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        asked = {
            "placed_from": str(milliseconds(span.since)),
            "placed_to": str(milliseconds(span.until)),
        }
        async for page in self._pages(asked):
            yield Page(items=_changes(page), cursor=str(page[-1][0]) if page else "")

    async def _pages(self, asked: Mapping[str, str]) -> AsyncIterator[list[tuple[int, int]]]:
        after: str | None = ""
        while after is not None:
            page = await self._ask(wire.Listing, "/orders", {**asked, "after": after})
            assert page is not None
            yield page.orders
            after = page.next

    async def _ask(
        self, kind: type[T], path: str, query: Mapping[str, str], *, missing: bool = False
    ) -> T | None:
        url = f"{self._address}{path}?{urlencode(query)}"
        answer = await self._http.send(
            Request(method="GET", url=url, headers={"x-key": self._key}, writes=False)
        )
        failure = failure_of(answer, writes=False)
        if failure:
            raise failure
        if answer.status == 404 and missing:
            return None
        if answer.status != 200:
            raise Rejected("store.refused", "The memory store refused this.")
        return read_as(kind, answer)


def _changes(page: list[tuple[int, int]]) -> tuple[Change, ...]:
    return tuple(Change(key=StoreKey(str(number)), version=instant(rev)) for number, rev in page)
