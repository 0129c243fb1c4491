"""What is particular to Odoo's orders: a reference that is not unique, dates that move, wizards, taxes and their positions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.customer import Customer
from app.domain.document import DocumentKind, DocumentLineKind, SalesDocument
from app.errors import Misconfigured, Reason, Rejected, Retry
from app.ports import Answer, Missing, Sink, Step, Wanted
from sandbox.erps.office import Parcel
from tests.examples import EXAMPLES, document, line
from tests.hosts.converging import settled
from tests.hosts.odoo.rig import METHODS, Office, office
from tests.hosts.rig import converge, orders

DIALECTS = ["json2", "jsonrpc", "jsonrpc16"]
COUNTED = pytest.mark.parametrize("odoo", DIALECTS[:2], indirect=True)
"""Versions that read what hangs on a record by the same call; their elders take one more for each model."""


def adapted(made: SalesDocument) -> SalesDocument:
    payments = tuple(replace(paid, method=METHODS[paid.method]) for paid in made.payments)
    return replace(made, payments=payments)


def answer(value: object, status: int = 200) -> Answer:
    return Answer(status=status, headers={}, body=json.dumps(value).encode())


@pytest.fixture(params=DIALECTS)
def odoo(request: pytest.FixtureRequest) -> Office:
    return office(request.param)


async def quoted(odoo: Office) -> tuple[Sink[SalesDocument], SalesDocument, Step]:
    """A quotation that is there, and the step that confirms it."""
    sink, made = orders(odoo.host), adapted(EXAMPLES["unpaid_sales_order"]())
    create = sink.next_step(made, await sink.find(made))
    assert isinstance(create, Step)
    await sink.do(create)
    confirm = sink.next_step(made, await sink.find(made))
    assert isinstance(confirm, Step)
    return sink, made, confirm


async def test_of_two_quotations_the_older_one_stays_and_the_other_loses_our_key(odoo: Office) -> None:
    sink, made = orders(odoo.host), adapted(EXAMPLES["unpaid_sales_order"]())
    step = sink.next_step(made, await sink.find(made))
    assert isinstance(step, Step)
    await sink.do(step)
    await sink.do(step)
    _, keys = await settled(sink, made)
    assert keys[0] == "discard:2"
    states = {n: (row["state"], row["client_order_ref"]) for n, row in odoo.tables.rows["sale.order"].items()}
    assert states == {1: ("sale", made.external_id), 2: ("cancel", None)}


async def test_the_date_of_the_store_outlives_the_confirmation(odoo: Office) -> None:
    made = adapted(EXAMPLES["unpaid_sales_order"]())
    _, steps = await converge(orders(odoo.host), made)
    assert [step.key for step in steps] == ["create", "confirm"]
    assert odoo.tables.get("sale.order", 1)["date_order"] == made.ordered_at.replace(tzinfo=None)


async def test_a_date_that_was_not_put_right_is_put_right_later(odoo: Office) -> None:
    sink, made = orders(odoo.host), adapted(EXAMPLES["unpaid_sales_order"]())
    await converge(sink, made)
    odoo.tables.write("sale.order", 1, {"date_order": datetime(2026, 11, 20, 12, 0)})  # noqa: DTZ001 - as Odoo keeps it
    _, steps = await converge(sink, made)
    assert [step.key for step in steps] == ["date"]
    assert odoo.tables.get("sale.order", 1)["date_order"] == made.ordered_at.replace(tzinfo=None)


@COUNTED
async def test_an_order_of_a_known_buyer_takes_five_calls_and_a_date_of_long_ago_one_more(
    odoo: Office,
) -> None:
    sink = orders(odoo.host)
    await converge(sink, adapted(EXAMPLES["unpaid_sales_order"]()))
    for more, now in ((0, True), (1, False)):
        made = adapted(EXAMPLES["unpaid_sales_order"]())
        made = replace(made, ordered_at=datetime.now(UTC)) if now else made
        before = len(odoo.http.asked)
        await converge(sink, made)
        assert len(odoo.http.asked) - before == 5 + more


@pytest.mark.parametrize(("example", "ends"), [("unpaid_sales_order", True), ("plain", False)])
async def test_a_confirmation_after_which_nothing_is_missing_says_what_there_is(
    odoo: Office, example: str, ends: bool
) -> None:
    sink, made = orders(odoo.host), adapted(EXAMPLES[example]())
    while (step := sink.next_step(made, await sink.find(made))) is not None:
        assert isinstance(step, Step)
        evidence = await sink.do(step)
        if step.key == "confirm":
            break
    (there,) = (await sink.find(made)).documents
    assert (evidence.whole is not None) == ends
    for said in evidence.whole.documents if evidence.whole else ():
        assert (said.sink_key, said.number, said.external_id, said.address, said.state) == (
            there.sink_key, there.number, there.external_id, there.address, there.state,
        )  # fmt: skip


async def test_a_confirmation_that_was_planned_by_an_older_release_is_carried_out(odoo: Office) -> None:
    sink, _, confirm = await quoted(odoo)
    old = {name: value for name, value in confirm.payload.items() if name != "whole"}
    assert (await sink.do(replace(confirm, payload=old))).whole is None
    assert odoo.tables.get("sale.order", 1)["state"] == "sale"


@COUNTED
async def test_a_small_catalogue_is_read_once_and_a_new_address_takes_two_calls(odoo: Office) -> None:
    """The buyer, who is looked at again, and the address."""
    sink = orders(odoo.host)
    await converge(sink, adapted(EXAMPLES["unpaid_sales_order"]()))
    made = adapted(replace(EXAMPLES["unpaid_sales_order"](), ordered_at=datetime.now(UTC)))
    place = replace(made.ship_to, street="Elsewhere 9") if made.ship_to else None
    made = replace(made, ship_to=place, lines=tuple(replace(each, item="MUG") for each in made.lines))
    before = len(odoo.http.asked)
    await converge(sink, made)
    assert len(odoo.http.asked) - before == 5 + 2
    shipped = odoo.tables.get("sale.order", 2)["partner_shipping_id"]
    assert odoo.tables.get("res.partner", shipped)["street"] == "Elsewhere 9"


async def test_a_window_instead_of_an_answer_is_no_success(odoo: Office) -> None:
    sink, made, confirm = await quoted(odoo)
    window = {"type": "ir.actions.act_window", "res_model": "some.wizard"}
    told = window if odoo.dialect == "json2" else {"jsonrpc": "2.0", "id": 1, "result": window}
    odoo.http.instead["action_confirm"] = [answer(told)]
    with pytest.raises(Rejected) as raised:
        await sink.do(confirm)
    assert raised.value.code == "host.asked_back"
    assert odoo.tables.get("sale.order", 1)["state"] == "draft"
    await converge(sink, made)


async def test_taxes_stay_as_they_were_said_whatever_the_fiscal_position_is(odoo: Office) -> None:
    made = adapted(EXAMPLES["plain"]())
    abroad = replace(made.ship_to, country_code="US", city="Austin") if made.ship_to else None
    found, _ = await converge(orders(odoo.host), replace(made, ship_to=abroad))
    assert found.tax_total == made.tax_total
    assert odoo.tables.get("sale.order", 1)["fiscal_position_id"] is not None


async def test_a_difference_names_the_fiscal_position_that_may_be_why(odoo: Office) -> None:
    sink, made = orders(odoo.host), adapted(EXAMPLES["plain"]())
    abroad = replace(made.ship_to, country_code="US") if made.ship_to else None
    made = replace(made, ship_to=abroad)
    create = sink.next_step(made, await sink.find(made))
    assert isinstance(create, Step)
    await sink.do(create)
    taxes = "tax_ids" if odoo.dialect == "json2" else "tax_id"
    for number in odoo.tables.get("sale.order", 1)["order_line"]:
        odoo.tables.write("sale.order.line", number, {taxes: [[6, 0, []]]})
    reason = sink.next_step(made, await sink.find(made))
    assert isinstance(reason, Reason)
    assert (reason.code, reason.facts["fiscal_position"]) == ("total.differs", "Foreign Trade")


async def test_each_version_rounds_in_its_own_way_and_the_difference_is_a_line_of_its_own(
    odoo: Office,
) -> None:
    """Fifteen lines of a tenth of a cent more than a cent of tax each."""
    rows = [line("TEA", "0.32", "VAT7", key=f"row-{n}") for n in range(15)]
    made = adapted(document(rows, kind=DocumentKind.SALES_ORDER, paid="0"))
    found, steps = await converge(orders(odoo.host), made)
    assert (found.total, found.currency) == (made.total, "EUR")
    assert ("round" in [step.key for step in steps]) is (odoo.dialect == "json2")


async def test_a_tax_that_is_part_of_the_price_is_refused_before_anything_is_made(odoo: Office) -> None:
    made = adapted(EXAMPLES["unpaid_sales_order"]())
    (first, *rest) = made.lines
    other = replace(first, taxes=tuple(replace(tax, code="VAT20 incl") for tax in first.taxes))
    with pytest.raises(Rejected) as raised:
        await converge(orders(odoo.host), replace(made, lines=(other, *rest)))
    assert raised.value.code == "tax.in_price"
    assert not odoo.tables.rows["sale.order"]
    assert not odoo.tables.rows["res.partner"]


async def test_two_products_of_one_reference_are_for_a_person(odoo: Office) -> None:
    tea = next(row for row in odoo.tables.rows["product.product"].values() if row["default_code"] == "TEA")
    odoo.tables.create("product.product", {"product_tmpl_id": tea["product_tmpl_id"], "default_code": "TEA"})
    with pytest.raises(Rejected) as raised:
        await converge(orders(odoo.host), adapted(EXAMPLES["unpaid_sales_order"]()))
    assert raised.value.code == "item.several"


async def test_goods_billed_by_delivery_are_invoiced_once_they_have_left(odoo: Office) -> None:
    for number, row in odoo.tables.rows["product.template"].items():
        if row["type"] != "service":
            odoo.tables.write("product.template", number, {"invoice_policy": "delivery"})
    made = adapted(document([line("TEA", "20.00", "VAT20", quantity="2")]))
    sink = orders(odoo.host)
    before, _ = await converge(sink, made)
    assert (before.invoiced, before.payments) == (False, {paid.key for paid in made.payments})
    odoo.people.ship(before.sink_key, Parcel())
    after, steps = await converge(sink, made)
    assert [step.key for step in steps] == ["invoice"]
    assert after.invoiced


async def test_shipping_that_is_billed_at_once_is_not_billed_before_goods_that_are_billed_by_delivery(
    odoo: Office,
) -> None:
    """Odoo says “to invoice” of the whole sale, and its wizard would bill the shipping alone."""
    for number, row in odoo.tables.rows["product.template"].items():
        if row["type"] != "service" and row["name"] == "Tea":
            odoo.tables.write("product.template", number, {"invoice_policy": "delivery"})
    rows = [line("TEA", "20.00", "VAT20", quantity="2"), line("MUG", "4.90", "VAT20", key="other")]
    made, sink = adapted(document(rows)), orders(odoo.host)
    before, _ = await converge(sink, made)
    moves = odoo.tables.rows["account.move"].values()
    assert (before.invoiced, [row for row in moves if row["move_type"] == "out_invoice"]) == (False, [])
    odoo.people.ship(before.sink_key, Parcel())
    after, steps = await converge(sink, made)
    assert ([step.key for step in steps], after.invoiced) == (["invoice"], True)


async def test_what_odoo_can_never_invoice_whole_is_for_a_person_once_the_goods_have_left(
    odoo: Office,
) -> None:
    """Shipping that is billed by a delivered quantity, which nobody enters."""
    for row in odoo.tables.rows["product.template"].values():
        row["invoice_policy"] = "delivery"
    made = adapted(
        document(
            [line("TEA", "20.00", "VAT20"), line("SHIPPING", "4.90", "VAT20", kind=DocumentLineKind.SHIPPING)]
        )
    )
    sink = orders(odoo.host)
    before, _ = await converge(sink, made)
    odoo.people.ship(before.sink_key, Parcel())
    reason = sink.next_step(made, await sink.find(made))
    assert isinstance(reason, Reason)
    assert (reason.code, "only a part of it" in reason.sentence) == ("total.differs", True)


async def test_an_invoice_is_paid_by_the_payments_of_its_order(odoo: Office) -> None:
    """By entries that are set against it, and where a journal books nothing at first, by naming it."""
    for method, state in (("CARD", "paid"), ("PAYP", "in_payment" if odoo.dialect == "json2" else "paid")):
        made = adapted(EXAMPLES["plain"]())
        made = replace(made, payments=tuple(replace(paid, method=method) for paid in made.payments))
        await converge(orders(odoo.host), made)
        bill = next(
            n for n, row in odoo.tables.rows["account.move"].items() if row["ref"] == made.external_id
        )
        assert odoo.tables.value("account.move", bill, "payment_state", {}) == state


async def test_a_payment_made_twice_leaves_one_in_the_books(odoo: Office) -> None:
    sink, made = orders(odoo.host), adapted(EXAMPLES["deposit"]())
    (paid,) = made.payments
    steps = []
    while isinstance(step := sink.next_step(made, await sink.find(made)), Step):
        steps.append(step.key)
        if step.key == f"payment:{paid.key}":
            field = "memo" if odoo.dialect == "json2" else "ref"
            drafted = {"journal_id": 3, "amount": 1, field: f"{made.external_id}/{paid.key}"}
            for _ in range(2):
                odoo.tables.create("account.payment", drafted)
        await sink.do(step)
    payments = odoo.tables.rows["account.payment"]
    assert [row["state"] in ("posted", "in_process", "paid") for row in payments.values()] == [True]


async def test_a_price_tier_and_a_sales_team_are_taken_by_their_names(odoo: Office) -> None:
    made = adapted(EXAMPLES["unpaid_sales_order"]())
    codes = {"price_level": "Wholesale", "sales_team": "Online", "shipping_method": "Express"}
    await converge(orders(odoo.host), replace(made, codes=codes))
    sale = odoo.tables.get("sale.order", 1)
    names = {
        "pricelist_id": "product.pricelist", "team_id": "crm.team", "carrier_id": "delivery.carrier",
    }  # fmt: skip
    found = {name: odoo.tables.get(model, sale[name])["name"] for name, model in names.items()}
    assert found == {"pricelist_id": "Wholesale", "team_id": "Online", "carrier_id": "Express"}
    with pytest.raises(Rejected) as raised:
        await converge(
            orders(odoo.host),
            replace(made, external_id=EXAMPLES["plain"]().external_id, codes={"price_level": "Gold"}),
        )
    assert raised.value.code == "tier.unknown"


async def test_a_new_address_is_a_contact_below_the_buyer_and_an_old_one_is_used_again(odoo: Office) -> None:
    sink, first = orders(odoo.host), adapted(EXAMPLES["unpaid_sales_order"]())
    await converge(sink, first)
    again = adapted(EXAMPLES["unpaid_sales_order"]())
    await converge(sink, again)
    assert [row["type"] for row in odoo.tables.rows["res.partner"].values()] == ["contact", "invoice"]
    assert again.ship_to is not None
    other = replace(
        adapted(EXAMPLES["unpaid_sales_order"]()), ship_to=replace(again.ship_to, street="Neuweg 2")
    )
    await converge(sink, other)
    children = [row for row in odoo.tables.rows["res.partner"].values() if row["parent_id"] == 1]
    assert [(row["type"], row["street"]) for row in children[1:]] == [("delivery", "Neuweg 2")]
    assert odoo.tables.get("sale.order", 3)["partner_shipping_id"] == children[1]["id"]


async def test_a_note_keeps_its_lines_and_its_angle_brackets(odoo: Office) -> None:
    """Odoo takes it for a page, and prints it as one."""
    made = replace(adapted(EXAMPLES["unpaid_sales_order"]()), note="Ring <twice>,\nthen wait & see.")
    await converge(orders(odoo.host), made)
    assert odoo.tables.get("sale.order", 1)["note"] == "Ring &lt;twice&gt;,<br/>then wait &amp; see."


async def test_who_moves_leaves_what_was_sold_before_with_its_addresses(odoo: Office) -> None:
    made = adapted(EXAMPLES["unpaid_sales_order"]())
    assert made.ship_to is not None
    await converge(orders(odoo.host), made)
    sale = odoo.tables.get("sale.order", 1)
    moved = Customer(
        key="7", updated_at=datetime.now(UTC), first_name="Ada", last_name="Beispiel", email=made.buyer.email,
        phone=None, company=None, addresses=(replace(made.ship_to, street="Neuweg 2"),),
    )  # fmt: skip
    customers = odoo.host.customers
    assert not isinstance(customers, Missing)
    wanted = Wanted(our_key=made.buyer.key or "", content=moved, round=1)
    (there,) = (await customers.matching(wanted)).ours
    step = customers.next_step(wanted, there, ())
    assert step is not None
    await customers.do(step)
    assert odoo.tables.get("res.partner", sale["partner_id"])["street"] == "Neuweg 2"
    for name in ("partner_invoice_id", "partner_shipping_id"):
        assert odoo.tables.get("res.partner", sale[name])["street"] == made.ship_to.street


async def test_whoever_is_linked_is_known_by_their_number(odoo: Office) -> None:
    number = odoo.tables.create("res.partner", {"name": "Ada Beispiel", "email": "ada@example.com"})
    made = adapted(EXAMPLES["unpaid_sales_order"]())
    linked = replace(made.buyer, host_key=str(number))  # type: ignore[arg-type]
    await converge(orders(odoo.host), replace(made, buyer=linked))
    assert odoo.tables.get("sale.order", 1)["partner_id"] == number


async def test_a_currency_without_a_price_list_is_refused_and_the_companys_own_needs_none(
    odoo: Office,
) -> None:
    for number in list(odoo.tables.rows["product.pricelist"]):
        odoo.tables.write("product.pricelist", number, {"active": False})
    made = adapted(EXAMPLES["unpaid_sales_order"]())
    found, _ = await converge(orders(odoo.host), made)
    assert found.total == made.total
    yen = replace(EXAMPLES["yen"](), kind=DocumentKind.SALES_ORDER, payments=())
    with pytest.raises(Rejected) as raised:
        await converge(orders(odoo.host), yen)
    assert raised.value.code == "currency.not_accepted"


async def test_a_database_that_undid_a_call_is_asked_again(odoo: Office) -> None:
    data = {"name": "psycopg2.errors.SerializationFailure", "message": "could not serialize access"}
    told = answer(data, 500) if odoo.dialect == "json2" else answer({"error": {"code": 200, "data": data}})
    sink, made = orders(odoo.host), adapted(EXAMPLES["unpaid_sales_order"]())
    create = sink.next_step(made, await sink.find(made))
    assert isinstance(create, Step)
    odoo.http.instead["create"] = [told]
    with pytest.raises(Retry) as raised:
        await sink.do(create)
    assert raised.value.code == "host.busy"


async def test_a_missing_right_names_the_groups(odoo: Office) -> None:
    data = {
        "name": "odoo.exceptions.AccessError",
        "message": "You are not allowed to create 'Sales Order' records.",
    }
    told = answer(data, 403) if odoo.dialect == "json2" else answer({"error": {"code": 200, "data": data}})
    sink, made = orders(odoo.host), adapted(EXAMPLES["unpaid_sales_order"]())
    create = sink.next_step(made, await sink.find(made))
    assert isinstance(create, Step)
    odoo.http.instead["create"] = [told]
    with pytest.raises(Misconfigured) as raised:
        await sink.do(create)
    assert (raised.value.code, "Contact creation" in raised.value.facts["groups"]) == (
        "access.forbidden",
        True,
    )


async def test_an_odoo_without_delivery_methods_has_none_to_choose_and_takes_orders(odoo: Office) -> None:
    """The model comes with a module; JSON-RPC and JSON-2 say in different words that it is not there."""
    del odoo.tables.fields["delivery.carrier"]
    sink = orders(odoo.host)
    assert await sink.choices("shipping_method") == []
    await converge(sink, adapted(EXAMPLES["unpaid_sales_order"]()))
    made = replace(adapted(EXAMPLES["unpaid_sales_order"]()), codes={"shipping_method": "Express"})
    with pytest.raises(Rejected) as raised:
        await converge(sink, made)
    assert raised.value.code == "shipping_method.unknown"
