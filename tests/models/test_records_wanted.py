"""Which hints make a record due: what is new does, what was demanded or read already does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.ids import StoreKey
from app.models import demand, records
from app.models.database import Database
from app.models.demand import Wanted
from app.models.records import Claim, End, State
from app.ports import Flow, Hint
from tests.models.world import Joined, join

T1 = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)
T2 = T1 + timedelta(seconds=1)
T3 = T1 + timedelta(seconds=2)
BODY, OTHER = b"b" * 32, b"o" * 32
RAISED, KNOWN = Wanted(raised=1), Wanted(known=1)


class Shop:
    """One shop with one order, as the drain sees it."""

    def __init__(self, database: Database, joined: Joined) -> None:
        self.database = database
        self.joined = joined

    async def hear(self, version: datetime | None, body: bytes | None = BODY) -> Wanted:
        hint = Hint(flow=Flow.ORDERS, key=StoreKey("1"), version=version, fingerprint=body)
        async with self.database.tenant(self.joined.tenant) as tx:
            return await demand.want(
                tx,
                tenant=self.joined.tenant,
                connection=self.joined.connection,
                shop=self.joined.shop,
                kind="order",
                hints=[hint],
                echo_within=timedelta(0),
            )

    async def listed(self, version: datetime) -> int:
        """Reconciliation meets the order in the store's list; answers with how many became wanted."""
        async with self.database.tenant(self.joined.tenant) as tx:
            return await demand.want_listed(
                tx,
                tenant=self.joined.tenant,
                connection=self.joined.connection,
                shop=self.joined.shop,
                kind="order",
                listed=[Hint(flow=Flow.ORDERS, key=StoreKey("1"), version=version)],
            )

    async def claim(self) -> Claim | None:
        async with self.database.tenant(self.joined.tenant) as tx:
            claims = await records.claim(
                tx,
                tenant=self.joined.tenant,
                shop=self.joined.shop,
                worker="w",
                lease=timedelta(seconds=30),
                most=1,
                kinds=["order"],
            )
        return claims[0] if claims else None

    async def finish(
        self, claim: Claim, *, read: datetime | None, state: State = State.SETTLED, soon: bool = False
    ) -> None:
        async with self.database.tenant(self.joined.tenant) as tx:
            assert await records.finish(tx, claim, End(state=state, read_version=read, read_soon=soon))

    async def run(self, *, read: datetime | None, state: State = State.SETTLED, soon: bool = False) -> None:
        claim = await self.claim()
        assert claim is not None
        await self.finish(claim, read=read, state=state, soon=soon)


@pytest.fixture
async def shop(database: Database) -> Shop:
    return Shop(database, await join(database))


async def test_the_first_hint_of_an_order_makes_it_due(shop: Shop) -> None:
    assert await shop.hear(T1) == RAISED
    assert await shop.claim() is not None


async def test_the_same_body_under_another_topic_asks_for_one_run(shop: Shop) -> None:
    await shop.hear(T1)
    assert await shop.hear(T1) == KNOWN
    await shop.run(read=T1)
    assert await shop.claim() is None


async def test_the_same_body_during_the_run_asks_for_no_second(shop: Shop) -> None:
    await shop.hear(T1)
    claim = await shop.claim()
    assert claim is not None
    assert await shop.hear(T1) == KNOWN
    await shop.finish(claim, read=T1)
    assert await shop.claim() is None


async def test_the_same_body_after_the_run_asks_for_no_second(shop: Shop) -> None:
    await shop.hear(T1)
    await shop.run(read=T1)
    assert await shop.hear(T1) == KNOWN
    assert await shop.claim() is None


async def test_another_body_of_the_same_second_is_news(shop: Shop) -> None:
    await shop.hear(T1)
    await shop.run(read=T1)
    assert await shop.hear(T1, OTHER) == RAISED
    assert await shop.claim() is not None


async def test_another_body_during_the_run_is_news_when_it_has_ended(shop: Shop) -> None:
    await shop.hear(T1)
    claim = await shop.claim()
    assert claim is not None
    assert await shop.hear(T1, OTHER) == RAISED
    await shop.finish(claim, read=T1)
    assert await shop.claim() is not None


async def test_a_late_event_older_than_what_was_read_is_known(shop: Shop) -> None:
    await shop.hear(T1)
    await shop.run(read=T3)
    assert await shop.hear(T2, OTHER) == KNOWN
    assert await shop.claim() is None


async def test_an_old_event_that_is_known_leaves_the_fingerprint_of_the_last_one(shop: Shop) -> None:
    await shop.hear(T3)
    await shop.run(read=T3)
    assert await shop.hear(T1, OTHER) == KNOWN
    assert await shop.hear(T3, OTHER) == RAISED


async def test_the_same_body_with_a_newer_version_is_news(shop: Shop) -> None:
    """What came in between may have been read: the order may have changed and changed back."""
    await shop.hear(T1)
    await shop.run(read=T2)
    assert await shop.hear(T3) == RAISED
    claim = await shop.claim()
    assert claim is not None
    assert claim.min_version == T3


async def test_a_newer_version_during_the_run_is_demanded_of_the_next(shop: Shop) -> None:
    await shop.hear(T1)
    claim = await shop.claim()
    assert claim is not None
    assert await shop.hear(T2) == RAISED
    await shop.finish(claim, read=T1)
    following = await shop.claim()
    assert following is not None
    assert following.min_version == T2


async def test_an_older_version_during_the_run_is_news_unless_it_is_the_same_body(shop: Shop) -> None:
    await shop.hear(T2)
    claim = await shop.claim()
    assert claim is not None
    assert await shop.hear(T1) == KNOWN
    assert await shop.hear(T1, OTHER) == RAISED


async def test_a_run_that_read_nothing_leaves_the_same_body_news(shop: Shop) -> None:
    await shop.hear(T1)
    await shop.run(read=None, state=State.HELD)
    assert await shop.hear(T1) == RAISED


async def test_a_hint_without_a_version_is_always_news(shop: Shop) -> None:
    await shop.hear(T1)
    await shop.run(read=T3)
    assert await shop.hear(None, None) == RAISED
    assert await shop.claim() is not None


async def test_a_listed_version_that_was_read_is_no_news(shop: Shop) -> None:
    await shop.hear(T1)
    await shop.run(read=T2)
    assert [await shop.listed(T1), await shop.listed(T2), await shop.listed(T3)] == [0, 0, 1]


async def test_a_version_that_was_read_within_its_own_second_is_read_once_more_when_it_is_listed(
    shop: Shop,
) -> None:
    """Its event may be lost, and versions are whole seconds: the list can't show that it changed again."""
    await shop.hear(T1)
    await shop.run(read=T1, soon=True)
    assert [await shop.listed(T1), await shop.listed(T1)] == [1, 0]
    await shop.run(read=T1)
    assert await shop.listed(T1) == 0
