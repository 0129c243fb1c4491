"""What is to become of an order: the whole table of money states, every policy, and what happens after it was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.address import Address
from app.domain.document import DocumentKind, SalesDocument
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide
from app.domain.order import LineKind, MoneyState, Order
from app.mapping import options as mapping_options
from app.mapping import tables as mapping_tables
from app.mapping.options import Options, Policy
from app.settings import Timing
from app.sync.flow import Cancelled, Hold, Put, Rules, Skip, Trace, Wait
from app.sync.order_told import Told, units
from app.sync.orders import decide
from tests.fakes.orders import LIVE_SINCE, NOW, PLACED, SHIP_TO, line, order, paid, tax
from tests.models.world import TABLES

TIMING = Timing()


def rules(
    *,
    approved: bool = False,
    go_live_at: Any = LIVE_SINCE,
    **options: Any,
) -> Rules:
    return Rules(
        tables=mapping_tables.of(1, TABLES),
        options=replace(Options(), **options),
        go_live_at=go_live_at,
        timing=TIMING,
        approved=approved,
    )


def put(made: Order, told: Told | None = None, **options: Any) -> Put:
    decision = decide(made, told, rules(**options), NOW)
    assert isinstance(decision, Put), decision
    return decision


def told_of(made: Order, **options: Any) -> Told:
    """What is kept after the first put of this order."""
    return Told.of(put(made, **options).told)


# --- the first time ------------------------------------------------------------------------------------------------

PAID_AS = [DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE, DocumentKind.SALES_ORDER]


@pytest.mark.parametrize("kind", [*PAID_AS, DocumentKind.ORDER_WITH_DEPOSIT])
def test_a_paid_order_becomes_the_document_the_merchant_chose(kind: DocumentKind) -> None:
    assert put(order(), paid_document=kind).document.kind is kind


def test_a_paid_order_is_invoiced_and_paid_unless_told_otherwise() -> None:
    made = put(order())
    assert made.document.kind is DocumentKind.INVOICED_ORDER
    assert made.document.fully_paid
    assert made.then is None


@pytest.mark.parametrize("state", [MoneyState.AUTHORISED, MoneyState.TERMS])
@pytest.mark.parametrize("kind", PAID_AS)
def test_without_money_yet_it_is_a_sales_order_whatever_a_paid_one_becomes(
    state: MoneyState, kind: DocumentKind
) -> None:
    made = put(order(money_state=state), paid_document=kind).document
    assert made.kind is DocumentKind.SALES_ORDER
    assert made.payments == ()
    assert made.note is None


def test_a_partly_paid_order_is_a_sales_order_with_deposit() -> None:
    made = put(order(money_state=MoneyState.PARTLY_PAID, payments=(paid("5.00"),))).document
    assert made.kind is DocumentKind.ORDER_WITH_DEPOSIT
    assert not made.fully_paid


@pytest.mark.parametrize("state", [MoneyState.VOIDED, MoneyState.EXPIRED])
def test_a_payment_that_is_gone_is_held(state: MoneyState) -> None:
    decision = decide(order(money_state=state), None, rules(), NOW)
    assert isinstance(decision, Hold)
    assert [reason.code for reason in decision.reasons] == [f"payment.{state.value}"]


@pytest.mark.parametrize("minutes", [0, 1, 29])
def test_an_undecided_payment_is_waited_for(minutes: int) -> None:
    now = PLACED + timedelta(minutes=minutes)
    decision = decide(order(money_state=MoneyState.PENDING), None, rules(), now)
    assert isinstance(decision, Wait)
    assert decision.reason.code == "payment.pending"
    assert decision.until == now + TIMING.processor_look


@pytest.mark.parametrize("minutes", [30, 31, 6_000])
def test_after_half_an_hour_an_undecided_payment_is_a_sales_order_with_a_note(minutes: int) -> None:
    decision = decide(
        order(money_state=MoneyState.PENDING), None, rules(), PLACED + timedelta(minutes=minutes)
    )
    assert isinstance(decision, Put)
    assert decision.document.kind is DocumentKind.SALES_ORDER
    assert decision.document.note is not None


@pytest.mark.parametrize("state", list(MoneyState))
def test_every_money_state_leads_somewhere(state: MoneyState) -> None:
    expected = {MoneyState.VOIDED: Hold, MoneyState.EXPIRED: Hold}.get(state, Put)
    assert isinstance(decide(order(money_state=state), None, rules(), NOW), expected)


@pytest.mark.parametrize("state", list(MoneyState))
def test_cancelled_before_it_was_sent_is_recorded_and_not_sent(state: MoneyState) -> None:
    decision = decide(order(money_state=state, cancelled_at=NOW), None, rules(), NOW)
    assert isinstance(decision, Cancelled)
    assert decision.reason.code == "order.cancelled_before_sent"


@pytest.mark.parametrize("side", list(CurrencySide))
def test_the_document_is_in_the_currency_side_the_merchant_chose(side: CurrencySide) -> None:
    money = {"currency": "EUR", "seen": "25.00", "other": "USD"}
    bought = order(
        lines=(line("TEA", "20.00", money=money),), money={"currency": "EUR", "seen": "0", "other": "USD"}
    )
    made = put(bought, side=side)
    expected = {CurrencySide.SHOP: ("EUR", "20.00"), CurrencySide.PRESENTMENT: ("USD", "25.00")}[side]
    assert (made.document.currency, str(made.document.total)) == expected
    assert made.told["side"] == side.value


# --- odd orders ------------------------------------------------------------------------------------------------------

ODD = {
    "test_orders": ("order.test", {"test": True}),
    "imported_orders": ("order.imported", {"imported": True}),
    "pos_orders": ("order.pos", {"point_of_sale_key": StoreKey("9")}),
}
DEFAULTS = {"test_orders": Policy.SKIP, "imported_orders": Policy.SKIP, "pos_orders": Policy.SEND}


@pytest.mark.parametrize("option", list(ODD))
@pytest.mark.parametrize("policy", [Policy.SKIP, Policy.HOLD, Policy.SEND])
def test_each_kind_of_odd_order_has_its_policy(option: str, policy: Policy) -> None:
    code, changes = ODD[option]
    decision = decide(order(**changes), None, rules(**{option: policy}), NOW)
    match policy:
        case Policy.SKIP:
            assert isinstance(decision, Skip)
            assert decision.reason.code == code
        case Policy.HOLD:
            assert isinstance(decision, Hold)
            assert [reason.code for reason in decision.reasons] == [code]
        case _:
            assert isinstance(decision, Put)


@pytest.mark.parametrize("option", list(ODD))
def test_the_policies_that_nobody_chose_are_the_products(option: str) -> None:
    decision = decide(order(**ODD[option][1]), None, rules(), NOW)
    assert isinstance(decision, Skip if DEFAULTS[option] is Policy.SKIP else Put)


CUSTOM = line(None, "5.00", kind=LineKind.CUSTOM)
NO_SKU = line(None, "5.00", item_key=StoreKey("v-1"))
DELETED = line("OLD", "5.00", item_key=None)

LINES = [
    ("custom_lines", CUSTOM, Policy.HOLD, "item.custom_line"),
    ("custom_lines", CUSTOM, Policy.FALLBACK, "FALLBACK"),
    ("no_sku", NO_SKU, Policy.HOLD, "item.no_sku"),
    ("no_sku", NO_SKU, Policy.FALLBACK, "UNKNOWN"),
    ("deleted_product", DELETED, Policy.HOLD, "item.deleted_product"),
    ("deleted_product", DELETED, Policy.FALLBACK, "UNKNOWN"),
    ("deleted_product", DELETED, Policy.SEND, "OLD"),
]


@pytest.mark.parametrize(("option", "odd", "policy", "expected"), LINES)
def test_each_kind_of_odd_line_has_its_policy(option: str, odd: Any, policy: Policy, expected: str) -> None:
    tables = mapping_tables.of(1, {**TABLES, "special": {**TABLES["special"], "unknown": "UNKNOWN"}})
    chosen = replace(rules(**{option: policy}), tables=tables)
    decision = decide(order(lines=(line(), odd)), None, chosen, NOW)
    if policy is Policy.HOLD:
        assert isinstance(decision, Hold)
        assert [reason.code for reason in decision.reasons] == [expected]
    else:
        assert isinstance(decision, Put)
        assert [made.item for made in decision.document.lines] == ["TEA", expected]


def test_an_order_older_than_go_live_is_left_alone_until_a_person_approves_it() -> None:
    later = {"go_live_at": PLACED + timedelta(seconds=1)}
    left = decide(order(), None, rules(**later), NOW)
    assert isinstance(left, Skip)
    assert left.reason.code == "order.before_go_live"
    assert isinstance(decide(order(), None, rules(**later, approved=True), NOW), Put)


def test_an_order_placed_at_the_very_moment_of_go_live_is_sent() -> None:
    assert isinstance(decide(order(), None, rules(go_live_at=PLACED), NOW), Put)


def test_an_option_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no such option"):
        mapping_options.of({"colour": "blue"})
    with pytest.raises(ValueError, match="never"):
        mapping_options.of({"pos_orders": "never"})
    assert mapping_options.of({"pos_orders": "skip"}).pos_orders is Policy.SKIP


# --- after it was told -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "grown"),
    [
        (DocumentKind.INVOICED_ORDER, DocumentKind.INVOICED_ORDER),
        (DocumentKind.CASH_SALE, DocumentKind.INVOICED_ORDER),
        (DocumentKind.SALES_ORDER, DocumentKind.SALES_ORDER),
        (DocumentKind.ORDER_WITH_DEPOSIT, DocumentKind.ORDER_WITH_DEPOSIT),
    ],
)
@pytest.mark.parametrize("before", [MoneyState.AUTHORISED, MoneyState.TERMS, MoneyState.PENDING])
def test_a_later_capture_completes_the_sales_order(
    before: MoneyState, chosen: DocumentKind, grown: DocumentKind
) -> None:
    told = told_of(order(money_state=before), paid_document=chosen)
    assert told.kind is DocumentKind.SALES_ORDER
    made = put(order(), told, paid_document=chosen).document
    assert made.kind is grown
    assert made.fully_paid


def test_the_rest_of_a_deposit_is_one_more_payment_on_the_same_kind_of_document() -> None:
    first = order(money_state=MoneyState.PARTLY_PAID, payments=(paid("5.00"),))
    made = put(order(payments=(paid("5.00"), paid("19.00", key="t2"))), told_of(first)).document
    assert made.kind is DocumentKind.ORDER_WITH_DEPOSIT
    assert [payment.key for payment in made.payments] == ["t1", "t2"]
    assert made.fully_paid


@pytest.mark.parametrize("kind", [DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE])
def test_a_document_never_shrinks_when_the_money_goes_back(kind: DocumentKind) -> None:
    told = told_of(order(), paid_document=kind)
    for state in (MoneyState.PARTLY_PAID, MoneyState.AUTHORISED, MoneyState.TERMS):
        assert put(order(money_state=state), told, paid_document=kind).document.kind is kind


def test_the_currency_side_it_was_told_in_stays_when_the_choice_changes() -> None:
    told = told_of(order(), side=CurrencySide.SHOP)
    assert put(order(), told, side=CurrencySide.PRESENTMENT).document.side is CurrencySide.SHOP


def test_nothing_new_asks_for_the_same_document_again() -> None:
    first = put(order())
    again = put(order(updated_at=NOW), Told.of(first.told))
    assert (again.document, again.told) == (first.document, first.told)


EDITS: dict[str, dict[str, Any]] = {
    "another line": {"lines": (line("TEA", "20.00", tax("4.00")), line("MUG", "7.00"))},
    "another quantity": {"lines": (line("TEA", "20.00", tax("4.00"), quantity=2, key="TEA-20.00"),)},
    "another address": {"ship_to": replace(SHIP_TO, street="Anderer Weg 2")},
    "marked as edited": {"edited": True},
}


@pytest.mark.parametrize("edit", list(EDITS))
def test_an_edit_after_the_document_is_held_and_before_it_is_sent_as_it_is_now(edit: str) -> None:
    told = told_of(order())
    decision = decide(order(**EDITS[edit]), told, rules(), NOW)
    assert isinstance(decision, Trace)
    assert decision.found.code == "order.edited"
    assert isinstance(decision.absent, Put)
    # Only the original quantities are ever sent, and an order that was edited first is held once it is there.
    assert (decision.absent.then is not None) == (edit == "marked as edited")


def test_an_order_edited_before_it_was_sent_goes_with_its_first_quantities_and_is_held_then() -> None:
    made = put(order(edited=True, lines=(line("TEA", "20.00", tax("4.00"), quantity=3, current_quantity=1),)))
    assert [str(each.quantity) for each in made.document.lines] == ["3"]
    assert made.then is not None
    assert made.then.code == "order.edited"
    # It stays so: the second run neither forgets the edit nor takes it for a new one.
    again = put(order(edited=True, lines=(line("TEA", "20.00", tax("4.00"), quantity=3, current_quantity=1),)),
                Told.of(made.told))  # fmt: skip
    assert again.then == made.then


@pytest.mark.parametrize("left", [None, Address(country_code="DE")])
def test_an_address_that_was_erased_in_the_store_is_no_edit(left: Address | None) -> None:
    """A buyer's right to be forgotten empties it there; null never clears, and nobody has to look at the order."""
    told = told_of(order())
    assert put(order(ship_to=left, bill_to=None), told).then is None


def test_cancelled_after_it_was_sent_is_held_where_a_document_exists() -> None:
    decision = decide(order(cancelled_at=NOW), told_of(order()), rules(), NOW)
    assert isinstance(decision, Trace)
    assert decision.found.code == "order.cancelled"
    assert isinstance(decision.absent, Cancelled)
    assert decision.absent.reason.code == "order.cancelled_before_sent"


@pytest.mark.parametrize("state", [MoneyState.VOIDED, MoneyState.EXPIRED])
def test_a_payment_that_goes_after_the_document_is_held(state: MoneyState) -> None:
    decision = decide(
        order(money_state=state), told_of(order(money_state=MoneyState.AUTHORISED)), rules(), NOW
    )
    assert isinstance(decision, Trace)
    assert decision.found.code == f"payment.{state.value}"
    assert isinstance(decision.absent, Hold)


def test_cancelled_outweighs_edited() -> None:
    decision = decide(order(cancelled_at=NOW, edited=True), told_of(order()), rules(), NOW)
    assert isinstance(decision, Trace)
    assert decision.found.code == "order.cancelled"


def test_a_refund_is_no_edit() -> None:
    told = told_of(order())
    refunded = order(lines=(line("TEA", "20.00", tax("4.00"), current_quantity=0),))
    assert put(refunded, told).then is None


def test_what_was_told_survives_being_stored() -> None:
    told = told_of(order(money_state=MoneyState.AUTHORISED, edited=True))
    assert Told.of(told.stored()) == told


def test_the_units_of_the_document_are_told_as_first_ordered_and_by_folded_sku() -> None:
    first, *rest = order().lines
    twice = (
        replace(first, sku=" Mug "),
        replace(first, key=StoreKey("other"), sku="MUG", current_quantity=0),
    )
    assert units(replace(order(), lines=(*twice, *rest)))["mug"] == 2 * first.quantity
    assert told_of(order()).units == units(order())


def test_what_was_told_before_units_were_is_left_as_it_is() -> None:
    told = replace(told_of(order()), units=None)
    assert "units" not in told.stored()
    assert Told.of(told.stored()) == told


def test_everything_missing_is_held_at_once() -> None:
    bare = replace(rules(), tables=mapping_tables.of(1, {}))
    decision = decide(order(), None, bare, NOW)
    assert isinstance(decision, Hold)
    assert {reason.code for reason in decision.reasons} == {"mapping.payment_missing", "mapping.tax_missing"}


def test_the_external_id_is_the_same_for_ever() -> None:
    first, later = put(order()).document, put(order(name="#1001-renamed", updated_at=NOW)).document
    assert isinstance(first, SalesDocument)
    assert first.external_id == later.external_id
    assert first.external_id != put(order(key=StoreKey("1002"))).document.external_id
