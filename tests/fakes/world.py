"""One tenant's world for the engine: real PostgreSQL, a shop and an ERP in memory, and time that passes when told."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import orjson

from app.domain.document import SalesDocument
from app.domain.ids import StoreKey
from app.domain.order import Order
from app.domain.product import Product, ProductDocument
from app.hosts.memory.spec import MEMORY
from app.models import connections, demand, records
from app.models.connections import Connection
from app.models.database import Database
from app.models.records import Claim
from app.ports import Fence, Flow, Health, Hint, Host, HostSpec, Missing, Sink, Source, Store, StoreSpec
from app.settings import Timing
from app.shopify.store import SHOPIFY
from app.sync import flows
from app.sync.drain import Drain
from app.sync.hinting import Hinting
from app.sync.marking import Marking
from app.sync.running import Running
from app.sync.sides import Sides
from tests.conftest import Addresses
from tests.fakes.debtors import FakeDebtors
from tests.fakes.erp import FakeErp
from tests.fakes.orders import order
from tests.fakes.rates import FakeRates
from tests.fakes.refunds import FakeRefunds
from tests.fakes.statuses import FakeStatuses
from tests.fakes.store import FakeMarks, FakeStore
from tests.models.world import VAULT, Joined, join

TIMING = Timing(
    deadline=timedelta(seconds=5),
    settle=timedelta(seconds=60),
    lease_margin=timedelta(seconds=30),
    retry_first=timedelta(seconds=5),
    breaker_open=timedelta(seconds=30),
    mark_linger=timedelta(0),
    mark_deadline=timedelta(seconds=5),
)
"""Nothing is waited for in earnest, but for the end of a call that `hurries`; everything longer passes by `time_passes`."""

AppEvent = Callable[[UUID, UUID, str, str, bytes, datetime], Awaitable[None]]

_INSTANTS = {
    "record": (
        "due_at",
        "lease_until",
        "first_seen_at",
        "failing_since",
        "state_since",
        "mark_due_at",
        "mark_sent_at",
        "doubles_due_at",
        "reserved_at",
        "grown_at",
    ),
    "effect": ("planned_at", "sent_at", "deadline_at", "settle_at", "ended_at"),
    "connection": ("breaker_until", "look_first_until"),
    "schedule": ("due_at", "turn_until"),
    "inbox_work": ("due_at", "received_at"),
    "cursor": ("moved_at",),
    "person_lease": ("until",),
}


class FreePermits:
    """Permits without end, and for each that was taken whether it was a first look-up's."""

    def __init__(self) -> None:
        self.first: list[bool] = []

    @asynccontextmanager
    async def hold(self, account: str, most: int, *, first: bool = False) -> AsyncIterator[None]:
        self.first.append(first)
        yield


async def ignored(tenant: UUID, shop: UUID, domain: str, topic: str, body: bytes, at: datetime) -> None:
    """Nothing happens about the install."""


@dataclass(kw_only=True)
class World:
    """`owner` reads every table past row-level security: it is the test's eye, never the product's."""

    database: Database
    owner: asyncpg.Connection
    joined: Joined
    store: FakeStore = field(default_factory=FakeStore)
    erp: FakeErp = field(default_factory=FakeErp)
    refunds: FakeRefunds = field(default_factory=FakeRefunds)
    credits: FakeErp = field(default_factory=FakeErp)
    marks: FakeMarks = field(default_factory=FakeMarks)
    statuses: FakeStatuses = field(default_factory=FakeStatuses)
    debtors: FakeDebtors | None = None
    rates: FakeRates | None = None
    takes_refunds: bool = True
    tells_status: bool = True
    items: Source[Product] | None = None
    products: Sink[ProductDocument] | None = None
    timing: Timing = TIMING
    permits: FreePermits = field(default_factory=FreePermits)
    app_event: AppEvent = ignored
    app_topics: frozenset[str] = frozenset({"app/uninstalled"})
    stores: dict[str, StoreSpec] = field(default_factory=lambda: {SHOPIFY.key: SHOPIFY})

    # --- the product, put together ---------------------------------------------------------------------------------

    async def sides(self, connection: Connection) -> Sides:
        async def check() -> Health:
            return Health(account="fake")

        spec: HostSpec = replace(MEMORY, fence=Fence.UNIQUE, concurrency=16)
        return Sides(
            connection=connection,
            store=Store(
                check=check,
                orders=self.store,
                refunds=self.refunds,
                marks=self.marks,
                products=self.products or Missing(sentence="It takes no products."),
            ),
            host=Host(
                check=check,
                orders=cast("Sink[SalesDocument]", self.erp),
                refunds=self.credits if self.takes_refunds else Missing(sentence="It takes no refunds."),
                document_status=self.statuses if self.tells_status else Missing(sentence="It does not tell."),
                items=self.items or Missing(sentence="It has no products."),
                debtors=self.debtors or Missing(sentence="It does not say."),
                rates=self.rates or Missing(sentence="It tells no rates."),
                fence=self.erp.fence,
            ),
            spec=spec,
            account="fake:erp",
            timing=self.timing,
            permits=self.permits,
        )

    async def opened(self) -> Sides:
        async with self.database.tenant(self.joined.tenant) as tx:
            found = await connections.one(tx, tenant=self.joined.tenant, connection=self.joined.connection)
        assert found is not None
        return await self.sides(found)

    def worker(self, name: str = "one", *, slots: int = 40) -> Drain:
        engine = flows.engine(self.database, VAULT, lambda: datetime.now(UTC))
        return Drain(
            database=self.database,
            hinting=Hinting(
                database=self.database,
                vault=VAULT,
                stores=self.stores,
                app_event=self.app_event,
                app_topics=self.app_topics,
            ),
            running=Running(
                database=self.database,
                engine=engine,
                timing=self.timing,
                worker=name,
                slots=slots,
                now=lambda: datetime.now(UTC),
                luck=random.Random(1),
            ),
            marking=Marking(database=self.database, vault=VAULT),
            open=self.sides,
            timing=self.timing,
        )

    # --- verbs -----------------------------------------------------------------------------------------------------

    def hurries(self) -> None:
        """Calls are given up soon from now on: one of them is not going to end."""
        soon = timedelta(seconds=1)
        self.timing = replace(self.timing, deadline=soon, mark_deadline=soon)

    async def drain(self, worker: Drain | None = None) -> bool:
        return await (worker or self.worker()).drain(self.joined.tenant, self.joined.shop)

    async def hear(
        self,
        key: str = "1001",
        *,
        version: datetime | None = None,
        fingerprint: bytes | None = None,
        kind: str = "order",
        parent: str | None = None,
    ) -> demand.Wanted:
        """An event about an order, or another kind of record."""
        hint = Hint(
            flow=Flow.ORDERS, key=StoreKey(key), version=version, fingerprint=fingerprint, parent=parent
        )
        async with self.database.tenant(self.joined.tenant) as tx:
            return await demand.want(
                tx,
                tenant=self.joined.tenant,
                connection=self.joined.connection,
                shop=self.joined.shop,
                kind=kind,
                hints=[hint],
                echo_within=timedelta(seconds=120),
            )

    async def placed(self, made: Order | None = None, *, runs: bool = True) -> Order:
        """An order that was placed, heard of and, unless told otherwise, run once."""
        placed = self.store.place(made or order())
        await self.hear(placed.key, version=placed.updated_at)
        if runs:
            await self.drain()
        return placed

    async def ask(self, key: str = "1001") -> int:
        """A person presses the button."""
        record = await self.record(key)
        async with self.database.tenant(self.joined.tenant) as tx:
            return await demand.ask(tx, tenant=self.joined.tenant, records=[record["id"]])

    async def claim(self, worker: str = "one", *, lease: float = 30, most: int = 10) -> list[Claim]:
        async with self.database.tenant(self.joined.tenant) as tx:
            return await records.claim(
                tx,
                tenant=self.joined.tenant,
                shop=self.joined.shop,
                worker=worker,
                lease=timedelta(seconds=lease),
                most=most,
                kinds=["order"],
            )

    async def time_passes(self, seconds: float) -> None:
        """Every instant that is kept moves into the past."""
        for table, columns in _INSTANTS.items():
            moved = ", ".join(f"{column} = {column} - make_interval(secs => $1)" for column in columns)
            await self.owner.execute(f"UPDATE {table} SET {moved}", seconds)

    async def publish(self, tables: dict[str, dict[str, str]]) -> int:
        async with self.database.tenant(self.joined.tenant) as tx:
            return await connections.publish(
                tx, tenant=self.joined.tenant, connection=self.joined.connection, tables=tables, by="test"
            )

    async def set(self, **columns: Any) -> None:
        """Changes the connection."""
        for name, value in columns.items():
            await self.owner.execute(f"UPDATE connection SET {name} = $1", value)

    # --- what is there ---------------------------------------------------------------------------------------------

    async def record(self, key: str = "1001") -> dict[str, Any]:
        row = await self.owner.fetchrow("SELECT * FROM record WHERE source_key = $1", key)
        assert row is not None, f"nobody has heard of {key}"
        return dict(row)

    async def state(self, key: str = "1001") -> tuple[str, str | None]:
        row = await self.record(key)
        return row["state"], row["reason_code"]

    async def effects(self, target: str = "host") -> dict[str, dict[str, Any]]:
        rows = await self.owner.fetch(
            "SELECT * FROM effect WHERE target = $1 AND record_id IS NOT NULL ORDER BY planned_at", target
        )
        return {row["key"]: dict(row) for row in rows}

    async def attempts(self) -> list[str]:
        """How every try ended, in order."""
        return [row["outcome"] for row in await self.owner.fetch("SELECT outcome FROM attempt ORDER BY id")]

    async def connection(self) -> dict[str, Any]:
        row = await self.owner.fetchrow("SELECT * FROM connection WHERE id = $1", self.joined.connection)
        assert row is not None
        return dict(row)

    async def told_of(self, key: str = "1001") -> Sequence[str]:
        """The kinds of the record's lines in the timeline."""
        record = await self.record(key)
        rows = await self.owner.fetch(
            "SELECT kind FROM timeline WHERE record_id = $1 ORDER BY id", record["id"]
        )
        return [row["kind"] for row in rows]

    async def payload(self, key: str = "order:1001/create") -> dict[str, Any]:
        packed = (await self.effects())[key]["payload"]
        opened = VAULT.unpack(packed, tenant=self.joined.tenant, purpose="effect")
        return cast("dict[str, Any]", orjson.loads(opened))


_EMPTIED = (
    "reconciliation, notification, alert_cause, alert_template, alert_recipient, alert_setting, order_hour, product_cache,"
    " what_if_line, attempt, effect, timeline, demand_line, person_lease, unmapped, table_feed, rate_source, rate, answer,"
    " record, cursor, stock_line, price_line, stock_bulk, run, stock_reading,"
    " stock_setting, schedule, price_reading, price_setting, price_shown, price_variant,"
    " stock_writer, stock_level, stock_item, store_location, host_state, connection, member, privacy_request,"
    " inbox_work, inbox_event, inbox_seen, audit_log, api_token, shop, tenant, worker_beat, worker_shard"
)


W = TypeVar("W", bound=World)


@asynccontextmanager
async def new_world(database: Database, addresses: Addresses, **parts: Any) -> AsyncIterator[World]:
    """Leaves the database as empty as it found it. `owner`: the eye of a whole file, who knows all tables by then."""
    async with world_of(World, database, addresses, **parts) as made:
        yield made


@asynccontextmanager
async def world_of(
    kind: type[W],
    database: Database,
    addresses: Addresses,
    *,
    owner: asyncpg.Connection | None = None,
    **parts: Any,
) -> AsyncIterator[W]:
    """A world with more in it."""
    eye = owner or await asyncpg.connect(addresses.owner)
    try:
        yield kind(database=database, owner=eye, joined=await join(database), **parts)
    finally:
        await eye.execute("; ".join(f"DELETE FROM {table.strip()}" for table in _EMPTIED.split(",")))
        if owner is None:
            await eye.close()
