"""Our bulk adapter against the simulated shop: everything in one file, first loads from one, and both found again."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import parse, validate

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, LevelKey, LevelSeen, LevelWrite, StockMode
from app.errors import Bug, Rejected, Unclear
from app.ports import BulkSeen, BulkState, FileLine, StockBulk, StockStore
from app.settings import API_VERSION
from app.shopify import files as files_of_shop
from app.shopify import stock_bulk
from tests.patience import FAR
from tests.shopify.conftest import InstalledShop
from tests.shopify.test_documents import PREVIOUS_VERSION, schema

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def files(shop: InstalledShop) -> StockBulk:
    found = shop.store.stock_bulk
    assert found is not None
    return found


def stock(shop: InstalledShop) -> StockStore:
    found = shop.store.stock
    assert hasattr(found, "payload")
    return found


async def ended(shop: InstalledShop, operation: str | None) -> BulkSeen:
    assert operation
    async with asyncio.timeout(FAR):
        while True:
            seen = await files(shop).look(operation)
            assert seen is not None
            if seen.state is not BulkState.RUNNING:
                return seen
            await asyncio.sleep(0.05)


async def read(shop: InstalledShop, file: str | None, *, after: int = 0) -> list[FileLine]:
    assert file
    return [line async for line in files(shop).lines(file, after=after)]


async def levels(shop: InstalledShop) -> list[dict[str, Any]]:
    return list((await shop.tell("GET", "/stock"))["levels"])


def key(row: dict[str, Any]) -> LevelKey:
    return LevelKey(item=StoreKey(str(row["item"])), location=StoreKey(str(row["location_id"])))


async def loaded(
    shop: InstalledShop, calls: Sequence[Sequence[LevelWrite]], *, name: str = "StockLoad_1"
) -> tuple[str | None, list[dict[str, Any]]]:
    """Starts a load of these calls; answers with its operation and what each call holds."""
    payloads = [
        dict(stock(shop).payload(writes, mode=StockMode.AVAILABLE, reference="r")) for writes in calls
    ]
    content = b"".join(files(shop).line(str(uuid.uuid4()), payload) + b"\n" for payload in payloads)
    started = await files(shop).ask_writes(name=name, path=await files(shop).upload(content))
    return started.operation, payloads


@pytest.mark.parametrize("version", [API_VERSION, PREVIOUS_VERSION])
def test_what_is_run_in_bulk_is_valid_in_the_pinned_version_and_the_one_before(version: str) -> None:
    writing = stock_bulk.ShopBulk(None, None).writing("StockLoad_0123456789abcdef")  # type: ignore[arg-type]
    for text in (stock_bulk.everything(), writing):
        assert [error.message for error in validate(schema(version), parse(text))] == []


async def test_everything_comes_in_one_file_as_it_does_by_pages(shop: InstalledShop) -> None:
    await shop.tell("POST", "/stock", levels=600, seed=3)
    started = await files(shop).ask_items()
    seen = await ended(shop, started.operation)
    lines = await read(shop, seen.file)
    parts = [files(shop).part(line.text) for line in lines]
    items = {part.key: part for part in parts if isinstance(part, ItemSeen)}
    found = {part.key: part for part in parts if isinstance(part, LevelSeen)}
    paged = [item async for page in stock(shop).items(None) for item in page.items]
    assert {(i.key, i.sku, i.tracked) for i in items.values()} == {(i.key, i.sku, i.tracked) for i in paged}
    assert found == {level.key: level for item in paged for level in item.levels}
    assert (seen.state, seen.roots) == (BulkState.COMPLETE, len(items))


async def test_a_file_is_read_on_from_any_line(shop: InstalledShop) -> None:
    await shop.tell("POST", "/stock", levels=300, seed=3)
    seen = await ended(shop, (await files(shop).ask_items()).operation)
    whole = await read(shop, seen.file)
    for at in (0, 1, 250, len(whole) - 1):
        assert await read(shop, seen.file, after=whole[at].ends_at) == whole[at + 1 :]


async def test_a_dead_address_is_told_and_asked_for_anew(shop: InstalledShop) -> None:
    seen = await ended(shop, (await files(shop).ask_items()).operation)
    with pytest.raises(Rejected) as gone:
        await read(shop, str(seen.file) + "0")
    assert gone.value.code == "shopify.file_gone"
    again = await files(shop).look(seen.operation)
    assert again
    assert await read(shop, again.file)


async def test_a_start_whose_answer_is_lost_is_found_again(shop: InstalledShop) -> None:
    await shop.next_fault(where="graphql", kind="lost", document="BulkAsk")
    with pytest.raises(Unclear):
        await files(shop).ask_items()
    found = await files(shop).find(name=None, since=datetime.now(UTC) - timedelta(minutes=5))
    assert found
    assert (await ended(shop, found.operation)).state is BulkState.COMPLETE
    assert await files(shop).find(name="StockLoad_1", since=LONG_AGO) is None


async def test_a_load_is_known_by_its_name_whatever_else_runs(shop: InstalledShop) -> None:
    row = (await levels(shop))[0]
    one, _ = await loaded(shop, [[LevelWrite(key=key(row), new=5, old=row["available"])]], name="StockLoad_a")
    other, _ = await loaded(shop, [[LevelWrite(key=key(row), new=6, old=5)]], name="StockLoad_b")
    for name, operation in (("StockLoad_a", one), ("StockLoad_b", other)):
        found = await files(shop).find(name=name, since=LONG_AGO)
        assert found
        assert found.operation == operation
        await ended(shop, operation)


async def test_every_line_of_a_load_is_answered_by_its_number(shop: InstalledShop) -> None:
    await shop.tell("POST", "/stock", levels=600, seed=3)
    rows = [row for row in await levels(shop) if row["sku"].startswith("STK")][:600]
    calls = [
        [LevelWrite(key=key(r), new=r["available"] + 1, old=r["available"]) for r in rows[n : n + 50]]
        for n in range(0, 600, 50)
    ]
    calls[3][7] = LevelWrite(key=calls[3][7].key, new=1, old=-5)
    operation, payloads = await loaded(shop, calls)
    seen = await ended(shop, operation)
    answers = {
        files(shop).number(line.text): files(shop).written(line.text, payloads[number])
        for line in await read(shop, seen.file)
        if (number := files(shop).number(line.text)) is not None
    }
    assert sorted(n for n in answers if n is not None) == list(range(12))
    assert [n for n, answer in answers.items() if answer and not answer.done] == [3]
    assert answers[3]
    assert answers[3].stale == {calls[3][7].key}
    after = {key(row): row["available"] for row in await levels(shop)}
    assert all(after[w.key] == w.new for n, call in enumerate(calls) if n != 3 for w in call)


async def test_a_call_of_a_load_repeated_on_its_own_under_its_key_counts_once(shop: InstalledShop) -> None:
    row = (await levels(shop))[0]
    name = str(uuid.uuid4())
    payload = stock(shop).payload(
        [LevelWrite(key=key(row), new=77, old=row["available"])], mode=StockMode.AVAILABLE, reference="r"
    )
    path = await files(shop).upload(files(shop).line(name, payload) + b"\n")
    await ended(shop, (await files(shop).ask_writes(name="StockLoad_1", path=path)).operation)
    await shop.tell(
        "PATCH", "/stock", levels=[{"sku": row["sku"], "location": row["location"], "available": 3}]
    )
    assert (await stock(shop).write(name, payload)).done
    assert next(r["available"] for r in await levels(shop) if key(r) == key(row)) == 3


async def test_a_level_that_nobody_knows_leaves_with_null_and_not_without(shop: InstalledShop) -> None:
    payload = stock(shop).payload(
        [LevelWrite(key=key((await levels(shop))[0]), new=7, old=None)],
        mode=StockMode.AVAILABLE,
        reference="r",
    )
    assert b'"changeFromQuantity":null' in files(shop).line("k", payload)


async def test_a_busy_store_says_so_and_a_missing_file_is_refused(shop: InstalledShop) -> None:
    refused = await files(shop).ask_writes(name="StockLoad_1", path="tmp/nothing")
    assert refused.reason
    assert refused.reason.code == "shopify.bulk_refused"
    answer = await shop.control.post("/control/bulk", json={"start_seconds": 2.0, "times": 5})
    assert answer.status_code == 200
    rows = await levels(shop)
    for n in range(5):
        await loaded(shop, [[LevelWrite(key=key(rows[n]), new=5, old=rows[n]["available"])]], name=f"L_{n}")
    path = await files(shop).upload(b"{}\n")
    assert (await files(shop).ask_writes(name="L_9", path=path)).busy


async def test_a_broken_operation_leaves_the_part_that_was_done(shop: InstalledShop) -> None:
    await shop.control.post("/control/bulk", json={"fail_after": 2})
    rows = await levels(shop)
    operation, _ = await loaded(
        shop, [[LevelWrite(key=key(row), new=5, old=row["available"])] for row in rows[:4]]
    )
    seen = await ended(shop, operation)
    assert (seen.state, seen.code) == (BulkState.BROKEN, "internal_server_error")
    assert sorted(files(shop).number(line.text) or 0 for line in await read(shop, seen.file)) == [0, 1]


def test_a_line_without_data_says_nothing_for_certain() -> None:
    door = stock_bulk.ShopBulk(None, None)  # type: ignore[arg-type]
    payload = {"quantities": []}
    assert door.written(b'{"data": null, "errors": [{}], "__lineNumber": 3}', payload) is None
    assert door.written(b'{"data": {"inventorySetQuantities": null}, "__lineNumber": 3}', payload) is None
    assert door.number(b'{"data": null}') is None
    with pytest.raises(Bug):
        door.part(b"{broken")


async def test_a_file_is_split_into_lines_however_its_pieces_fall_and_no_piece_is_kept() -> None:
    text = b"".join(b'{"n": %d}\n' % n for n in range(1000)) + b'{"n": 1000}'
    for size in (1, 7, 64, 100_000):

        async def pieces(step: int = size) -> AsyncIterator[bytes]:
            for start in range(0, len(text), step):
                yield text[start : start + step]

        found = [line async for line in files_of_shop.split(pieces(), at=5)]
        assert b"\n".join(line.text for line in found) == text
        assert found[-1].ends_at == 5 + len(text)


async def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000_000

    with pytest.raises(Bug):
        _ = [line async for line in files_of_shop.split(pieces(), at=0)]
