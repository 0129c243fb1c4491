"""Gates and rules on an order's market; where nobody can tell it, the order waits rather than passing for one of none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.order import Order
from app.mapping import ruleset
from app.mapping import tables as mapping_tables
from app.mapping.options import Options
from app.ports import TargetField
from app.settings import Timing
from app.sync.flow import Hold, Put, Rules, Skip
from app.sync.order_told import standing
from app.sync.orders import decide
from tests.fakes.orders import LIVE_SINCE, NOW, order
from tests.models.world import TABLES

MEMO = TargetField(name="memo", label="Memo")


def rules(*, approved: bool = False, **stored: Any) -> Rules:
    return Rules(
        tables=mapping_tables.of(1, {**TABLES, "subsidiaries": {"Germany": "DE01"}}, ruleset.of(stored)),
        options=Options(),
        go_live_at=LIVE_SINCE,
        timing=Timing(),
        approved=approved,
        targets={MEMO.name: MEMO},
    )


def gate(operator: str, *values: str, approved: bool = False) -> Rules:
    when = {"tests": [{"field": "order.markets", "operator": operator, "values": list(values)}]}
    return rules(gates=[{"id": "g", "when": when, "do": "skip", "sentence": "Not ours."}], approved=approved)


def field(**rule: Any) -> Rules:
    return rules(fields=[{"id": "r", "target": "memo", **rule}])


def of(*markets: str) -> Order:
    return replace(order(), markets=markets)


@pytest.mark.parametrize(
    ("operator", "markets", "left_out"),
    [
        ("is", ("Germany",), True),
        ("is", ("Bavaria", "Germany"), True),
        ("is", ("France",), False),
        ("is_not", ("France", "Europe"), True),
        ("is_not", ("France", "germany"), False),
        ("is_not", (), True),
    ],
)
def test_orders_are_filtered_by_their_market(operator: str, markets: tuple[str, ...], left_out: bool) -> None:
    decision = decide(of(*markets), None, gate(operator, "Germany"), NOW)
    assert isinstance(decision, Skip if left_out else Put)


READING = [
    {"start": {"field": "order.markets"}},
    {"start": {"text": "x"}, "steps": [{"do": "join", "parts": [{"field": "order.markets"}]}]},
    {"start": {"text": "x"}, "when": {"tests": [{"field": "order.markets", "operator": "filled"}]}},
    {"liquid": "{% for one in order.markets %}{{ one }}{% endfor %}"},
]


@pytest.mark.parametrize("rule", READING)
def test_where_nobody_can_tell_the_market_a_rule_that_stands_on_it_holds_the_order(
    rule: dict[str, Any],
) -> None:
    held = decide(order(), None, field(**rule), NOW)
    assert isinstance(held, Hold)
    assert [reason.code for reason in held.reasons] == ["order.market_unknown"]
    assert isinstance(decide(of("Germany"), None, field(**rule), NOW), Put)


def test_a_gate_holds_it_too_until_a_person_lets_it_through_and_other_rules_do_not_care() -> None:
    held = decide(order(), None, gate("is", "Germany"), NOW)
    assert isinstance(held, Hold)
    assert [reason.code for reason in held.reasons] == ["order.market_unknown"]
    assert isinstance(decide(order(), None, gate("is", "Germany", approved=True), NOW), Put)
    assert isinstance(decide(order(), None, field(start={"field": "order.name"}), NOW), Put)


def test_the_narrowest_market_that_a_table_knows_gives_the_erps_code() -> None:
    step = {"do": "look_up", "table": "subsidiaries"}
    decision = decide(
        of("Bavaria", "Germany"), None, field(start={"field": "order.markets"}, steps=[step]), NOW
    )
    assert isinstance(decision, Put)
    assert decision.document.codes["memo"] == "DE01"


def test_a_held_order_is_looked_at_again_when_it_comes_into_another_market() -> None:
    assert standing(of("Germany")) != standing(of("France")) != standing(of()) == standing(order())
