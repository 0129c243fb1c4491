"""Odoo's prices where there are many of them: lists by the dozen, and codes that several products have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.ports import Missing, PriceSource
from tests.hosts.odoo.rig import Office, office


@pytest.fixture(params=["json2", "jsonrpc"])
def odoo(request: pytest.FixtureRequest) -> Office:
    return office(request.param)


def prices(odoo: Office) -> PriceSource:
    assert not isinstance(odoo.host.prices, Missing)
    return odoo.host.prices


def sell(odoo: Office, code: str, *, name: str = "Thing", price: int = 5) -> int:
    """The template's number."""
    template = odoo.tables.create("product.template", {"name": name, "list_price": price, "sale_ok": True})
    odoo.tables.create("product.product", {"product_tmpl_id": template, "default_code": code})
    return template


def asked(odoo: Office, model: str) -> int:
    word = model.encode()
    return sum(word in request.url.encode() + (request.body or b"") for request in odoo.http.asked)


async def test_two_dozen_price_lists_are_read_in_answers_that_are_not_cut_off() -> None:
    odoo = office()
    lists = [
        odoo.tables.create("product.pricelist", {"name": f"Customers of group {n}", "currency_id": 1})
        for n in range(24)
    ]
    templates = [sell(odoo, f"SKU-{n}", name="A garment of a long name " * 10) for n in range(600)]
    for number in lists:
        for template in templates:
            odoo.tables.create(
                "product.pricelist.item",
                {
                    "pricelist_id": number, "product_tmpl_id": template,
                    "compute_price": "fixed", "fixed_price": 4,
                },
            )  # fmt: skip
    page = await prices(odoo).page(None)
    told = [each for each in page.readings if (each.tier or "").startswith("Customers")]
    assert len(told) == 24 * 600
    assert page.next is None
    assert asked(odoo, "product.pricelist.item") == 4


async def test_all_products_of_a_code_are_told(odoo: Office) -> None:
    for n in range(1_600):
        sell(odoo, "TWIN", price=n)
    sell(odoo, "OTHER", price=7)
    told = await prices(odoo).of(["TWIN", "OTHER"])
    assert sum(each.item == "TWIN" and each.tier is None for each in told) == 1_600
    assert [each.price for each in told if each.item == "OTHER" and each.tier is None] == [Decimal(7)]


async def test_a_thousand_products_and_their_prices_in_two_lists_are_two_calls(odoo: Office) -> None:
    templates = [sell(odoo, f"SKU-{n}") for n in range(1_000)]
    await prices(odoo).of(["SKU-1"])
    for number in (1, 2):
        for template in templates:
            values = {"pricelist_id": number, "product_tmpl_id": template, "compute_price": "fixed"}
            odoo.tables.create("product.pricelist.item", {**values, "fixed_price": 4})
    before = len(odoo.http.asked)
    page = await prices(odoo).page(None)
    assert sum(each.tier is not None for each in page.readings) >= 2_000
    assert (page.next, len(odoo.http.asked) - before) == (None, 2)
