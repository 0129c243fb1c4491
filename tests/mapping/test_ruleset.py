"""The rules of a version: what is wrong is told before any order is seen; what they give stands on the document or holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from app.domain.document import DocumentKind, SalesDocument
from app.domain.money import CurrencySide
from app.domain.order import Order
from app.errors import Misconfigured
from app.mapping import rates, ruleset
from app.mapping import tables as mapping_tables
from app.mapping.documents import Held, document
from app.mapping.options import Options
from app.mapping.rates import Rate
from app.ports import COMMON, Place, TargetField
from app.templates import ValueKind
from tests.fakes.orders import line, order, tax
from tests.models.world import TABLES

TARGETS = {
    target.name: target
    for target in (
        *COMMON,
        TargetField(name="department", label="Department", choices=("WEB", "B2B")),
        TargetField(name="memo", label="Memo", longest=12),
        TargetField(name="priority", label="Priority", kind=ValueKind.NUMBER),
        TargetField(name="due_on", label="Ship by", kind=ValueKind.DATE),
        TargetField(name="line.department", label="Department of the line", place=Place.LINE),
    )
}
VIP = {"tests": [{"field": "order.tags", "operator": "is", "values": ["VIP"]}]}


def stored(*fields: dict[str, Any], gates: tuple[dict[str, Any], ...] = ()) -> ruleset.RuleSet:
    numbered = [{"id": f"r{n}", **each} for n, each in enumerate(fields, 1)]
    return ruleset.of({"fields": numbered, "gates": list(gates)})


def made(placed: Order, rules: ruleset.RuleSet, tables: Mapping[str, Any] = TABLES) -> SalesDocument | Held:
    return document(
        placed,
        kind=DocumentKind.SALES_ORDER,
        side=CurrencySide.SHOP,
        tables=mapping_tables.of(1, tables, rules),
        options=Options(),
        targets=TARGETS,
    )


def wrong(rules: ruleset.RuleSet) -> list[tuple[str | None, str]]:
    return [(each.rule, each.sentence) for each in ruleset.problems(rules, TARGETS, ("payments",))]


ORDER = replace(
    order(lines=(line("TEA", "20.00", tax("4.00")),)), tags=("vip",), channel="web", note="Ring twice"
)


def test_rules_fill_the_fields_of_the_document_and_of_its_lines() -> None:
    rules = stored(
        {
            "target": "department",
            "start": {"field": "order.channel"},
            "steps": [{"do": "change", "how": "upcase"}],
        },
        {"target": "note", "start": {"field": "order.note"}},
        {"target": "line.department", "start": {"field": "line.sku"}},
        {"target": "memo", "liquid": "{{ order.name }}/{{ order.units }}"},
    )
    document = made(ORDER, rules)
    assert isinstance(document, SalesDocument)
    assert document.note == "Ring twice"
    assert dict(document.codes) == {"department": "WEB", "memo": f"{ORDER.name}/1"}
    assert [dict(each.codes) for each in document.lines] == [{"line.department": "TEA"}]


def test_the_first_rule_whose_condition_holds_counts() -> None:
    rules = stored(
        {
            "target": "department",
            "start": {"text": "B2B"},
            "when": {"tests": [{"field": "order.tags", "operator": "is", "values": ["b2b"]}]},
        },
        {"target": "department", "start": {"text": "WEB"}},
    )
    document, other = made(ORDER, rules), made(replace(ORDER, tags=("B2B",)), rules)
    assert isinstance(document, SalesDocument)
    assert isinstance(other, SalesDocument)
    assert (document.codes["department"], other.codes["department"]) == ("WEB", "B2B")


def test_a_rule_may_route_the_order_and_what_was_not_asked_for_stays_as_it_was() -> None:
    plain = made(ORDER, ruleset.EMPTY)
    routed = made(ORDER, stored({"target": "location", "start": {"text": "OUTLET"}, "when": VIP}))
    assert isinstance(plain, SalesDocument)
    assert isinstance(routed, SalesDocument)
    assert replace(routed, location=plain.location) == plain
    assert routed.location == "OUTLET"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"target": "department", "start": {"text": "SHOP"}}, "rule.wrong_type"),
        ({"target": "memo", "start": {"text": "much longer than that"}}, "rule.wrong_type"),
        ({"target": "priority", "start": {"field": "order.name"}}, "rule.wrong_type"),
        ({"target": "due_on", "start": {"field": "order.channel"}}, "rule.wrong_type"),
        (
            {
                "target": "memo",
                "start": {"field": "order.channel"},
                "steps": [{"do": "look_up", "table": "free:none"}],
            },
            "rule.table_unknown",
        ),
        (
            {
                "target": "memo",
                "start": {"field": "order.name"},
                "steps": [{"do": "look_up", "table": "departments"}],
            },
            "rule.unmapped",
        ),
        (
            {"target": "memo", "start": {"field": "order.total"}, "steps": [{"do": "currency", "to": "USD"}]},
            "rule.no_rate",
        ),
        ({"target": "memo", "liquid": "{% for i in (1..9999) %}x{% endfor %}"}, "rule.limit"),
    ],
)
def test_what_the_erp_would_not_take_holds_the_order_and_names_the_rule(
    rule: dict[str, Any], code: str
) -> None:
    held = made(ORDER, stored(rule))
    assert isinstance(held, Held)
    assert [(reason.code, reason.facts["rule"]) for reason in held.reasons] == [(code, "r1")]
    assert rule["target"] in held.reasons[0].sentence


def test_an_amount_is_converted_exactly_by_the_rate_of_the_orders_day() -> None:
    day = ORDER.processed_at.date()
    rule = {"target": "memo", "start": {"field": "order.total"}, "steps": [{"do": "currency", "to": "usd"}]}
    built = mapping_tables.of(1, TABLES, stored(rule))

    def sold(at: date) -> SalesDocument | Held:
        rate = Rate(source="EUR", target="USD", rate=Decimal("1.0875"), day=at, good_for=2)
        return document(
            ORDER,
            kind=DocumentKind.SALES_ORDER,
            side=CurrencySide.SHOP,
            tables=replace(built, rates=rates.of([rate])),
            options=Options(),
            targets=TARGETS,
        )

    known = sold(day - timedelta(days=2))
    assert isinstance(known, SalesDocument)
    assert Decimal(known.codes["memo"]) == ORDER.total.on(CurrencySide.SHOP).amount * Decimal("1.0875")
    stale = sold(day - timedelta(days=3))
    assert isinstance(stale, Held)
    assert [reason.code for reason in stale.reasons] == ["rule.rate_stale"]


def test_every_reason_is_told_at_once() -> None:
    held = made(
        ORDER,
        stored(
            {"target": "department", "start": {"text": "X"}}, {"target": "priority", "start": {"text": "Y"}}
        ),
    )
    assert isinstance(held, Held)
    assert [reason.facts["rule"] for reason in held.reasons] == ["r1", "r2"]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"target": "colour"}, "The ERP has no field colour."),
        ({"target": "memo", "start": {"field": "order.shoe_size"}}, "An order has no field order.shoe_size."),
        ({"target": "memo", "start": {"field": "line.sku"}}, "line.sku is a line's"),
        ({"target": "memo", "steps": [{"do": "look_up", "table": "tables"}]}, "There is no table tables."),
        (
            {"target": "priority", "start": {"field": "order.created_at"}},
            "This gives a date, and Priority takes a number.",
        ),
        ({"target": "memo", "liquid": "{{ order.shoe_size }}"}, "An order has no field order.shoe_size."),
        ({"target": "memo", "liquid": "{% include 'x' %}"}, "The template can't be read"),
        (
            {
                "target": "memo",
                "when": {"tests": [{"field": "order.total", "operator": "about", "values": ["1"]}]},
            },
            "no comparison called about",
        ),
        (
            {"target": "memo", "when": {"tests": [{"field": "order.total", "operator": "above"}]}},
            "needs something to compare",
        ),
        ({"target": "memo", "steps": [{"do": "cut", "most": 1}] * 21}, "at most 20 steps"),
    ],
)
def test_what_can_not_be_meant_is_told_before_any_order_is_seen(rule: dict[str, Any], sentence: str) -> None:
    found = wrong(stored(rule))
    assert [rule for rule, _ in found] == ["r1"]
    assert sentence in found[0][1]


def test_each_problem_names_the_part_of_the_rule_that_it_is_about() -> None:
    test = {"field": "line.sku", "operator": "about", "values": ["1"]}
    rules = stored(
        {
            "target": "memo",
            "start": {"field": "order.none"},
            "steps": [
                {"do": "join", "parts": [{"text": "a"}, {"field": "order.none"}]},
                {"do": "look_up", "table": "none"},
            ],
            "when": {"tests": [*VIP["tests"], test, {"field": "order.total", "operator": "above"}]},
        },
        {"target": "memo", "liquid": "{{ order.none }}"},
        {"target": "colour"},
        {"target": "priority", "start": {"field": "order.tags"}},
        gates=({"id": "g", "when": {"tests": [test]}, "do": "skip", "sentence": ""},),
    )
    found = [(each.rule, ".".join(each.path)) for each in ruleset.problems(rules, TARGETS, ("payments",))]
    assert found == [
        ("r1", "when.tests.1.field"),
        ("r1", "when.tests.1.operator"),
        ("r1", "when.tests.2.values"),
        ("r1", "start"),
        ("r1", "steps.0.parts.1"),
        ("r1", "steps.1.table"),
        ("r2", "liquid"),
        ("r3", "target"),
        ("r4", ""),
        ("g", "when.tests.0.field"),
        ("g", "when.tests.0.operator"),
        ("g", "sentence"),
    ]


def test_what_can_be_meant_has_no_problem() -> None:
    rules = stored(
        {
            "target": "memo",
            "start": {"field": "order.name"},
            "steps": [{"do": "look_up", "table": "payments"}],
            "when": VIP,
        },
        {
            "target": "line.department",
            "liquid": "{{ line.sku }}{% for l in order.lines %}{{ l.sku }}{% endfor %}",
        },
        {"target": "priority", "start": {"field": "order.total"}},
        gates=({"id": "g", "when": VIP, "do": "hold", "sentence": "Look at these."},),
    )
    assert wrong(rules) == []


def test_a_gate_without_a_condition_or_a_sentence_is_a_mistake() -> None:
    rules = stored(gates=({"id": "g", "when": {}, "do": "skip", "sentence": " "},))
    assert [rule for rule, _ in wrong(rules)] == ["g", "g"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"rules": []}',
        '{"fields": [{"id": 1}]}',
        '{"fields": [{"id": "a", "target": "memo", "steps": [{"do": "eval"}]}]}',
    ],
)
def test_what_is_no_set_of_rules_can_not_be_stored(text: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        ruleset.of(orjson.loads(text))
    assert refused.value.code == "mapping.rules_malformed"
