"""A database that counts the statements asked of it: what a list costs must not grow with its rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from app.models.database import Database, Moving, Row, Tx


class CountingTx(Tx):
    def __init__(self, tx: Tx, count: list[str]) -> None:
        super().__init__(tx.connection, tx.client, kept=tx.kept)
        object.__setattr__(self, "count", count)

    async def rows(self, sql: str, *values: object) -> list[Row]:
        self.count.append(sql)  # type: ignore[attr-defined]
        return await super().rows(sql, *values)

    async def row(self, sql: str, *values: object) -> Row | None:
        self.count.append(sql)  # type: ignore[attr-defined]
        return await super().row(sql, *values)

    async def value(self, sql: str, *values: object) -> object:
        self.count.append(sql)  # type: ignore[attr-defined]
        return await super().value(sql, *values)

    async def run(self, sql: str, *values: object) -> int:
        self.count.append(sql)  # type: ignore[attr-defined]
        return await super().run(sql, *values)


class Counted(Database):
    """`said` is every statement since the test last emptied it."""

    def __init__(self, inner: Database) -> None:
        self.inner = inner
        self.said: list[str] = []

    @asynccontextmanager
    async def tenant(self, tenant: UUID) -> AsyncIterator[Tx]:
        async with self.inner.tenant(tenant) as tx:
            yield CountingTx(tx, self.said)

    @asynccontextmanager
    async def moving(self, home: UUID) -> AsyncIterator[Moving]:
        async with self.inner.moving(home) as moving:
            yield replace(moving, tx=CountingTx(moving.tx, self.said))

    @asynccontextmanager
    async def across(self) -> AsyncIterator[Tx]:
        async with self.inner.across() as tx:
            yield CountingTx(tx, self.said)
