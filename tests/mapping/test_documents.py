"""An order becomes a document whose amounts are the store's own, to the minor unit, or it says everything that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.document import DocumentKind, DocumentLineKind, SalesDocument
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide, minor_unit, spread, total
from app.domain.order import LineKind, Order, OrderLine, Payment, Tax
from app.errors import Verdict
from app.mapping import tables as mapping_tables
from app.mapping.documents import Held, document
from app.mapping.options import Options, Policy
from app.mapping.tables import Tables, look_up
from tests.drawing import tried
from tests.fakes.orders import both, charge, line, off, order, paid, shipping, tax
from tests.models.world import TABLES


def mapped(
    made: Order, tables: Mapping[str, Mapping[str, str]] = TABLES, **options: Any
) -> SalesDocument | Held:
    return document(
        made,
        kind=DocumentKind.INVOICED_ORDER,
        side=options.pop("side", CurrencySide.SHOP),
        tables=mapping_tables.of(1, tables),
        options=replace(Options(), **options),
    )


def made_of(made: Order, tables: Mapping[str, Mapping[str, str]] = TABLES, **options: Any) -> SalesDocument:
    result = mapped(made, tables, **options)
    assert isinstance(result, SalesDocument), result
    assert_adds_up(result)
    return result


def assert_adds_up(made: SalesDocument) -> None:
    net = total(each.net for each in made.lines)
    taxes = total(t.amount for each in made.lines for t in each.taxes)
    assert net + taxes == made.total
    assert taxes == made.tax_total


def nets(made: SalesDocument) -> list[tuple[str, str]]:
    return [(each.item, str(each.net)) for each in made.lines]


def codes(made: Order, tables: Mapping[str, Mapping[str, str]] = TABLES, **options: Any) -> list[str]:
    result = mapped(made, tables, **options)
    assert isinstance(result, Held), result
    return [reason.code for reason in result.reasons]


# --- amounts ---------------------------------------------------------------------------------------------------------


def test_prices_without_tax_are_the_nets() -> None:
    made = made_of(
        order(
            lines=(line("TEA", "20.00", tax("4.00"), quantity=2),), shipping=(shipping("4.90", tax("0.98")),)
        )
    )
    assert nets(made) == [("TEA", "20.00"), ("SHIP", "4.90")]
    assert (str(made.total), str(made.tax_total), made.tax_lines) == ("29.88", "4.98", 2)
    assert [each.kind for each in made.lines] == [DocumentLineKind.ITEM, DocumentLineKind.SHIPPING]


def test_prices_with_tax_lose_the_stores_own_tax_lines_and_never_a_rate() -> None:
    # 10.00 at 19 % would be 8.40 net; the store says 1.61 of tax, so the net is 8.39.
    bought = order(taxes_included=True, lines=(line("TEA", "10.00", tax("1.61", rate="0.19")),))
    made = made_of(bought)
    assert nets(made) == [("TEA", "8.39")]
    assert str(made.total) == "10.00"


def test_two_taxes_on_one_line_both_come_off_and_both_are_booked() -> None:
    bought = order(
        taxes_included=True,
        lines=(line("TEA", "11.50", tax("1.00", title="GST"), tax("0.50", title="PST")),),
    )
    made = made_of(bought, {**TABLES, "taxes": {"GST": "G", "PST": "P"}})
    assert [(t.code, str(t.amount)) for t in made.lines[0].taxes] == [("G", "1.00"), ("P", "0.50")]
    assert nets(made) == [("TEA", "10.00")]


@pytest.mark.parametrize("included", [False, True])
def test_every_discount_comes_off_its_line_and_is_shown(included: bool) -> None:
    bought = order(
        taxes_included=included,
        lines=(
            line("TEA", "30.00", tax("4.00"), discounts=(off("6.00", code="SPRING"), off("0.01"))),
            line("MUG", "9.00", discounts=(off("9.00", title="Gift"),)),
        ),
        shipping=(shipping("4.90", discounts=(off("4.90", title="Free shipping"),)),),
    )
    made = made_of(bought)
    expected = "19.99" if included else "23.99"
    assert nets(made) == [("TEA", expected), ("MUG", "0.00"), ("SHIP", "0.00")]
    assert [str(each.discount) for each in made.lines] == ["6.01", "9.00", "4.90"]


def test_duties_and_fees_are_lines_of_their_own_with_their_taxes() -> None:
    bought = order(
        duties=(charge("Duty", "6.40", tax("1.28")),),
        fees=(charge("Handling", "1.50"),),
    )
    made = made_of(bought)
    assert nets(made)[1:] == [("DUTY", "6.40"), ("FEE", "1.50")]
    assert [each.kind for each in made.lines[1:]] == [DocumentLineKind.DUTY, DocumentLineKind.FEE]
    assert str(made.tax_total) == "5.28"


def test_a_tip_beside_the_lines_becomes_a_line() -> None:
    made = made_of(order(tip=both("3.00")))
    assert nets(made)[-1] == ("TIP", "3.00")
    assert made.lines[-1].kind is DocumentLineKind.TIP


def test_a_tip_that_is_a_line_is_booked_once() -> None:
    made = made_of(order(tip=both("3.00"), lines=(line(), line(None, "3.00", kind=LineKind.TIP))))
    assert nets(made) == [("TEA", "20.00"), ("TIP", "3.00")]


def test_a_gift_card_sold_is_booked_on_its_own_item_and_one_used_is_a_payment() -> None:
    bought = order(
        lines=(line("CARD-50", "50.00", kind=LineKind.GIFT_CARD),),
        payments=(paid("20.00", method="gift_card"), paid("30.00", key="t2")),
    )
    made = made_of(bought, {**TABLES, "payments": {"gift_card": "VOUCHER", "*": "BANK"}})
    assert nets(made) == [("GIFT", "50.00")]
    assert made.lines[0].kind is DocumentLineKind.GIFT_CARD
    assert [(p.method, str(p.amount)) for p in made.payments] == [("VOUCHER", "20.00"), ("BANK", "30.00")]


@pytest.mark.parametrize(
    ("currency", "price", "taxed", "whole"),
    [("JPY", "1205", "120", "1325"), ("KWD", "7.125", "0.356", "7.481"), ("EUR", "0.03", "0.01", "0.04")],
)
def test_no_decimal_and_three_decimals_stay_exact(currency: str, price: str, taxed: str, whole: str) -> None:
    money = {"currency": currency}
    made = made_of(order(lines=(line("TEA", price, tax(taxed, **money), money=money),), money=money))
    assert (made.currency, str(made.total)) == (currency, whole)


def test_each_currency_side_is_a_document_of_its_own_that_adds_up() -> None:
    money = {"currency": "EUR", "seen": "1205", "other": "JPY"}
    bought = order(
        lines=(line("TEA", "7.41", tax("0.67", seen="110", other="JPY"), money=money),),
        money={"currency": "EUR", "seen": "0", "other": "JPY"},
    )
    shop, seen = made_of(bought), made_of(bought, side=CurrencySide.PRESENTMENT)
    assert (shop.currency, str(shop.total), shop.payments[0].amount) == ("EUR", "8.08", shop.total)
    assert (seen.currency, str(seen.total), seen.payments[0].amount) == ("JPY", "1315", seen.total)
    assert shop.external_id == seen.external_id


def test_tax_that_a_marketplace_remits_is_booked_under_a_code_of_its_own() -> None:
    taxes = {"channel:VAT": "MARKETPLACE", "VAT": "OURS"}
    bought = order(lines=(line("TEA", "20.00", tax("2.00"), tax("2.00", channel=True)),))
    made = made_of(bought, {**TABLES, "taxes": taxes})
    assert [t.code for t in made.lines[0].taxes] == ["OURS", "MARKETPLACE"]


def test_tax_that_a_marketplace_remits_never_falls_under_the_merchants_own_code() -> None:
    bought = order(lines=(line("TEA", "20.00", tax("2.00", channel=True)),))
    assert codes(bought, {**TABLES, "taxes": {"VAT": "OURS"}}) == ["mapping.tax_missing"]


def test_a_tax_of_nothing_needs_no_code() -> None:
    made = made_of(order(lines=(line("TEA", "20.00", tax("0.00", title="Exempt")),)), {**TABLES, "taxes": {}})
    assert made.lines[0].taxes == ()
    assert made.tax_lines == 0


@pytest.mark.parametrize("key", ["VAT@0.2", "vat", "@0.2", "*"])
def test_a_tax_is_found_by_title_and_rate_by_title_by_rate_or_by_default(key: str) -> None:
    made = made_of(order(), {**TABLES, "taxes": {key: "T"}})
    assert made.lines[0].taxes[0].code == "T"


def test_the_nearer_key_of_a_tax_wins() -> None:
    every = {"*": "any", "@0.2": "rate", "VAT": "title", "VAT@0.2": "both"}
    for key in ("VAT@0.2", "VAT", "@0.2", "*"):
        made = made_of(order(), {**TABLES, "taxes": every})
        assert made.lines[0].taxes[0].code == every.pop(key)


# --- what does not add up --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", ["0.01", "-0.01", "5.00"])
def test_parts_that_do_not_add_up_are_held_with_the_difference(more: str) -> None:
    bought = order()
    wrong = replace(bought, total=both(bought.total.shop.amount + Decimal(more)))
    result = mapped(wrong)
    assert isinstance(result, Held)
    (reason,) = result.reasons
    assert reason.code == "order.unknown_component"
    assert reason.verdict is Verdict.LOOK_FIRST
    assert reason.facts["difference"] == f"{more} EUR"


def test_a_side_that_does_not_add_up_holds_that_side_alone() -> None:
    bought = order(money={"currency": "EUR", "seen": "0", "other": "USD"},
                   lines=(line("TEA", "20.00", money={"currency": "EUR", "seen": "22.00", "other": "USD"}),))  # fmt: skip
    wrong = replace(bought, total=both("20.00", seen="22.01", other="USD"))
    assert isinstance(mapped(wrong), SalesDocument)
    assert codes(wrong, side=CurrencySide.PRESENTMENT) == ["order.unknown_component"]


# --- what is not mapped ----------------------------------------------------------------------------------------------


def test_everything_that_is_not_mapped_is_listed_at_once_with_table_and_value() -> None:
    bought = order(
        lines=(line("TEA", "20.00", tax("4.00")), line(None, "5.00", kind=LineKind.CUSTOM)),
        shipping=(shipping("4.90", tax("0.49", title="Reduced", rate="0.1")),),
        duties=(charge("Duty", "1.00"),),
        fees=(charge("Handling", "1.00"),),
        tip=both("1.00"),
        payments=(
            paid("10.00"),
            paid("1.00", key="t2", method="paypal"),
            paid("1.00", key="t3", method="card"),
        ),
    )
    result = mapped(bought, {})
    assert isinstance(result, Held)
    missing = {(reason.facts["table"], reason.facts["value"]) for reason in result.reasons}
    assert missing == {
        ("taxes", "VAT@0.2"),
        ("taxes", "Reduced@0.1"),
        ("special", "custom"),
        ("special", "shipping"),
        ("special", "duty"),
        ("special", "fee"),
        ("special", "tip"),
        ("payments", "card"),
        ("payments", "paypal"),
    }
    assert len(result.reasons) == len(missing)
    assert {reason.verdict for reason in result.reasons} == {Verdict.NEEDS_MAPPING}
    assert all(reason.sentence.endswith(".") for reason in result.reasons)


def test_a_refusal_names_no_person_and_no_free_text_of_the_order() -> None:
    bought = order(lines=(line(None, "5.00", kind=LineKind.CUSTOM, title="Engraving for Ada Beispiel"),))
    result = mapped(bought, custom_lines=Policy.HOLD)
    assert isinstance(result, Held)
    assert "Ada" not in repr([(reason.sentence, dict(reason.facts)) for reason in result.reasons])


def test_nothing_is_said_of_the_total_while_something_is_not_mapped() -> None:
    assert codes(replace(order(), total=both("99.00")), {**TABLES, "taxes": {}}) == ["mapping.tax_missing"]


# --- codes -----------------------------------------------------------------------------------------------------------


def test_a_sku_is_the_item_unless_a_table_says_another() -> None:
    bought = order(lines=(line("Tea"), line("Mug")))
    made = made_of(bought, {**TABLES, "items": {"TEA": "10-TEA"}})
    assert [each.item for each in made.lines] == ["10-TEA", "Mug"]


def test_keys_are_compared_without_case_and_the_star_is_the_default() -> None:
    table = mapping_tables.of(1, {"payments": {"PayPal": "P", "*": "REST"}}).payments
    assert look_up(table, "paypal") == "P"
    assert look_up(table, "other") == "REST"
    assert look_up({}, "other") is None


def test_a_table_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no such table"):
        mapping_tables.of(1, {"payment": {}})


def test_the_shipping_method_is_sent_where_it_is_mapped() -> None:
    bought = order(shipping=(shipping(),))
    assert made_of(bought, {**TABLES, "shipping": {"std": "DHL"}}).codes == {"shipping_method": "DHL"}
    assert made_of(bought).codes == {}


def test_locations_are_sent_only_where_the_merchant_maps_them() -> None:
    bought = order(lines=(line(location_key=StoreKey("77")),), point_of_sale_key=StoreKey("78"))
    here = made_of(bought, {**TABLES, "locations": {"77": "WEST", "78": "TILL"}})
    assert (here.location, here.lines[0].location) == ("TILL", "WEST")
    assert made_of(bought).location is None


def test_an_order_of_nothing_but_discounts_totals_zero_and_has_no_payment() -> None:
    bought = order(lines=(line("TEA", "20.00", discounts=(off("20.00"),)),), payments=())
    made = made_of(bought)
    assert (made.total, made.payments, made.fully_paid) == (Decimal("0.00"), (), True)


# --- any order at all ------------------------------------------------------------------------------------------------


@st.composite
def _amounts(draw: st.DrawFn, unit: Decimal, most: int = 100_000) -> Decimal:
    return draw(st.integers(0, most)) * unit


@st.composite
def consistent_orders(draw: st.DrawFn) -> Order:
    """Any order whose parts add up to its total: that is all a store promises."""
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    unit = minor_unit(currency)
    money = {"currency": currency}
    included = draw(st.booleans())

    def taxes(gross: Decimal) -> tuple[Tax, ...]:
        count = draw(st.integers(0, 2))
        whole = min(gross, draw(_amounts(unit, 3_000)))
        parts = spread(whole, [Decimal(1)] * count, unit) if count else ()
        return tuple(tax(str(part), title=f"T{n}", **money) for n, part in enumerate(parts))

    lines: list[OrderLine] = []
    for n in range(draw(st.integers(1, 4))):
        gross = draw(_amounts(unit))
        taken = min(gross, draw(_amounts(unit, 2_000)))
        rest = gross - taken
        kind = draw(st.sampled_from([LineKind.ITEM, LineKind.CUSTOM, LineKind.GIFT_CARD]))
        lines.append(
            line(f"SKU{n}", str(gross), *taxes(rest), kind=kind, discounts=(off(str(taken), **money),),
                 quantity=draw(st.integers(1, 9)), money=money, key=f"l{n}")
        )  # fmt: skip
    fee = draw(_amounts(unit, 5_000))
    made = order(
        taxes_included=included,
        lines=tuple(lines),
        duties=(replace(charge("Duty", "0"), gross=both(fee, currency), taxes=taxes(fee)),),
        tip=both(draw(_amounts(unit, 500)), currency),
        money=money,
    )
    half = (made.total.shop.amount / 2).quantize(unit)
    payments = [
        Payment(key=StoreKey(f"p{n}"), method="card", amount=both(part, currency), at=made.created_at)
        for n, part in enumerate((half, made.total.shop.amount - half))
    ]
    return replace(made, payments=tuple(payments))


@tried(60)
@given(consistent_orders())
def test_whatever_the_order_net_and_tax_are_its_total_exactly(bought: Order) -> None:
    made = mapped(bought)
    assert isinstance(made, SalesDocument)
    assert_adds_up(made)
    assert made.total == bought.total.shop.amount
    assert made.paid == made.total
    assert all(each.net >= 0 for each in made.lines)
    assert {each.net % minor_unit(made.currency) for each in made.lines} == {Decimal(0)}


@tried(30)
@given(consistent_orders(), st.integers(-300, 300).filter(bool))
def test_whatever_the_order_a_total_that_is_off_is_never_sent(bought: Order, off_by: int) -> None:
    gap = off_by * minor_unit(bought.total.shop.currency)
    whole = both(bought.total.shop.amount + gap, bought.total.shop.currency)
    assert codes(replace(bought, total=whole)) == ["order.unknown_component"]


def test_an_empty_version_knows_nothing() -> None:
    assert mapping_tables.of(0, {}) == Tables(number=0)
