"""Previews on the whole product: exactly what is sent then, and the real ERP process counts not one write."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from app.errors import Refused
from app.models.connections import Connection
from app.operations import mappings, previews, tasks, what_ifs
from app.sync.rehearsal import Rehearsed
from tests.models.world import TABLES
from tests.patience import FAR
from tests.stores.rig import MemoryStoreUnderTest, memory_store, process
from tests.stores.test_engine import Ground, erp, ground, owner
from tests.stores.world import Joined

__all__ = ["erp", "ground", "owner"]


@pytest.fixture
def shop() -> Any:
    with process("memory_store") as address:
        yield memory_store(address)


async def drafted(world: Joined, **tables: dict[str, str]) -> Connection:
    found = await world.found()
    draft = await mappings.begin(world.core, found, by="test")
    await mappings.save(
        world.core, found, revision=draft.head.revision, tables={**TABLES, **tables}, by="test"
    )
    return found


async def previewed(world: Joined, key: str, which: str = "draft") -> Rehearsed:
    row = await world.row(key)
    assert row is not None
    made = await previews.preview(world.core, await world.found(), row["id"], which)
    assert made is not None
    return made


async def writes(world: Joined) -> int:
    """What the ERP itself has counted."""
    return int((await world.erp.ask("GET", "/control/state"))["writes"])


async def picture(world: Joined) -> list[Any]:
    tables = ("record", "effect", "attempt", "timeline", "run", "cursor", "mapping_version", "audit_log")
    return [await world.owner.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]


async def test_a_preview_shows_what_would_be_told_otherwise_and_writes_nothing(
    shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(shop) as world:
        (placed,) = await shop.place(1)
        await world.work_until(placed.key, "settled", reconcile=True)
        await drafted(world, payments={"*": "PREVIEWED"}, codes={"department": "D-7"})
        told, before = await writes(world), await picture(world)
        assert told > 0
        made, same = await previewed(world, placed.key), await previewed(world, placed.key, "current")
        assert {payment.method for payment in made.payments} == {"PREVIEWED"}
        assert made.differs
        assert all("D-7" in str(each.now) for each in made.differs)
        assert (same.action, same.differs) == ("nothing", ())
        assert {payment.method for payment in same.payments} == {"BANK"}
        assert (await writes(world), await picture(world)) == (told, before)
        await drafted(world, taxes={}, payments={"no-such-way": "X"})
        held = await previewed(world, placed.key)
        assert held.action == "hold"
        assert {each.code for each in (held.reason, *held.more) if each} >= {"mapping.payment_missing"}
        assert (await writes(world), held.whole) == (told, None)
        with pytest.raises(Refused, match=r"mapping\.unknown"):
            await previewed(world, placed.key, "99")


async def test_a_what_if_is_carried_by_the_worker_and_the_erp_counts_no_write(
    shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(shop) as world:
        placed = await shop.place(4)
        for order in placed:
            await world.work_until(order.key, "settled", reconcile=True)
        found = await drafted(world, payments={"*": "OTHER"})
        told = (await world.erp.ask("GET", "/control/state"))["by_verb"]
        run = await what_ifs.start(world.core, found, which="draft", orders=200, by="test")
        async with asyncio.timeout(FAR):
            while (await tasks.view(world.core, world.tenant, run)).ended_at is None:
                await world.work.tasks_due()
        assert (await world.erp.ask("GET", "/control/state"))["by_verb"] == told
        rows = await what_ifs.page(world.core, world.tenant, run, outcomes=(), after=0, most=50)
        assert {row.line.reference: row.line.outcome for row in rows} == {
            each.name: "changed" for each in placed
        }
        paths = {each.path for row in rows for each in row.differs}
        assert all(path.startswith("payments[") and path.endswith("].method") for path in paths)
        assert {(each.told, each.now) for row in rows for each in row.differs} == {("BANK", "OTHER")}


async def test_an_order_that_waits_is_sent_as_its_preview_said(
    shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(shop) as world:
        found = await drafted(world, payments={"no-such-way": "X"})
        draft = await mappings.named(world.core, found, "draft")
        await mappings.publish(world.core, found, revision=draft.head.revision, by="test")
        (placed,) = await shop.place(1)
        await world.work_until(placed.key, "held", reconcile=True)
        found = await drafted(world, payments={"*": "FIXED"}, codes={"department": "D-9"})
        told = await writes(world)
        made = await previewed(world, placed.key)
        assert (made.action, made.payload, await writes(world)) == ("send", made.whole, told)
        draft = await mappings.named(world.core, found, "draft")
        await mappings.publish(world.core, found, revision=draft.head.revision, by="test")
        row = await world.row(placed.key)
        assert row is not None
        await world.owner.execute(
            "UPDATE record SET wanted = wanted + 1, asked = true, due_at = now() WHERE id = $1", row["id"]
        )
        await world.work_until(placed.key, "settled", reconcile=False)
        sealed = await world.owner.fetchval(
            "SELECT payload FROM effect WHERE record_id = $1 AND key LIKE '%/create'", row["id"]
        )
        sent = orjson.loads(world.core.vault.unpack(sealed, tenant=world.tenant, purpose="effect"))
        assert sent == dict(made.whole or {})
        assert await writes(world) > told
