"""Refunds whose order moves at the wrong moment: linked late, mapped anew, found out at once, or forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.ids import StoreKey
from app.models import privacy
from app.models.privacy import Subject
from tests.fakes.orders import order
from tests.fakes.world import World
from tests.models.world import TABLES
from tests.sync.test_refunds import refunded, tea_back


async def test_a_refund_that_was_held_for_its_order_goes_on_once_the_order_is_linked(world: World) -> None:
    placed = world.store.place(order(refund_keys=(StoreKey("501"),)))
    given = world.refunds.give(tea_back(placed))
    world.refunds.refunds[given.key] = replace(given, created_at=datetime.now(UTC) - timedelta(days=4))
    await world.hear("501", kind="refund")
    await world.drain()
    await world.hear("501", kind="refund")
    await world.drain()
    assert await world.state("501") == ("held", "refund.order_unknown")
    await world.hear(placed.key, version=placed.updated_at)
    await world.drain()
    await world.drain()
    assert await world.state("501") == ("settled", None)


async def test_a_refund_of_an_order_that_a_person_sends_after_all_is_credited(world: World) -> None:
    placed = world.store.place(order(), at=datetime(2001, 1, 1, tzinfo=UTC))
    await world.hear(placed.key)
    await refunded(world, tea_back(placed))
    await world.drain()
    await world.drain()
    assert await world.state() == ("skipped", "order.before_go_live")
    assert await world.state("501") == ("skipped", "refund.order_not_sent")
    await world.ask()
    await world.drain()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert await world.state("501") == ("settled", None)


async def test_a_refund_that_is_under_way_while_its_order_is_linked_is_looked_at_again(world: World) -> None:
    """It has read that the order is not there; without another look it would wait for an hour."""
    placed = world.store.place(order(refund_keys=(StoreKey("501"),)))
    world.refunds.give(tea_back(placed))
    await world.hear("501", kind="refund")
    await world.owner.execute(
        "UPDATE record SET state = 'running', lease_until = now() + interval '1 minute'"
    )
    await world.hear(placed.key, version=placed.updated_at)
    await world.drain()
    assert await world.state() == ("settled", None)
    row = await world.record("501")
    assert row["wanted"] == 2, "the run that is under way is followed by another"


async def test_a_credit_names_the_item_that_its_orders_document_names(world: World) -> None:
    await world.publish({**TABLES, "items": {"TEA": "OLD-TEA"}})
    placed = await world.placed(order())
    await world.publish({**TABLES, "items": {"TEA": "NEW-TEA"}})
    await refunded(world, tea_back(placed))
    await world.drain()
    assert await world.state("501") == ("settled", None)
    (sold,), (credit,) = world.erp.real, world.credits.real
    assert "OLD-TEA" in {line.item for line in sold.lines}
    assert [line.item for line in credit.lines] == ["OLD-TEA"]


async def test_a_person_is_erased_from_the_refunds_of_their_orders(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, replace(tea_back(placed), note="Ann Smith wants it back"))
    await world.drain()
    subject = Subject(order_keys=(str(placed.key),), buyer_key=None, email_hash=None)
    async with world.database.tenant(world.joined.tenant) as tx:
        found = await privacy.records_of(
            tx, tenant=world.joined.tenant, shop=world.joined.shop, subject=subject
        )
        await privacy.erase_records(tx, tenant=world.joined.tenant, records=found)
    left = await world.owner.fetch("SELECT key FROM effect WHERE target = 'host' AND payload IS NOT NULL")
    assert [row["key"] for row in left] == []


async def test_a_person_who_is_known_by_a_mail_alone_is_erased_from_their_refunds(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await world.drain()
    await world.owner.execute("UPDATE record SET email_hash = 'x' WHERE kind = 'order'")
    subject = Subject(order_keys=(), buyer_key=None, email_hash=b"x")
    async with world.database.tenant(world.joined.tenant) as tx:
        found = await privacy.records_of(
            tx, tenant=world.joined.tenant, shop=world.joined.shop, subject=subject
        )
    assert len(found) == 2


async def under_way(world: World, key: str, *, kind: str = "refund") -> None:
    await world.owner.execute(
        "UPDATE record SET state = 'running', lease_until = now() + interval '1 minute',"
        " parent_key = CASE WHEN kind = 'refund' THEN '1001' END WHERE source_key = $1 AND kind = $2",
        key,
        kind,
    )


async def over(world: World, key: str, *, kind: str = "refund") -> None:
    await world.owner.execute(
        "UPDATE record SET state = 'settled', lease_until = NULL, due_at = NULL, done = wanted"
        " WHERE source_key = $1 AND kind = $2",
        key,
        kind,
    )
    await world.owner.execute("UPDATE record SET due_at = now() WHERE state = 'waiting'")


async def test_a_refund_waits_until_the_one_before_it_is_done(world: World) -> None:
    """What an exchange adds may be given back after it, and not before."""
    placed = await world.placed(order())
    await refunded(world, tea_back(placed, key="502"))
    await world.hear("501", kind="refund")
    await under_way(world, "501")
    await world.drain()
    assert await world.state("502") == ("waiting", "refund.in_turn")
    assert world.credits.real == []
    await over(world, "501")
    await world.drain()
    assert await world.state("502") == ("settled", None)


async def test_a_refund_waits_for_an_exchange_that_is_told_alone_and_not_for_what_comes_later(
    world: World,
) -> None:
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await world.hear(f"{placed.key}x7", kind="refund")
    await under_way(world, f"{placed.key}x7")
    await world.hear("502", kind="refund")
    await under_way(world, "502")
    await world.drain()
    assert await world.state("501") == ("waiting", "refund.in_turn")
    await over(world, f"{placed.key}x7")
    await world.drain()
    assert await world.state("501") == ("settled", None)


async def test_a_refund_waits_while_its_order_is_told(world: World) -> None:
    """Between an invoice and its payment a credit would be used up by what is open of it."""
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await under_way(world, placed.key, kind="order")
    await world.drain()
    assert await world.state("501") == ("waiting", "refund.in_turn")
    await over(world, placed.key, kind="order")
    await world.drain()
    assert await world.state("501") == ("settled", None)
