"""What is known of a person goes to the ERP and, when Shopify says so, from every place we keep anything."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg
import orjson
import pytest
import redis.asyncio as redis

from app import logs
from app.domain.address import Address
from app.domain.customer import Buyer
from app.domain.document import SalesDocument
from app.domain.ids import StoreKey
from app.domain.order import LineKind, Order
from app.errors import Rejected
from app.hosts.memory.spec import MEMORY
from app.inbox import Inbox
from app.job_queue import JobQueue
from app.job_queue import connect as connect_queue
from app.models import shops
from app.models.connections import Connection
from app.models.database import Database
from app.ports import Sink
from app.shopify import privacy
from app.shopify.privacy import CUSTOMER_REDACT, DATA_REQUEST, SHOP_REDACT
from app.shopify.shop_rows import ShopRows
from app.shopify.webhooks import Webhooks, routes
from app.sync.sides import Sides
from tests.conftest import Addresses
from tests.fakes.customers import FakeCustomers
from tests.fakes.orders import line, order, tax
from tests.fakes.world import World
from tests.hosts.memory.rig import MemoryUnderTest, running, with_items
from tests.hosts.rig import StateInMemory, door
from tests.models.world import TABLES, VAULT, join
from tests.shopify.fakes import SECRET, browser, signature
from tests.shopify.test_install import Access

NAME, EMAIL, PHONE = "Zelda Quixote-Marlowe", "zelda.quixote@example.org", "+49 170 5558231"
STREET, CITY = "Rosenpfad 77b", "Kleinmachnow"
WORDS = (NAME, EMAIL, PHONE, STREET, CITY)
HOME = Address(name=NAME, street=STREET, city=CITY, postal_code="14532", country_code="DE", phone=PHONE)
ZELDA = Buyer(key=StoreKey("7777"), name=NAME, email=EMAIL, phone=PHONE)
CODES = {**TABLES, "payments": {"*": "bank"}, "special": {**TABLES["special"], "custom": "MUG"}}
PURPOSES = (
    "inbox",
    "effect",
    "attempt",
    "tokens",
    "credentials",
    "host_state",
    "alert_recipient",
    "notification",
    "alert_sender",
)


@dataclass(kw_only=True)
class Shop(World):
    """A world whose ERP is the demo ERP, whose door is the real webhook door, and whose pokes go through Valkey."""

    memory: MemoryUnderTest
    inbox: Inbox
    valkey: redis.Redis
    written: io.StringIO
    still: Access
    people: FakeCustomers = field(default_factory=lambda: FakeCustomers(first=7777))
    http: Any = None

    async def sides(self, connection: Connection) -> Sides:
        made = await super().sides(connection)
        if self.http is None:
            return made
        host = MEMORY.open(self.memory.credentials, self.http, StateInMemory())
        return replace(made, host=host, store=replace(made.store, customers=self.people))

    async def says(self, topic: str, body: dict[str, Any]) -> int:
        """A signed event comes in at the door."""
        raw = orjson.dumps(body)
        hooks = Webhooks(secrets=(SECRET.encode(),), intake=self.inbox, most_bytes=1_000_000)
        headers = {
            "x-shopify-topic": topic,
            "x-shopify-shop-domain": self.joined.domain,
            "x-shopify-webhook-id": f"{topic}-{len(raw)}-{id(body)}",
            "x-shopify-triggered-at": datetime.now(UTC).isoformat(),
            "x-shopify-hmac-sha256": signature(raw),
        }
        async with browser(routes(hooks)) as client:
            answer = await client.post("/webhooks/any", content=raw, headers=headers)
        await self.drain()
        return int(answer.status_code)

    async def found(self) -> dict[str, set[str]]:
        """Where each of the person's words occurs: tables as `table.column`, Valkey, the logs."""
        places: dict[str, set[str]] = {word: set() for word in WORDS}
        async for place, text in self._everything():
            for word in WORDS:
                if word.lower() in text.lower():
                    places[word].add(place)
        return places

    async def _everything(self) -> AsyncIterator[tuple[str, str]]:
        tables = await self.owner.fetch(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        )
        for table in tables:
            for row in await self.owner.fetch(f'SELECT * FROM "{table["relname"]}"'):
                for column, value in row.items():
                    yield f"{table['relname']}.{column}", self._readable(value)
        async for key in self.valkey.scan_iter():
            yield "valkey", key.decode(errors="replace")
            yield "valkey", repr(await self.valkey.dump(key))
        yield "logs", self.written.getvalue()

    def _readable(self, value: object) -> str:
        """What anyone with our keys can read in it."""
        if not isinstance(value, bytes):
            return str(value)
        texts = [value.decode("utf-8", "replace")]
        for purpose in PURPOSES:
            for opens in (VAULT.unpack, VAULT.open):
                with contextlib.suppress(Exception):
                    opened = opens(value, tenant=self.joined.tenant, purpose=purpose)
                    texts.append(opened.decode("utf-8", "replace"))
        return "\n".join(texts)


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(Path(tmp_path_factory.mktemp("erp")) / "erp.sqlite") as under:
        asyncio.run(with_items(under))
        yield under


@pytest.fixture
async def shop(
    database: Database, addresses: Addresses, memory: MemoryUnderTest, valkey_url: str
) -> AsyncIterator[Shop]:
    written = io.StringIO()
    logs.configure("debug", terminal=False, stream=written)
    owner, valkey = await asyncpg.connect(addresses.owner), redis.Redis.from_url(valkey_url)
    pool, queue = await asyncpg.create_pool(addresses.intake, min_size=1, max_size=2), None
    queue = JobQueue(connect_queue(valkey_url), shards=4)
    joined = await join(database)
    inbox = Inbox(
        pool, VAULT, wait=timedelta(seconds=20), poke=lambda tenant, domain: queue.poke(tenant, joined.shop)
    )
    inbox.start()
    rows, still = ShopRows(database=database, vault=VAULT), Access(works=False)

    async def acts(tenant: Any, shop: Any, domain: str, topic: str, body: bytes, at: datetime) -> None:
        await privacy.act(topic, body, triggered_at=at, data=rows, still_installed=still)

    async with door(memory) as http:
        made = Shop(
            database=database,
            owner=owner,
            joined=joined,
            memory=memory,
            inbox=inbox,
            valkey=valkey,
            written=written,
            still=still,
            http=http,
            app_event=acts,
            app_topics=privacy.TOPICS,
        )
        await made.publish(CODES)
        yield made
    await inbox.stop()
    await pool.close()
    await queue.aclose()
    await valkey.aclose()
    await owner.close()


def zeldas(number: str = "9001") -> Order:
    return order(
        key=StoreKey(number),
        name=f"#{number}",
        buyer=ZELDA,
        bill_to=HOME,
        ship_to=HOME,
        note=f"Ring {NAME} first",
        lines=(
            line("TEA", "20.00", tax("4.00")),
            line(None, "5.00", kind=LineKind.CUSTOM, title=f"Engraving for {NAME}"),
        ),
    )


def told(made: Order) -> dict[str, Any]:
    """The event's body as Shopify writes it, of the parts that name the person."""
    first, _, last = NAME.partition(" ")
    return {
        "id": int(made.key),
        "name": made.name,
        "email": EMAIL,
        "phone": PHONE,
        "updated_at": made.updated_at.isoformat(),
        "customer": {"id": 7777, "email": EMAIL, "first_name": first, "last_name": last},
        "shipping_address": {"name": NAME, "address1": STREET, "city": CITY, "phone": PHONE},
    }


def redaction(shop: Shop, *orders: str) -> dict[str, Any]:
    return {
        "shop_domain": shop.joined.domain,
        "customer": {"id": 7777, "email": EMAIL, "phone": PHONE},
        "orders_to_redact": [int(key) for key in orders],
    }


async def bought(shop: Shop, made: Order) -> Order:
    placed = shop.store.place(made)
    assert await shop.says("orders/create", told(placed)) == 200
    return placed


async def test_after_a_redaction_the_person_occurs_nowhere(shop: Shop) -> None:
    await bought(shop, zeldas())
    other = await bought(shop, order(key=StoreKey("9002"), name="#9002"))
    assert await shop.state("9001") == ("settled", None)
    before = await shop.found()
    assert all(before.values()), f"the control finds nothing: {before}"
    assert "effect.payload" in before[NAME]
    assert "inbox_event.body" in before[EMAIL]
    assert all("logs" not in places and "valkey" not in places for places in before.values())

    assert await shop.says(CUSTOMER_REDACT, redaction(shop, "9001")) == 200
    after = await shop.found()
    assert after == {word: set() for word in WORDS}
    # What was done and when stays, and so does everything of others.
    assert await shop.state("9001") == ("settled", None)
    assert "settled" in await shop.told_of("9001")
    kept = await shop.owner.fetchval(
        "SELECT count(*) FROM effect e JOIN record r ON r.id = e.record_id WHERE r.source_key = $1 AND payload IS NOT NULL",
        other.key,
    )
    assert kept == 0 if other.buyer.key == ZELDA.key else kept > 0


async def test_orders_that_the_request_does_not_name_are_found_by_the_person(shop: Shop) -> None:
    await bought(shop, zeldas("9003"))
    guest = replace(zeldas("9004"), buyer=replace(ZELDA, key=None))
    await bought(shop, guest)
    assert all((await shop.found()).values())
    await shop.says(CUSTOMER_REDACT, redaction(shop))
    assert await shop.found() == {word: set() for word in WORDS}


async def test_a_customer_who_is_kept_in_step_is_erased_from_the_record_and_what_was_sent(shop: Shop) -> None:
    await shop.set(flows=orjson.dumps({"customers": True}).decode())
    first, _, last = NAME.partition(" ")
    zelda = shop.people.born(first_name=first, last_name=last, email=EMAIL, phone=PHONE, addresses=(HOME,))
    event = told(zeldas()) | {
        "id": 7777,
        "first_name": first,
        "last_name": last,
        "addresses": [],
        "tax_exempt": False,
    }
    event |= {"updated_at": zelda.updated_at.isoformat()}
    assert await shop.says("customers/create", event) == 200
    assert await shop.state("7777") == ("settled", None)
    before = await shop.found()
    assert "effect.payload" in before[NAME]
    assert "inbox_event.body" in before[EMAIL]
    assert {place for places in before.values() for place in places} <= {
        "effect.payload",
        "attempt.evidence",
        "inbox_event.body",
    }
    asked = {
        "shop_domain": shop.joined.domain,
        "customer": {"id": 7777, "email": EMAIL},
        "data_request": {"id": 56},
    }
    await shop.says(DATA_REQUEST, asked | {"orders_requested": []})
    assert orjson.loads(await shop.owner.fetchval("SELECT result FROM privacy_request"))["orders"] == []
    assert await shop.says(CUSTOMER_REDACT, redaction(shop)) == 200
    assert await shop.found() == {word: set() for word in WORDS}
    row = await shop.record("7777")
    assert (row["told"], row["email_hash"], row["buyer_key"], row["fingerprint"]) == (None, None, None, None)


async def test_a_held_orders_reasons_name_nobody(shop: Shop) -> None:
    """Neither a reason of ours nor the ERP's own words, which may repeat what it was sent."""
    shop.http = None
    shop.erp.fails_to_look(
        Rejected("host.refused", f"The ERP refused this: {NAME}, {STREET} is blocked ({EMAIL}).")
    )
    await bought(shop, zeldas("9005"))
    assert await shop.state("9005") == ("held", "host.refused")
    row = await shop.record("9005")
    assert row["reason_sentence"].startswith("The ERP refused this: ")
    texts = repr((row, shop.marks.notes, [dict(r) for r in await shop.owner.fetch("SELECT * FROM timeline")]))
    assert not [word for word in WORDS if word in texts]


async def test_one_persons_redaction_leaves_anothers_request_to_be_acted_on(shop: Shop) -> None:
    """A request that could not be carried out yet is not erased by that of somebody else."""
    await bought(shop, zeldas("9006"))
    waiting = {
        "shop_domain": shop.joined.domain,
        "customer": {"id": 1, "email": "b@example.org"},
        "orders_to_redact": [1],
    }
    await shop.says(
        "orders/updated", {"id": 1, "updated_at": "2026-11-20T00:00:00Z", "email": "b@example.org"}
    )
    acts, calls = shop.app_event, []

    async def fails_once(*told: Any) -> None:
        calls.append(told)
        if len(calls) == 1:
            raise ConnectionError
        await acts(*told)

    shop.app_event = fails_once
    with pytest.raises(ConnectionError):
        await shop.says(CUSTOMER_REDACT, waiting)
    await shop.says(CUSTOMER_REDACT, redaction(shop, "9006"))
    await shop.time_passes(61)
    await shop.drain()
    assert len(calls) == 3
    assert await shop.owner.fetchval("SELECT count(*) FROM privacy_request") == 2
    assert await shop.owner.fetchval("SELECT count(*) FROM inbox_work") == 0


async def test_a_request_for_data_is_noted_by_number_and_orders_alone(shop: Shop) -> None:
    await bought(shop, zeldas("9007"))
    asked = {"shop_domain": shop.joined.domain, "customer": {"id": 7777, "email": EMAIL},
             "orders_requested": [9007], "data_request": {"id": 55}}  # fmt: skip
    await shop.says(DATA_REQUEST, asked)
    row = await shop.owner.fetchrow("SELECT topic, result FROM privacy_request")
    assert row is not None
    assert orjson.loads(row["result"]) == {"request": "55", "orders": ["9007"]}


async def test_a_shops_redaction_erases_everything_of_it_at_once(shop: Shop) -> None:
    await bought(shop, zeldas("9008"))
    bystander = await join(shop.database)
    await shop.owner.execute("UPDATE shop SET state = 'uninstalled' WHERE id = $1", shop.joined.shop)
    await shop.says(SHOP_REDACT, {"shop_domain": shop.joined.domain})
    assert await shop.found() == {word: set() for word in WORDS}
    for table in ("record", "effect", "attempt", "timeline", "inbox_event", "inbox_work", "mapping_version"):
        left = await shop.owner.fetchval(
            f"SELECT count(*) FROM {table} WHERE tenant_id = $1", shop.joined.tenant
        )
        assert (table, left) == (table, 0)
    assert await shops.locate(shop.database, shop.joined.domain) is None
    assert await shops.locate(shop.database, bystander.domain) == (bystander.tenant, bystander.shop)


async def test_a_shop_that_is_installed_again_keeps_what_it_has(shop: Shop) -> None:
    await bought(shop, zeldas("9009"))
    shop.still.works = True
    await shop.says(SHOP_REDACT, {"shop_domain": shop.joined.domain})
    assert await shop.state("9009") == ("settled", None)
    assert all((await shop.found()).values())


async def test_the_erp_really_was_told_who_bought(shop: Shop) -> None:
    await bought(shop, zeldas("9010"))
    sides = await shop.opened()
    sink = cast("Sink[SalesDocument]", sides.host.orders)
    assert sink is not None
    rows = await shop.memory.ask("GET", "/v1/documents?external_id=order-goods-9010")
    assert NAME in orjson.dumps(rows).decode()
