"""What a paid order becomes by a rule: told once, kept as long as its document stands, and grown into by a later capture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.document import DocumentKind
from app.domain.order import MoneyState, Order
from app.mapping import ruleset
from app.mapping import tables as mapping_tables
from app.mapping.options import Options
from app.ports import COMMON, DOCUMENT
from app.settings import Timing
from app.sync.flow import Hold, Put, Rules
from app.sync.order_told import Told
from app.sync.orders import decide
from app.sync.outlook import compared, outlook
from tests.fakes.orders import BUYER, LIVE_SINCE, NOW, line, order
from tests.models.world import TABLES

WHOLESALE = {"tests": [{"field": "order.buyer.tags", "operator": "is", "values": ["wholesale"]}]}
DEALER = replace(BUYER, tags=("wholesale",))


def rules(text: str = "sales_order", **more: Any) -> Rules:
    rule = {"id": "r1", "target": DOCUMENT, "start": {"text": text}, "when": WHOLESALE, **more}
    return Rules(
        tables=mapping_tables.of(1, TABLES, ruleset.of({"fields": [rule]})),
        options=Options(),
        go_live_at=LIVE_SINCE,
        timing=Timing(),
        targets={target.name: target for target in COMMON},
    )


def put(made: Order, by: Rules, told: Told | None = None) -> Put[Any]:
    decision = decide(made, told, by, NOW)
    assert isinstance(decision, Put), decision
    return decision


def kind(made: Order, by: Rules, told: Told | None = None) -> DocumentKind:
    found: DocumentKind = put(made, by, told).document.kind
    return found


@pytest.mark.parametrize("text", list(DocumentKind))
def test_a_paid_order_becomes_what_the_rule_says_and_any_other_what_the_connection_says(
    text: DocumentKind,
) -> None:
    assert kind(order(buyer=DEALER), rules(text)) is text
    assert kind(order(), rules(text)) is Options().paid_document


@pytest.mark.parametrize("state", [MoneyState.AUTHORISED, MoneyState.TERMS])
def test_before_the_money_is_there_no_rule_makes_more_of_it_and_a_capture_does(state: MoneyState) -> None:
    by = rules("cash_sale")
    waiting = put(order(buyer=DEALER, money_state=state), by)
    assert waiting.document.kind is DocumentKind.SALES_ORDER
    assert kind(order(buyer=DEALER), by, Told.of(waiting.told)) is DocumentKind.INVOICED_ORDER


def test_what_was_made_stays_what_it_is_when_the_customer_is_tagged_otherwise() -> None:
    told = Told.of(put(order(buyer=DEALER), rules("cash_sale")).told)
    assert kind(order(), rules("cash_sale"), told) is DocumentKind.CASH_SALE


def test_a_rule_that_gives_no_document_holds_the_order_with_whatever_else_it_lacks() -> None:
    held = decide(order(buyer=DEALER, lines=(line(None),)), None, rules("quotation"), NOW)
    assert isinstance(held, Hold)
    assert [reason.code for reason in held.reasons] == ["rule.wrong_type", "item.no_sku"]
    assert held.reasons[0].facts["rule"] == "r1"


def test_a_what_if_shows_another_document_even_where_its_first_request_is_the_same() -> None:
    made = order(buyer=DEALER)
    was, now = (
        outlook(lambda _, by=by: decide(made, None, by, NOW), lambda document: {})  # type: ignore[misc]
        for by in (rules("invoiced_order"), rules("order_with_deposit"))
    )
    found = compared(was, now)
    assert (found.outcome, [each.path for each in found.differs]) == ("changed", ["document_kind"])
