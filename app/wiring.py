"""Opens what a process needs, in order, from its settings; closes it in reverse. Nobody else builds a client."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import asyncpg
import orjson

from app.crypto import Vault
from app.errors import AccessLost, Misconfigured
from app.inbox import Inbox
from app.job_queue import JobQueue
from app.job_queue import connect as connect_queue
from app.limits import AccountPaces, AccountPermits, Buckets, Metered, Requests, Shared
from app.limits import connect as connect_limits
from app.models import entered_shops, shops
from app.models.addresses import place
from app.models.alert_signs import ConnectionSign
from app.models.connections import Connection
from app.models.database import Database
from app.models.host_state import StateRows
from app.models.workers import Leases
from app.outbound import Outbound, mailer, open_http
from app.ports import BulkFrom, Lane, Lapse, Limiter, Meter, Paces, Permits, Store, StoreAccess, StoreSpec
from app.registry import HOSTS, STORES
from app.settings import Settings
from app.shopify import install, privacy
from app.shopify.client import Client
from app.shopify.documents import COSTS
from app.shopify.install import APP_TOPICS, Installer
from app.shopify.oauth import TokenEndpoint
from app.shopify.shop_rows import ShopRows
from app.shopify.store import ADDRESS, PAD
from app.shopify.store import client as shop_client
from app.shopify.tokens import ShopTokens
from app.sync import flows
from app.sync.alerts.turns import AlertTurns
from app.sync.clockwork import Clockwork
from app.sync.drain import Drain
from app.sync.hinting import Hinting
from app.sync.listening import Listening
from app.sync.marking import Marking
from app.sync.prices.flow import PriceFlow
from app.sync.running import Running
from app.sync.sides import OpenedHost, Sides, open_host
from app.sync.stock.flow import StockFlow
from app.sync.work import ShopWork

CREDENTIALS = "credentials"
_MOST_OPEN = 2_000


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Core:
    """What every process has: the database, the vault, the doors outward, and the shops' rows."""

    settings: Settings
    database: Database
    vault: Vault
    erp_http: Outbound
    store_http: Outbound
    queue: JobQueue
    limiter: Callable[[str], Limiter]
    permits: Permits
    paces: Paces
    requests: Requests
    rows: ShopRows
    installer: Installer
    stores: Mapping[str, StoreSpec]
    alarm: Callable[[str], None] = lambda name: None
    live: list[int] = field(default_factory=lambda: [0])
    _tokens: dict[str, ShopTokens] = field(default_factory=dict)
    _hosts: dict[tuple[UUID, bytes], OpenedHost] = field(default_factory=dict)
    _kept: dict[str, dict[str, object]] = field(default_factory=dict)

    def tokens(self, shop: str) -> ShopTokens:
        """One provider per shop and process: it remembers the pair it read last."""
        if shop not in self._tokens:
            if len(self._tokens) > _MOST_OPEN:
                self._tokens.clear()
            self._tokens[shop] = ShopTokens(shop=shop, vault=self.rows, renewal=self.installer.endpoint)
        return self._tokens[shop]

    def access(self, shop: str, *, meter: Meter | None = None, lane: Lane | None = None) -> StoreAccess:
        """`meter` counts what is spent; with a `lane` everything goes in that one."""
        if len(self._kept) > _MOST_OPEN:
            self._kept.clear()
        settings = {
            ADDRESS: self.settings.shopify_address,
            PAD: str(self.settings.timing.reconcile_pad.total_seconds()),
        }
        return StoreAccess(
            shop=shop,
            http=self.store_http,
            tokens=self.tokens(shop),
            limiter=Metered(inner=self.limiter(shop), meter=meter or Meter(), lane=lane),
            settings=settings,
            kept=self._kept.setdefault(shop, {}),
            alarm=self.alarm,
        )

    def client(self, shop: str) -> Client:
        return shop_client(self.access(shop))

    async def open_sides(self, connection: Connection) -> Sides:
        """Both sides of a connection. Raises Misconfigured for an ERP this server does not know."""
        spec = HOSTS.get(connection.host)
        if spec is None:
            raise Misconfigured("host.unknown", f"This server has no ERP called “{connection.host}”.")
        credentials = self.credentials(connection)
        key = (connection.id, hashlib.sha256(connection.sealed_credentials).digest())
        if key not in self._hosts:
            state = StateRows(
                database=self.database, vault=self.vault, tenant=connection.tenant, connection=connection.id
            )
            opened = await open_host(spec, credentials, self.erp_http, state, self.paces)
            if len(self._hosts) > _MOST_OPEN:
                self._hosts.clear()
            self._hosts.setdefault(key, opened)
        erp = self._hosts[key]
        meter = Meter()
        return Sides(
            connection=connection,
            store=await self.open_store(connection, meter=meter),
            low_store=await self.open_store(connection, meter=meter, lane=Lane.CATALOGUE),
            meter=meter,
            host=erp.host,
            spec=erp.spec,
            account=spec.shared_by(credentials),
            timing=self.settings.timing,
            permits=self.permits,
        )

    async def open_store(
        self, connection: Connection, *, meter: Meter | None = None, lane: Lane | None = None
    ) -> Store:
        """Raises Misconfigured for a platform this server does not know, AccessLost for a shop nobody may enter."""
        spec = self.stores.get(connection.platform)
        if spec is None:
            raise Misconfigured("store.unknown", f"This server knows no “{connection.platform}” shops.")
        if not spec.form:
            return spec.open(self.access(connection.domain, meter=meter, lane=lane))
        entered = await self.entered(connection.domain)
        if entered is None:
            raise AccessLost("access.not_entered", f"Enter the {spec.label} shop's credentials again.")
        return spec.open(self.entered_access(connection.domain, entered, meter=meter, lane=lane))

    def entered_access(
        self, domain: str, credentials: Mapping[str, str], *, meter: Meter | None = None, lane: Lane | None = None
    ) -> StoreAccess:  # fmt: skip
        """Its address was entered as well, so it is guarded as an ERP's is."""
        return StoreAccess(
            shop=domain,
            http=self.erp_http,
            limiter=Metered(inner=self.limiter(domain), meter=meter or Meter(), lane=lane),
            credentials=credentials,
            settings={PAD: str(self.settings.timing.reconcile_pad.total_seconds())},
        )

    async def entered(self, domain: str) -> Mapping[str, str] | None:
        return await entered_shops.credentials(self.database, self.vault, domain)

    def credentials(self, connection: Connection) -> Mapping[str, str]:
        opened = self.vault.open(connection.sealed_credentials, tenant=connection.tenant, purpose=CREDENTIALS)
        return cast("Mapping[str, str]", orjson.loads(opened))

    async def app_event(
        self, tenant: UUID, shop: UUID, domain: str, topic: str, body: bytes, at: datetime
    ) -> None:
        """Events about the install itself; each is checked against Shopify before anything is removed."""

        async def still(name: str) -> bool:
            return await install.still_installed(self.client(name))

        if topic == "app/uninstalled":
            await install.uninstalled(
                domain, body, triggered_at=at, installs=self.rows, still_installed=still
            )
        elif topic == "app/scopes_update":
            await install.scopes_updated(domain, self.client(domain), self.rows)
        else:
            await privacy.act(topic, body, triggered_at=at, data=self.rows, still_installed=still)

    def work(
        self, name: str, *, counted: Callable[[str, str], None] = lambda flow, outcome: None
    ) -> ShopWork:
        """The work of one worker process. `counted(flow, outcome)` is told how each run ended."""
        timing = self.settings.timing
        drains = Drain(
            database=self.database,
            hinting=Hinting(
                database=self.database,
                vault=self.vault,
                stores=self.stores,
                app_event=self.app_event,
                app_topics=APP_TOPICS | privacy.TOPICS,
                trust=timing.stock_trust,
            ),
            running=Running(
                database=self.database,
                engine=flows.engine(self.database, self.vault, utc_now),
                timing=timing,
                worker=name,
                slots=self.settings.worker_slots,
                now=utc_now,
                luck=random.Random(),
                counted=counted,
            ),
            marking=Marking(database=self.database, vault=self.vault),
            open=self.open_sides,
            timing=timing,
        )
        clock = Clockwork(
            database=self.database,
            open=self.open_sides,
            poke=self.queue.poke,
            pause=drains.running.pause,
            timing=timing,
        )
        return ShopWork(
            database=self.database,
            drains=drains,
            listening=Listening(database=self.database, listened=flows.LISTENED),
            open=self.open_sides,
            timing=self.settings.timing,
            turns=clock.turns(
                self.stock(name, counted=counted).turn, self.prices(name, counted=counted).turn
            ),
            tasks=clock.tasks(self.vault, self.stores),
            alerts=self.alerts(),
            poke=self.queue.poke,
            adopt_unowned=self.rows.adopt_unowned,
            keep_alive=lambda shop: self.tokens(shop).keep_alive(),
        )

    def stock(
        self, name: str, *, counted: Callable[[str, str], None] = lambda flow, outcome: None
    ) -> StockFlow:
        """The stock flow; `name` is who writes."""
        return StockFlow(
            database=self.database,
            vault=self.vault,
            open=self.open_sides,
            worker=name,
            turn_lease=self.settings.timing.stock_lease,
            counted=counted,
            bulk=BulkFrom(link=self.settings.bulk_link_from, load=self.settings.bulk_load_from),
        )

    def alerts(self) -> AlertTurns:
        """Looking at what is wrong and telling it; the page and the command line use its parts."""
        return AlertTurns.of(
            database=self.database,
            vault=self.vault,
            http=self.erp_http,
            mailer=mailer(self.settings.smtp),
            timing=self.settings.timing,
            lapses=self._lapses,
            link=lambda domain: f"https://{domain}/admin/apps/{self.settings.shopify_api_key}",
        )

    def _lapses(self, tenant: UUID, sign: ConnectionSign) -> Sequence[Lapse]:
        """What a connection's credentials say of their end; those of an ERP that is not known here say nothing."""
        spec = HOSTS.get(sign.host)
        if spec is None:
            return ()
        opened = self.vault.open(sign.sealed_credentials, tenant=tenant, purpose=CREDENTIALS)
        return spec.lapses(cast("Mapping[str, str]", orjson.loads(opened)))

    def prices(
        self, name: str, *, counted: Callable[[str, str], None] = lambda flow, outcome: None
    ) -> PriceFlow:
        """The prices flow; `name` is who writes."""
        return PriceFlow(
            database=self.database,
            vault=self.vault,
            open=self.open_sides,
            worker=name,
            turn_lease=self.settings.timing.stock_lease,
            counted=counted,
            bulk=BulkFrom(prices=self.settings.price_bulk_from),
        )

    def leases(self) -> Leases:
        return Leases(
            database=self.database, shards=self.settings.shards, lease=self.settings.timing.shard_lease
        )


def _nothing(_part: str) -> None:
    """For those who count nothing."""


@asynccontextmanager
async def open_core(
    settings: Settings,
    *,
    database_size: int = 20,
    away: Callable[[str], None] = _nothing,
    stores: Mapping[str, StoreSpec] = STORES,
) -> AsyncIterator[Core]:
    """Opens everything but the intake; raises Misconfigured when the database user could pass row-level security.

    `away` is told which part met a Redis that did not answer.
    """
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database_url, size=database_size)
        stack.push_async_callback(database.close)
        vault = Vault(settings.seal_keys)
        erp_http = await stack.enter_async_context(open_http(allowed=settings.allowed_private_endpoints))
        store_http = await stack.enter_async_context(open_http(trusted=True))
        live = [0]
        redis = connect_limits(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        shared = Shared(redis, live=lambda: live[0] or None, on_away=lambda: away("limits"))
        queue = JobQueue(
            connect_queue(settings.redis_url), shards=settings.shards, on_away=lambda: away("queue")
        )
        stack.push_async_callback(queue.aclose)
        buckets = Buckets(shared, expected=COSTS)
        rows = ShopRows(database=database, vault=vault)
        endpoint = TokenEndpoint(
            http=store_http,
            client_id=settings.shopify_api_key,
            client_secret=settings.shopify_api_secret,
            template=settings.shopify_address,
        )
        yield Core(
            settings=settings,
            database=database,
            vault=vault,
            erp_http=erp_http,
            store_http=store_http,
            queue=queue,
            limiter=buckets.shop,
            permits=AccountPermits(shared),
            paces=AccountPaces(shared),
            requests=Requests(shared, per_minute=settings.token_requests_per_minute),
            rows=rows,
            installer=Installer(endpoint=endpoint, installs=rows, scopes=settings.scopes),
            stores=stores,
            live=live,
        )


@asynccontextmanager
async def open_inbox(
    core: Core, *, batched: Callable[[int, float], None] = lambda rows, seconds: None
) -> AsyncIterator[Inbox]:
    """The intake, on connections of its own that may do nothing but store events."""
    # Nothing is ever set on these connections, so there is nothing to reset after each batch.
    pool = await asyncpg.create_pool(
        **place(core.settings.database_intake_url), min_size=2, max_size=4, reset=_nothing_to_reset
    )
    known: dict[tuple[UUID, str], UUID] = {}

    async def poke(tenant: UUID, domain: str) -> None:
        if (tenant, domain) not in known:
            where = await shops.locate(core.database, domain)
            if where is None:
                return
            if len(known) > 50_000:
                known.clear()
            known[tenant, domain] = where[1]
        await core.queue.poke(tenant, known[tenant, domain])

    inbox = Inbox(pool, core.vault, wait=core.settings.timing.intake_wait, poke=poke, batched=batched)
    inbox.start()
    try:
        yield inbox
    finally:
        await inbox.stop()
        await pool.close()


async def _nothing_to_reset(_connection: object) -> None:
    pass


def worker_name() -> str:
    """Unique per process and start."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
