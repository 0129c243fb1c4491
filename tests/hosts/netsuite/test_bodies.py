"""Orders in NetSuite's words: amounts that stick, exact taxes, one cost of shipping, keys that are told apart again."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.document import DocumentKind, DocumentLineKind, Earlier, FoundLine
from app.errors import Rejected
from app.hosts.netsuite import payload as words
from app.hosts.netsuite.body import Meant, lines_body
from app.hosts.netsuite.directory import ItemRow, TaxRow
from app.hosts.netsuite.steps import create, next_step
from app.ports import Found, Step
from tests.examples import document, line, payment

ITEMS = {
    "TEA": ItemRow(id="1", sku="TEA", itemtype="InvtPart"),
    "SHIPPING": ItemRow(id=2, sku="SHIPPING", itemtype="Service"),
    "FREIGHT": ItemRow(id="3", sku="FREIGHT", itemtype="ShipItem"),
    "AIR": ItemRow(id="4", sku="AIR", itemtype="ShipItem"),
}
TAXES = {
    "VAT20": TaxRow(id="20", name="VAT20", taxtype="5", rate="20"),
    "VAT7": TaxRow(id="21", name="VAT7", taxtype="5", rate="7"),
}


def meant(*, suite_tax: bool) -> Meant:
    return Meant(items=ITEMS, taxes=TAXES, places={"7": "7"}, suite_tax=suite_tax, line_field="custcol_line")


def body(*lines: Any, suite_tax: bool = True) -> dict[str, Any]:
    return lines_body(words.rows(lines), meant(suite_tax=suite_tax))


def test_a_line_carries_the_custom_price_level_with_rate_and_amount() -> None:
    (made,) = body(line("TEA", "16.67", "VAT20", quantity="3"))["item"]["items"]
    assert made["price"] == {"id": "-1"}
    assert made["amount"] == Decimal("16.67")
    assert (made["rate"] * 3).quantize(Decimal("0.01")) == Decimal("16.67")
    assert made["custcol_line"] == "tea-16.67"


def test_suite_tax_is_told_each_tax_of_each_line_to_the_cent() -> None:
    made = body(line("TEA", "9.99", "VAT20", "VAT7"), line("SHIPPING", "3.33", "VAT7"))
    assert made["taxDetailsOverride"] is True
    references = [each["taxDetailsReference"] for each in made["item"]["items"]]
    assert len(set(references)) == 2
    told = [
        (each["taxDetailsReference"]["id"], each["taxCode"]["id"], each["taxAmount"], each["taxRate"])
        for each in made["taxDetails"]["items"]
    ]
    assert told == [
        (references[0], "20", Decimal("2.00"), Decimal(20)),
        (references[0], "21", Decimal("0.70"), Decimal(7)),
        (references[1], "21", Decimal("0.23"), Decimal(7)),
    ]


def test_legacy_tax_has_one_code_for_a_line_and_one_for_none() -> None:
    first, second = body(line("TEA", "9.99", "VAT20"), line("TEA", "1.00"), suite_tax=False)["item"]["items"]
    assert (first["taxCode"], second["taxCode"]) == ({"id": "20"}, {"id": "-8"})
    with pytest.raises(Rejected) as raised:
        body(line("TEA", "9.99", "VAT20", "VAT7"), suite_tax=False)
    assert raised.value.code == "tax.several"


def test_a_shipping_item_is_the_orders_way_of_shipping_and_no_line() -> None:
    made = body(line("TEA", "1.00"), line("FREIGHT", "4.90", "VAT20"), suite_tax=False)
    assert len(made["item"]["items"]) == 1
    assert (made["shipMethod"], made["shippingCost"]) == ({"id": "3"}, Decimal("4.90"))
    assert made["shippingTaxCode"] == {"id": "20"}
    with pytest.raises(Rejected) as raised:
        body(line("FREIGHT", "4.90", "VAT20"))
    assert raised.value.code == "tax.not_on_shipping"
    with pytest.raises(Rejected) as raised:
        body(line("FREIGHT", "4.90"), line("AIR", "1.00"))
    assert raised.value.code == "shipping.several_items"


def test_several_shipping_lines_of_an_item_are_one_and_what_was_told_before_too() -> None:
    def shipping(net: str) -> Any:
        return line("SHIPPING", net, "VAT20", kind=DocumentLineKind.SHIPPING)

    told = Earlier(
        lines=tuple(
            FoundLine(item=item, quantity=Decimal(1), net=Decimal(net))
            for item, net in (("SHIPPING", "1.00"), ("TEA", "20.00"), ("SHIPPING", "2.00"))
        )
    )
    made = document([line("TEA", "20.00", "VAT20"), shipping("4.90"), shipping("2.00")], earlier=(told,))
    folded = words.folded(made)
    assert [(each.item, each.net, len(each.taxes)) for each in folded.lines] == [
        ("TEA", Decimal("20.00"), 1),
        ("SHIPPING", Decimal("6.90"), 2),
    ]
    assert [(each.item, each.net) for each in folded.earlier[0].lines] == [
        ("TEA", Decimal("20.00")),
        ("SHIPPING", Decimal("3.00")),
    ]
    assert (folded.total, folded.tax_total) == (made.total, made.tax_total)


@pytest.mark.parametrize("key", ["77", "gid_1", "a-b", "ü%1", "x-pay-y", "_"])
def test_a_payments_key_is_told_again_from_its_external_id(key: str) -> None:
    external = words.payment_key("order-demo-1", key)
    assert external.isascii()
    assert all(sign.isalnum() or sign in "_-" for sign in external)
    assert words.payment_of("order-demo-1", external) == key
    assert words.payment_of("order-demo-11", external) is None
    assert words.order_key(external) == "order-demo-1"
    assert words.order_key(words.invoice_key("order-demo-1")) == "order-demo-1"


def test_the_memo_of_a_cash_sale_names_its_payments_behind_the_note() -> None:
    paid = (payment("10.00", key="a1"), payment("2.5", key="b2"))
    text = words.memo("Leave at the door", paid)
    assert text.startswith("Leave at the door")
    assert words.memo_payments(text) == {"a1": Decimal("10.00"), "b2": Decimal("2.5")}
    assert words.memo_payments("Paid: somebody wrote this") == {}
    assert words.memo_payments("") == {}


def test_a_cash_sale_is_for_what_is_paid_in_full_by_one_way_of_paying() -> None:
    whole = document(kind=DocumentKind.CASH_SALE)
    half = replace(whole, payments=(payment("1.00"),))
    mixed = replace(whole, payments=(payment("1.00", "cash"), payment(whole.total - 1, "card")))
    actions = [create(each).payload["action"] for each in (whole, half, mixed)]
    assert actions == ["cash_sale", "order", "order"]


def test_what_is_kept_of_a_step_is_json_and_the_same_for_the_same_order() -> None:
    made = document()
    step = next_step(made, Found())
    assert isinstance(step, Step)
    assert json.loads(json.dumps(step.payload)) == step.payload
    assert step.repeatable
    assert next_step(made, Found()) == step
