"""What changed since a cursor: nothing is lost or skipped, in whichever order transactions end, and what is gone is told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from app.errors import Refused
from app.models import changes, health, privacy
from app.models.changes import KINDS, Changes, Place
from app.models.database import Database
from tests.conftest import Addresses
from tests.models.test_explain import Explaining, Full, assert_indexed, full, nodes
from tests.models.world import LONG_AGO, Joined, join
from tests.patience import FAR

__all__ = ["full"]

_MADE = """
INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key)
SELECT $1, $2, $3, $4, n::text FROM generate_series(1, $5::int) n RETURNING id
"""


@pytest.fixture
async def joined(database: Database) -> Joined:
    return await join(database)


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    """Sees every table: the test's eye."""
    opened = await asyncpg.connect(addresses.owner)
    yield opened
    await opened.close()


async def make(database: Database, joined: Joined, count: int, kind: str = "order") -> list[UUID]:
    async with database.tenant(joined.tenant) as tx:
        rows = await tx.rows(_MADE, joined.tenant, joined.connection, joined.shop, kind, count)
    return [row["id"] for row in rows]


async def said(database: Database, joined: Joined, record: UUID, sentence: str, *, after: float = 0) -> None:
    """Changes a record in a transaction that ends so many seconds later."""
    async with database.tenant(joined.tenant) as tx:
        await tx.run(
            "UPDATE record SET reason_sentence = $3 WHERE tenant_id = $1 AND id = $2",
            joined.tenant,
            record,
            sentence,
        )
        await asyncio.sleep(after)


async def read(
    database: Database,
    joined: Joined,
    after: Place | None,
    *,
    first: int = 100,
    kinds: Sequence[str] = KINDS,
) -> Changes:
    async with database.tenant(joined.tenant) as tx:
        return await changes.since(
            tx,
            tenant=joined.tenant,
            connections=[joined.connection],
            kinds=kinds,
            after=after,
            first=first,
        )


def ids(found: Changes) -> list[UUID]:
    return [change.row.id for change in found.rows]


async def test_every_record_is_read_once_by_pages_of_any_size(database: Database, joined: Joined) -> None:
    made = await make(database, joined, 7) + await make(database, joined, 4, kind="refund")
    for first in (1, 2, 3, 100):
        seen: list[UUID] = []
        after, more = None, True
        while more:
            page = await read(database, joined, after, first=first)
            seen += ids(page)
            after, more = page.end, page.more
        assert sorted(seen) == sorted(made)


async def test_a_record_that_changes_again_comes_again_and_the_others_do_not(
    database: Database, joined: Joined
) -> None:
    one, *_ = await make(database, joined, 3)
    end = (await read(database, joined, None)).end
    assert ids(await read(database, joined, end)) == []
    await said(database, joined, one, "Another.")
    again = await read(database, joined, end)
    assert ids(again) == [one]
    assert ids(await read(database, joined, again.end)) == []


async def test_what_nobody_is_shown_is_no_change(database: Database, joined: Joined) -> None:
    (one,) = await make(database, joined, 1)
    end = (await read(database, joined, None)).end
    async with database.tenant(joined.tenant) as tx:
        count = await tx.run(
            "UPDATE record SET lease_until = now(), wanted = wanted + 1, mark_due_at = now() WHERE tenant_id = $1",
            joined.tenant,
        )
    assert count == 1
    assert ids(await read(database, joined, end)) == []
    await said(database, joined, one, "Shown.")
    assert ids(await read(database, joined, end)) == [one]


async def test_a_transaction_that_ends_late_is_waited_for(database: Database, joined: Joined) -> None:
    early, late = await make(database, joined, 2)
    end = (await read(database, joined, None)).end
    began = asyncio.Event()

    async def slow() -> None:
        async with database.tenant(joined.tenant) as tx:
            await tx.run(
                "UPDATE record SET reason_sentence = 'Late.' WHERE tenant_id = $1 AND id = $2",
                joined.tenant,
                early,
            )
            began.set()
            await over.wait()

    over = asyncio.Event()
    task = asyncio.create_task(slow())
    await began.wait()
    await said(database, joined, late, "Began later, ended first.")
    before = await read(database, joined, end)
    assert (ids(before), before.more) == ([], False)
    over.set()
    await task
    assert ids(await read(database, joined, before.end)) == [early, late]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_copy_kept_by_the_feed_equals_the_rows_whatever_the_order_of_commits(
    database: Database, joined: Joined, seed: int
) -> None:
    """Writers take their numbers in one order and end in another, while a reader pages on without a rest."""
    luck = random.Random(seed)
    made = await make(database, joined, 6)
    copy: dict[UUID, str | None] = {}
    writing = True

    async def writer(name: int) -> None:
        for turn in range(8):
            record = luck.choice(made)
            await said(database, joined, record, f"{name}/{turn}", after=luck.uniform(0, 0.02))
            await asyncio.sleep(luck.uniform(0, 0.01))

    async def reader() -> None:
        after: Place | None = None
        while True:
            last = not writing
            page = await read(database, joined, after, first=2)
            assert after is None or page.end >= after
            copy.update(
                {
                    change.row.id: change.row.reason.sentence if change.row.reason else None
                    for change in page.rows
                }
            )
            after = page.end
            if last and not page.more:
                return

    async with database.tenant(joined.tenant) as tx:
        await tx.run("UPDATE record SET reason_code = 'x.y' WHERE tenant_id = $1", joined.tenant)
    reading = asyncio.create_task(reader())
    await asyncio.gather(*(writer(name) for name in range(5)))
    writing = False
    await asyncio.wait_for(reading, FAR)
    async with database.tenant(joined.tenant) as tx:
        rows = await tx.rows("SELECT id, reason_sentence FROM record WHERE tenant_id = $1", joined.tenant)
    assert copy == {row["id"]: row["reason_sentence"] or "" for row in rows}


async def test_a_shop_that_is_erased_is_told_of_and_nobody_elses(
    database: Database, joined: Joined, owner: asyncpg.Connection
) -> None:
    await make(database, joined, 2)
    end = (await read(database, joined, None)).end
    await owner.execute(
        "INSERT INTO shop (tenant_id, id, platform, domain, state, installed_at)"
        " VALUES ($1, gen_random_uuid(), 'shopify', 'stays.myshopify.com', 'installed', $2)",
        joined.tenant,
        LONG_AGO,
    )
    other = await join(database)
    others_end = (await read(database, other, None)).end
    async with database.tenant(joined.tenant) as tx:
        await privacy.erase_shop(tx, tenant=joined.tenant, shop=joined.shop, domain=joined.domain)
    gone = await read(database, joined, end)
    assert (ids(gone), gone.gone) == ([], [joined.connection])
    assert (await read(database, joined, gone.end)).gone == []
    assert (await read(database, joined, None)).gone == []
    assert (await read(database, other, others_end)).gone == []
    async with database.tenant(joined.tenant) as tx:
        found = await changes.any_since(tx, tenant=joined.tenant, after=end, until=gone.end)
    assert found


async def test_after_a_restore_old_cursors_are_refused_and_no_record_is_out_of_reach(
    database: Database, joined: Joined, owner: asyncpg.Connection
) -> None:
    made = await make(database, joined, 2)
    end = (await read(database, joined, None)).end
    ahead = f"UPDATE record SET changed_tx = '{10**15}' WHERE id = $1"
    await owner.execute(ahead, made[0])
    assert ids(await read(database, joined, None)) == [made[1]]
    assert await health.look_first(database, for_at_least=timedelta(0)) == 1
    with pytest.raises(Refused) as refusal:
        await read(database, joined, end)
    assert refusal.value.code == "page.cursor_lost"
    assert sorted(ids(await read(database, joined, None))) == sorted(made)


async def test_a_cursor_of_times_to_come_is_refused(database: Database, joined: Joined) -> None:
    with pytest.raises(Refused):
        await read(database, joined, Place(life=1, tx=10**15))


async def test_a_page_reads_little_more_than_it_shows_and_sorts_no_more_than_its_ranges(full: Full) -> None:
    """Deep in the list as at its beginning."""
    async with full.database.tenant(full.one.tenant) as tx:
        middle = await tx.value(
            "SELECT max(id::text)::uuid FROM (SELECT id FROM record WHERE tenant_id = $1 ORDER BY id LIMIT 5000) r",
            full.one.tenant,
        )
        at = await tx.row("SELECT changed_tx FROM record WHERE tenant_id = $1 LIMIT 1", full.one.tenant)
    assert isinstance(middle, UUID)
    assert at is not None
    for after in (None, Place(life=1, tx=at["changed_tx"], id=middle)):
        async with full.database.tenant(full.one.tenant) as tx:
            seen = Explaining(tx)
            await changes.since(
                seen,
                tenant=full.one.tenant,
                connections=[full.one.connection],
                kinds=KINDS,
                after=after,
                first=50,
            )
        plan = seen.plans[0]  # type: ignore[attr-defined]
        assert_indexed(plan, "record")
        sorts = [node for node in nodes(plan) if node["Node Type"] == "Sort"]
        assert sorts
        assert all(float(str(node["Actual Rows"])) <= 51 * len(KINDS) for node in sorts)
        read_ = [node for node in nodes(plan) if node.get("Relation Name") == "record"]
        assert sum(float(str(node["Actual Rows"])) * float(str(node["Actual Loops"])) for node in read_) <= 60
