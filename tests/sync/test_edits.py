"""Orders that are edited after their document was made: told once, as long as the ERP allows it, else held with what differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from app.domain.document import DocumentKind, FoundLine
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide
from app.domain.order import Order
from app.errors import Retry
from app.models import demand_lines
from app.ports import ReservesAt
from app.sync.order_told import Told, Version
from tests.fakes.erp import commits_late, loses_the_answer
from tests.fakes.orders import line, order, paid, tax
from tests.fakes.world import World


async def edited(world: World, of: Order, *lines: Any, edit: str = "e1") -> Order:
    """The merchant changes what was bought; the shop tells of it."""
    before = world.store.now(of.key)
    wanted = order(lines=lines, payments=before.payments)
    changed: dict[str, Any] = {
        "lines": wanted.lines,
        "total": wanted.total,
        "tax_total": wanted.tax_total,
        "edited": True,
        "edits": (*(before.edits or ()), StoreKey(edit)),
    }
    world.store.change(of.key, **changed)
    await world.hear(of.key, version=world.store.now(of.key).updated_at)
    await world.drain()
    return world.store.now(of.key)


def two() -> Any:
    return line("TEA", "40.00", tax("8.00"), quantity=2, key="TEA-20.00")


async def test_an_edited_order_changes_its_document_once(world: World) -> None:
    placed = await world.placed(order())
    await edited(world, placed, two())
    assert await world.state() == ("settled", None)
    assert [step.key for step in world.erp.sent] == ["create", "payment:t1", "edit:e1"]
    (only,) = world.erp.real
    assert only.lines is not None
    assert [(each.item, each.quantity) for each in only.lines] == [("TEA", 2)]
    await world.ask()
    await world.drain()
    assert len(world.erp.sent) == 3


async def test_a_second_edit_is_a_step_of_its_own(world: World) -> None:
    placed = await world.placed(order())
    await edited(world, placed, two())
    await edited(world, placed, line(), line("MUG", "5.00"), edit="e2")
    assert await world.state() == ("settled", None)
    assert [step.key for step in world.erp.sent][-2:] == ["edit:e1", "edit:e2"]


async def test_an_edit_whose_answer_was_lost_is_looked_up(world: World) -> None:
    placed = await world.placed(order())
    world.erp.will(loses_the_answer)
    await edited(world, placed, two())
    await world.time_passes(300)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert len(world.erp.steps("edit:e1")) == 1


async def test_an_edit_that_may_still_land_is_sent_again_only_after_its_deadline(world: World) -> None:
    placed = await world.placed(order())
    world.erp.will(commits_late)
    await edited(world, placed, two())
    await world.drain()
    assert len(world.erp.steps("edit:e1")) == 1
    await world.time_passes(300)
    await world.drain()
    assert await world.state() == ("settled", None)
    world.erp.the_late_one_lands()
    (only,) = world.erp.real
    assert only.lines is not None
    assert [each.quantity for each in only.lines] == [2]


def test_no_edit_follows_while_what_rounded_an_earlier_version_off_may_still_land() -> None:
    """It may bring back the lines of that version."""
    told = Told(side=CurrencySide.SHOP, kind=DocumentKind.SALES_ORDER, content="", current="", edited=True)
    assert told.overtaken == ()
    first = replace(told, versions=(Version(edit=None),))
    assert first.overtaken == ()
    twice = replace(
        told, versions=tuple(Version(edit=edit) for edit in (None, StoreKey("e1"), StoreKey("e2")))
    )
    assert set(twice.overtaken) == {"edit:e1", "round", "rounding", "round:e1", "rounding:e1"}


async def test_what_the_erp_can_no_longer_change_is_held_with_the_lines_and_the_difference(
    world: World,
) -> None:
    placed = await world.placed(order())
    world.erp.billed = True
    await edited(world, placed, two(), line("MUG", "5.00"))
    assert await world.state() == ("held", "order.edited")
    sentence = (await world.record())["reason_sentence"]
    assert "MUG 0 → 1; TEA 1 → 2" in sentence
    world.erp.billed = False
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_a_person_who_makes_the_change_in_the_erp_ends_the_hold(world: World) -> None:
    placed = await world.placed(order())
    world.erp.billed = True
    await edited(world, placed, two())
    world.erp.a_person_makes(FoundLine(item="TEA", quantity=Decimal(2), net=Decimal("40.00")))
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert world.erp.steps("edit:e1") == []


async def test_an_order_edited_before_it_was_sent_is_sent_as_it_is_then(world: World) -> None:
    made = order(lines=(two(),), edited=True, edits=(StoreKey("e1"),))
    await world.placed(made)
    assert await world.state() == ("settled", None)
    assert [step.key for step in world.erp.sent] == ["create", "payment:t1"]


async def test_a_change_back_to_what_it_was_is_an_edit_like_any_other(world: World) -> None:
    placed = await world.placed(order())
    await edited(world, placed, two())
    await edited(world, placed, line("TEA", "20.00", tax("4.00")), edit="e2")
    assert await world.state() == ("settled", None)
    (only,) = world.erp.real
    assert only.lines is not None
    assert [each.quantity for each in only.lines] == [1]


async def test_a_document_that_a_person_changed_is_not_taken_for_an_earlier_one(world: World) -> None:
    placed = await world.placed(order(payments=(paid("24.00"),)))
    world.erp.someone_changes_a_line()
    await edited(world, placed, two())
    assert await world.state() == ("held", "document.reference_taken")


async def test_an_edit_that_was_taken_back_while_it_may_still_land_is_waited_for(world: World) -> None:
    placed = await world.placed(order())
    world.erp.will(commits_late)
    await edited(world, placed, two())
    await edited(world, placed, line("TEA", "20.00", tax("4.00")), edit="e2")
    assert (await world.state())[0] == "waiting"
    world.erp.the_late_one_lands()
    await world.time_passes(300)
    await world.drain()
    assert await world.state() == ("settled", None)
    (only,) = world.erp.real
    assert only.lines is not None
    assert [each.quantity for each in only.lines] == [1]


async def unknown_units(world: World, *, read: timedelta = timedelta(minutes=1)) -> int:
    """Units that no reading of the ERP can hold, when it was made so long from now."""
    about = {"tenant": world.joined.tenant, "connections": [world.joined.connection]}
    async with world.database.tenant(world.joined.tenant) as tx:
        await demand_lines.settle(tx, **about, at=ReservesAt.CREATE)
        found = await demand_lines.unknown_since(
            tx, **about, skus=["tea"], since=datetime.now(UTC) + read, skipped=False
        )
    return sum(each.quantity for each in found)


@pytest.mark.parametrize("billed", [False, True])
async def test_units_that_an_edit_adds_count_as_sold_until_the_erp_has_them(
    world: World, billed: bool
) -> None:
    placed = await world.placed(order())
    assert await unknown_units(world) == 0
    if billed:
        world.erp.billed = True
    else:
        world.erp.fails_to_look(Retry("host.unreachable", "The ERP does not answer."))
    await edited(world, placed, two())
    assert (await world.state())[0] == ("held" if billed else "waiting")
    assert await unknown_units(world) == 1
    if not billed:
        await world.time_passes(300)
        await world.drain()
        assert await world.state() == ("settled", None)
        assert await unknown_units(world) == 0
        assert orjson.loads((await world.record())["told"])["units"] == {"tea": 2}


async def test_what_two_edits_added_no_reading_from_before_them_holds(world: World) -> None:
    placed = await world.placed(order())
    await world.time_passes(300)
    await unknown_units(world)
    await edited(world, placed, two())
    await edited(world, placed, line("TEA", "80.00", tax("16.00"), quantity=4, key="TEA-20.00"), edit="e2")
    assert await world.state() == ("settled", None)
    assert await unknown_units(world, read=-timedelta(minutes=1)) == 3
    assert await unknown_units(world) == 0
    await world.ask()
    await world.drain()
    assert await unknown_units(world, read=-timedelta(minutes=1)) == 3
