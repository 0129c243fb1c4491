"""Organisations with one of everything in them, and what can be seen of one from outside and in its rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
import pytest

from app.embedded import EmbeddedPostgres
from app.graphql.ids import Kind, gid
from app.models import connections, runs, what_if_lines
from app.models.connections import Connection
from app.models.what_if_lines import Line
from app.ports import Health, Lane, Meter, Store
from app.sync.sides import Sides
from app.wiring import CREDENTIALS, Core
from tests.conftest import Template, cloned
from tests.fakes.orders import order
from tests.fakes.prices import FakeErpPrices, FakeShopPrices
from tests.fakes.stock import FakeErpStock, FakeShopStock
from tests.fakes.store import FakeStore
from tests.graphql.conftest import Api, Tenant, serving
from tests.graphql.test_products import told
from tests.graphql.test_reconciliations import report
from tests.graphql.test_stock import begun, stocked
from tests.hosts.memory.rig import KEY, MemoryUnderTest, practising, running
from tests.models.world import TABLES, join

_VISITED = "used_at"
"""When a token came last, which is noted whatever came of it."""
_DENIED = "access.denied"


@dataclass(frozen=True, kw_only=True)
class FurnishedCore(Core):
    """Its connections open onto a shop in memory and the demo ERP, whose stock and prices are in memory too."""

    orders: FakeStore = field(default_factory=FakeStore)
    erp_stock: FakeErpStock = field(default_factory=FakeErpStock)
    shop_stock: FakeShopStock = field(default_factory=FakeShopStock)
    erp_prices: FakeErpPrices = field(default_factory=FakeErpPrices)
    shop_prices: FakeShopPrices = field(default_factory=FakeShopPrices)

    async def open_sides(self, connection: Connection) -> Sides:
        usual = await super().open_sides(connection)
        host = replace(usual.host, inventory=self.erp_stock, prices=self.erp_prices)
        return replace(usual, host=host)

    async def open_store(
        self, connection: Connection, *, meter: Meter | None = None, lane: Lane | None = None
    ) -> Store:
        async def check() -> Health:
            return Health(account="fake")

        return Store(check=check, orders=self.orders, stock=self.shop_stock, prices=self.shop_prices)


def core_with_sides(core: Core, room: str | None = None) -> FurnishedCore:
    """`room`: where practice connections keep their books."""
    core = replace(core, settings=replace(core.settings, practice_url=room, practice_secret=KEY))
    made = FurnishedCore(**{each.name: getattr(core, each.name) for each in fields(Core)})
    made.orders.place(order())
    for n in range(1, 6):
        sku = f"SKU-{n:04}"
        made.erp_stock.free[sku] = 10
        made.shop_stock.stock(sku, 8, item=str(n))
        made.erp_prices.set(sku, "40.00" if n == 1 else "12.00")
        made.shop_prices.offer(sku, "10.00", variant=f"{n:04}")
    return made


@dataclass(frozen=True, kw_only=True)
class Own:
    """An organisation and the global ids of what it has."""

    api: Api
    tenant: Tenant
    fields: Mapping[str, str]
    connection: str
    shop: str
    order: str
    run: str
    what_if: str
    report: str
    practised: list[str] = field(default_factory=list)

    async def did(self, document: str, **variables: Any) -> Any:
        """The one payload of a document that its owner sends; it must be done."""
        (payload,) = (await self.api.ask(document, token=self.tenant.session, **variables)).values()
        assert not payload["userErrors"], payload
        return payload

    async def sql(self, statement: str, *values: Any) -> None:
        """`$1` is the organisation."""
        await self.api.owner.execute(statement, self.tenant.joined.tenant, *values)

    async def marks(self) -> set[str]:
        """What no stranger may ever be shown: the ids in its rows, and its name, which its words bear."""
        joined = self.tenant.joined
        found = {str(joined.tenant), joined.tenant.hex[:8]}
        for table, columns in (await _tables(self.api)).items():
            if "id" in columns:
                sql = f"SELECT id::text FROM {table} WHERE tenant_id = $1"
                found |= {row["id"] for row in await self.api.owner.fetch(sql, joined.tenant)}
        return {mark for mark in found if len(mark) in {8, 36}}

    async def picture(self) -> dict[str, Any]:
        """Every row of every table, with the transaction that wrote it last."""
        tables = await _tables(self.api)
        parts = [
            f"SELECT '{table}' AS name, md5(coalesce(string_agg(r, '|' ORDER BY r), '')) AS sum FROM"
            f" (SELECT {_written(columns)} || (to_jsonb(t) - '{_VISITED}')::text AS r FROM {table} t"
            f" WHERE tenant_id = $1 {_counted(table)}) s"
            for table, columns in tables.items()
        ]
        rows = await self.api.owner.fetch(" UNION ALL ".join(parts), self.tenant.joined.tenant)
        return {row["name"]: row["sum"] for row in rows}


def _written(columns: list[str]) -> str:
    return "''" if _VISITED in columns else "t.xmin::text"


def _counted(table: str) -> str:
    return f"AND action <> '{_DENIED}'" if table == "audit_log" else ""


async def _tables(api: Api) -> dict[str, list[str]]:
    """Every table with a tenant, by name, with its columns."""
    rows = await api.owner.fetch(
        "SELECT c.relname AS name, array_agg(a.attname::text) AS columns FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"
        " GROUP BY 1 HAVING 'tenant_id' = ANY (array_agg(a.attname::text)) ORDER BY 1"
    )
    return {row["name"]: row["columns"] for row in rows}


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "erp.sqlite", items="any") as under:
        yield under


@pytest.fixture(scope="module")
async def api(
    postgres: EmbeddedPostgres, template: Template, valkey_url: str, erp: MemoryUnderTest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Api]:  # fmt: skip
    """One application for a whole file: each of its tests furnishes an organisation of its own."""
    with practising(tmp_path_factory.mktemp("practice")) as room:
        endpoints = frozenset({erp.endpoint, urlsplit(room).netloc})
        dressed = partial(core_with_sides, room=room)
        async with (
            cloned(postgres, template) as addresses,
            serving(addresses, valkey_url, dressed, endpoints=endpoints) as made,
        ):
            yield made


@pytest.fixture
async def own(api: Api, erp: MemoryUnderTest) -> Own:
    return await furnish(api, erp.credentials)


async def furnish(api: Api, credentials: Mapping[str, str]) -> Own:
    """A new organisation with a shop, a live connection to the demo ERP, and one of everything."""
    joined = await join(api.core.database)
    tenant = Tenant(joined=joined, core=api.mine.core)
    mark = joined.tenant.hex[:8]
    sealed = api.core.vault.seal(orjson.dumps(dict(credentials)), tenant=joined.tenant, purpose=CREDENTIALS)
    tables = {**TABLES, "payments": {"*": "BANK", f"pay {mark}": "BANK"}}
    what_if = uuid4()
    await api.owner.execute(
        "UPDATE connection SET sealed_credentials = $2, name = $3 WHERE id = $1",
        joined.connection, sealed, f"Books {mark}",
    )  # fmt: skip
    held = {"state": "held", "code": "mapping.payment_missing", "verdict": "needs_mapping"}
    records = await api.orders(
        2, of=tenant, sentence=f"“Barter {mark}” is not mapped.", numbers=f"SO-{mark}-", **held
    )
    await api.owner.execute(
        "INSERT INTO unmapped (tenant_id, connection_id, record_id, table_name, key, value, code)"
        " VALUES ($1, $2, $3, 'payments', 'barter', 'Barter', 'mapping.payment_missing')",
        joined.tenant, joined.connection, records[0],
    )  # fmt: skip
    at = {"tenant": joined.tenant, "connection": joined.connection}
    async with api.core.database.tenant(joined.tenant) as tx:
        await connections.publish(tx, **at, tables=tables, by="test")
        await runs.begin(tx, **at, run=what_if, flow="orders", kind="what_if", started_by=f"staff:{mark}")
        line = {
            "record": records[0],
            "reference": f"#{mark}",
            "outcome": "same",
            "code": None,
            "sealed": None,
        }
        await what_if_lines.add(tx, tenant=joined.tenant, run=what_if, lines=[Line(place=1, **line)])
    await api.owner.execute("UPDATE run SET state = 'done', ended_at = now() WHERE id = $1", what_if)
    await stocked(api, 2, of=tenant)
    await told(api, f"sku-{mark}", of=tenant)
    return Own(
        api=api,
        tenant=tenant,
        fields=credentials,
        connection=gid(Kind.CONNECTION, joined.connection),
        shop=gid(Kind.SHOP, joined.shop),
        order=gid(Kind.ORDER, records[0]),
        run=gid(Kind.RUN, await begun(api, tenant)),
        what_if=gid(Kind.RUN, what_if),
        report=await report(api, records, of=tenant),
    )
