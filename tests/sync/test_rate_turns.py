"""Rates out of the ERP by the clock: kept as it says them, never over a person's own word, and what waited is due again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app.errors import Misconfigured, Reason, Rejected, Retry
from app.mapping.rates import Rate
from app.models import connections, rate_sources, rates, schedules
from app.models.rate_sources import RateSource
from app.sync.rate_turns import RateTurns
from app.sync.turns import Taker, Turns
from tests.fakes.orders import order
from tests.fakes.rates import FakeRates, quote
from tests.fakes.world import World
from tests.sync.test_order_rules import publish

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)


def turns(world: World) -> RateTurns:
    async def poke(tenant: UUID, shop: UUID) -> None:
        await world.drain()

    return RateTurns(
        database=world.database,
        open=world.sides,
        poke=poke,
        now=lambda: datetime.now(UTC),
        lease=world.timing.stock_lease,
    )


async def chosen(world: World, *, good_for: int = 7) -> None:
    about = {"tenant": world.joined.tenant, "connection": world.joined.connection}
    async with world.database.tenant(world.joined.tenant) as tx:
        await rate_sources.save(tx, **about, good_for=good_for, by="me")
        await schedules.wake(tx, tenant=about["tenant"], connection=about["connection"], flow=schedules.RATES)


async def read(world: World) -> RateSource:
    """One turn; what is said of it."""
    await turns(world).turn(world.joined.tenant, world.joined.connection)
    return await standing(world)


async def standing(world: World) -> RateSource:
    async with world.database.tenant(world.joined.tenant) as tx:
        found = await rate_sources.one(tx, tenant=world.joined.tenant, connection=world.joined.connection)
    assert found is not None
    return found


async def stored(world: World) -> dict[tuple[date, str, str], tuple[Decimal, Decimal, str, str]]:
    rows = await world.owner.fetch("SELECT * FROM rate")
    return {
        (row["day"], row["source"], row["target"]): (row["rate"], row["per"], row["made_by"], row["origin"])
        for row in rows
    }


async def by_hand(world: World, rate: str, day: date) -> None:
    entered = [Rate(source="EUR", target="USD", rate=Decimal(rate), day=day)]
    async with world.database.tenant(world.joined.tenant) as tx:
        await rates.save(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, entered=entered, by="staff:7"
        )


async def wants_dollars(world: World) -> None:
    steps = [{"do": "currency", "to": "USD"}, {"do": "round", "places": 2}]
    await publish(
        world, fields=[{"id": "r1", "target": "memo", "start": {"field": "order.total"}, "steps": steps}]
    )


async def test_every_page_is_kept_as_the_erp_says_it_and_a_second_reading_changes_nothing(
    world: World,
) -> None:
    days = [TODAY - timedelta(days=n) for n in range(5)]
    world.rates = FakeRates(quotes=[quote(day, "1.0845") for day in days])
    await chosen(world)
    first = await read(world)
    assert (first.told, first.changed, first.problem) == (5, 5, None)
    said = (Decimal("1.0845"), Decimal(1), "host:memory", "host")
    assert await stored(world) == {(day, "EUR", "USD"): said for day in days}
    assert [cursor for _, cursor in world.rates.asked] == [None, "2", "4"]
    await world.time_passes(86_401)
    second = await read(world)
    assert (second.told, second.changed) == (5, 0)


async def test_what_is_entered_by_hand_wins_on_its_own_day_and_the_newest_counts_after_it(
    world: World,
) -> None:
    world.rates = FakeRates(quotes=[quote(YESTERDAY, "1.1")])
    await chosen(world)
    await by_hand(world, "1.5", YESTERDAY)
    assert (await read(world)).changed == 0
    await world.time_passes(86_401)
    world.rates.quotes.append(quote(TODAY, "1.2"))
    assert (await read(world)).changed == 1
    async with world.database.tenant(world.joined.tenant) as tx:
        found = await connections.one(tx, tenant=world.joined.tenant, connection=world.joined.connection)
    assert found is not None
    at = datetime.combine(TODAY, datetime.min.time(), UTC)
    assert found.tables.rate("EUR", "USD", at - timedelta(days=1)).rate == Decimal("1.5")
    assert found.tables.rate("EUR", "USD", at).rate == Decimal("1.2")
    await by_hand(world, "1.3", TODAY)
    assert (await stored(world))[TODAY, "EUR", "USD"] == (Decimal("1.3"), Decimal(1), "staff:7", "hand")


async def test_an_order_that_waited_for_a_rate_is_sent_by_the_one_that_comes(world: World) -> None:
    await wants_dollars(world)
    placed = await world.placed()
    assert await world.state() == ("held", "rule.no_rate")
    world.rates = FakeRates(quotes=[quote(placed.processed_at.date(), "1", per="0.8")])
    await chosen(world)
    await read(world)
    assert await world.state() == ("settled", None)
    (sent,) = world.erp.steps("create")
    assert sent.payload["codes"] == {"memo": "30.00"}
    note = await world.owner.fetchval("SELECT sentence FROM timeline WHERE kind = 'rate'")
    assert note.endswith(": 0.8 EUR is 1 USD.")


async def test_rates_too_old_for_what_they_are_good_for_hold_the_order(world: World) -> None:
    await wants_dollars(world)
    made = order()
    world.rates = FakeRates(quotes=[quote(made.processed_at.date() - timedelta(days=4), "1.1")])
    await chosen(world, good_for=3)
    await read(world)
    await world.placed(made)
    assert await world.state() == ("held", "rule.rate_stale")


@pytest.mark.parametrize(
    "odd",
    [
        quote(TODAY, "0"),
        quote(TODAY, "-1"),
        quote(TODAY, "NaN"),
        quote(TODAY, "1", per="0"),
        quote(TODAY, "1", target="EUR"),
        quote(TODAY, "1", target="euros"),
        quote(TODAY + timedelta(days=9), "1"),
    ],
    ids=str,
)
async def test_what_can_be_no_rate_is_left_out_and_the_others_are_kept(world: World, odd: object) -> None:
    world.rates = FakeRates(quotes=[odd, quote(YESTERDAY, "1.1")])  # type: ignore[list-item]
    await chosen(world)
    found = await read(world)
    assert (found.told, found.problem) == (1, None)
    assert list(await stored(world)) == [(YESTERDAY, "EUR", "USD")]


async def test_an_erp_that_is_away_is_asked_again_soon_and_what_was_read_still_counts(world: World) -> None:
    world.rates = FakeRates(quotes=[quote(YESTERDAY, "1.1")])
    await chosen(world)
    await read(world)
    await world.time_passes(86_401)
    world.rates.trouble.append(Retry("connection.refused", "The ERP is away."))
    found = await read(world)
    assert found.problem == Reason(code="connection.refused", sentence="The ERP is away.")
    assert len(await stored(world)) == 1
    due = await world.owner.fetchval(
        "SELECT due_at < now() + interval '16 minutes' FROM schedule WHERE flow = 'rates'"
    )
    assert due
    await world.time_passes(901)
    assert (await read(world)).problem is None


async def test_an_erp_that_tells_none_or_refuses_says_so_and_pauses_nothing(world: World) -> None:
    paused: list[str] = []

    async def pause(tenant: UUID, connection: UUID, reason: Reason) -> None:
        paused.append(reason.code)

    takers = {schedules.RATES: Taker(turn=turns(world).turn, writes=False)}
    clock = Turns(database=world.database, takers=takers, pause=pause, look_every=timedelta(seconds=0.05))
    await chosen(world)
    await clock.due()
    found = await standing(world)
    assert found.problem is not None
    assert (found.problem.code, paused) == ("host.no_rates", [])
    world.rates = FakeRates(trouble=[Rejected("host.refused", "No.")])
    await world.time_passes(86_401)
    await clock.due()
    found = await standing(world)
    assert found.problem is not None
    assert (found.problem.code, paused) == ("host.refused", [])
    world.rates = FakeRates(trouble=[Misconfigured("key.refused", "The key is wrong.")])
    await world.time_passes(86_401)
    await clock.due()
    assert paused == ["key.refused"]


async def test_rates_are_read_before_go_live_and_not_where_nobody_chose_it(world: World) -> None:
    world.rates = FakeRates(quotes=[quote(YESTERDAY, "1.1")])
    await world.set(state="setup")
    assert await schedules.due(world.database, flow=schedules.RATES, writes=False, most=5) == []
    await chosen(world)
    mine = (world.joined.tenant, world.joined.connection)
    assert await schedules.due(world.database, flow=schedules.RATES, writes=False, most=5) == [mine]
    async with world.database.tenant(world.joined.tenant) as tx:
        await rate_sources.remove(tx, tenant=mine[0], connection=mine[1])
    await turns(world).turn(*mine)
    assert (world.rates.asked, await stored(world)) == ([], {})
