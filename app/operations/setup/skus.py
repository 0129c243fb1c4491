"""Reads the SKUs of both sides for the audit before going live: a stretch at a time, from where the last one ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.product import Product
from app.models import cursors, product_cache, stock_links
from app.models.connections import Connection
from app.models.setup import READ, SKUS
from app.ports import Many, Missing, Source
from app.sync.sides import Sides
from app.wiring import Core

_SECONDS = 25.0
"""The page waits for a stretch."""
_AT_ONCE = 50
_STORE, _HOST = "store:", "host:"


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """`whole`: both sides were read to the end. `lacks`: sentences of sides that do not list what they sell."""

    store: int
    host: int
    whole: bool
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Reading:
    core: Core
    sides: Sides
    over: Callable[[], bool]

    async def store(self, cursor: str | None) -> tuple[int, str | None]:
        """How many items were read, and where it goes on; None: that was the end."""
        source, connection = self.sides.store.stock, self.sides.connection
        if isinstance(source, Missing):
            return 0, None
        read = 0
        async for page in source.items(cursor):
            read += len(page.items)
            async with self.core.database.tenant(connection.tenant) as tx:
                await stock_links.save_items(
                    tx, tenant=connection.tenant, shop=connection.shop, found=page.items
                )
            await self._stands(f"{_STORE}{page.cursor}" if page.cursor else _HOST)
            if not page.cursor:
                break
            if self.over():
                return read, page.cursor
        return read, None

    async def host(self, cursor: str | None) -> tuple[int, str | None]:
        source = self.sides.host.items
        if isinstance(source, Missing):
            return 0, None
        read, pages = 0, source.changes(cursor)
        while (page := await self.sides.ask(lambda: anext(pages, None))) is not None:
            keys = sorted({change.key for change in page.items})
            for start in range(0, len(keys), _AT_ONCE):
                found = await self._products(source, keys[start : start + _AT_ONCE])
                read += len(found)
                await self._keep(found)
            await self._stands(f"{_HOST}{page.cursor}")
            if self.over():
                return read, page.cursor
        return read, None

    async def _products(self, source: Source[Product], keys: Sequence[str]) -> Mapping[str, Product]:
        if isinstance(source, Many):
            several: Many[Product] = source
            return await self.sides.ask(lambda: several.many(keys))
        found: dict[str, Product] = {}
        for key in keys:
            product = await self.sides.ask(lambda: source.get(key))  # noqa: B023  called at once
            if product is not None:
                found[key] = product
        return found

    async def _keep(self, found: Mapping[str, Product]) -> None:
        connection = self.sides.connection
        for key in sorted(found):
            async with self.core.database.tenant(connection.tenant) as tx:
                await product_cache.keep(
                    tx, tenant=connection.tenant, connection=connection.id, product=found[key]
                )

    async def _stands(self, value: str) -> None:
        connection = self.sides.connection
        async with self.core.database.tenant(connection.tenant) as tx:
            await cursors.move(tx, tenant=connection.tenant, connection=connection.id, name=SKUS, value=value)

    async def finish(self) -> None:
        await self._stands(READ)


async def read(core: Core, connection: Connection) -> Stretch:
    """Reads on, or anew where both were read before. Writes to neither side; raises what either says against it."""
    async with core.database.tenant(connection.tenant) as tx:
        stands = await cursors.read(tx, tenant=connection.tenant, connection=connection.id, name=SKUS)
    ends = time.monotonic() + _SECONDS
    sides = await core.open_sides(connection)
    reading = _Reading(core=core, sides=sides, over=lambda: time.monotonic() > ends)
    stands = _STORE if stands in {None, READ} else stands or _STORE
    items = products = 0
    if stands.startswith(_STORE):
        items, left = await reading.store(stands.removeprefix(_STORE) or None)
        if left is not None:
            return Stretch(store=items, host=0, whole=False)
        stands = _HOST
    products, left = await reading.host(stands.removeprefix(_HOST) or None)
    if left is None:
        await reading.finish()
    lacks = [side.sentence for side in (sides.store.stock, sides.host.items) if isinstance(side, Missing)]
    return Stretch(store=items, host=products, whole=left is None, lacks=tuple(lacks))
