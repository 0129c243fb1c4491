"""Having work done again: retrying held orders, looking at one order now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.domain.ids import StoreKey
from app.models import demand
from app.models.connections import Connection
from app.ports import Flow, Hint
from app.wiring import Core

_AT_A_TIME = 500


async def retry(
    core: Core, connection: Connection, *, names: Sequence[str] = (), code: str | None = None
) -> int:
    """Runs orders again now: by their names, or all that are held for one cause; answers with how many."""
    tenant, count = connection.tenant, 0
    while True:
        async with core.database.tenant(tenant) as tx:
            found = await demand.to_retry(
                tx,
                tenant=tenant,
                connection=connection.id,
                names=[name.lower() for name in names],
                code=code,
                most=_AT_A_TIME,
            )
            count += await demand.ask(tx, tenant=tenant, records=found)
        if len(found) < _AT_A_TIME or names:
            break
    await core.queue.poke(tenant, connection.shop)
    return count


async def retry_these(core: Core, *, tenant: UUID, shops: Sequence[UUID], records: Sequence[UUID]) -> int:
    """Runs these again because a person asked."""
    async with core.database.tenant(tenant) as tx:
        count = await demand.ask(tx, tenant=tenant, records=records)
    for shop in shops:
        await core.queue.poke(tenant, shop)
    return count


async def look_at(core: Core, connection: Connection, key: StoreKey) -> None:
    """An order that may be unknown yet is looked at now."""
    tenant = connection.tenant
    async with core.database.tenant(tenant) as tx:
        await demand.want(
            tx,
            tenant=tenant,
            connection=connection.id,
            shop=connection.shop,
            kind="order",
            hints=[Hint(flow=Flow.ORDERS, key=key)],
            echo_within=timedelta(0),
        )
    await core.queue.poke(tenant, connection.shop)
