"""What a buyer owes, as gates see it: exact, in the limit's currency, and asked for only where it matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from app.domain.debtor import Debtor
from app.domain.money import CurrencySide, Money
from app.domain.order import MoneyState, Order
from app.errors import Reason, Rejected
from app.hosts.memory.spec import MEMORY
from app.mapping import rates, ruleset
from app.mapping.conditions import Condition
from app.mapping.owing import owing
from app.mapping.rates import Rate
from app.mapping.ruleset import Gate, RuleSet, Unasked
from app.mapping.tables import Tables
from app.mapping.tree import tree
from tests.drawing import tried
from tests.fakes.debtors import owes
from tests.fakes.orders import order
from tests.mapping.drawn_rules import conditions, trees

NO_TABLES = Tables()
ASKED = ("allowed", "owed", "left", "left_after")


def unpaid(**changes: Any) -> Order:
    """Goods for 24.00, on terms."""
    return order(money_state=MoneyState.TERMS, **changes)


def seen(made: Order, debtor: Debtor | None, tables: Tables = NO_TABLES) -> dict[str, Any]:
    return dict(owing(made, CurrencySide.SHOP, debtor, tables, ASKED))


def gates(*tests: tuple[str, str, str], needs: str = "all") -> RuleSet:
    found = [{"field": field, "operator": operator, "values": [value]} for field, operator, value in tests]
    when: Any = {"tests": found, "needs": needs}
    return ruleset.of({"gates": [{"id": "g", "when": when, "do": "hold", "sentence": "Over the limit."}]})


def met(
    rules: RuleSet, made: Order, debtor: Debtor | None, *, asked: bool = True
) -> Gate | Unasked | Reason | None:
    def told(names: Any) -> Any:
        return owing(made, CurrencySide.SHOP, debtor, Tables(), names)

    return rules.gate(tree(made, CurrencySide.SHOP), told if asked else None)


OVER = gates(("credit.left_after", "below", "0"))


def test_what_is_left_counts_what_is_owed_and_what_of_this_order_is_not_paid() -> None:
    assert seen(unpaid(), owes("70.50", limit="100")) == {
        "owed": Decimal("70.50"), "allowed": 100, "left": Decimal("29.50"), "left_after": Decimal("5.50"),
    }  # fmt: skip
    assert seen(order(), owes("70.50", limit="100"))["left_after"] == Decimal("29.50")


def test_a_buyer_without_a_limit_or_without_an_account_has_nothing_left_to_fall_short_of() -> None:
    assert seen(unpaid(), owes("70.50")) == {"owed": Decimal("70.50")}
    assert seen(unpaid(), None) == {"owed": Decimal(0)}
    for debtor in (owes("999999"), None):
        assert met(OVER, unpaid(), debtor) is None


@pytest.mark.parametrize(("limit", "held"), [("94.49", True), ("94.50", False), ("0", True)])
def test_an_order_is_held_to_the_cent(limit: str, held: bool) -> None:
    assert isinstance(met(OVER, unpaid(), owes("70.50", limit=limit)), Gate) is held


def test_what_is_owed_in_another_currency_than_the_limit_is_never_taken_for_the_limits() -> None:
    known = rates.of([Rate(source="JPY", target="EUR", rate=Decimal("0.005"), day=date(2026, 11, 9))])
    debtor = replace(owes("9000", limit="100"), owed=Money(amount=Decimal(9000), currency="JPY"))
    assert seen(unpaid(), debtor, replace(Tables(), rates=known))["left"] == 55
    reason = met(OVER, unpaid(), debtor)
    assert isinstance(reason, Reason)
    assert reason.code == "rule.no_rate"


def test_another_currency_is_converted_by_the_rate_of_the_day_or_the_order_waits_for_one() -> None:
    known = rates.of([Rate(source="EUR", target="USD", rate=Decimal("1.25"), day=date(2026, 11, 9))])
    debtor = owes("10", limit="40", currency="USD")
    assert seen(unpaid(), debtor, replace(Tables(), rates=known))["left_after"] == 0
    reason = met(OVER, unpaid(), debtor)
    assert isinstance(reason, Reason)
    assert (reason.code, reason.facts["rule"]) == ("rule.no_rate", "g")


def test_an_erp_that_can_not_say_whether_there_is_a_limit_lets_nobody_pass() -> None:
    debtor = owes("5", untold="It has no limits.")
    reason = met(OVER, unpaid(), debtor)
    assert isinstance(reason, Reason)
    assert (reason.code, reason.sentence) == ("debtor.limit_untold", "It has no limits.")
    assert isinstance(met(gates(("credit.owed", "above", "4")), unpaid(), debtor), Gate)


@pytest.mark.parametrize(
    ("needs", "dear", "expected"),
    [("all", "9999", None), ("all", "1", Unasked), ("any", "1", Gate), ("any", "9999", Unasked)],
)
def test_the_erp_is_asked_only_where_the_order_alone_does_not_say_it(
    needs: str, dear: str, expected: type | None
) -> None:
    rules = gates(("order.total", "above", dear), ("credit.left_after", "below", "0"), needs=needs)
    found = met(rules, unpaid(), None, asked=False)
    assert found is None if expected is None else isinstance(found, expected)
    assert bool(rules.unasked(tree(unpaid(), CurrencySide.SHOP)).gates) is (expected is Unasked)


@tried(150)
@given(seen=trees(), when=conditions)
def test_what_the_order_alone_says_is_what_it_says_with_any_answer(
    seen: dict[str, Any], when: Condition
) -> None:
    try:
        alone = when.unasked(seen)
        whole = when.holds(seen)
    except Rejected:
        return
    assert alone in {None, whole}


def test_only_a_gate_can_stand_on_it_and_only_where_the_erp_tells() -> None:
    test = {"field": "credit.owed", "operator": "above", "values": ["1"]}
    field: Any = {
        "id": "f",
        "target": "memo",
        "start": {"field": "credit.allowed"},
        "when": {"tests": [test]},
    }
    liquid: Any = {"id": "l", "target": "memo", "liquid": "{{ credit.left }}"}
    targets = MEMORY.targets_by_name
    wrong = ruleset.problems(ruleset.of({"fields": [field, liquid]}), targets, ())
    assert [each.rule for each in wrong] == ["f", "f", "l"]
    assert all("only a gate" in each.sentence for each in wrong)
    assert ruleset.problems(OVER, targets, ()) == []
    (missing,) = ruleset.problems(OVER, targets, (), debtors=False)
    assert missing.sentence == "This ERP does not tell what its customers owe."
