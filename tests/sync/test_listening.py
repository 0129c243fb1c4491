"""What starts in the ERP is found by its lists: page by page, behind a cursor that only moves with its page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.errors import AccessLost, Retry
from app.models import cursors
from app.models.connections import Connection
from app.models.workers import connections_to_listen
from app.ports import Change, Flow, Missing, Page
from app.sync.listening import Listened, Listening, Lists
from app.sync.sides import Sides
from app.sync.work import ShopWork
from tests.fakes.world import World
from tests.models.world import join
from tests.patience import FAR

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Shelf:
    """A list in the ERP, in pages of two. `asked`: every cursor it was asked for; `trouble`: what page N raises."""

    changes_: list[Change] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    trouble: dict[int, Exception] = field(default_factory=dict)

    def put(self, key: str, minutes: int) -> None:
        self.changes_ = [c for c in self.changes_ if c.key != key]
        self.changes_.append(Change(key=key, version=NOW + timedelta(minutes=minutes)))

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        self.asked.append(cursor)
        since = datetime.fromisoformat(cursor) if cursor else datetime.min.replace(tzinfo=UTC)
        found = sorted((c for c in self.changes_ if c.version >= since), key=lambda c: c.version)
        for number, start in enumerate(range(0, len(found), 2)):
            if number in self.trouble:
                raise self.trouble.pop(number)
            rows = tuple(found[start : start + 2])
            yield Page(items=rows, cursor=rows[-1].version.isoformat())

    async def cursor_at(self, at: datetime) -> str:
        return at.isoformat()


def listening(world: World, *shelves: Lists | Missing, begins: str = "ever") -> Listening:
    """Kinds that no engine carries, so that nothing but the list is looked at."""
    kinds: Sequence[str] = ("order", "refund")
    made = [
        Listened(kind=kind, flow=Flow.FULFILLMENTS, source=lambda _, s=shelf: s, begins=begins)  # type: ignore[arg-type, misc]
        for kind, shelf in zip(kinds, shelves, strict=False)
    ]
    return Listening(database=world.database, listened=made)


async def listen(world: World, *shelves: Lists | Missing, begins: str = "ever") -> int:
    raised, more = await listening(world, *shelves, begins=begins).run(await world.opened())
    assert not more
    return raised


async def wanted(world: World, kind: str = "order") -> dict[str, int]:
    rows = await world.owner.fetch("SELECT source_key, wanted FROM record WHERE kind = $1", kind)
    return {row["source_key"]: row["wanted"] for row in rows}


async def cursor(world: World, kind: str = "order") -> str | None:
    async with world.database.tenant(world.joined.tenant) as tx:
        return await cursors.read(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, name=f"listen:{kind}"
        )


async def test_what_the_erp_lists_becomes_wanted_once(world: World) -> None:
    shelf = Shelf()
    for number in range(5):
        shelf.put(f"S{number}", number)
    assert await listen(world, shelf) == 5
    assert await wanted(world) == {f"S{number}": 1 for number in range(5)}
    # The last one is listed again, as its instant is the cursor, and says nothing new.
    assert await listen(world, shelf) == 0
    shelf.put("S1", 9)
    assert await listen(world, shelf) == 1
    assert (await wanted(world))["S1"] == 2


async def test_the_cursor_moves_with_its_page_and_only_then(world: World) -> None:
    shelf = Shelf(trouble={1: Retry("host.unreachable", "The ERP does not answer.")})
    for number in range(5):
        shelf.put(f"S{number}", number)
    assert await listen(world, shelf) == 0  # the failed list says nothing of its first page, which is kept
    assert await wanted(world) == {"S0": 1, "S1": 1}
    assert await cursor(world) == (NOW + timedelta(minutes=1)).isoformat()
    assert await listen(world, shelf) == 3
    assert len(await wanted(world)) == 5


async def test_a_crash_between_two_pages_loses_nothing(world: World) -> None:
    shelf = Shelf(trouble={1: ConnectionResetError()})
    for number in range(4):
        shelf.put(f"S{number}", number)
    with pytest.raises(ConnectionResetError):
        await listen(world, shelf)
    assert await listen(world, shelf) == 2
    assert len(await wanted(world)) == 4


async def test_a_list_that_fails_holds_up_no_other(world: World) -> None:
    broken = Shelf(trouble={0: Retry("host.unreachable", "The ERP does not answer.")})
    broken.put("S1", 1)
    fine = Shelf()
    fine.put("S1", 1)
    assert await listen(world, broken, fine) == 1
    assert await wanted(world, "refund") == {"S1": 1}


async def test_lost_access_is_about_the_connection_and_not_kept_quiet(world: World) -> None:
    shelf = Shelf(trouble={0: AccessLost("host.access_lost", "The key is refused.")})
    shelf.put("S1", 1)
    with pytest.raises(AccessLost):
        await listen(world, shelf)


async def test_a_power_the_erp_lacks_is_passed_over(world: World) -> None:
    assert await listen(world, Missing(sentence="It has none.")) == 0


async def test_the_first_time_only_what_changed_since_go_live_counts_unless_told_otherwise(
    world: World,
) -> None:
    await world.set(go_live_at=NOW + timedelta(minutes=3))
    shelf = Shelf()
    for number in range(5):
        shelf.put(f"S{number}", number)
    assert await listen(world, shelf, begins="go_live") == 2
    assert await wanted(world) == {"S3": 1, "S4": 1}


async def test_a_flow_that_is_switched_off_is_listed_from_its_cursor_when_it_comes_back(world: World) -> None:
    shelf = Shelf()
    shelf.put("S0", 0)
    assert await listen(world, shelf) == 1
    await world.set(flows='{"fulfillments": false}')
    shelf.put("S1", 1)
    assert await listen(world, shelf) == 0
    assert len(shelf.asked) == 1
    await world.set(flows="{}")
    assert await listen(world, shelf) == 1


async def test_data_the_store_owns_is_not_asked_for(world: World) -> None:
    await world.set(owners='{"fulfillments": "store"}')
    shelf = Shelf()
    shelf.put("S0", 0)
    assert await listen(world, shelf) == 0
    assert shelf.asked == []


async def test_a_long_list_is_read_a_slice_at_a_time(world: World) -> None:
    shelf = Shelf()
    for number in range(6):
        shelf.put(f"S{number}", number)
    part = listening(world, shelf)
    assert await part.run(await world.opened(), over=lambda: True) == (2, True)
    assert await part.run(await world.opened()) == (4, False)


class Whole(Shelf):
    """A list that tells from when the next one begins with its last page alone."""

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        pages = [page async for page in super().changes(cursor)]
        for page in pages:
            yield page if page is pages[-1] else Page(items=page.items, cursor=cursor or "")


async def test_a_list_that_cannot_be_broken_off_is_read_to_its_end(world: World) -> None:
    """Slice after slice it would begin anew, and never tell what is behind its first pages."""
    shelf = Whole()
    for number in range(6):
        shelf.put(f"S{number}", number)
    raised, _ = await listening(world, shelf).run(await world.opened(), over=lambda: True)
    assert raised == 6


async def test_a_connection_is_listened_to_by_one_worker_and_not_before_its_time(world: World) -> None:
    """Nor while its breaker is open: an ERP that is down is not asked for lists."""

    async def claim() -> bool:
        async with world.database.tenant(world.joined.tenant) as tx:
            return await cursors.claim_listening(
                tx,
                tenant=world.joined.tenant,
                connection=world.joined.connection,
                every=timedelta(minutes=1),
            )

    mine = (world.joined.tenant, world.joined.connection)
    assert mine in await connections_to_listen(world.database, most=10)
    assert [await claim(), await claim()] == [True, False]
    assert mine not in await connections_to_listen(world.database, most=10)
    await world.owner.execute("UPDATE connection SET listen_due_at = now(), breaker_until = now() + '1 min'")
    assert mine not in await connections_to_listen(world.database, most=10)
    await world.owner.execute("UPDATE connection SET breaker_until = NULL")
    assert mine in await connections_to_listen(world.database, most=10)


async def test_an_erp_that_is_slow_keeps_no_other_waiting(world: World) -> None:
    slow, other = world.joined.connection, (await join(world.database)).connection
    await world.owner.execute(
        "UPDATE connection SET listen_due_at = CASE WHEN id = $1 THEN now() - interval '1 day'"
        " WHEN id = $2 THEN now() - interval '1 hour' ELSE now() + interval '1 day' END",
        slow,
        other,
    )
    opened, answers = list[UUID](), asyncio.Event()

    async def sides(connection: Connection) -> Sides:
        if connection.id == slow:
            await answers.wait()
        opened.append(connection.id)
        answers.set()
        return await world.sides(connection)

    rest: dict[str, Any] = {each.name: None for each in fields(ShopWork)}
    known = {"database": world.database, "listening": listening(world), "open": sides, "timing": world.timing}
    work = ShopWork(**(rest | known))
    async with asyncio.timeout(FAR):
        await work.listen_due()
    assert opened == [other, slow]
