"""Refunds on their way: after their order, once, by what was given back, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.ids import StoreKey
from app.domain.order import MoneyState, Order
from app.domain.refund import Refund
from app.sync.reconcile import Reconcile
from tests.fakes.erp import loses_the_answer
from tests.fakes.orders import both, order
from tests.fakes.refunds import back, part, refund
from tests.fakes.world import World


def tea_back(of: Order, *, key: str = "501") -> Refund:
    """All of the first line."""
    line = of.lines[0]
    return refund(of, back(line, "20.00", "4.00"), key=StoreKey(key))


async def reconcile(world: World) -> int:
    sides = await world.opened()
    return await Reconcile(database=world.database, now=lambda: datetime.now(UTC)).run(sides)


async def refunded(world: World, made: Refund, *, heard: bool = True) -> Refund:
    """The buyer is given something back: the shop tells of the refund, and its order moves."""
    given = world.refunds.give(made)
    world.store.change(made.order_key, refund_keys=(*world.store.now(made.order_key).refund_keys, given.key))
    if heard:
        await world.hear(given.key, kind="refund")
    return given


async def test_a_refund_of_an_order_that_the_erp_has_is_credited_once(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await world.drain()
    assert await world.state("501") == ("settled", None)
    (credit,) = world.credits.real
    assert credit.external_id == "refund-goods-501"
    assert credit.payments == {"t9"}
    assert [step.key for step in world.credits.sent] == ["create", "payment:t9"]
    await world.hear("501", kind="refund")
    await world.drain()
    assert len(world.credits.sent) == 2


async def test_a_refund_before_its_order_waits_and_is_due_when_the_order_is_linked(world: World) -> None:
    placed = world.store.place(order(refund_keys=(StoreKey("501"),)))
    world.refunds.give(tea_back(placed))
    await world.hear("501", kind="refund")
    await world.drain()
    assert await world.state("501") == ("waiting", "refund.order_first")
    assert world.credits.sent == []
    await world.hear(placed.key, version=placed.updated_at)
    await world.drain()
    await world.drain()
    assert (await world.state(), await world.state("501")) == (("settled", None), ("settled", None))
    assert len(world.credits.real) == 1


async def test_a_refund_whose_event_was_lost_is_found_by_its_order(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, tea_back(placed), heard=False)
    await world.hear(placed.key, version=world.store.now(placed.key).updated_at)
    await world.drain()
    await world.drain()
    assert await world.state("501") == ("settled", None)


async def test_a_lost_answer_is_looked_up_and_leaves_one_credit(world: World) -> None:
    placed = await world.placed(order())
    world.credits.will(loses_the_answer)
    await refunded(world, tea_back(placed))
    await world.drain()
    await world.time_passes(300)
    await world.drain()
    assert await world.state("501") == ("settled", None)
    assert len(world.credits.documents) == 1


async def test_a_refund_of_an_order_that_is_not_sent_is_only_recorded(world: World) -> None:
    placed = await world.placed(order(test=True))
    await refunded(world, tea_back(placed))
    await world.drain()
    assert await world.state("501") == ("skipped", "refund.order_not_sent")


async def test_a_refund_of_an_order_nobody_has_heard_of_waits_for_days_and_is_then_held(world: World) -> None:
    given = world.refunds.give(tea_back(order()))
    world.refunds.refunds[given.key] = replace(given, created_at=datetime.now(UTC) - timedelta(days=4))
    await world.hear("501", kind="refund")
    await world.drain()
    assert await world.state("501") == ("held", "refund.order_unknown")


async def test_money_that_the_parts_do_not_explain_is_held_with_the_difference(world: World) -> None:
    placed = await world.placed(order())
    made = replace(tea_back(placed), adjustments=(part("goodwill", "-3.00"),))
    await refunded(world, made)
    await world.drain()
    assert await world.state("501") == ("held", "refund.unknown_component")
    assert "3.00 EUR" in (await world.record("501"))["reason_sentence"]
    assert world.credits.sent == []


async def test_a_refund_that_gives_nothing_back_is_only_recorded(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, refund(placed, adds_up=False))
    await world.drain()
    assert await world.state("501") == ("skipped", "refund.empty")


async def test_an_erp_that_takes_no_refunds_holds_none(world: World) -> None:
    world.takes_refunds = False
    placed = await world.placed(order())
    await refunded(world, tea_back(placed))
    await world.drain()
    assert await world.state("501") == ("skipped", "host.no_refunds")


async def test_a_refunds_flow_that_is_switched_on_late_credits_what_it_heard_of_meanwhile(
    world: World,
) -> None:
    await world.set(flows='{"refunds": false}')
    placed = await world.placed(order())
    await refunded(world, tea_back(placed), heard=False)
    await world.hear(placed.key, version=world.store.now(placed.key).updated_at)
    await world.drain()
    await world.drain()
    assert await world.state("501") == ("skipped", "flow.switched_off")
    assert (world.refunds.reads, world.credits.sent) == ([], [])
    await world.set(flows="{}")
    await reconcile(world)
    await world.drain()
    assert await world.state("501") == ("settled", None)
    assert await reconcile(world) == 0


async def test_a_refund_that_waits_is_not_credited_once_its_flow_is_off(world: World) -> None:
    placed = world.store.place(order(refund_keys=(StoreKey("501"),)))
    world.refunds.give(tea_back(placed))
    await world.hear("501", kind="refund")
    await world.drain()
    assert await world.state("501") == ("waiting", "refund.order_first")
    await world.set(flows='{"refunds": false}')
    await world.hear(placed.key, version=placed.updated_at)
    await world.drain()
    await world.drain()
    assert (await world.state(), await world.state("501")) == (
        ("settled", None),
        ("skipped", "flow.switched_off"),
    )
    assert world.credits.sent == []


async def test_an_order_that_was_cancelled_with_a_refund_is_the_refunds_affair(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, replace(tea_back(placed), whole=True))
    world.store.cancel(placed.key)
    await world.hear(placed.key, version=world.store.now(placed.key).updated_at)
    await world.drain()
    await world.drain()
    assert (await world.state(), await world.state("501")) == (("settled", None), ("settled", None))


async def test_an_order_that_was_cancelled_without_a_refund_is_held_as_before(world: World) -> None:
    placed = await world.placed(order())
    world.store.cancel(placed.key)
    await world.hear(placed.key, version=world.store.now(placed.key).updated_at)
    await world.drain()
    assert await world.state() == ("held", "order.cancelled")


async def test_a_credit_that_was_made_is_not_made_anew_when_its_refund_changes(world: World) -> None:
    placed = await world.placed(order())
    given = await refunded(world, tea_back(placed))
    await world.drain()
    world.refunds.give(replace(given, lines=(back(placed.lines[0], "10.00", "2.00"),)))
    await world.hear("501", kind="refund")
    await world.drain()
    assert await world.state("501") == ("held", "refund.changed")
    assert len(world.credits.documents) == 1


async def test_a_refund_whose_money_is_on_its_way_waits_for_it(world: World) -> None:
    placed = await world.placed(order())
    given = await refunded(world, replace(tea_back(placed), pending=True))
    await world.drain()
    assert await world.state("501") == ("waiting", "refund.pending")
    world.refunds.give(replace(given, pending=False))
    await world.hear("501", kind="refund")
    await world.drain()
    assert await world.state("501") == ("settled", None)


async def test_asking_for_an_order_asks_for_its_held_refunds_too(world: World) -> None:
    placed = await world.placed(order())
    given = await refunded(world, replace(tea_back(placed), adjustments=(part("goodwill", "-3.00"),)))
    await world.drain()
    assert await world.state("501") == ("held", "refund.unknown_component")
    world.refunds.give(replace(given, adjustments=()))
    await world.ask()
    await world.drain()
    await world.drain()
    assert await world.state("501") == ("settled", None)


def nothing_left(world: World, placed: Order) -> None:
    """All units came back."""
    lines = tuple(replace(line, current_quantity=0) for line in placed.lines)
    world.store.change(placed.key, current_total=both("0"), lines=lines)


async def test_a_document_that_was_called_off_with_its_order_is_as_it_should_be(world: World) -> None:
    placed = await world.placed(order())
    await refunded(world, replace(tea_back(placed), whole=True))
    await world.drain()
    world.erp.a_person_cancels()
    nothing_left(world, placed)
    await world.hear(placed.key, version=world.store.now(placed.key).updated_at)
    await world.drain()
    assert await world.state() == ("settled", None)


async def given_back(world: World, placed: Order) -> None:
    """All of it, and the ERP keeps nothing of an order that is called off."""
    await refunded(world, replace(tea_back(placed), whole=True))
    await world.drain()
    world.erp.a_person_removes()
    nothing_left(world, placed)
    await world.hear(placed.key, version=world.store.now(placed.key).updated_at)
    await world.drain()


async def test_an_unpaid_order_whose_document_was_removed_with_it_is_not_made_again(world: World) -> None:
    placed = await world.placed(order(payments=(), money_state=MoneyState.TERMS))
    sent = len(world.erp.sent)
    await given_back(world, placed)
    assert await world.state() == ("waiting", None), "a request may still commit"
    await world.time_passes(120)
    await world.drain()
    assert await world.state() == ("settled", None)
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert len(world.erp.sent) == sent
    assert world.erp.documents == []


async def test_a_free_order_of_which_something_is_left_is_held_when_its_document_is_removed(
    world: World,
) -> None:
    """All of it was a gift: its total says nothing about whether goods are still to be sent."""
    placed = await world.placed(order(payments=(), money_state=MoneyState.TERMS))
    await refunded(world, tea_back(placed))
    await world.drain()
    world.erp.a_person_removes()
    world.store.change(placed.key, current_total=both("0"))
    await world.time_passes(120)
    await world.hear(placed.key, version=world.store.now(placed.key).updated_at)
    await world.drain()
    assert await world.state() == ("held", "document.changed_in_erp")


async def test_a_paid_order_whose_document_was_removed_is_held_though_all_was_given_back(
    world: World,
) -> None:
    placed = await world.placed(order())
    await given_back(world, placed)
    await world.time_passes(120)
    await world.drain()
    assert await world.state() == ("held", "document.changed_in_erp")


async def test_a_document_that_a_person_called_off_alone_is_held(world: World) -> None:
    placed = await world.placed(order())
    world.erp.a_person_cancels()
    await world.ask()
    await world.drain()
    assert await world.state(placed.key) == ("held", "document.cancelled_in_erp")
