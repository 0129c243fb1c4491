"""A web process that is killed at a statement of the one request it takes: `python -m tests.graphql.dying`, told by stdin."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.graphql.door import PATH
from app.models.database import Database, Moving, Tx
from app.wiring import Core
from tests.conftest import Addresses
from tests.graphql.conftest import serving
from tests.graphql.counting import CountingTx


class DyingTx(CountingTx):
    """Before the statement with these words is run, nothing of this process is left."""

    def __init__(self, tx: Tx, words: str) -> None:
        super().__init__(tx, [])
        object.__setattr__(self, "words", words)

    async def run(self, sql: str, *values: object) -> int:
        self._reached(sql)
        return await super().run(sql, *values)

    async def value(self, sql: str, *values: object) -> object:
        self._reached(sql)
        return await super().value(sql, *values)

    def _reached(self, sql: str) -> None:
        if self.words in sql:  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGKILL)


class Dying(Database):
    def __init__(self, inner: Database, words: str) -> None:
        self.inner, self.words = inner, words

    @asynccontextmanager
    async def tenant(self, tenant: UUID) -> AsyncIterator[Tx]:
        async with self.inner.tenant(tenant) as tx:
            yield DyingTx(tx, self.words)

    @asynccontextmanager
    async def moving(self, home: UUID) -> AsyncIterator[Moving]:
        async with self.inner.moving(home) as moving:
            yield replace(moving, tx=DyingTx(moving.tx, self.words))

    @asynccontextmanager
    async def across(self) -> AsyncIterator[Tx]:
        async with self.inner.across() as tx:
            yield tx


async def ask(told: dict[str, Any]) -> None:
    def dressed(core: Core) -> Core:
        return replace(core, database=Dying(core.database, told["words"]))

    async with serving(Addresses(**told["addresses"]), told["valkey"], dressed) as api:
        await api.client.post(PATH, json=told["body"], headers=told["headers"])


if __name__ == "__main__":
    asyncio.run(ask(json.load(sys.stdin)))
