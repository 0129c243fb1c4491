"""Field rules: built by steps or written in Liquid they give the same, exactly, for whatever an order holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given

from app.errors import Rejected
from app.mapping import tables as mapping_tables
from app.mapping.conditions import Condition, Test
from app.mapping.liquid_view import liquid
from app.mapping.looking_up import doors
from app.mapping.rules import (
    Calculate,
    Default,
    FieldRule,
    Join,
    LookUp,
    Part,
    Round,
    Split,
    built,
)
from app.templates import Filter, Liquid
from tests.drawing import tried
from tests.mapping.drawn_rules import rules, trees

TABLES = mapping_tables.of(1, {"payments": {"Card": "CC", "0.1": "TENTH"}, "shipping": {"*": "POST"}})
LOOKED_UP = doors(TABLES, currency="EUR", at=datetime(2026, 11, 20, tzinfo=UTC))
ORDER: dict[str, Any] = {
    "order": {
        "name": "#1001",
        "total": Decimal("19.99"),
        "tags": ("vip",),
        "po_number": None,
        "channel": "card",
    }
}


def outcome(rule: FieldRule, tree: Mapping[str, Any], known: Mapping[str, Filter] = LOOKED_UP) -> str | None:
    """What the structure gives, or the code of why it gives nothing."""
    try:
        return built(rule, tree, known)
    except Rejected as refused:
        return f"! {refused.code}"


def outcome_of_its_liquid(
    rule: FieldRule, tree: Mapping[str, Any], known: Mapping[str, Filter] = LOOKED_UP
) -> str | None:
    try:
        return Liquid().parse(liquid(rule)).render(tree, known) or None
    except Rejected as refused:
        return f"! {refused.code}"


@tried(150)
@given(rule=rules, tree=trees())
def test_a_rule_and_its_liquid_view_give_the_same(rule: FieldRule, tree: Mapping[str, Any]) -> None:
    assert outcome(rule, tree) == outcome_of_its_liquid(rule, tree)


@pytest.mark.long
@tried(1_250)  # times eight
@given(rule=rules, tree=trees())
def test_ten_thousand_rules_crash_nothing_and_both_views_agree(
    rule: FieldRule, tree: Mapping[str, Any]
) -> None:
    assert outcome(rule, tree) == outcome_of_its_liquid(rule, tree)


@given(rule=rules)
def test_a_rule_is_stored_as_it_is(rule: FieldRule) -> None:
    assert msgspec.json.decode(msgspec.json.encode(rule), type=FieldRule) == rule


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (FieldRule(id="1", target="memo", start=Part(field="order.name")), "#1001"),
        (
            FieldRule(
                id="1",
                target="memo",
                start=Part(field="order.name"),
                steps=(
                    Split(separator="#", place=2),
                    Join(parts=(Part(field="order.po_number"), Part(text="web")), separator="-"),
                ),
            ),
            "1001-web",
        ),
        (
            FieldRule(
                id="1",
                target="memo",
                start=Part(field="order.total"),
                steps=(Calculate(how="times", amount="1.19"), Round(places=2)),
            ),
            "23.79",
        ),
        (
            FieldRule(
                id="1", target="memo", start=Part(field="order.channel"), steps=(LookUp(table="payments"),)
            ),
            "CC",
        ),
        (
            FieldRule(
                id="1",
                target="memo",
                start=Part(field="order.name"),
                steps=(LookUp(table="payments", required=False), Default(text="none")),
            ),
            "none",
        ),
        (
            FieldRule(
                id="1",
                target="memo",
                start=Part(text="VIP"),
                when=Condition(
                    tests=(
                        Test(field="order.tags", operator="is", values=("VIP",)),
                        Test(field="order.total", operator="above", values=("19.98",)),
                    )
                ),
            ),
            "VIP",
        ),
        (
            FieldRule(
                id="1",
                target="memo",
                start=Part(text="VIP"),
                when=Condition(tests=(Test(field="order.total", operator="above", values=("19.99",)),)),
            ),
            None,
        ),
    ],
)
def test_what_rules_give(rule: FieldRule, given: str | None) -> None:
    assert outcome(rule, ORDER) == given == outcome_of_its_liquid(rule, ORDER)


GROUPS = mapping_tables.of(1, {"customer_groups": {"wholesale": "B2B", "vip": "A", "north, vip": "N"}})


@pytest.mark.parametrize(
    ("tags", "given"),
    [
        (("newsletter", "Wholesale"), "B2B"),
        (("vip", "wholesale"), "A"),
        (("north", "vip"), "N"),
        (("wholesale",), "B2B"),
        ((), None),
        (("newsletter", "2024"), "! rule.unmapped"),
    ],
)
def test_of_several_texts_the_first_that_the_table_knows_is_taken(
    tags: tuple[str, ...], given: str | None
) -> None:
    found = Part(field="order.buyer.tags")
    rule = FieldRule(id="1", target="memo", start=found, steps=(LookUp(table="customer_groups"),))
    record = {"order": {"buyer": {"tags": tags}}}
    known = doors(GROUPS, currency="EUR", at=datetime(2026, 11, 20, tzinfo=UTC))
    assert outcome(rule, record, known) == given == outcome_of_its_liquid(rule, record, known)


def test_of_several_texts_that_no_table_knows_the_first_is_named() -> None:
    with pytest.raises(Rejected) as refused:
        LOOKED_UP["look_up"](("newsletter", "2024"), "payments", True)
    assert refused.value.facts == {"table": "payments", "value": "newsletter"}


def test_a_value_that_its_table_lacks_is_named_with_its_table() -> None:
    rule = FieldRule(id="1", target="memo", start=Part(field="order.name"), steps=(LookUp(table="payments"),))
    with pytest.raises(Rejected) as refused:
        built(rule, ORDER, LOOKED_UP)
    assert (refused.value.code, refused.value.facts) == (
        "rule.unmapped",
        {"table": "payments", "value": "#1001"},
    )


def test_a_table_that_is_named_by_the_order_is_told_as_a_text() -> None:
    template = Liquid().parse("{{ order.note | look_up: order.tags, true }}")
    with pytest.raises(Rejected) as refused:
        template.render({"order": {"note": "x" * 4_000, "tags": ("payments",)}}, LOOKED_UP)
    assert refused.value.facts == {"table": "payments", "value": "x" * 501}
