"""Refunds whose order moves at the wrong moment: linked late, mapped anew, found out at once, or forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.ids import StoreKey
from app.domain.refund import Restock
from app.models import kin, privacy, records
from app.models.privacy import Subject
from tests.fakes.orders import order
from tests.fakes.refunds import back, refund
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
        " parent_key = CASE WHEN kind <> 'order' THEN '1001' END WHERE source_key = $1 AND kind = $2",
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


async def a_parcel(world: World, **columns: object) -> None:
    """Of order 1001, as its last run left it."""
    await world.hear("901", kind="parcel", parent="1001")
    named = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=1))
    await world.owner.execute(f"UPDATE record SET {named} WHERE kind = 'parcel'", *columns.values())


IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)


async def test_what_comes_back_waits_for_the_parcel_that_it_left_with(world: World) -> None:
    """An ERP that has not heard of the parcel would call the goods off, and then they could not leave."""
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await a_parcel(world, state="running", lease_until=IN_AN_HOUR)
    await world.drain()
    assert await world.state("501") == ("waiting", "refund.in_turn")
    assert world.credits.real == []
    await over(world, "901", kind="parcel")
    await world.drain()
    assert await world.state("501") == ("settled", None)


WAITS = {"due_at": IN_AN_HOUR}
FAILS = WAITS | {"failing_since": datetime.now(UTC)}


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param(FAILS | {"reason_code": "host.no_answer"}, id="no answer"),
        pytest.param(FAILS | {"reason_code": "parcel.stale_read"}, id="read too early"),
        pytest.param(FAILS | {"reason_code": "parcel.document_first"}, id="before its document"),
        pytest.param(WAITS | {"reason_code": "host.busy"}, id="not let in"),
        pytest.param(WAITS | {"reason_code": None}, id="may still appear"),
        pytest.param({"state": "skipped", "due_at": datetime.now(UTC)}, id="sent after all"),
        pytest.param({"state": "held", "due_at": datetime.now(UTC)}, id="asked for"),
    ],
)
async def test_what_comes_back_waits_for_a_parcel_that_is_under_way(
    world: World, columns: dict[str, object]
) -> None:
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await a_parcel(world, **columns)
    async with world.database.tenant(world.joined.tenant) as tx:
        (claim,) = await records.claim(
            tx, tenant=world.joined.tenant, shop=world.joined.shop, worker="one", lease=timedelta(minutes=1), most=1,
            kinds=["refund"],
        )  # fmt: skip
        assert await kin.elder(tx, claim, parent=placed.key, after="parcel") == "parcel"


async def test_a_refund_says_what_it_waits_for_and_looks_less_often_as_time_goes_by(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await a_parcel(world, state="running", lease_until=IN_AN_HOUR)
    for waited, again in ((0, 10), (600, 60), (86_400, 300)):
        await world.owner.execute(
            "UPDATE record SET due_at = now(), first_seen_at = now() - make_interval(secs => $1) WHERE kind = 'refund'",
            waited,
        )
        await world.drain()
        row = await world.record("501")
        sentence = f"This refund waits until the parcels of {placed.name} that have left are in the ERP."
        assert (row["reason_code"], row["reason_sentence"]) == ("refund.in_turn", sentence)
        assert again - 3 <= (row["due_at"] - datetime.now(UTC)).total_seconds() <= again + 3


async def test_a_refund_waits_for_what_was_heard_of_its_order_and_nobody_has_looked_at(world: World) -> None:
    """It may name the parcel that the goods left with, whose own event was lost."""
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await world.owner.execute("UPDATE schedule SET stopped_at = now() WHERE flow = 'orders'")
    await world.hear(placed.key)
    await world.drain()
    row = await world.record("501")
    sentence = f"This refund waits until what was heard of {placed.name} itself has been looked at."
    assert (row["reason_code"], row["reason_sentence"]) == ("refund.in_turn", sentence)


async def test_a_later_refund_waits_for_one_that_waits_itself(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await a_parcel(world, **FAILS, reason_code="host.no_answer")
    await world.drain()
    called_off = back(placed.lines[0], "20.00", "4.00", restock=Restock.CANCEL)
    await refunded(world, refund(placed, called_off, key=StoreKey("502")))
    await world.drain()
    assert await world.state("502") == ("waiting", "refund.in_turn")


@pytest.mark.parametrize("restock", [Restock.RETURN, Restock.NONE])
async def test_what_left_and_is_kept_waits_as_what_comes_back_does(world: World, restock: Restock) -> None:
    """An ERP that has not heard of the parcel would cancel the whole order, which nothing has left of."""
    placed = await world.placed(order())
    await refunded(
        world, refund(placed, back(placed.lines[0], "20.00", "4.00", restock=restock), key=StoreKey("501"))
    )
    await a_parcel(world, state="running", lease_until=IN_AN_HOUR)
    await world.drain()
    assert await world.state("501") == ("waiting", "refund.in_turn")


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"state": "held", "due_at": None, "reason_code": "parcel.too_much"}, id="held"),
        pytest.param(
            {
                "due_at": IN_AN_HOUR,
                "failing_since": datetime.now(UTC),
                "reason_code": "parcel.not_in_document",
            },
            id="waits for what a refund may bring",
        ),
        pytest.param(
            {"state": "running", "lease_until": IN_AN_HOUR, "sink_key": "D7"}, id="there, and followed"
        ),
    ],
)
async def test_no_refund_waits_for_a_parcel_that_waits_for_something_else(
    world: World, columns: dict[str, object]
) -> None:
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await a_parcel(world, **columns)
    await world.drain()
    assert await world.state("501") == ("settled", None)


async def test_goods_that_never_left_wait_for_no_parcel(world: World) -> None:
    placed = await world.placed(order())
    called_off = back(placed.lines[0], "20.00", "4.00", restock=Restock.CANCEL)
    await refunded(world, refund(placed, called_off, key=StoreKey("501")))
    await a_parcel(world, state="running", lease_until=IN_AN_HOUR)
    await world.drain()
    assert await world.state("501") == ("settled", None)
