"""A lease kept for as long as a block runs: extended three times within its length, whatever the block waits for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg

from app.models.database import Database, Tx


@contextlib.asynccontextmanager
async def kept(
    database: Database, tenant: UUID, extend: Callable[[Tx], Awaitable[bool]], *, lease: timedelta
) -> AsyncIterator[None]:
    """`extend` does it in a transaction of the tenant. Who is fenced by the lease asks for it; here nobody is told."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            # A database that is away loses leases and nothing else: the next round tries again.
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with database.tenant(tenant) as tx:
                    await extend(tx)

    keeper = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
