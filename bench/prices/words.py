"""What a person and the ERP say during the prices bench: a plan is approved, something changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from app import settings
from app.cli.connections import one_connection
from app.models.connections import Connection
from app.sync.prices.flow import PriceFlow
from app.wiring import open_core
from bench.stock.words import SHOP


def approve(env: Mapping[str, str], run: UUID) -> None:
    async def say() -> None:
        async with _flow(env) as (flow, connection):
            await flow.approve(connection.tenant, run, by="bench")

    asyncio.run(say())


def hurry(env: Mapping[str, str]) -> None:
    async def say() -> None:
        async with _flow(env) as (flow, connection):
            await flow.hint(connection.tenant, connection.id)

    asyncio.run(say())


@asynccontextmanager
async def _flow(env: Mapping[str, str]) -> AsyncIterator[tuple[PriceFlow, Connection]]:
    async with open_core(settings.read(env), database_size=2) as core:
        yield core.prices("bench"), await one_connection(core, SHOP, None)
