"""What-if: it shows exactly the orders that then change when the draft is published, writes nothing, and survives its worker."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from app.domain.ids import StoreKey
from app.domain.order import Order
from app.domain.stock_plan import RunState
from app.errors import Reason, Rejected, Retry
from app.models import mapping_versions, runs
from app.sync.tasks import Tasks
from app.sync.what_if import PURPOSE, WhatIf
from tests.fakes.erp import Gate
from tests.fakes.orders import PLACED, line, order, paid, tax
from tests.fakes.world import World
from tests.models.world import TABLES, VAULT
from tests.patience import FAR

BEFORE = {**TABLES, "payments": {"card": "CARD", "bank": "BANK"}, "taxes": {"VAT": "V", "GST": "G"}}
AFTER = {
    **TABLES,
    "payments": {"card": "CARD", "paypal": "PP"},
    "taxes": {"VAT": "V", "GST": "G2"},
    "items": {"MUG": "CUP"},
}


async def unpoked(tenant: UUID, shop: UUID) -> None:
    """Nobody listens."""


async def unpaused(tenant: UUID, connection: UUID, reason: Reason) -> None:
    """A pause nobody looks at."""


def drawn(number: int) -> Order:
    """Any mixture of what the tables speak of; some were called off before anybody sent them."""
    luck = random.Random(number)
    made = order(
        key=StoreKey(str(number)),
        name=f"#{number}",
        lines=(line(luck.choice(["TEA", "MUG"]), "20.00", tax("4.00", title=luck.choice(["VAT", "GST"]))),),
        payments=(paid("24.00", key=f"t{number}", method=luck.choice(["card", "card", "paypal", "bank"])),),
    )
    return replace(made, cancelled_at=PLACED) if luck.random() < 0.1 else made


async def placed(world: World, count: int, *, first: int = 1001) -> list[str]:
    """Orders under the tables of before, run to their end."""
    keys = [str(number) for number in range(first, first + count)]
    for key in keys:
        world.store.place(drawn(int(key)))
        await world.hear(key)
    await drained(world)
    return keys


async def drained(world: World) -> None:
    while await world.drain():
        pass


async def drafted(
    world: World, tables: dict[str, dict[str, str]] = AFTER, rules: dict[str, Any] | None = None
) -> UUID:
    """The draft's revision."""
    about = {"tenant": world.joined.tenant, "connection": world.joined.connection}
    async with world.database.tenant(world.joined.tenant) as tx:
        await mapping_versions.begin(tx, **about, by="me")
        draft = await mapping_versions.one(tx, **about, number=mapping_versions.DRAFT)
        assert draft is not None
        made = await mapping_versions.save(
            tx,
            **about,
            revision=draft.head.revision,
            tables=tables,
            rules=rules or {},
            note="",
            based_on=None,
            by="me",
        )
    assert made is not None
    return made


async def begun(world: World, now: UUID, *, orders: int = 5000) -> UUID:
    run, tenant = uuid4(), world.joined.tenant
    async with world.database.tenant(tenant) as tx:
        was = await mapping_versions.published(tx, tenant=tenant, connection=world.joined.connection)
        assert was is not None
        await runs.begin(
            tx, tenant=tenant, run=run, connection=world.joined.connection, flow="orders", kind="what_if",
            started_by="me",
            request={"orders": str(orders), "was": str(was.head.revision), "now": str(now)},
        )  # fmt: skip
    return run


def tasks(world: World) -> Tasks:
    return Tasks(
        database=world.database,
        carriers={"what_if": WhatIf(database=world.database, vault=VAULT, now=lambda: datetime.now(UTC))},
        open=world.sides,
        poke=unpoked,
        pause=unpaused,
        lease=timedelta(seconds=30),
    )


async def asked(world: World, *, orders: int = 5000) -> UUID:
    run = await begun(world, await drafted(world), orders=orders)
    await tasks(world).due()
    return run


async def lines(world: World, run: UUID) -> list[dict[str, Any]]:
    """In the order of the list, opened."""
    rows = await world.owner.fetch("SELECT * FROM what_if_line WHERE run_id = $1 ORDER BY place", run)
    return [
        {
            **row,
            "told": orjson.loads(VAULT.unpack(row["sealed"], tenant=world.joined.tenant, purpose=PURPOSE)),
        }
        if row["sealed"]
        else dict(row)
        for row in rows
    ]


async def run_row(world: World, run: UUID) -> dict[str, Any]:
    found = await world.owner.fetchrow("SELECT * FROM run WHERE id = $1", run)
    assert found is not None
    return {**found, "counts": orjson.loads(found["counts"])}


async def became(world: World, keys: list[str]) -> dict[str, Any]:
    """What really became of each order: its state and reason, and every request that the ERP was sent about it."""
    of = {document.sink_key: document.external_id for document in world.erp.documents}
    sent: dict[str | None, list[Any]] = {}
    for step in world.erp.sent:
        payload = {name: value for name, value in step.payload.items() if name != "document"}
        whose = step.payload.get("external_id") or of[step.payload["document"]]  # type: ignore[index]
        sent.setdefault(str(whose), []).append((step.key, payload))
    found = {}
    for key in keys:
        state, code = await world.state(key)
        facts = (await world.record(key))["reason_facts"]
        (whose,) = [name for name in sent if name and name.endswith(f"-{key}")] or [None]
        assert (state == "settled") == bool(sent.get(whose)), key
        found[f"#{key}"] = (state, code, facts, sent.get(whose, []))
    return found


async def forgotten(world: World) -> None:
    """As if nothing had been heard or sent: what is done next is all done by the mapping of today."""
    for table in ("what_if_line", "attempt", "effect", "demand_line", "unmapped", "record"):
        await world.owner.execute(f"DELETE FROM {table}")
    world.erp.documents.clear()
    world.erp.references.clear()
    world.erp.sent.clear()


@pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.long)])
async def test_it_shows_exactly_the_orders_that_then_change_when_it_is_published(
    world: World, count: int
) -> None:
    await world.publish(BEFORE)
    keys = await placed(world, count)
    before = await became(world, keys)
    run = await asked(world)
    shown = {row["reference"]: row["outcome"] for row in await lines(world, run)}
    assert set(shown) == set(before)
    await forgotten(world)
    await world.publish(AFTER)
    for key in keys:
        await world.hear(key)
    await drained(world)
    after = await became(world, keys)
    assert {name for name in before if before[name] != after[name]} == {
        name for name, outcome in shown.items() if outcome != "same"
    }
    for name, outcome in shown.items():
        was_held, is_held = before[name][0] == "held", after[name][0] == "held"
        assert (outcome == "newly_held") == (is_held and not was_held), name
        assert (outcome == "no_longer_held") == (was_held and not is_held), name
    # Every kind was among them, so that none is judged by having none.
    assert {"same", "changed", "newly_held", "no_longer_held"} <= set(shown.values())


async def test_it_writes_to_neither_side_asks_the_erp_nothing_and_leaves_records_as_they_are(
    world: World,
) -> None:
    await world.publish(BEFORE)
    await placed(world, 25)

    async def picture() -> list[Any]:
        tables = ("record", "effect", "attempt", "demand_line", "unmapped", "mapping_version")
        rows = [await world.owner.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]
        return [rows, list(world.erp.sent), world.erp.looks, list(world.marks.calls)]

    await drafted(world)
    before = await picture()
    run = await begun(world, await drafted(world))
    before[0][5] = await world.owner.fetch("SELECT * FROM mapping_version ORDER BY 1, 2, 3")
    await tasks(world).due()
    assert await picture() == before
    found = await run_row(world, run)
    assert (found["state"], found["counts"]["found"], found["counts"]["read"]) == ("done", 25, 25)
    counted = Counter(row["outcome"] for row in await lines(world, run))
    assert counted == {
        name.removeprefix("orders_"): count
        for name, count in found["counts"].items()
        if name.startswith("orders_")
    }


async def test_a_line_says_why_and_which_fields(world: World) -> None:
    await world.publish(BEFORE)
    for key, changes in {
        "1001": {"payments": (paid("24.00", method="bank"),)},
        "1002": {"payments": (paid("24.00", method="paypal"),)},
        "1003": {"lines": (line("MUG", "20.00", tax("4.00")),), "payments": (paid("24.00"),)},
    }.items():
        await world.placed(order(key=StoreKey(key), name=f"#{key}", **changes))
    rows = {row["reference"]: row for row in await lines(world, await asked(world))}
    assert rows["#1001"]["outcome"] == "newly_held"
    assert rows["#1001"]["code"] == "mapping.payment_missing"
    assert rows["#1002"]["outcome"] == "no_longer_held"
    assert "paypal" in rows["#1002"]["told"]["reasons"][0]["sentence"]
    (differs,) = rows["#1003"]["told"]["differs"]
    assert (differs["told"], differs["now"]) == ("MUG", "CUP")
    assert differs["path"].startswith("document.lines")


async def test_an_order_that_the_erp_has_is_decided_as_if_it_came_in_now(world: World) -> None:
    await world.placed(order(lines=(line("TEA", "20.00", tax("4.00")),)))
    await world.placed(order(key=StoreKey("1002"), name="#1002", lines=(line("TEA", "90.00", tax("18.00")),)))
    dear = {"tests": [{"field": "order.total", "operator": "above", "values": ["100"]}]}
    gate = {"id": "dear", "when": dear, "do": "hold", "sentence": "Somebody looks at dear orders."}
    run = await begun(world, await drafted(world, TABLES, {"gates": [gate]}))
    await tasks(world).due()
    found = {row["reference"]: (row["outcome"], row["code"]) for row in await lines(world, run)}
    assert found == {"#1001": ("same", None), "#1002": ("newly_held", "order.held_by_rule")}
    assert (await world.state("1002"))[0] == "settled"


async def test_the_last_orders_are_looked_at_and_no_others(world: World) -> None:
    await placed(world, 7)
    reads = len(world.store.reads)
    found = await lines(world, await asked(world, orders=3))
    assert [(row["place"], row["reference"]) for row in found] == [(1, "#1007"), (2, "#1006"), (3, "#1005")]
    assert sorted(world.store.reads[reads:]) == ["1005", "1006", "1007"]


async def test_whoever_takes_over_goes_on_behind_the_last_page(world: World) -> None:
    await placed(world, 45)
    run = await begun(world, await drafted(world))
    reads = len(world.store.reads)
    for _ in range(20):
        world.store.gates.append(_open())
    gate = world.store.stands_still()
    first = asyncio.create_task(tasks(world).due())
    async with asyncio.timeout(FAR):
        await gate.reached.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert len(await lines(world, run)) == 20
    done = set(world.store.reads[reads : reads + 20])
    again = len(world.store.reads)
    await tasks(world).due()
    assert done.isdisjoint(world.store.reads[again:])
    found = await lines(world, run)
    assert [row["place"] for row in found] == list(range(1, 46))
    assert len({row["record_id"] for row in found}) == 45
    counts = (await run_row(world, run))["counts"]
    assert sum(count for name, count in counts.items() if name.startswith("orders_")) == counts["read"] == 45


def _open() -> Gate:
    gate = Gate()
    gate.opens.set()
    return gate


async def test_who_lost_the_run_adds_no_row(world: World) -> None:
    await placed(world, 25)
    run = await begun(world, await drafted(world))
    gate = world.store.stands_still()
    slow = asyncio.create_task(tasks(world).due())
    async with asyncio.timeout(FAR):
        await gate.reached.wait()
    await world.owner.execute("UPDATE run SET lease_until = '-infinity' WHERE id = $1", run)
    await tasks(world).due()
    gate.opens.set()
    await slow
    assert [row["place"] for row in await lines(world, run)] == list(range(1, 26))
    assert (await run_row(world, run))["state"] == "done"


async def test_a_run_that_is_stopped_looks_no_further(world: World) -> None:
    await placed(world, 25)
    run = await begun(world, await drafted(world))
    gate = world.store.stands_still()
    going = asyncio.create_task(tasks(world).due())
    async with asyncio.timeout(FAR):
        await gate.reached.wait()
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await runs.end(tx, tenant=world.joined.tenant, run=run, state=RunState.STOPPED)
    gate.opens.set()
    await going
    assert await lines(world, run) == []
    assert (await run_row(world, run))["state"] == "stopped"


async def test_an_order_that_can_not_be_read_is_told_as_such_and_the_others_are_looked_at(
    world: World,
) -> None:
    await placed(world, 3)
    world.store.delete("1002")
    world.store.fails(Rejected("order.unreadable", "The store shows this order in pieces."))
    found = await lines(world, await asked(world))
    assert Counter(row["outcome"] for row in found)["unreadable"] == 1
    assert {row["reference"]: row["outcome"] for row in found}["#1002"] in {"gone", "unreadable"}
    assert len(found) == 3


async def test_a_store_that_is_away_is_waited_for_but_not_for_one_order_for_ever(world: World) -> None:
    await placed(world, 3)
    run = await begun(world, await drafted(world))
    world.store.fails(Retry("store.busy", "Not now."))
    await tasks(world).due()
    assert (await run_row(world, run))["state"] == "running"
    assert await lines(world, run) == []
    await world.owner.execute(
        "UPDATE run SET lease_until = '-infinity', counts = counts || '{\"again\": 20}' WHERE id = $1", run
    )
    world.store.fails(Retry("store.busy", "Not now."))
    await tasks(world).due()
    outcomes = Counter(row["outcome"] for row in await lines(world, run))
    assert (outcomes["unreadable"], outcomes.total()) == (1, 3)
    assert (await run_row(world, run))["state"] == "done"


async def test_a_draft_that_is_changed_meanwhile_ends_it_and_one_that_is_published_does_not(
    world: World,
) -> None:
    await placed(world, 3)
    changed = await begun(world, await drafted(world))
    revision = await drafted(world)
    await tasks(world).due()
    found = await run_row(world, changed)
    assert (found["state"], found["code"]) == ("failed", "what_if.draft_changed")
    run = await begun(world, revision)
    about = {"tenant": world.joined.tenant, "connection": world.joined.connection}
    async with world.database.tenant(world.joined.tenant) as tx:
        await mapping_versions.promote(tx, **about, revision=revision, by="me")
    await tasks(world).due()
    assert (await run_row(world, run))["state"] == "done"
    assert len(await lines(world, run)) == 3
