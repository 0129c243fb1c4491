"""Gates that ask what is known later, or what an order lacks: judged risk is waited for, and never for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.ids import StoreKey
from app.domain.order import Order, Risk
from app.mapping import ruleset
from app.mapping import tables as mapping_tables
from app.mapping.options import Options
from app.settings import Timing
from app.sync.flow import Decision, Hold, Put, Rules, Wait
from app.sync.orders import decide
from tests.fakes.orders import LIVE_SINCE, NOW, SHIP_TO, line, order
from tests.models.world import TABLES

YOUNG = timedelta(minutes=1)


def rules(field: str, operator: str, *values: str, approved: bool = False) -> Rules:
    when: Any = {"tests": [{"field": field, "operator": operator, "values": list(values)}]}
    gates = ruleset.of({"gates": [{"id": "g", "when": when, "do": "hold", "sentence": "Look at it."}]})
    return Rules(
        tables=mapping_tables.of(1, TABLES, gates),
        options=Options(),
        go_live_at=LIVE_SINCE,
        timing=Timing(),
        approved=approved,
    )


def risky(made: Order, *, age: timedelta = YOUNG, approved: bool = False) -> Decision[Any]:
    return decide(
        made, None, rules("order.risk", "is", "high", "medium", approved=approved), made.created_at + age
    )


@pytest.mark.parametrize(("risk", "held"), [(Risk.HIGH, True), (Risk.MEDIUM, True), (Risk.LOW, False)])
def test_an_order_that_the_store_has_judged_is_held_by_what_it_said(risk: Risk, held: bool) -> None:
    assert isinstance(risky(order(risk=risk)), Hold if held else Put)


def test_an_order_that_is_not_judged_yet_waits_where_a_gate_asks_and_goes_after_five_minutes() -> None:
    waiting = risky(order())
    assert isinstance(waiting, Wait)
    assert waiting.reason.code == "order.risk_pending"
    assert isinstance(risky(order(), age=timedelta(minutes=5)), Put)


def test_nobody_waits_for_a_judgement_that_no_gate_asks_for_or_that_never_comes() -> None:
    made = order()
    assert isinstance(decide(made, None, rules("order.total", "above", "9999"), made.created_at + YOUNG), Put)
    assert isinstance(risky(order(point_of_sale_key=StoreKey("5"))), Put)
    assert isinstance(risky(order(), approved=True), Put)


@pytest.mark.parametrize(
    ("made", "held"),
    [
        (order(), False),
        (order(ship_to=replace(SHIP_TO, postal_code=" ")), True),
        (order(ship_to=None), True),
        (order(ship_to=None, point_of_sale_key=StoreKey("5")), False),
        (order(lines=(line(requires_shipping=False),), ship_to=None), False),
    ],
    ids=["whole", "no code", "none", "over the counter", "nothing to ship"],
)
def test_an_order_whose_address_lacks_something_is_held_where_it_is_sent_somewhere(
    made: Order, held: bool
) -> None:
    assert isinstance(
        decide(made, None, rules("order.address_problems", "filled"), NOW), Hold if held else Put
    )
