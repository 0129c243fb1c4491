"""Orders into a real Tryton server: every money state, currency and odd basket, and each step found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.domain.customer import Buyer
from app.domain.document import DocumentKind, DocumentState, FoundDocument, SalesDocument
from app.domain.ids import StoreKey
from app.errors import AccessLost, Misconfigured, Reason, Rejected
from app.hosts.tryton.spec import TRYTON
from app.ports import Host, Sink, Step
from tests.hosts.tryton.conftest import credentials, door_to, opened
from tests.hosts.tryton.documents import AT, HOME, document, line, payment
from tests.hosts.tryton.state import KeptState

pytestmark = pytest.mark.timeout(400)  # the first one prepares a database
VAT = ("Tax 20 %", "4.00")


def sink(host: Host) -> Sink[SalesDocument]:
    assert not hasattr(host.orders, "sentence")
    return host.orders  # type: ignore[return-value]


async def settle(host: Host, record: SalesDocument) -> tuple[list[Step], FoundDocument]:
    """What the engine does: look, take the next step, look again."""
    orders, taken = sink(host), []
    for _ in range(20):
        found = await orders.find(record)
        step = orders.next_step(record, found)
        if step is None:
            (there,) = found.documents
            return taken, there
        assert isinstance(step, Step), step
        await orders.do(step)
        taken.append(step)
    raise AssertionError([step.key for step in taken])


async def test_a_paid_order_is_invoiced_and_paid_at_once_and_can_still_be_shipped(
    host: Host, on_sqlite: dict[str, Any]
) -> None:
    pay = payment("28.90")
    record = document(line("SKU-00001", 2, "20.00", VAT), line("SHIPPING", 1, "4.90"), payments=(pay,))
    taken, there = await settle(host, record)
    keys = [step.key for step in taken]
    assert keys == ["create", "quote", "confirm", f"payment:{pay.key}", f"payment:{pay.key}/book", "invoice"]
    assert (there.total, there.tax_total, there.currency) == (Decimal("28.90"), Decimal("4.00"), "EUR")
    assert there.payments == {pay.key}
    assert there.invoiced
    assert there.state is DocumentState.POSTED
    sale = rest(on_sqlite, f"sale.sale/{there.host_key}", "invoice_state", "shipment_state", "reference")
    assert (sale["invoice_state"], sale["shipment_state"]) == ("paid", "waiting")
    assert sale["reference"] == record.reference


async def test_every_step_repeated_leaves_what_one_leaves(host: Host, on_sqlite: dict[str, Any]) -> None:
    record = document(line("SKU-00001", 2, "20.00", VAT), payments=(payment("24.00"),))
    orders = sink(host)
    while isinstance(step := orders.next_step(record, await orders.find(record)), Step):
        await orders.do(step)
        await orders.do(step)
    assert step is None
    (there,) = (await orders.find(record)).documents
    sale = rest(on_sqlite, f"sale.sale/{there.host_key}", "payments.amount", "invoices.state", "lines.id")
    assert [len(sale[name]) for name in ("payments", "invoices", "lines")] == [1, 1, 1]


async def test_an_authorised_order_is_a_sale_that_a_later_capture_completes(host: Host) -> None:
    waiting = document(line("SKU-00002", 1, "10.00", ("Tax 20 %", "2.00")), kind=DocumentKind.SALES_ORDER)
    _, there = await settle(host, waiting)
    assert (there.state, there.invoiced) == (DocumentState.OPEN, False)
    captured = replace(waiting, kind=DocumentKind.INVOICED_ORDER, payments=(payment("12.00"),))
    taken, there = await settle(host, captured)
    assert [step.key.split(":")[0] for step in taken] == ["payment", "payment", "invoice"]
    assert there.invoiced


async def test_a_partly_paid_order_is_a_sale_with_a_deposit(host: Host) -> None:
    pay = payment("5.00")
    record = document(line("SKU-00002", 1, "10.00"), kind=DocumentKind.ORDER_WITH_DEPOSIT, payments=(pay,))
    _, there = await settle(host, record)
    assert there.payments == {pay.key}
    assert not there.invoiced


async def test_a_cash_sale_is_invoiced_and_paid_with_all_its_instruments(host: Host) -> None:
    card, gift = payment("6.00"), payment("4.00", "gift_card")
    record = document(line("SKU-00003", 1, "10.00"), kind=DocumentKind.CASH_SALE, payments=(card, gift))
    _, there = await settle(host, record)
    assert there.payments == {card.key, gift.key}
    assert there.invoiced


async def test_an_order_that_costs_nothing_is_invoiced_too(host: Host) -> None:
    _, there = await settle(host, document(line("SKU-00003", 1, "0.00")))
    assert (there.total, there.invoiced) == (Decimal(0), True)


@pytest.mark.parametrize(
    ("currency", "net", "tax"),
    [("JPY", "1000", "100"), ("KWD", "10.001", "1.000"), ("USD", "99.99", "10.00")],
)
async def test_amounts_are_exact_in_currencies_with_zero_two_and_three_decimals(
    host: Host, currency: str, net: str, tax: str
) -> None:
    record = document(
        line("SKU-00004", 3, net, ("Tax 10 %", tax)),
        currency=currency,
        payments=(payment(str(Decimal(net) + Decimal(tax))),),
    )
    _, there = await settle(host, record)
    assert (there.total, there.currency) == (record.total, currency)
    assert there.invoiced


async def test_a_line_whose_price_has_no_four_decimals_is_split_and_read_as_one(host: Host) -> None:
    record = document(line("SKU-00005", 700, "333.33"), kind=DocumentKind.SALES_ORDER)
    _, there = await settle(host, record)
    assert there.total == Decimal("333.33")
    assert there.lines is not None
    assert [(each.quantity, each.net) for each in there.lines] == [(Decimal(700), Decimal("333.33"))]


async def test_a_cent_that_tryton_rounds_differently_goes_to_the_rounding_product(host: Host) -> None:
    lines = [line("SKU-00006", 1, "0.33", ("Tax 5 %", "0.02")) for _ in range(2)]
    record = document(*lines, kind=DocumentKind.SALES_ORDER)
    taken, there = await settle(host, record)
    assert "round" in [step.key for step in taken]
    assert there.total == record.total == Decimal("0.70")


async def test_a_total_that_tryton_makes_otherwise_is_held_before_anything_is_confirmed(host: Host) -> None:
    record = document(line("SKU-00006", 1, "10.00", ("Tax 20 %", "1.00")))
    orders = sink(host)
    step = orders.next_step(record, await orders.find(record))
    assert isinstance(step, Step)
    await orders.do(step)
    found = await orders.find(record)
    held = orders.next_step(record, found)
    assert isinstance(held, Reason)
    assert held.code == "total.differs"
    assert found.documents[0].state is DocumentState.DRAFT


async def test_several_taxes_on_a_line_a_tip_a_duty_and_negative_rounding(host: Host) -> None:
    record = document(
        line("SKU-00007", 3, "29.97", ("Tax 8.875 %", "2.66"), ("Tax 5 %", "1.50")),
        line("TIP", 1, "3.00"),
        line("DUTY", 1, "1.23"),
        line("GIFT-CARD", 1, "25.00"),
        payments=(payment("63.36"),),
    )
    _, there = await settle(host, record)
    assert there.total == Decimal("63.36")
    assert there.invoiced


async def test_a_buyer_s_second_order_uses_the_same_party_and_address(
    host: Host, on_sqlite: dict[str, Any]
) -> None:
    buyer = Buyer(key=StoreKey("7001-twice"), name="Ada Byron", email="ada@example.com")
    first, second = (document(line("SKU-00008", 1, "1.00"), buyer=buyer) for _ in range(2))
    moved = replace(second, ship_to=replace(HOME, street="2 Side St"))
    sales = []
    for record in (first, moved):
        _, there = await settle(host, replace(record, kind=DocumentKind.SALES_ORDER))
        sales.append(
            rest(
                on_sqlite,
                f"sale.sale/{there.host_key}",
                "party.id",
                "invoice_address.id",
                "shipment_address.id",
            )
        )
    assert sales[0]["party"]["id"] == sales[1]["party"]["id"]
    assert sales[0]["invoice_address"]["id"] == sales[1]["invoice_address"]["id"]
    assert sales[0]["shipment_address"]["id"] != sales[1]["shipment_address"]["id"]


async def test_a_guest_without_any_address_can_buy(host: Host) -> None:
    record = document(
        line("SKU-00008", 1, "1.00"),
        buyer=Buyer(key=None),
        bill_to=None,
        ship_to=None,
        kind=DocumentKind.SALES_ORDER,
    )
    _, there = await settle(host, record)
    assert there.state is DocumentState.OPEN


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lines": (line("NO-SUCH", 1, "1.00"),)}, "item.unknown"),
        ({"lines": (line("SKU-00001", 1, "1.00", ("Tax 99 %", "0.99")),)}, "tax.unknown"),
        ({"payments": (payment("1.00", "barter"),)}, "payment_method.unknown"),
        ({"currency": "CHF"}, "currency.unknown"),
        ({"location": "MOON"}, "warehouse.unknown"),
    ],
)
async def test_an_unknown_code_stops_the_order_before_anything_is_made(
    host: Host, changes: Mapping[str, Any], code: str
) -> None:
    record = replace(document(line("SKU-00001", 1, "1.00")), **changes)
    orders = sink(host)
    step = orders.next_step(record, await orders.find(record))
    assert isinstance(step, Step)
    with pytest.raises(Rejected) as refused:
        await orders.do(step)
    assert refused.value.code == code
    assert (await orders.find(record)).documents == ()


async def test_a_sale_cancelled_by_a_person_is_not_made_again(host: Host, on_sqlite: dict[str, Any]) -> None:
    record = document(line("SKU-00001", 1, "1.00"), kind=DocumentKind.SALES_ORDER)
    orders = sink(host)
    step = orders.next_step(record, await orders.find(record))
    assert isinstance(step, Step)
    made = await orders.do(step)
    press(on_sqlite, f"sale.sale/{made.host_key}/cancel")
    held = orders.next_step(record, await orders.find(record))
    assert isinstance(held, Reason)
    assert held.code == "document.cancelled_in_erp"


async def test_a_sale_with_the_same_order_name_and_without_our_key_is_likely_the_same(
    host: Host, on_sqlite: dict[str, Any]
) -> None:
    ours = document(line("SKU-00001", 1, "1.00"), kind=DocumentKind.SALES_ORDER)
    orders = sink(host)
    assert (await orders.find(ours, likely=True)).likely == ()
    made = (
        await orders.do(step)
        if isinstance(step := orders.next_step(ours, await orders.find(ours)), Step)
        else None
    )
    assert made is not None
    press(on_sqlite, f"sale.sale/{made.host_key}", {"web_id": "entered-by-hand"}, method="PUT")
    found = await orders.find(ours, likely=True)
    assert found.documents == ()
    assert [each.host_key for each in found.likely] == [made.host_key]


async def test_the_listing_names_what_was_made_in_the_span(host: Host) -> None:
    from datetime import UTC, datetime, timedelta

    from app.ports import Span

    record = document(line("SKU-00009", 1, "1.00"), kind=DocumentKind.SALES_ORDER)
    await settle(host, record)
    now = datetime.now(UTC)
    listed = [
        row
        async for page in sink(host).listed(
            Span(since=now - timedelta(hours=1), until=now + timedelta(minutes=1))
        )
        for row in page.items
    ]
    mine = [row for row in listed if row.external_id == record.external_id]
    assert [(row.total, row.currency) for row in mine] == [(Decimal("1.00"), "EUR")]


async def test_what_can_be_mapped_is_listed_with_its_choices(host: Host) -> None:
    orders = sink(host)
    wanted = {"tax": "Tax 20 %", "method": "gift_card", "location": "WH", "rounding_item": "ROUNDING"}
    for name, code in wanted.items():
        assert code in [choice.code for choice in await orders.choices(name)]
    assert {each.name for each in orders.fields()} >= set(wanted)


async def test_the_connection_test_names_company_and_version(host: Host) -> None:
    health = await host.check()
    assert (health.account, health.version) == ("Demo Company", "8.0")
    assert abs(health.clock_offset.total_seconds()) < 5


@pytest.mark.parametrize(
    ("field", "value", "error", "code"),
    [
        ("key", "0" * 64, AccessLost, "access.refused"),
        ("password", "wrong", AccessLost, "access.password_refused"),
        ("database", "nowhere", Misconfigured, "address.not_found"),
        ("web_shop", "Elsewhere", Misconfigured, "shop.unknown"),
    ],
)
async def test_each_wrong_field_of_the_form_is_named(
    on_sqlite: dict[str, Any], field: str, value: str, error: type[Exception], code: str
) -> None:
    async with door_to(on_sqlite) as http:
        host = TRYTON.open({**credentials(on_sqlite), field: value}, http, KeptState())
        with pytest.raises(error) as refused:
            await host.check()
    assert getattr(refused.value, "code", None) == code


def test_a_form_that_is_not_filled_in_is_refused_at_once() -> None:
    with pytest.raises(Misconfigured):
        TRYTON.open({"address": "https://erp.example.com"}, None, KeptState())  # type: ignore[arg-type]


async def test_an_ended_session_is_renewed_once(on_sqlite: dict[str, Any]) -> None:
    state = KeptState()
    state.values["session"] = ("c3RvY2ticmlkZ2U6OTpnb25l", 1)
    record = document(line("SKU-00001", 1, "1.00"), payments=(payment("1.00"),))
    async with door_to(on_sqlite) as http:
        host = TRYTON.open(credentials(on_sqlite), http, state)
        _, there = await settle(host, record)
    assert there.invoiced
    assert state.values["session"][1] == 2


def rest(facts: dict[str, Any], path: str, *fields: str) -> dict[str, Any]:
    return press(facts, f"{path}?{'&'.join(f'f={name}' for name in fields)}", method="GET")


def press(
    facts: dict[str, Any], path: str, body: dict[str, Any] | None = None, method: str = "POST"
) -> dict[str, Any]:
    """What a person does in Tryton's own client."""
    import base64
    import json

    context = base64.urlsafe_b64encode(json.dumps({"company": facts["company"]}).encode()).decode()
    answer = httpx.request(
        method,
        f"{facts['address']}/{facts['database']}/rest/model/{path}",
        headers={"authorization": f"Bearer {facts['key']}", "x-tryton-context": context},
        json=None if method == "GET" else body or {},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text[:300]
    found: dict[str, Any] = answer.json()
    return found
