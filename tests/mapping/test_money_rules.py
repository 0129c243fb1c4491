"""Rules about an order's money say what its payments are booked on and what is made of it; not one amount is another by them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.document import DocumentKind, SalesDocument
from app.domain.money import CurrencySide
from app.domain.order import Order
from app.mapping import ruleset
from app.mapping import tables as mapping_tables
from app.mapping.documents import Held, document, paid_document
from app.mapping.options import Options
from app.mapping.rules import FieldRule
from app.mapping.tables import Tables
from app.ports import COMMON, DOCUMENT, METHOD
from tests.drawing import tried
from tests.fakes.orders import order, paid
from tests.mapping.drawn_rules import rules
from tests.mapping.shop import Described, DrawnShop, orders
from tests.models.world import TABLES

TARGETS = {target.name: target for target in COMMON}
CARD = {"tests": [{"field": "payment.method", "operator": "is", "values": ["card"]}]}
GERMAN = {"tests": [{"field": "order.ship_to.country_code", "operator": "is", "values": ["DE"]}]}
TWO_WAYS = order(payments=(paid("20.00"), paid("4.00", key="t2", method="gift_card")))


def tables(*fields: dict[str, Any], **more: dict[str, str]) -> Tables:
    numbered = [{"id": f"r{n}", **each} for n, each in enumerate(fields, 1)]
    return mapping_tables.of(1, {**TABLES, **more}, ruleset.of({"fields": numbered}))


def made(placed: Order, known: Tables, side: CurrencySide = CurrencySide.SHOP) -> SalesDocument | Held:
    return document(
        placed, kind=DocumentKind.INVOICED_ORDER, side=side, tables=known, options=Options(), targets=TARGETS
    )


def methods(placed: Order, known: Tables) -> list[str]:
    found = made(placed, known)
    assert isinstance(found, SalesDocument), found
    return [each.method for each in found.payments]


def codes(found: SalesDocument | Held) -> list[tuple[str, str | None]]:
    assert isinstance(found, Held)
    return [(reason.code, reason.facts.get("rule")) for reason in found.reasons]


# --- what a payment is booked on -------------------------------------------------------------------------------------


def test_each_payment_is_booked_by_the_first_rule_that_fits_it_and_else_by_the_table() -> None:
    known = tables(
        {
            "target": METHOD,
            "start": {"text": "CARD-DE"},
            "when": {"tests": [*CARD["tests"], *GERMAN["tests"]]},
        },
        {"target": METHOD, "start": {"text": "CARD"}, "when": CARD},
        payments={"gift_card": "VOUCHER"},
    )
    assert methods(TWO_WAYS, known) == ["CARD-DE", "VOUCHER"]
    assert methods(replace(TWO_WAYS, ship_to=None), known) == ["CARD", "VOUCHER"]


def test_a_rule_may_go_by_what_was_paid_and_look_the_account_up() -> None:
    large = {"tests": [{"field": "payment.amount", "operator": "at_least", "values": ["20"]}]}
    step = {"do": "look_up", "table": "accounts"}
    known = tables(
        {"target": METHOD, "start": {"field": "payment.method"}, "steps": [step], "when": large},
        payments={"*": "REST"},
        **{"free:accounts": {"card": "1210"}},
    )
    assert methods(TWO_WAYS, known) == ["1210", "REST"]


def test_a_payment_that_no_rule_and_no_table_names_is_held_as_ever() -> None:
    known = tables({"target": METHOD, "start": {"text": "CARD"}, "when": CARD}, payments={})
    assert codes(made(TWO_WAYS, known)) == [("mapping.payment_missing", None)]


def test_a_rule_that_can_not_be_carried_out_holds_the_order_once_and_not_for_the_table_too() -> None:
    number = {"tests": [{"field": "payment.method", "operator": "above", "values": ["1"]}]}
    known = tables({"target": METHOD, "start": {"text": "X"}, "when": number}, payments={})
    assert codes(made(TWO_WAYS, known)) == [("rule.not_a_number", "r1")]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"target": "note", "start": {"field": "payment.method"}}, "can't tell which payment is meant"),
        ({"target": "note", "liquid": "{{ payment.amount }}"}, "can't tell which payment is meant"),
        ({"target": METHOD, "start": {"field": "line.sku"}}, "can't tell which line is meant"),
        ({"target": METHOD, "liquid": "{{ payment.colour }}"}, "An order has no field payment.colour."),
    ],
)
def test_what_differs_from_payment_to_payment_is_known_to_rules_about_payments_alone(
    rule: dict[str, Any], sentence: str
) -> None:
    (found,) = ruleset.problems(tables(rule).rules, TARGETS, ())
    assert sentence in found.sentence


def test_a_rule_about_payments_may_be_liquid() -> None:
    known = tables(
        {"target": METHOD, "liquid": "{{ payment.method }}-{{ payment.amount }}-{{ order.channel }}"}
    )
    assert ruleset.problems(known.rules, TARGETS, ()) == []
    assert methods(TWO_WAYS, known) == ["card-20.00-web", "gift_card-4.00-web"]


def test_rules_on_many_payments_are_bounded_together() -> None:
    loop = "{% for i in (1..300) %}{% assign a = i | plus: 1 %}{% endfor %}{{ payment.method }}"
    many = order(payments=tuple(paid("0.10", key=f"t{n}") for n in range(240)))
    one, all_of_them = (
        made(TWO_WAYS, tables({"target": METHOD, "liquid": loop})),
        made(many, tables({"target": METHOD, "liquid": loop})),
    )
    assert isinstance(one, SalesDocument)
    assert codes(all_of_them) == [("rule.limit", "r1")]


# --- what is made of a paid order ------------------------------------------------------------------------------------


def kind(placed: Order, known: Tables) -> DocumentKind | Held:
    side = CurrencySide.SHOP
    return paid_document(placed, side=side, tables=known, options=Options(), targets=TARGETS)


def test_what_the_connection_says_counts_where_no_rule_fits() -> None:
    known = tables({"target": DOCUMENT, "start": {"text": "cash_sale"}, "when": GERMAN})
    assert kind(order(), known) is DocumentKind.CASH_SALE
    assert kind(order(ship_to=None), known) is Options().paid_document
    assert kind(order(), tables()) is Options().paid_document


def test_a_document_that_there_is_not_holds_the_order() -> None:
    found = kind(order(), tables({"target": DOCUMENT, "start": {"text": "quotation"}}))
    assert isinstance(found, Held)
    assert [reason.code for reason in found.reasons] == ["rule.wrong_type"]


def test_the_kind_of_document_is_no_field_of_it() -> None:
    found = made(order(), tables({"target": DOCUMENT, "start": {"text": "cash_sale"}}))
    assert isinstance(found, SalesDocument)
    assert DOCUMENT not in found.codes


# --- whatever is ordered, and whatever the rule ----------------------------------------------------------------------


@tried(30)
@given(
    described=orders(),
    rule=rules,
    target=st.sampled_from([METHOD, DOCUMENT, "note"]),
    tags=st.lists(st.sampled_from(["VIP", "wholesale", "0.1"]), unique=True),
    side=st.sampled_from(list(CurrencySide)),
)
def test_no_rule_changes_an_amount(
    described: Described, rule: FieldRule, target: str, tags: list[str], side: CurrencySide
) -> None:
    shop = DrawnShop(described["currency"])
    buyer = {"customer": {"email": "ada@example.com", "tags": tags}}
    read = shop.read(shop.place({**described, **buyer}))
    assert read.buyer.tags == tuple(sorted(tags))
    plain, ruled = mapping_tables.of(1, TABLES), ruleset.RuleSet(fields=(replaced(rule, target),))
    before, after = made(read, plain, side), made(read, mapping_tables.of(1, TABLES, ruled), side)
    assert isinstance(before, SalesDocument)
    if isinstance(after, SalesDocument):
        assert amounts(after) == amounts(before)
        assert all(each.method for each in after.payments)
    else:
        assert {reason.facts["rule"] for reason in after.reasons} == {rule.id}


def replaced(rule: FieldRule, target: str) -> FieldRule:
    return FieldRule(id=rule.id, target=target, start=rule.start, steps=rule.steps, when=rule.when)


def amounts(found: SalesDocument) -> list[tuple[str, Decimal]]:
    lines = [(each.key, each.net) for each in found.lines]
    return [*lines, *((str(each.key), each.amount) for each in found.payments), ("total", found.total)]
