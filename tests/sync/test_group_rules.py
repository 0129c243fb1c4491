"""Gates and rules on who a buyer is to the merchant: tags of the customer, and what a held order is looked at again for."""

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
from app.sync.flow import Hold, Put, Rules
from app.sync.order_told import standing
from app.sync.orders import decide
from tests.fakes.orders import BUYER, LIVE_SINCE, NOW, order
from tests.models.world import TABLES

GROUPS = {**TABLES, "customer_groups": {"wholesale": "B2B", "vip": "A"}}


def rules(stored: dict[str, Any]) -> Rules:
    group = TargetField(name="customer_group", label="Customer group")
    return Rules(
        tables=mapping_tables.of(1, GROUPS, ruleset.of(stored)),
        options=Options(),
        go_live_at=LIVE_SINCE,
        timing=Timing(),
        targets={group.name: group},
    )


def tagged(*tags: str) -> Order:
    return order(buyer=replace(BUYER, tags=tags))


def gate(operator: str, *values: str) -> Rules:
    when = {"tests": [{"field": "order.buyer.tags", "operator": operator, "values": list(values)}]}
    return rules({"gates": [{"id": "g", "when": when, "do": "hold", "sentence": "Look at it."}]})


@pytest.mark.parametrize(
    ("operator", "tags", "held"),
    [
        ("is", ("newsletter", "Wholesale"), True),
        ("is", ("newsletter",), False),
        ("is", (), False),
        ("is_not", ("newsletter", "vip"), False),
        ("is_not", ("newsletter",), True),
        ("is_not", (), True),
        ("empty", (), True),
    ],
)
def test_a_gate_holds_customers_that_have_any_or_none_of_some_tags(
    operator: str, tags: tuple[str, ...], held: bool
) -> None:
    found = decide(tagged(*tags), None, gate(operator, "wholesale", "VIP"), NOW)
    assert isinstance(found, Hold if held else Put)


def test_the_table_of_customer_groups_turns_a_tag_into_the_erps_group() -> None:
    rule = {
        "id": "r",
        "target": "customer_group",
        "start": {"field": "order.buyer.tags"},
        "steps": [{"do": "look_up", "table": "customer_groups", "required": False}],
    }
    given = {
        tags: decide(tagged(*tags), None, rules({"fields": [rule]}), NOW)
        for tags in [("new", "VIP"), ("new",)]
    }
    groups = {
        tags: put.document.codes.get("customer_group") for tags, put in given.items() if isinstance(put, Put)
    }
    assert groups == {("new", "VIP"): "A", ("new",): None}


def test_a_held_order_is_looked_at_again_when_tags_change_and_not_when_none_ever_were() -> None:
    assert standing(tagged("vip")) != standing(tagged()) == standing(order())
    assert standing(tagged("vip", "b2b")) == standing(tagged("b2b", "vip")) != standing(tagged("vip"))
    assert standing(replace(order(), tags=("vip",))) not in {standing(order()), standing(tagged("vip"))}
