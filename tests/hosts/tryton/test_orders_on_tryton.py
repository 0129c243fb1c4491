"""What is Tryton's own about orders: its states, its rounding, its parties, its sessions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.document import DocumentKind, DocumentState, SalesDocument
from app.domain.ids import StoreKey
from app.errors import AccessLost, Misconfigured, Reason, Rejected
from app.hosts.tryton.spec import TRYTON
from app.outbound import Outbound
from app.ports import Found, Sink, Step
from tests.examples import ADDRESS, BUYER, document, in_kind, line, payment
from tests.hosts.rig import StateInMemory, converge, opened, orders, verdict
from tests.hosts.tryton.rig import TrytonUnderTest


async def test_a_paid_order_is_invoiced_and_paid_at_once_and_still_waits_to_be_shipped(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = erp.adapt(document())
    there, steps = await converge(sink, made)
    assert [step.key for step in steps] == ["create", "confirm", f"payment:{made.payments[0].key}", "invoice"]
    sale = await erp.sale(
        there.sink_key, "state", "invoice_state", "shipment_state", "reference", "payments.state"
    )
    assert (sale["state"], sale["invoice_state"], sale["shipment_state"]) == ("processing", "paid", "waiting")
    assert sale["reference"] == made.reference
    assert [paid["state"] for paid in sale["payments"]] == ["succeeded"]


async def test_a_deposit_is_applied_when_the_invoice_that_waited_for_it_is_posted(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    there, _ = await converge(sink, erp.adapt(in_kind(DocumentKind.ORDER_WITH_DEPOSIT, paid="10.00")))
    sale = await erp.sale(there.sink_key, "invoices.id", "invoices.state")
    assert [invoice["state"] for invoice in sale["invoices"]] == ["draft"]
    (invoice,) = sale["invoices"]
    await _post(erp, invoice["id"])
    sale = await erp.sale(there.sink_key, "payments.line.id")
    assert sale["payments"][0]["line"] is not None


async def test_money_that_comes_after_a_person_posted_the_invoice_still_pays_it(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    waiting = erp.adapt(in_kind(DocumentKind.SALES_ORDER, paid="0"))
    there, _ = await converge(sink, waiting)
    (invoice,) = (await erp.sale(there.sink_key, "invoices.id"))["invoices"]
    await _post(erp, invoice["id"])
    captured = replace(
        waiting, kind=DocumentKind.INVOICED_ORDER, payments=(payment(waiting.total, "shopify_payments"),)
    )
    _, steps = await converge(sink, captured)
    assert [step.key.partition(":")[0] for step in steps] == ["payment"]
    assert (await erp.sale(there.sink_key, "invoice_state"))["invoice_state"] == "paid"


async def test_a_line_whose_price_needs_more_than_four_decimals_is_split_and_read_as_one(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = erp.adapt(document([line("TEA", "333.33", quantity="700")], kind=DocumentKind.SALES_ORDER))
    there, _ = await converge(sink, made)
    assert there.total == Decimal("333.33")
    assert there.lines is not None
    assert [(each.quantity, each.net) for each in there.lines] == [(Decimal(700), Decimal("333.33"))]
    assert len((await erp.sale(there.sink_key, "lines.id"))["lines"]) == 2


async def test_a_cent_that_tryton_rounds_to_even_goes_to_the_rounding_product(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    rows = [line("TEA", "1.50", "VAT7"), line("MUG", "1.50", "VAT7")]  # 0.105 of tax each: 0.11 in the shop
    made = erp.adapt(document(rows, kind=DocumentKind.SALES_ORDER, paid="0"))
    there, steps = await converge(sink, made)
    assert "round" in [step.key for step in steps]
    assert there.total == made.total == Decimal("3.22")
    assert there.tax_total == Decimal("0.20")


async def test_a_total_that_tryton_makes_otherwise_is_held_before_anything_is_confirmed(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = erp.adapt(document([line("TEA", "10.00", "VAT20")]))
    tax = replace(made.lines[0].taxes[0], amount=Decimal("1.00"))
    made = replace(
        made, lines=(replace(made.lines[0], taxes=(tax,)),), total=Decimal("11.00"), tax_total=tax.amount
    )
    await _first_step(sink, made)
    assert (await verdict(sink, made)).code == "total.differs"
    assert (await sink.find(made)).documents[0].state is DocumentState.DRAFT
    assert await erp.real_documents(made.external_id) == 0


async def test_a_draft_that_a_person_cancelled_is_not_made_again(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = erp.adapt(document())
    await erp.cancel(await _first_step(sink, made))
    assert (await verdict(sink, made)).code == "document.cancelled_in_erp"


async def test_a_buyers_orders_share_a_party_and_the_addresses_they_share(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    buyer = replace(BUYER, key=StoreKey(uuid.uuid4().hex[:8]))
    elsewhere = replace(ADDRESS, street="Nebenweg 2")
    sales = []
    for ship_to in (ADDRESS, elsewhere):
        made = erp.adapt(in_kind(DocumentKind.SALES_ORDER, paid="0"))
        there, _ = await converge(sink, replace(made, buyer=buyer, ship_to=ship_to))
        fields = ("party.id", "invoice_address.id", "shipment_address.id")
        sales.append(await erp.sale(there.sink_key, *fields))
    first, second = sales
    assert first["party"]["id"] == second["party"]["id"]
    assert first["invoice_address"]["id"] == second["invoice_address"]["id"]
    assert first["shipment_address"]["id"] != second["shipment_address"]["id"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"location": "MOON"}, "warehouse.unknown"),
        ({"codes": {"shipping_method": "Stork"}}, "shipping_method.unknown"),
        ({"payments": (payment("1.00", "barter"),)}, "payment_method.unknown"),
    ],
)
async def test_an_unknown_code_stops_the_order_before_anything_is_made(
    erp: TrytonUnderTest, sink: Sink[SalesDocument], changes: Mapping[str, object], code: str
) -> None:
    made = replace(erp.adapt(document()), **changes)  # type: ignore[arg-type]
    with pytest.raises(Rejected) as refused:
        await _first_step(sink, made)
    assert refused.value.code == code
    assert await sink.find(made) == Found()


async def test_an_unknown_tax_is_named(erp: TrytonUnderTest, sink: Sink[SalesDocument]) -> None:
    made = document()  # not adapted: Tryton has no VAT20
    made = replace(made, lines=tuple(replace(each, item="SKU-00001") for each in made.lines), payments=())
    with pytest.raises(Rejected) as refused:
        await _first_step(sink, made)
    named = {"tax": "VAT20", "table": "taxes", "code": "VAT20"}
    assert (refused.value.code, refused.value.facts) == ("tax.unknown", named)


@pytest.mark.parametrize(
    ("field", "value", "error", "code"),
    [
        ("key", "0" * 64, AccessLost, "access.refused"),
        ("password", "wrong", AccessLost, "access.password_refused"),
        ("database", "nowhere", Misconfigured, "address.not_found"),
        ("web_shop", "Elsewhere", Misconfigured, "shop.unknown"),
    ],
)
async def test_each_wrong_field_of_the_form_is_named_by_the_connection_test(
    erp: TrytonUnderTest, http: Outbound, field: str, value: str, error: type[Misconfigured], code: str
) -> None:
    host = opened(erp, http, {**erp.credentials, field: value})
    with pytest.raises(error) as refused:
        await host.check()
    assert refused.value.code == code


async def test_an_ended_session_is_renewed_and_the_new_one_kept(erp: TrytonUnderTest, http: Outbound) -> None:
    state = StateInMemory()
    await state.write("session", "c3RvY2ticmlkZ2U6OTpnb25l", version=0)
    sink = orders(TRYTON.open(erp.credentials, http, state))
    there, _ = await converge(sink, erp.adapt(document()))
    assert there.invoiced
    kept = await state.read("session")
    assert kept is not None
    assert kept[1] == 2


async def _first_step(sink: Sink[SalesDocument], made: SalesDocument) -> str:
    step = sink.next_step(made, await sink.find(made))
    assert not isinstance(step, Reason)
    assert isinstance(step, Step)
    return (await sink.do(step)).sink_key or ""


async def _post(erp: TrytonUnderTest, invoice: int) -> None:
    """A person posts it, and says yes to Tryton's questions."""
    answer = await erp.ask("POST", f"account.invoice/{invoice}/post?f=state", {}, {"_skip_warnings": True})
    assert answer["state"] == "posted"
