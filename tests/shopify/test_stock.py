"""Our stock adapter against the simulated shop: items with levels, 250 set in a call, stale, refused, and the same key."""

from __future__ import annotations

import uuid
from typing import Any

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, LevelKey, LevelWrite, StockMode
from app.ports import StockStore
from tests.shopify.conftest import InstalledShop


def stock(shop: InstalledShop) -> StockStore:
    found = shop.store.stock
    assert hasattr(found, "write")
    return found


async def everything(shop: InstalledShop) -> list[ItemSeen]:
    return [item async for page in stock(shop).items(None) for item in page.items]


async def levels(shop: InstalledShop) -> list[dict[str, Any]]:
    return list((await shop.tell("GET", "/stock"))["levels"])


def key(row: dict[str, Any]) -> LevelKey:
    return LevelKey(item=StoreKey(str(row["item"])), location=StoreKey(str(row["location_id"])))


async def write(shop: InstalledShop, *writes: LevelWrite, name: str | None = None) -> Any:
    payload = stock(shop).payload(writes, mode=StockMode.AVAILABLE, reference="r1")
    return await stock(shop).write(name or str(uuid.uuid4()), payload)


async def shown(shop: InstalledShop, level: LevelKey) -> int:
    return next(row["available"] for row in await levels(shop) if key(row) == level)


async def test_every_item_is_read_with_its_sku_and_all_its_levels(shop: InstalledShop) -> None:
    await shop.tell("POST", "/stock", levels=600, seed=3)
    found, rows = await everything(shop), await levels(shop)
    assert {level.key: level.available for item in found for level in item.levels} == {
        key(row): row["available"] for row in rows
    }
    assert {item.key: item.sku for item in found} == {str(row["item"]): row["sku"] for row in rows}
    assert {(lane.value) for name, lane in shop.pace.taken if name == "stock_items"} == {"catalogue"}


async def test_locations_are_listed_with_their_names(shop: InstalledShop) -> None:
    found = await stock(shop).locations()
    assert {place.name for place in found} == {"Main warehouse", "Store Hamburg"}


async def test_levels_are_read_again_by_their_keys(shop: InstalledShop) -> None:
    await shop.tell("POST", "/stock", levels=300, seed=3)
    rows = await levels(shop)
    found = await stock(shop).levels([key(row) for row in rows])
    assert {level.key: level.available for level in found} == {key(row): row["available"] for row in rows}
    missing = LevelKey(item=StoreKey("999999"), location=key(rows[0]).location)
    assert await stock(shop).levels([missing]) == ()


async def test_two_hundred_and_fifty_levels_are_one_call(shop: InstalledShop) -> None:
    await shop.tell("POST", "/stock", levels=250, seed=3)
    rows = (await levels(shop))[-250:]
    done = await write(
        shop, *(LevelWrite(key=key(r), new=r["available"] + 1, old=r["available"]) for r in rows)
    )
    assert done.done
    assert shop.pace.settled[-1]["requested"] == 10
    after = {key(row): row["available"] for row in await levels(shop)}
    assert all(after[key(row)] == row["available"] + 1 for row in rows)


async def test_the_same_call_under_the_same_key_counts_once(shop: InstalledShop) -> None:
    row = (await levels(shop))[0]
    one, name = LevelWrite(key=key(row), new=500, old=row["available"]), str(uuid.uuid4())
    assert (await write(shop, one, name=name)).done
    await shop.tell(
        "PATCH", "/stock", levels=[{"sku": row["sku"], "location": row["location"], "available": 3}]
    )
    assert (await write(shop, one, name=name)).done
    assert await shown(shop, key(row)) == 3


async def test_a_level_that_moved_is_named_as_stale_and_nothing_of_the_call_is_written(
    shop: InstalledShop,
) -> None:
    first, second = (await levels(shop))[:2]
    answer = await write(
        shop,
        LevelWrite(key=key(first), new=500, old=first["available"] + 1),
        LevelWrite(key=key(second), new=500, old=second["available"]),
    )
    assert not answer.done
    assert answer.stale == {key(first)}
    assert await shown(shop, key(second)) == second["available"]


async def test_a_refused_item_is_named_where_shopify_names_it(shop: InstalledShop) -> None:
    first, second = (await levels(shop))[:2]
    await shop.tell("POST", "/stock/poison", skus=[first["sku"]])
    writes = [LevelWrite(key=key(row), new=500, old=row["available"]) for row in (first, second)]
    answer = await write(shop, *writes)
    assert answer.refused
    assert answer.refused[key(first)].code == "shopify.stock_refused"
    assert answer.bad is None
    await shop.tell("POST", "/stock/poison", skus=[first["sku"]], nameless=True)
    nameless = await write(shop, *writes)
    assert nameless.bad is not None
    assert not nameless.refused


async def test_a_key_that_failed_once_is_used_up(shop: InstalledShop) -> None:
    row = (await levels(shop))[0]
    name = str(uuid.uuid4())
    wrong = LevelWrite(key=key(row), new=500, old=row["available"] + 1)
    assert (await write(shop, wrong, name=name)).stale
    again = await write(shop, wrong, name=name)
    assert (again.again, again.anew) == (True, True)


async def test_no_protection_is_sent_as_null_and_not_left_out(shop: InstalledShop) -> None:
    row = (await levels(shop))[0]
    payload = stock(shop).payload(
        [LevelWrite(key=key(row), new=7, old=None)], mode=StockMode.AVAILABLE, reference="r"
    )
    assert payload["quantities"][0]["changeFromQuantity"] is None  # type: ignore[index, call-overload]
    assert (await stock(shop).write(str(uuid.uuid4()), payload)).done
    assert await shown(shop, key(row)) == 7
