"""A shop that lets nobody in (frozen, locked, a dead token): every flow stands still with a banner and goes on by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from app.errors import AccessLost
from app.models import runs
from app.models.connections import Connection
from app.models.database import Database
from app.ports import Answer, Http, Request
from app.shopify.store import SHOPIFY
from app.sync import resuming
from app.sync.back_filling import BackFilling
from app.sync.flows import LISTENED
from app.sync.listening import Listening
from app.sync.order_turns import OrderTurns
from app.sync.prices import drift as price_drift
from app.sync.prices.flow import PriceFlow
from app.sync.reconcile import Reconcile
from app.sync.sides import Sides
from app.sync.stock import drift as stock_drift
from app.sync.stock.flow import StockFlow
from app.sync.tasks import Tasks
from app.sync.turns import Taker, Turns
from tests.conftest import Addresses
from tests.fakes.customers import FakeCustomers
from tests.fakes.items import FakeItems, product
from tests.fakes.prices import FakeErpPrices
from tests.fakes.shipments import FakeShipments, units
from tests.fakes.stock import FakeErpStock
from tests.fakes.world import World, world_of
from tests.models.world import TABLES, VAULT
from tests.shopify.conftest import InstalledShop

LINE = {"sku": "SKU-0001", "quantity": 2, "price": "9.99"}
PAID = [{"kind": "SALE", "gateway": "shopify_payments"}]
CODES = {402: "shopify.shop_frozen", 423: "shopify.shop_locked", 401: "shopify.token_refused"}


@dataclass(kw_only=True)
class Gate:
    """Implements `Http` before the shop's own: while `status` is set that is all the Admin API says."""

    inner: Http
    status: int | None = None

    async def send(self, request: Request) -> Answer:
        if self.status is not None and "/admin/api/" in request.url:
            return Answer(status=self.status, headers={}, body=b'{"errors": "Unavailable Shop"}')
        return await self.inner.send(request)


@dataclass(kw_only=True)
class Resting(World):
    """Every flow of one connection, between the simulated shop and an ERP in memory."""

    shop: InstalledShop
    gate: Gate
    items: FakeItems = field(default_factory=FakeItems)
    out: FakeShipments = field(default_factory=FakeShipments)
    shelves: FakeErpStock = field(default_factory=FakeErpStock)
    asks: FakeErpPrices = field(default_factory=FakeErpPrices)
    books: FakeCustomers = field(default_factory=FakeCustomers)

    async def sides(self, connection: Connection) -> Sides:
        usual = await super().sides(connection)
        host = replace(
            usual.host, shipments=self.out, inventory=self.shelves, prices=self.asks, customers=self.books
        )
        return replace(usual, store=SHOPIFY.open(replace(self.shop.access, http=self.gate)), host=host)

    # --- the flows -------------------------------------------------------------------------------------------------

    def stock(self) -> StockFlow:
        return StockFlow(database=self.database, vault=VAULT, open=self.sides, worker="one")

    def prices(self) -> PriceFlow:
        return PriceFlow(database=self.database, vault=VAULT, open=self.sides, worker="one")

    async def turn(self, flow: str) -> None:
        """It is due, and a worker takes it."""
        await self.owner.execute("UPDATE schedule SET due_at = now() WHERE flow = $1", flow)
        reconcile = Reconcile(database=self.database, now=lambda: datetime.now(UTC))
        orders = OrderTurns(
            database=self.database, reconcile=reconcile, open=self.sides, poke=nobody, timing=self.timing
        )
        takers = {
            "orders": Taker(turn=orders.turn, writes=False),
            "inventory": Taker(turn=self.stock().turn, writes=True),
            "prices": Taker(turn=self.prices().turn, writes=True),
        }
        running = self.worker().running
        turns = Turns(
            database=self.database,
            takers={flow: takers[flow]},
            pause=running.pause,
            look_every=timedelta(seconds=0.05),
        )
        await turns.due()

    async def carried(self) -> None:
        running = self.worker().running
        await Tasks(
            database=self.database, carriers={"backfill": BackFilling(database=self.database)}, open=self.sides,
            poke=nobody, pause=running.pause, lease=timedelta(seconds=30),
        ).due()  # fmt: skip

    async def told(self, kind: str, key: str) -> None:
        await self.hear(key, kind=kind)
        await self.drain()

    # --- what is there ---------------------------------------------------------------------------------------------

    async def failed(self) -> dict[str, Any]:
        """Whatever says of itself that it failed, or waits for a person."""
        found: dict[str, Any] = {}
        for what, asked in {
            "records": "SELECT kind || ':' || coalesce(reason_code, '') FROM record WHERE state = 'held' OR attempts > 0",
            "runs": "SELECT flow || ':' || coalesce(code, '') FROM run WHERE state = 'failed'",
            "reports": "SELECT kind || ':' || coalesce(code, '') FROM reconciliation WHERE state = 'failed'",
            "levels": "SELECT sku FROM stock_line WHERE state = 'held'",
            "prices": "SELECT sku FROM price_line WHERE state = 'held'",
            "lines": "SELECT kind || ':' || coalesce(code, '') FROM timeline WHERE kind IN ('failed', 'held')",
        }.items():
            rows = [row[0] for row in await self.owner.fetch(asked)]
            found |= {what: rows} if rows else {}
        return found


async def nobody(tenant: UUID, shop: UUID) -> None:
    """Nobody is poked."""


@pytest.fixture
async def world(shop: InstalledShop, database: Database, addresses: Addresses) -> AsyncIterator[Resting]:
    async with world_of(Resting, database, addresses, shop=shop, gate=Gate(inner=shop.http)) as made:
        await made.publish({**TABLES, "products": {"*": "send"}, "locations": {"*": "WH"}})
        await made.set(flows=orjson.dumps({"customers": True}).decode())
        prepare = (await made.opened()).store.prepare
        assert prepare is not None
        await prepare()
        yield made


@dataclass(kw_only=True)
class Things:
    """What waits for each flow: an order with a refund, a customer, a product, a shipment, a price, a level."""

    order: str
    fresh: str
    refund: str
    customer: str


async def begun(world: Resting) -> Things:
    """A shop in step: one order is in the ERP, stock and prices were pushed once. Then something is new in every flow."""
    old, fresh = await world.shop.place(
        {"lines": [LINE], "transactions": PAID}, {"lines": [LINE], "transactions": PAID}
    )
    await world.told("order", str(old["legacy_id"]))
    assert await world.state(str(old["legacy_id"])) == ("settled", None)
    rows = (await world.shop.tell("GET", "/stock", location="Main warehouse"))["levels"]
    place = str(rows[0]["location_id"])
    world.shelves.free = {row["sku"]: row["available"] for row in rows}
    shown = (await world.shop.tell("GET", "/prices"))["prices"]
    world.asks.asks = {("", row["sku"]): Decimal(row["price"]) for row in shown}
    joined = world.joined
    settings = orjson.dumps({"warehouses": {place: ["WH"]}, "changed": 1}).decode()
    await world.stock().set_up(joined.tenant, joined.connection, settings)
    await world.prices().set_up(joined.tenant, joined.connection, '{"changed": 1}')
    for flow in (world.stock(), world.prices()):
        view = (
            await flow.plan_stock(joined.tenant, joined.connection, started_by="test")
            if isinstance(flow, StockFlow)
            else await flow.plan_prices(joined.tenant, joined.connection, started_by="test")
        )
        if view.needs_approval:
            await flow.approve(joined.tenant, view.id, by="me")
        await flow.push(joined.tenant, view.id)
    act = {"order": str(old["legacy_id"]), "act": "refund", "lines": [{"line": 0, "quantity": 1}]}
    await world.shop.tell("POST", "/acts", acts=[act])
    made = await world.shop.tell(
        "POST", "/customers", customers=[{"firstName": "Ada", "email": "ada@example.org"}]
    )
    orders = (await world.shop.tell("GET", "/orders"))["orders"]
    refund = next(o for o in orders if o["legacy_id"] == str(old["legacy_id"]))["refunds"][0]["legacy_id"]
    world.items.say(product())
    external = (await world.record(str(old["legacy_id"])))["external_id"]
    world.out.send("7", external, units("SKU-0001", 1))
    world.shelves.free["SKU-0002"] += 3
    asked = world.asks.asks["", "SKU-0002"]
    assert asked is not None
    world.asks.set("SKU-0002", f"{asked + 1}")
    return Things(
        order=str(old["legacy_id"]), fresh=str(fresh["legacy_id"]), refund=str(refund),
        customer=str(made["customers"][0]["number"]),
    )  # fmt: skip


def flows(world: Resting, things: Things) -> dict[str, Callable[[], Awaitable[object]]]:
    """One thing of each flow that comes to the shop's door."""
    about = {"tenant": world.joined.tenant, "connection": world.joined.connection, "by": "me"}

    async def by_hand(report: Callable[..., Awaitable[UUID]]) -> None:
        with pytest.raises(AccessLost):
            await report(world.database, world.sides, **about)
        await world.worker().running.pause(
            world.joined.tenant,
            world.joined.connection,
            AccessLost(CODES[world.gate.status or 402], "").reason,
        )

    async def noted() -> None:
        await world.owner.execute(
            "UPDATE record SET mark_due_at = now() WHERE kind = 'order' AND mark IS NOT NULL"
        )
        await world.drain()

    return {
        "orders": lambda: world.told("order", things.fresh),
        "refunds": lambda: world.told("refund", things.refund),
        "customers": lambda: world.told("customer", things.customer),
        "products": lambda: world.told("product", "G-1"),
        "shipments": lambda: world.told("shipment", "7"),
        "notes": noted,
        "stock": lambda: world.turn("inventory"),
        "prices": lambda: world.turn("prices"),
        "reconciliation": lambda: world.turn("orders"),
        "back-fill": world.carried,
        "drift of stock": lambda: by_hand(stock_drift.report),
        "drift of prices": lambda: by_hand(price_drift.report),
    }


async def backfill(world: Resting) -> UUID:
    run, now = uuid4(), datetime.now(UTC)
    async with world.database.tenant(world.joined.tenant) as tx:
        await runs.begin(
            tx, tenant=world.joined.tenant, run=run, connection=world.joined.connection, flow="orders",
            kind="backfill", started_by="me",
            request={"since": (now - timedelta(hours=24)).isoformat(), "until": now.isoformat()},
        )  # fmt: skip
    return run


@pytest.mark.parametrize("status", sorted(CODES))
async def test_every_flow_stands_still_with_a_banner_and_goes_on_with_nothing_marked_failed(
    world: Resting, status: int
) -> None:
    things = await begun(world)
    run = await backfill(world)
    world.gate.status = status
    for name, tries in flows(world, things).items():
        await tries()
        connection = await world.connection()
        assert (connection["state"], connection["paused_code"]) == ("paused", CODES[status]), name
        assert await world.failed() == {}, name
        await world.set(state="live")
    await world.owner.execute("UPDATE connection SET state = 'paused', paused_code = $1", CODES[status])
    with pytest.raises(AccessLost):
        await resuming.resume(world.database, await world.opened())
    world.gate.status = None
    assert await resuming.resume(world.database, await world.opened())
    await world.time_passes(120)
    for flow in ("inventory", "prices", "orders"):
        await world.turn(flow)
    for _ in range(4):
        await world.drain()
        await world.time_passes(60)
    rows = await world.owner.fetch("SELECT kind, source_key, state, reason_code FROM record")
    assert {(row["kind"], row["state"], row["reason_code"]) for row in rows} == {
        (kind, "settled", None) for kind in ("order", "refund", "customer", "product", "shipment")
    }
    assert await world.failed() == {}
    assert await world.owner.fetchval("SELECT state FROM run WHERE id = $1", run) == "running"
    levels = (await world.shop.tell("GET", "/stock", location="Main warehouse"))["levels"]
    assert {row["sku"]: row["available"] for row in levels}["SKU-0002"] == world.shelves.free["SKU-0002"]


async def test_a_turn_that_a_pause_broke_off_is_due_when_the_connection_goes_on(world: Resting) -> None:
    """By its own cadence it would come a day later."""
    await begun(world)
    await world.owner.execute("UPDATE schedule SET cadence = '0 0 * * *' WHERE flow = 'orders'")
    world.gate.status = 402
    await world.turn("orders")
    await world.set(state="live")
    due = await world.owner.fetchval("SELECT due_at <= now() FROM schedule WHERE flow = 'orders'")
    assert due
    assert await world.owner.fetchval("SELECT count(*) FROM cursor WHERE name LIKE 'compare%'") == 0


async def test_what_the_erp_lists_is_heard_while_the_shop_rests(world: Resting) -> None:
    """Listening asks the ERP alone; what it finds waits for the shop."""
    await begun(world)
    world.gate.status = 423
    raised, _ = await Listening(database=world.database, listened=LISTENED).run(await world.opened())
    assert raised
    await world.drain()
    assert await world.failed() == {}
