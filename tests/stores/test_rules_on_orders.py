"""A rule on the whole product: tried on a real order, then in force, and the real ERP's document says what was promised."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import Refused
from app.operations import mappings, rule_tries
from app.operations.rule_tries import Tried
from tests.stores.rig import MemoryStoreUnderTest, memory_store, process
from tests.stores.test_engine import Ground, erp, ground, owner
from tests.stores.test_previews import writes
from tests.stores.world import Joined

__all__ = ["erp", "ground", "owner"]

MEMO = {
    "id": "r1",
    "target": "memo",
    "start": {"text": "Web"},
    "steps": [
        {"do": "join", "parts": [{"field": "order.name"}], "separator": " "},
        {"do": "change", "how": "upcase"},
    ],
}
SKU = {"id": "r2", "target": "line.memo", "start": {"field": "line.sku"}}


@pytest.fixture
def shop() -> Any:
    with process("memory_store") as address:
        yield memory_store(address)


async def tried(world: Joined, key: str, rule: dict[str, Any]) -> Tried:
    row = await world.row(key)
    assert row is not None
    return await rule_tries.try_one(
        world.core, await world.found(), rule=rule, order=row["id"], which="current"
    )


async def in_force(world: Joined, *rules: dict[str, Any]) -> None:
    found = await world.found()
    draft = await mappings.begin(world.core, found, by="test")
    saved = await mappings.save(
        world.core, found, revision=draft.head.revision, rules={"fields": list(rules)}, by="test"
    )
    await mappings.publish(world.core, found, revision=saved.head.revision, by="test")


async def test_what_a_rule_gives_when_it_is_tried_is_what_the_erp_gets_when_it_is_in_force(
    shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(shop) as world:
        (first,) = await shop.place(1)
        await world.work_until(first.key, "settled", reconcile=True)
        before = await writes(world)
        memo, sku = await tried(world, first.key, MEMO), await tried(world, first.key, SKU)
        assert [(each.line, each.text) for each in memo.given] == [(None, f"WEB {memo.order}".upper())]
        assert all(each.text and each.line for each in sku.given)
        assert await writes(world) == before
        await in_force(world, MEMO, SKU)
        (second,) = await shop.place(1)
        await world.work_until(second.key, "settled", reconcile=True)
        promised = await tried(world, second.key, MEMO)
        documents = (await world.erp.ask("GET", "/v1/documents"))["documents"]
        newest = max(documents, key=lambda each: each["id"])
        assert newest["codes"]["memo"] == promised.given[0].text
        assert {line["codes"]["line.memo"] for line in newest["lines"] if line["kind"] == "item"} == {
            each.text for each in (await tried(world, second.key, SKU)).given
        }


async def test_a_rule_that_would_hold_an_order_says_so_when_it_is_tried(
    shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(shop) as world:
        (placed,) = await shop.place(1)
        await world.work_until(placed.key, "settled", reconcile=True)
        made = await tried(world, placed.key, {**MEMO, "target": "priority"})
        (given,) = made.given
        assert given.reason is not None
        assert (given.text, given.reason.code) == (None, "rule.wrong_type")
        with pytest.raises(Refused):
            await rule_tries.try_one(world.core, await world.found(), rule=MEMO, order=None, which="99")


async def test_what_an_order_holds_is_shown_as_rules_read_it(
    shop: MemoryStoreUnderTest, ground: Ground
) -> None:
    async with ground.joined(shop) as world:
        (placed,) = await shop.place(1)
        await world.work_until(placed.key, "settled", reconcile=True)
        before, row = await writes(world), await world.row(placed.key)
        assert row is not None
        found = await rule_tries.values(world.core, await world.found(), row["id"])
        assert found is not None
        sku = await tried(world, placed.key, SKU)
        assert [(title, values["line.sku"]) for title, values in found.lines] == [
            (given.line, given.text) for given in sku.given
        ]
        memo = await tried(
            world, placed.key, {"id": "r", "target": "memo", "start": {"field": "order.total"}}
        )
        assert found.whole["order.total"] == memo.given[0].text
        assert found.whole["order.name"] == found.order
        assert "" not in found.whole.values()
        assert await writes(world) == before
        assert await rule_tries.values(world.core, await world.found(), world.connection) is None
