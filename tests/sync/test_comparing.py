"""Both sides' lists compared: what either lacks is found and nothing else, and exactly that is healed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain.ids import ExternalId, StoreKey
from app.errors import Retry
from app.models import reconciliations
from app.models.reconciliations import DayRow, FindingRow, ReportRow
from app.ports import Fence
from app.sync import comparing
from app.sync.comparing import Comparing
from tests.fakes.orders import order
from tests.fakes.store import minutes_ago
from tests.fakes.world import World
from tests.models.world import join

TWO_DAYS = timedelta(days=2)
AGO = 3_600.0


def comparison(world: World) -> Comparing:
    return Comparing(database=world.database, now=lambda: datetime.now(UTC))


async def compared(world: World, *, back: timedelta = TWO_DAYS) -> ReportRow:
    report = await comparison(world).orders(await world.opened(), back=back, by="test")
    assert report is not None
    return await shown(world, report)


async def shown(world: World, report: UUID) -> ReportRow:
    async with world.database.tenant(world.joined.tenant) as tx:
        row = await reconciliations.one(tx, tenant=world.joined.tenant, report=report)
    assert row is not None
    return row


async def findings(world: World, report: ReportRow) -> list[FindingRow]:
    async with world.database.tenant(world.joined.tenant) as tx:
        return await reconciliations.findings(
            tx, tenant=world.joined.tenant, report=report.id, after=None, most=99
        )


async def days(world: World, report: ReportRow) -> list[DayRow]:
    async with world.database.tenant(world.joined.tenant) as tx:
        return await reconciliations.days(tx, tenant=world.joined.tenant, report=report.id)


async def heal(world: World, report: ReportRow) -> int:
    count = await comparing.heal(world.database, tenant=world.joined.tenant, report=report.id, by="test")
    await world.drain()
    return count


async def sent(world: World, *numbers: int, **changes: Any) -> None:
    """Orders that were placed an hour ago and are settled since."""
    for n in numbers:
        made = world.store.place(order(key=StoreKey(str(n)), name=f"#{n}", **changes), at=minutes_ago(60))
        await world.hear(made.key, version=made.updated_at)
    await world.drain()
    await world.time_passes(AGO - 60)


def keys(found: list[FindingRow]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for each in found:
        kinds.setdefault(each.kind, []).append(each.key)
    return kinds


async def test_two_sides_that_agree_have_nothing_to_report(world: World) -> None:
    await sent(world, 1001, 1002, 1003)
    report = await compared(world)
    assert (report.state, report.counts, report.raised) == ("done", {"store": 3, "host": 3}, 0)
    assert await findings(world, report) == []
    assert await world.owner.fetchval("SELECT count(*) FROM reconciliation_listed") == 0


async def test_an_order_that_no_event_told_of_is_found_and_sent_without_anyones_word(world: World) -> None:
    await sent(world, 1001, 1002)
    world.store.place(order(key=StoreKey("1003"), name="#1003"), at=minutes_ago(60))
    report = await compared(world)
    assert keys(await findings(world, report)) == {"unheard": ["1003"]}
    assert report.raised == 1
    await world.drain()
    assert len(world.erp.real) == 3
    assert await findings(world, await compared(world)) == []


async def test_a_document_that_is_gone_is_made_again_by_a_persons_word_alone_and_no_other_is(
    world: World,
) -> None:
    await sent(world, 1001, 1002, 1003)
    gone = next(d for d in world.erp.documents if str(d.external_id).endswith("1002"))
    world.erp.documents.remove(gone)
    report = await compared(world)
    assert keys(await findings(world, report)) == {"missing": ["1002"]}
    await world.drain()
    assert await world.state("1002") == ("held", "document.changed_in_erp")
    assert len(world.erp.real) == 2
    sends = len(world.erp.sent)
    assert await heal(world, report) == 1
    assert len(world.erp.real) == 3
    made = [step.payload for step in world.erp.sent[sends:] if step.key == "create"]
    assert [str(payload["external_id"])[-4:] for payload in made] == ["1002"]
    assert await heal(world, report) == 0
    (found,) = await findings(world, await shown(world, report.id))
    assert found.healed_at is not None


async def test_a_second_document_and_one_of_no_order_of_ours_are_told_and_left_to_people(
    world: World,
) -> None:
    world.erp.fence = Fence.NONE
    await sent(world, 1001)
    own = str(world.erp.documents[0].external_id).removesuffix("1001")
    for key in (f"{own}1001", f"{own}9", "order-elsewhere-9", "refund-elsewhere-3"):
        world.erp.someone_copies()
        world.erp.documents[-1] = replace(world.erp.documents[-1], external_id=ExternalId(key))
    report = await compared(world)
    assert keys(await findings(world, report)) == {"duplicate": ["1001"], "unknown": [f"{own}9"]}
    assert report.counts["host"] == 3
    assert await heal(world, report) == 0


async def test_another_shop_on_the_same_erp_has_documents_of_its_own(world: World) -> None:
    await sent(world, 1001)
    world.erp.someone_copies()
    world.erp.documents[-1] = replace(world.erp.documents[-1], external_id="order-elsewhere-9")  # type: ignore[arg-type]
    await world.owner.execute(
        "WITH other AS (INSERT INTO connection SELECT (jsonb_populate_record(c, jsonb_build_object("
        "'id', gen_random_uuid(), 'name', 'Outlet'))).* FROM connection c WHERE id = $1 RETURNING *)"
        " INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, external_id, state)"
        " SELECT tenant_id, id, shop_id, 'order', '9', 'order-elsewhere-9', 'settled' FROM other",
        world.joined.connection,
    )
    assert await findings(world, await compared(world)) == []


async def test_what_may_still_be_on_its_way_is_not_compared(world: World) -> None:
    made = world.store.place(order(), at=minutes_ago(2))
    await world.hear(made.key, version=made.updated_at)
    await sent(world, 1002)
    world.store.place(order(key=StoreKey("1003"), name="#1003"), at=minutes_ago(3))
    await world.owner.execute("UPDATE record SET first_seen_at = now() WHERE source_key = '1001'")
    assert await findings(world, await compared(world)) == []


async def test_orders_from_before_the_cut_over_are_nobodys_loss(world: World) -> None:
    await sent(world, 1001)
    world.store.place(order(key=StoreKey("900"), name="#900"), at=minutes_ago(600))
    await world.set(go_live_at=minutes_ago(300))
    assert await findings(world, await compared(world)) == []


async def test_an_adopted_document_older_than_the_erps_list_is_not_missing(world: World) -> None:
    await sent(world, 1001)
    await world.owner.execute("DELETE FROM attempt; DELETE FROM effect")
    world.erp.documents.clear()
    assert await findings(world, await compared(world)) == []


async def test_counts_and_money_stand_side_by_side_by_day_and_currency(world: World) -> None:
    await sent(world, 1001, 1002)
    await world.owner.execute(
        "UPDATE record SET placed_at = '2026-11-18T23:59:00Z', amount = 10.005, currency = 'EUR' WHERE source_key = '1001'"
    )
    await world.owner.execute(
        "UPDATE record SET placed_at = '2026-11-19T00:01:00Z', amount = 7, currency = 'USD' WHERE source_key = '1002'"
    )
    world.store.place(order(key=StoreKey("1003"), name="#1003"), at=minutes_ago(60))
    rows = await days(world, await compared(world))
    store = [(f"{row.day}", row.currency, row.count, row.amount) for row in rows if row.side == "store"]
    assert ("2026-11-18", "EUR", 1, Decimal("10.005")) in store
    assert ("2026-11-19", "USD", 1, Decimal(7)) in store
    assert [row[1:] for row in store if not row[1]] == [("", 1, Decimal(0))]
    host = [row for row in rows if row.side == "host"]
    assert {(f"{row.day}", row.count) for row in host} == {("2026-11-18", 1), ("2026-11-19", 1)}
    assert sum(row.amount for row in host) == sum(d.total or 0 for d in world.erp.documents)


async def test_a_list_that_fails_fails_the_report_and_the_next_one_starts_anew(world: World) -> None:
    await sent(world, 1001)

    async def fails(page: int) -> None:
        raise Retry("host.busy", "Not now.")

    world.store.on_page = fails
    with pytest.raises(Retry):
        await compared(world)
    world.store.on_page = None
    assert (await compared(world)).state == "done"
    rows = await world.owner.fetch("SELECT state, code FROM reconciliation ORDER BY started_at")
    assert [tuple(row) for row in rows] == [("failed", "host.busy"), ("done", None)]


async def test_a_report_whose_worker_died_is_given_up_and_its_lists_go(world: World) -> None:
    await sent(world, 1001)

    class Killed(BaseException):
        pass

    async def dies(page: int) -> None:
        raise Killed

    for n in (1, 2, 3):
        world.store.place(order(key=StoreKey(str(n)), name=f"#{n}"), at=minutes_ago(60))
    world.store.on_page = lambda page: dies(page) if page else _nothing()
    with pytest.raises(Killed):
        await compared(world)
    world.store.on_page = None
    assert await world.owner.fetchval("SELECT count(*) FROM reconciliation_listed") > 0
    await world.owner.execute("UPDATE reconciliation SET started_at = started_at - interval '7 hours'")
    await compared(world)
    rows = await world.owner.fetch("SELECT state, code FROM reconciliation ORDER BY started_at")
    assert [tuple(row) for row in rows] == [("failed", "reconciliation.cut_off"), ("done", None)]
    assert await world.owner.fetchval("SELECT count(*) FROM reconciliation_listed") == 0


async def _nothing() -> None:
    pass


async def test_healing_reaches_only_ones_own(world: World) -> None:
    await sent(world, 1001)
    world.erp.documents.clear()
    report = await compared(world)
    other = await join(world.database)
    assert await comparing.heal(world.database, tenant=other.tenant, report=report.id, by="them") == 0
    async with world.database.tenant(other.tenant) as tx:
        assert await reconciliations.one(tx, tenant=world.joined.tenant, report=report.id) is None
    assert (await shown(world, report.id)).healed_at is None
