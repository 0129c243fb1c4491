"""A confirmation that says what there is after it, sent twice: what was true when it was first planned may not be any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.domain.document import SalesDocument
from app.domain.order import MoneyState
from app.errors import Unclear
from app.ports import Evidence, Fence, Found, Json, Sink, Step, Unlisted
from tests.fakes.orders import order, paid
from tests.fakes.world import World
from tests.hosts.odoo.rig import METHODS, office
from tests.hosts.rig import orders
from tests.models.world import TABLES


@dataclass
class LosesOne(Unlisted):
    """A sink whose first call of one step never reaches the ERP, and nobody knows that."""

    inner: Sink[SalesDocument]
    loses: str
    fence: Fence = Fence.DRAFT
    done: list[str] = field(default_factory=list)

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        return await self.inner.find(record, likely=likely)

    def next_step(self, record: SalesDocument, found: Found) -> Any:
        return self.inner.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        if step.key == self.loses:
            self.loses = ""
            raise Unclear("host.no_answer", "The ERP did not answer in time.")
        self.done.append(step.key)
        return await self.inner.do(step)

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        return self.inner.render(record)


@pytest.mark.parametrize("loses", ["confirm", ""], ids=["repeated", "once"])
async def test_what_was_paid_since_a_confirmation_was_first_sent_is_booked(world: World, loses: str) -> None:
    odoo = office("json2")
    sink = LosesOne(orders(odoo.host), loses)
    world.erp = sink  # type: ignore[assignment]
    await world.publish({**TABLES, "payments": METHODS, "taxes": {}})
    untaxed = replace(order().lines[0], taxes=())
    placed = world.store.place(order(money_state=MoneyState.AUTHORISED, lines=(untaxed,)))
    await world.hear(placed.key, version=placed.updated_at)
    await world.drain()
    payment = replace(paid("1"), amount=placed.total)
    captured = world.store.change(placed.key, money_state=MoneyState.PAID, payments=(payment,))
    await world.hear(placed.key, version=captured.updated_at)
    for _ in range(5):
        await world.time_passes(300)
        await world.drain()
    assert await world.state() == ("settled", None)
    assert sink.done == ["create", "confirm", "payment:t1", "invoice"]
    assert len(odoo.tables.rows["account.payment"]) == 1
