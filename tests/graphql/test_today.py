"""The day on the first page: hours of orders, what was written and shipped, what is due next, and alarms that stand."""

from __future__ import annotations

from typing import Any

from app.models import connections, stock_settings
from tests.graphql.conftest import Api
from tests.graphql.test_stock import begun
from tests.models.world import TABLES

DAY = """{ overview { today { stockWritten shipments hours { at orders settled } }
    turns { connectionName flow nextAt endedAt running stopped } alarms { kind sentence connectionId } } }"""


async def seen(api: Api) -> Any:
    return (await api.ask(DAY))["overview"]


async def now(api: Api, ids: Any) -> None:
    """They came this hour."""
    await api.owner.execute("UPDATE record SET first_seen_at = now() WHERE id = ANY ($1::uuid[])", ids)


async def test_a_day_has_twenty_four_hours_with_what_came_and_what_the_erp_has(api: Api) -> None:
    settled = await api.orders(3)
    waiting = await api.orders(2, first=2001, state="waiting")
    old = await api.orders(2, first=3001)
    await api.orders(4, of=api.theirs)
    await now(api, [*settled, *waiting])
    await api.owner.execute(
        "UPDATE record SET first_seen_at = now() - interval '25 hours' WHERE id = ANY ($1::uuid[])", old
    )
    hours = (await seen(api))["today"]["hours"]
    assert len(hours) == 24
    assert [each["at"] for each in hours] == sorted(each["at"] for each in hours)
    assert (hours[-1]["orders"], hours[-1]["settled"]) == (5, 3)
    assert sum(each["orders"] for each in hours) == 5


async def test_practice_counts_for_nothing(api: Api) -> None:
    await now(api, await api.orders(3))
    await api.owner.execute("UPDATE connection SET practice = true WHERE id = $1", api.mine.joined.connection)
    today = (await seen(api))["today"]
    assert (sum(each["orders"] for each in today["hours"]), today["shipments"]) == (0, 0)


async def test_what_runs_wrote_and_what_was_shipped_is_counted(api: Api) -> None:
    run = await begun(api, api.mine, state="done")
    await api.owner.execute(
        "UPDATE run SET counts = '{\"done\": 7}', ended_at = now(), quiet = false WHERE id = $1", run
    )
    (shipment,) = await api.orders(1, first=9001)
    await api.owner.execute(
        "UPDATE record SET kind = 'shipment', first_seen_at = now() WHERE id = $1", shipment
    )
    today = (await seen(api))["today"]
    assert (today["stockWritten"], today["shipments"]) == (7, 1)


async def test_what_is_due_next_and_what_was_stopped_is_told(api: Api) -> None:
    joined = api.mine.joined
    await api.owner.execute(
        "INSERT INTO schedule (tenant_id, connection_id, flow, due_at, stopped_at, stopped_by)"
        " VALUES ($1, $2, 'inventory', now() + interval '5 minutes', now(), 'staff:1')"
        " ON CONFLICT (tenant_id, connection_id, flow) DO UPDATE SET stopped_at = now(), due_at = now()",
        joined.tenant,
        joined.connection,
    )
    turns = {each["flow"]: each for each in (await seen(api))["turns"]}
    assert turns["INVENTORY"]["stopped"]
    assert turns["INVENTORY"]["nextAt"]


async def test_alarms_that_stand_are_told_and_those_that_are_over_are_not(api: Api) -> None:
    for cause, kind, over in (("a", "silence", "NULL"), ("b", "critical", "now()"), ("c", "held", "NULL")):
        await api.owner.execute(
            "INSERT INTO alert_cause (tenant_id, cause, kind, connection_id, sentence, first_at, count, told_count, unsaid,"
            " recovery_owed, over_at)"
            f" VALUES ($1, $2, $3, $4, $5, now(), 1, 1, 0, false, {over})",
            api.mine.joined.tenant,
            cause,
            kind,
            api.mine.joined.connection,
            f"About {cause}.",
        )
    alarms = (await seen(api))["alarms"]
    assert [(each["kind"], each["sentence"]) for each in alarms] == [("SILENCE", "About a.")]


async def test_a_location_that_is_new_is_told_where_locations_are_named_one_by_one(api: Api) -> None:
    joined = api.mine.joined
    at: dict[str, Any] = {"tenant": joined.tenant, "connection": joined.connection}
    asked = "{ overview { newLocations { name } } }"
    await api.owner.execute(
        "INSERT INTO store_location (tenant_id, shop_id, location_key, name, active)"
        " VALUES ($1, $2, '7', 'Outlet', true), ($1, $2, '8', 'Closed', false), ($1, $2, '9', 'Main', true)",
        joined.tenant,
        joined.shop,
    )
    told = {}
    for name, table in {"none": {}, "default": {"*": "MAIN"}, "named": {"9": "MAIN"}}.items():
        async with api.core.database.tenant(joined.tenant) as tx:
            await connections.publish(tx, **at, tables={**TABLES, "locations": table}, by="test")
        told[name] = [each["name"] for each in (await api.ask(asked))["overview"]["newLocations"]]
    assert told == {"none": [], "default": [], "named": ["Outlet"]}


async def test_a_closed_location_is_told_while_stock_is_still_meant_for_it(api: Api) -> None:
    joined = api.mine.joined
    at: dict[str, Any] = {"tenant": joined.tenant, "connection": joined.connection}
    await api.owner.execute(
        "INSERT INTO store_location (tenant_id, shop_id, location_key, name, active)"
        " VALUES ($1, $2, '7', 'Outlet', false), ($1, $2, '8', 'Cellar', false), ($1, $2, '9', 'Main', true)",
        joined.tenant,
        joined.shop,
    )
    async with api.core.database.tenant(joined.tenant) as tx:
        tables = {**TABLES, "locations": {"8": "CELLAR", "9": "MAIN"}}
        await connections.publish(tx, **at, tables=tables, by="test")

    async def told(settings: str | None) -> list[str]:
        if settings is not None:
            async with api.core.database.tenant(joined.tenant) as tx:
                await stock_settings.save(tx, **at, settings=settings)
        asked = await api.ask("{ overview { closedLocations { connectionId name } } }")
        return [each["name"] for each in asked["overview"]["closedLocations"]]

    assert await told(None) == [], "no stock is carried"
    assert await told("{}") == ["Cellar"]
    assert await told('{"warehouses": {"7": ["OUT"], "9": ["MAIN"]}}') == ["Outlet"]
    await api.owner.execute("UPDATE store_location SET active = true WHERE tenant_id = $1", joined.tenant)
    assert await told(None) == []
