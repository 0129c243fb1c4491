"""Gates that stand on what the ERP says of the buyer: it is asked before an order is first sent, and silence lets nobody pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.crypto import Vault
from app.domain.order import MoneyState
from app.errors import Retry
from app.mapping import ruleset
from app.mapping.ruleset import EMPTY, RuleSet
from app.models import mapping_versions, records
from app.ports import Json, Span
from app.sync import first_contact, flows
from app.sync.engine import Carrier
from app.sync.flow import Consult, Hold
from app.sync.outlook import compared, outlook
from app.sync.rehearsal import Rehearsed, rehearse
from tests.fakes.debtors import FakeDebtors, owes
from tests.fakes.orders import BUYER, order
from tests.fakes.world import World
from tests.models.world import TABLES, VAULT

GATE: Json = {
    "id": "over",
    "when": {"tests": [{"field": "credit.left_after", "operator": "below", "values": ["0"]}]},
    "do": "hold",
    "sentence": "Over the limit.",
}


async def asking(world: World, debtors: FakeDebtors | None) -> World:
    """A world whose mapping holds whoever would owe more than they may."""
    async with world.database.tenant(world.joined.tenant) as tx:
        await mapping_versions.publish(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, tables=TABLES,
            rules={"gates": [GATE]}, note="", by="test",
        )  # fmt: skip
    return replace(world, debtors=debtors)


async def placed(world: World) -> None:
    await world.placed(order(money_state=MoneyState.TERMS))


async def test_whoever_would_owe_too_much_is_held_and_nothing_is_sent(world: World) -> None:
    debtors = FakeDebtors(says=owes("90", limit="100"))
    asked = await asking(world, debtors)
    await placed(asked)
    assert await world.state() == ("held", "order.held_by_rule")
    assert (world.erp.sent, [each.email for each in debtors.asked]) == ([], [BUYER.email])


async def test_whoever_may_owe_it_is_sent_and_never_asked_for_again(world: World) -> None:
    debtors = FakeDebtors(says=owes("70", limit="100"))
    asked = await asking(world, debtors)
    await placed(asked)
    assert await world.state() == ("settled", None)
    world.store.change("1001", payments=order().payments, money_state=MoneyState.PAID)
    debtors.says = owes("5000", limit="1")
    await asked.hear()
    await asked.drain()
    assert await world.state() == ("settled", None)
    assert len(debtors.asked) == 1


@pytest.mark.parametrize("fault", ["away", "stale"])
async def test_an_answer_that_does_not_come_or_is_old_lets_nobody_pass_and_is_asked_for_again(
    world: World, fault: str
) -> None:
    fresh, hours = owes("0", limit="100"), datetime.now(UTC) - timedelta(hours=1)
    debtors = FakeDebtors(says=fresh)
    if fault == "away":
        debtors.trouble = [Retry("host.unreachable", "The ERP does not answer.")]
    else:
        debtors.says = replace(fresh, as_of=hours)
    asked = await asking(world, debtors)
    await placed(asked)
    code = "host.unreachable" if fault == "away" else "debtor.stale"
    assert await world.state() == ("waiting", code)
    assert world.erp.sent == []
    debtors.says = fresh
    await world.time_passes(60)
    await asked.drain()
    assert await world.state() == ("settled", None)


async def test_an_erp_that_does_not_tell_holds_the_order_and_says_so(world: World) -> None:
    await placed(await asking(world, None))
    assert await world.state() == ("held", "debtor.not_told")
    assert world.erp.sent == []


async def test_a_person_who_approves_is_asked_nothing(world: World) -> None:
    debtors = FakeDebtors(says=owes("90", limit="100"))
    asked = await asking(world, debtors)
    await placed(asked)
    await asked.ask()
    await asked.drain()
    assert await world.state() == ("settled", None)
    assert len(debtors.asked) == 1


async def test_a_rehearsal_asks_as_a_run_would_and_writes_nothing(world: World) -> None:
    asked = await asking(world, FakeDebtors(says=owes("90", limit="100")))
    asked.store.place(order(money_state=MoneyState.TERMS))
    await asked.hear()
    made = await rehearsed(asked, VAULT)
    assert (made.action, made.reason and made.reason.code) == ("hold", "order.held_by_rule")
    assert world.erp.sent == []


async def test_the_plan_before_going_live_asks_too(world: World) -> None:
    debtors = FakeDebtors(says=owes("90", limit="100"))
    asked = await asking(world, debtors)
    asked.store.place(order(money_state=MoneyState.TERMS))
    assert await planned(asked) == [("hold", "order.held_by_rule")]
    debtors.trouble = [Retry("host.unreachable", "The ERP does not answer.")]
    assert await planned(asked) == [("wait", "host.unreachable")]
    debtors.says = None
    assert await planned(asked) == [("create", None)]


async def planned(world: World) -> list[tuple[str, str | None]]:
    now = datetime.now(UTC)
    span = Span(since=now - first_contact.LOOK_BACK, until=now + timedelta(minutes=1))
    found = first_contact.plan(await world.opened(), span, now=now)
    return [(each.action, each.code) async for each in found]


async def rehearsed(world: World, vault: Vault) -> Rehearsed:
    joined = world.joined
    async with world.database.tenant(joined.tenant) as tx:
        claim = await records.peek(
            tx, tenant=joined.tenant, connection=joined.connection, kind="order", key="1001"
        )
    assert claim is not None
    carrier = flows.engine(world.database, vault, lambda: datetime.now(UTC)).carriers["order"]
    assert isinstance(carrier, Carrier)
    return await rehearse(carrier, vault, claim, await world.opened())


# --- what-if asks nothing --------------------------------------------------------------------------------------------

ASKING = ruleset.of({"gates": [GATE]})


def _decides(gates: RuleSet, otherwise: Any) -> Any:
    def decide(past: RuleSet) -> Any:
        return otherwise if past.gates == gates.gates else Consult(buyer=BUYER, asking=gates)

    return outlook(decide, lambda _: {})


def test_what_only_the_erp_could_say_is_told_as_unknown() -> None:
    held = Hold(reasons=())
    now, was = _decides(ASKING, held), outlook(lambda _: held, lambda _: {})
    found = compared(was, now)
    assert (found.outcome, [reason.code for reason in found.reasons]) == ("unreadable", ["debtor.not_asked"])
    assert compared(now, was).outcome == "unreadable"


def test_the_same_question_under_both_leaves_what_else_they_say() -> None:
    held = Hold(reasons=())
    assert compared(_decides(ASKING, held), _decides(ASKING, held)).outcome == "same"
    assert EMPTY.past(ASKING) == EMPTY
