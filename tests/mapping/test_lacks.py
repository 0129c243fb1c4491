"""What a reason lacks in the tables: named by table and value, also where the host knows only its own code."""

from __future__ import annotations

from app.errors import Reason
from app.mapping import lacks, tables

TABLES = tables.of(
    1,
    {
        "payments": {"Cash": "BANK", "Card": "BANK", "Gift": "VOUCHER"},
        "items": {"SKU-1": "A1"},
        "special": {"shipping": "SHIP"},
        "taxes": {"*": "VAT99"},
    },
)


def reason(named: str, /, **facts: str) -> Reason:
    return Reason(code=named, sentence="Missing.", facts=facts)


def places(*reasons: Reason) -> list[tuple[str, str]]:
    return [(each.table, each.value) for each in lacks.of(reasons, TABLES)]


def test_a_value_that_is_not_mapped_is_named_once_however_it_is_spelled() -> None:
    found = places(
        reason("mapping.payment_missing", table="payments", value="Barter"),
        reason("mapping.payment_missing", table="payments", value="BARTER"),
        reason("mapping.tax_missing", table="taxes", value="MwSt"),
        reason("item.no_sku", line="1"),
    )
    assert found == [("payments", "Barter"), ("taxes", "MwSt")]


def test_what_no_table_can_hold_is_no_entry_that_anybody_could_make() -> None:
    facts = {"table": "free:notes", "value": "x" * 501}
    assert places(Reason(code="rule.unmapped", sentence="Missing.", facts=facts)) == []


def test_a_code_that_the_host_refuses_is_looked_up_backwards() -> None:
    assert places(reason("payment_method.unknown", table="payments", code="VOUCHER")) == [
        ("payments", "gift")
    ]
    assert places(reason("payment_method.unknown", table="payments", code="BANK")) == [
        ("payments", "card"),
        ("payments", "cash"),
    ]
    assert places(reason("tax.unknown", table="taxes", code="VAT99")) == [("taxes", "*")]
    assert places(reason("tax.unknown", table="taxes", code="gone")) == []


def test_an_item_is_its_sku_unless_it_was_mapped_or_is_none() -> None:
    assert places(reason("item.unknown", table="items", code="A1")) == [("items", "sku-1")]
    assert places(reason("item.unknown", table="items", code="B7")) == [("items", "B7")]
    assert places(reason("item.unknown", table="items", code="SHIP")) == [("special", "shipping")]


def test_a_reason_is_told_with_its_value_where_there_is_one_only() -> None:
    one = lacks.named(reason("tax.unknown", table="taxes", code="VAT99"), TABLES)
    assert one.facts == {"table": "taxes", "code": "VAT99", "value": "*"}
    two = reason("payment_method.unknown", table="payments", code="BANK")
    assert lacks.named(two, TABLES) == two
    free = reason("item.no_sku", line="1")
    assert lacks.named(free, TABLES) == free


def test_a_table_nobody_knows_is_no_place() -> None:
    assert places(reason("host.refused", table="Moods!", value="sad")) == []
    assert places(reason("host.refused", value="sad")) == []


def test_a_free_table_is_named_as_it_is_stored() -> None:
    assert places(reason("rule.unmapped", table="zones", value="EU")) == [("free:zones", "EU")]
    assert places(reason("rule.unmapped", table="free:zones", value="EU")) == [("free:zones", "EU")]


def test_a_record_names_no_more_than_anyone_reads() -> None:
    many = [reason("mapping.tax_missing", table="taxes", value=f"Tax {n}") for n in range(500)]
    assert len(lacks.of(many, TABLES)) == 20
