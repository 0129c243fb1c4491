"""The whole product around one shop of any platform: real PostgreSQL and Valkey, the demo ERP, web and worker in turn."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import uvicorn
from prometheus_client import CollectorRegistry

from app import probes
from app.counting import counted
from app.domain.ids import external_id
from app.main import application
from app.models import connections
from app.models.connections import Connection
from app.ports import StoreSpec
from app.settings import Settings, read
from app.sync import first_contact
from app.sync.sides import Sides
from app.sync.work import ShopWork
from app.wiring import CREDENTIALS, Core, open_core, open_inbox, utc_now
from tests.conftest import Addresses
from tests.hosts.memory.rig import MemoryUnderTest
from tests.models.world import TABLES
from tests.patience import FAR
from tests.shopify.fakes import CLIENT_ID, SECRET
from tests.stores.rig import Placed, StoreUnderTest


def settings(
    addresses: Addresses, valkey_url: str, *, shopify_address: str, endpoints: frozenset[str]
) -> Settings:
    return read(environment(addresses, valkey_url, shopify_address=shopify_address, endpoints=endpoints))


def environment(
    addresses: Addresses, valkey_url: str, *, shopify_address: str, endpoints: frozenset[str]
) -> dict[str, str]:
    """What a process of the product is told."""
    key = base64.b64encode(b"k" * 32).decode()
    return {
        "DATABASE_URL": addresses.app,
        "DATABASE_INTAKE_URL": addresses.intake,
        "REDIS_URL": valkey_url,
        "SEAL_KEYS": f"k1:{key}",
        "SHOPIFY_API_KEY": CLIENT_ID,
        "SHOPIFY_API_SECRET": SECRET,
        "SHOPIFY_ADDRESS": shopify_address,
        "PROFILE": "short",
        "TIMING_MARK_LINGER": "0",
        "TIMING_RECONCILE_EVERY": "0.3",
        "TIMING_DEADLINE": "10",
        "ALLOWED_PRIVATE_ENDPOINTS": ",".join(sorted(endpoints)),
        "WEBHOOK_MOST_BYTES": "20000",
        "API_PAGE_DOCUMENTS": "any",
    }


@dataclass(kw_only=True)
class Joined:
    """A shop that is connected to the demo ERP and live; `owner` is the test's eye on the tables."""

    core: Core
    work: ShopWork
    erp: MemoryUnderTest
    owner: asyncpg.Connection
    under: StoreUnderTest
    tenant: UUID
    shop: UUID
    connection: UUID = field(default_factory=uuid4)

    async def connect(self) -> None:
        """As `connect` and `go-live` do, with everything since an hour ago."""
        sealed = self.core.vault.seal(
            orjson.dumps(dict(self.erp.credentials)), tenant=self.tenant, purpose=CREDENTIALS
        )
        async with self.core.database.tenant(self.tenant) as tx:
            await connections.create(
                tx,
                tenant=self.tenant,
                id=self.connection,
                shop=self.shop,
                host="memory",
                name="Demo",
                sealed_credentials=sealed,
                flows={"orders": True},
                options={},
            )
            await connections.publish(
                tx, tenant=self.tenant, connection=self.connection, tables=TABLES, by="test"
            )
        at = utc_now() - timedelta(hours=1)
        assert await first_contact.go_live(self.core.database, await self.sides(), at=at, approved=[])

    async def found(self) -> Connection:
        async with self.core.database.tenant(self.tenant) as tx:
            one = await connections.one(tx, tenant=self.tenant, connection=self.connection)
        assert one is not None
        return one

    async def sides(self) -> Sides:
        return await self.core.open_sides(await self.found())

    async def work_until(self, key: str, state: str, *, reconcile: bool, within: float = FAR) -> None:
        """What a worker does, in turns, until the order's record has come to this state."""
        async with asyncio.timeout(within):
            while await self.state(key) != state:
                await self.turn(reconcile=reconcile)
                await asyncio.sleep(0.05)

    async def turn(self, *, reconcile: bool) -> None:
        if reconcile:
            await self.clock("orders")
        await self.work.drain(self.tenant, self.shop)

    async def clock(self, flow: str) -> None:
        """The turns of one flow that are due."""
        turns = self.work.turns
        await replace(turns, takers={flow: turns.takers[flow]}).due()

    async def state(self, key: str) -> str | None:
        row = await self.row(key)
        return str(row["state"]) if row else None

    async def row(self, key: str) -> Mapping[str, Any] | None:
        found = await self.owner.fetchrow(
            "SELECT * FROM record WHERE tenant_id = $1 AND source_key = $2", self.tenant, key
        )
        return dict(found) if found else None

    async def booked(self, placed: Placed) -> list[dict[str, Any]]:
        """The ERP's real documents of the order, asked past everything of ours."""
        key = external_id(kind="order", store=(await self.found()).domain, key=placed.key)
        found = await self.erp.ask("GET", f"/v1/documents?external_id={key}")
        return [d for d in found["documents"] if d["status"] not in {"draft", "cancelled"}]

    async def events(self) -> int:
        count = await self.owner.fetchval(
            "SELECT count(*) FROM inbox_event WHERE tenant_id = $1", self.tenant
        )
        return int(count)


@asynccontextmanager
async def joined(
    under: StoreUnderTest,
    erp: MemoryUnderTest,
    made: Settings,
    owner: asyncpg.Connection,
    stores: Mapping[str, StoreSpec],
) -> AsyncIterator[Joined]:
    async with open_core(made, database_size=6, stores=stores) as core:
        tenant, shop = await under.join(core)
        world = Joined(
            core=core,
            work=core.work("test"),
            erp=erp,
            owner=owner,
            under=under,
            tenant=tenant,
            shop=shop,
        )
        await world.connect()
        yield world


@asynccontextmanager
async def web(core: Core) -> AsyncIterator[str]:
    """The web process's application over the same core, on a port of its own; gives its address."""
    metrics = probes.metrics(CollectorRegistry())
    async with open_inbox(core) as inbox:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(
                application(counted(core, metrics), inbox, metrics),
                log_config=None,
                access_log=False,
                lifespan="off",
                proxy_headers=False,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
