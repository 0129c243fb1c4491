"""The simulated Odoo is as strict as a real one: what 17 and 19 answered to mistakes, by status, name and content."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.erps.odoo.__main__ import make
from sandbox.erps.odoo.people import OdooPeople
from sandbox.erps.office import Item
from sandbox.erps.serving import Chosen, Simulator


@pytest.fixture
def newer() -> Simulator:
    return made("json2")


@pytest.fixture
def older() -> Simulator:
    return made("jsonrpc")


def made(dialect: str) -> Simulator:
    items = (Item(sku="TEA", title="Tea", price=Decimal("9.99"), stock=Decimal(10)),)
    return make(Chosen(items=items, dialect=dialect))


async def ask(simulator: Simulator, path: str, body: Any, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://odoo.test") as client:
        given = {"authorization": f"bearer {simulator.credentials['key']}"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await client.post(path, content=content, headers=given | headers)


async def json2(simulator: Simulator, what: str, body: Any) -> Any:
    answer = await ask(simulator, f"/json/2/{what}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def rpc(simulator: Simulator, model: str, method: str, *place: Any, **named: Any) -> dict[str, Any]:
    known = simulator.credentials
    words = [known["database"], 6, known["key"], model, method, list(place), named]
    body = {"jsonrpc": "2.0", "id": 1, "params": {"service": "object", "method": "execute_kw", "args": words}}
    answer = await ask(simulator, "/jsonrpc", body)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


async def sold(simulator: Simulator) -> int:
    (partner,) = await json2(simulator, "res.partner/create", {"vals_list": [{"name": "Ada"}]})
    product = (
        await json2(
            simulator,
            "product.product/search_read",
            {"domain": [["default_code", "=", "TEA"]], "fields": ["id"]},
        )
    )[0]["id"]
    lines = [[0, 0, {"product_id": product, "product_uom_qty": 2, "price_unit": 9.99}]]
    (sale,) = await json2(
        simulator, "sale.order/create", {"vals_list": [{"partner_id": partner, "order_line": lines}]}
    )
    return int(sale)


@pytest.mark.parametrize(
    ("what", "body", "status", "name"),
    [
        ("sale.order/search_read", b"{", 400, "werkzeug.exceptions.BadRequest"),
        ("no.model/search_read", {}, 404, "werkzeug.exceptions.NotFound"),
        ("sale.order/no_such_method", {"ids": [1]}, 404, "werkzeug.exceptions.NotFound"),
        ("sale.order/_create_invoices", {"ids": [1]}, 404, "werkzeug.exceptions.NotFound"),
        (
            "product.product/create",
            {"vals_list": [{"default_code": "X"}]},
            403,
            "odoo.exceptions.AccessError",
        ),
        ("sale.order/unlink", {"ids": [1]}, 403, "odoo.exceptions.AccessError"),
        ("sale.order/create", {"vals_list": [{"partner_id": 99}]}, 404, "odoo.exceptions.MissingError"),
        ("sale.order/write", {"ids": [1]}, 422, "werkzeug.exceptions.UnprocessableEntity"),
        ("sale.order/search_read", {"filter": []}, 422, "werkzeug.exceptions.UnprocessableEntity"),
        ("sale.order/search_read", {"fields": ["no_field"]}, 500, "builtins.ValueError"),
        ("sale.order/search_read", {"domain": [["no_field", "=", 1]]}, 500, "builtins.ValueError"),
        ("sale.order/search_read", {"domain": [["name", "~", 1]]}, 500, "builtins.ValueError"),
    ],
)
async def test_a_mistake_is_answered_as_odoo_19_does(
    newer: Simulator, what: str, body: Any, status: int, name: str
) -> None:
    await sold(newer)
    answer = await ask(newer, f"/json/2/{what}", body)
    assert (answer.status_code, answer.json()["name"]) == (status, name)


async def test_without_a_key_nobody_comes_in_and_of_an_unknown_database_there_is_a_page(
    newer: Simulator,
) -> None:
    for given in ({"authorization": ""}, {"authorization": "bearer 00"}):
        answer = await ask(newer, "/json/2/sale.order/search_read", {}, **given)
        assert (answer.status_code, answer.json()["name"]) == (401, "werkzeug.exceptions.Unauthorized")
    answer = await ask(newer, "/json/2/sale.order/search_read", {}, **{"x-odoo-database": "other"})
    assert (answer.status_code, answer.text[:9]) == (404, "<!DOCTYPE")


async def test_reading_what_is_not_there_is_an_empty_list(newer: Simulator) -> None:
    assert await json2(newer, "sale.order/read", {"ids": [99], "fields": ["name"]}) == []


async def test_json_rpc_says_200_to_an_error_whose_code_is_the_versions_own(
    newer: Simulator, older: Simulator
) -> None:
    for simulator, code in ((newer, 0), (older, 200)):
        told = await rpc(simulator, "sale.order", "action_confirm", [99])
        assert (told["error"]["code"], told["error"]["data"]["name"]) == (
            code,
            "odoo.exceptions.MissingError",
        )
    assert (await ask(older, "/json/2/sale.order/search_read", {})).status_code == 404


async def test_a_call_that_fails_leaves_nothing_of_itself(newer: Simulator) -> None:
    before = len(await json2(newer, "res.partner/search_read", {}))
    rows = [{"name": "Ada"}, {"name": "Bea", "no_field": 1}]
    assert (await ask(newer, "/json/2/res.partner/create", {"vals_list": rows})).status_code == 500
    assert len(await json2(newer, "res.partner/search_read", {})) == before


async def test_two_sales_may_have_one_reference(newer: Simulator) -> None:
    for number in [await sold(newer), await sold(newer)]:
        await json2(newer, "sale.order/write", {"ids": [number], "vals": {"client_order_ref": "same"}})
    found = await json2(newer, "sale.order/search", {"domain": [["client_order_ref", "=", "same"]]})
    assert len(found) == 2


async def test_a_second_confirmation_is_refused_and_the_date_is_odoos_own(newer: Simulator) -> None:
    sale = await sold(newer)
    await json2(newer, "sale.order/write", {"ids": [sale], "vals": {"date_order": "2026-11-01 21:00:00"}})
    assert await json2(newer, "sale.order/action_confirm", {"ids": [sale]}) is True
    (row,) = await json2(newer, "sale.order/read", {"ids": [sale], "fields": ["date_order", "state"]})
    assert (row["state"], row["date_order"] == "2026-11-01 21:00:00") == ("sale", False)
    again = await ask(newer, "/json/2/sale.order/action_confirm", {"ids": [sale]})
    assert (again.status_code, again.json()["name"]) == (422, "odoo.exceptions.UserError")


async def test_seconds_hide_microseconds_and_each_version_compares_them_in_its_own_way(
    newer: Simulator, older: Simulator
) -> None:
    for simulator, found in ((newer, 0), (older, 1)):
        people = simulator.office
        assert isinstance(people, OdooPeople)
        number = people.tables.create("crm.team", {"name": "Of the second"})
        people.tables.rows["crm.team"][number]["write_date"] = datetime(2026, 11, 20, 22, 0, 51, 11_000)  # noqa: DTZ001
        later = people.tables.search(
            "crm.team", [["write_date", ">", "2026-11-20 22:00:51"], ["id", "=", number]]
        )
        equal = people.tables.search(
            "crm.team", [["write_date", ">=", "2026-11-20 22:00:51"], ["id", "=", number]]
        )
        assert (len(later), len(equal)) == (found, 1)


async def test_the_same_lines_total_a_cent_less_in_the_newer_version(
    newer: Simulator, older: Simulator
) -> None:
    for simulator, tax in ((newer, "5.77"), (older, "5.78")):
        people = simulator.office
        assert isinstance(people, OdooPeople)
        tables = people.tables
        vat = tables.create("account.tax", {"name": "15 %", "amount": 15})
        field = "tax_ids" if simulator is newer else "tax_id"
        lines = [
            [0, 0, {"product_id": 1, "product_uom_qty": count, "price_unit": price, field: [[6, 0, [vat]]]}]
            for count, price in ((2, "9.99"), (1, "18.50"))
        ]
        partner = tables.create("res.partner", {"name": "Ada"})
        sale = tables.create("sale.order", {"partner_id": partner, "order_line": lines})
        assert str(tables.value("sale.order", sale, "amount_tax", {})) == tax


async def test_lines_that_no_command_names_stay(newer: Simulator) -> None:
    sale = await sold(newer)
    more = {"order_line": [[0, 0, {"product_id": 1, "product_uom_qty": 1, "price_unit": 1}]]}
    await json2(newer, "sale.order/write", {"ids": [sale], "vals": more})
    (row,) = await json2(newer, "sale.order/read", {"ids": [sale], "fields": ["order_line"]})
    assert len(row["order_line"]) == 2


async def test_archived_records_are_hidden_unless_they_are_asked_for(newer: Simulator) -> None:
    people = newer.office
    assert isinstance(people, OdooPeople)
    people.tables.write("product.product", 1, {"active": False})
    asked = {"domain": [["id", "=", 1]], "fields": ["default_code"]}
    assert await json2(newer, "product.product/search_read", asked) == []
    shown = await json2(newer, "product.product/search_read", {**asked, "context": {"active_test": False}})
    assert len(shown) == 1


async def test_json_rpc_leaves_the_result_out_where_a_method_gives_nothing_back(older: Simulator) -> None:
    (payment,) = (await rpc(older, "account.payment", "create", [{"journal_id": 3, "amount": 1}]))["result"]
    assert await rpc(older, "account.payment", "action_post", [payment]) == {"jsonrpc": "2.0", "id": 1}
