"""Odoo's products as each version tells them: variants, tags and weights."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from app.domain.product import Product
from app.errors import Misconfigured
from app.ports import Missing
from sandbox.erps.office import Ware
from tests.hosts.odoo.rig import Office, office


@pytest.fixture(params=["json2", "jsonrpc", "jsonrpc16"])
def odoo(request: pytest.FixtureRequest) -> Office:
    return office(request.param)


async def sold(odoo: Office, *wares: Ware) -> Product:
    odoo.people.sell(wares)
    template = odoo.tables.get("product.product", max(odoo.tables.rows["product.product"]))["product_tmpl_id"]
    items = odoo.host.items
    assert not isinstance(items, Missing)
    found = await items.get(str(template))
    assert found is not None
    return found


async def test_variants_and_tags_come_by_their_names(odoo: Office) -> None:
    shirts = [
        Ware(sku=f"SHIRT-{color}", group="SHIRT", title="Shirt", price=Decimal(19), variant=color, tags=("new", "cotton"))
        for color in ("Red", "Blue")
    ]  # fmt: skip
    found = await sold(odoo, *shirts)
    assert [(each.sku, each.variant) for each in found.items] == [
        ("SHIRT-Red", "Red"),
        ("SHIRT-Blue", "Blue"),
    ]
    assert found.tags == ("new", "cotton")


@pytest.mark.parametrize(("unit", "grams"), [("kg", 2_000), ("lb", 907), ("lb(s)", 907)])
async def test_a_weight_is_told_in_the_unit_of_the_database(odoo: Office, unit: str, grams: int) -> None:
    ware = Ware(sku="POT", group="POT", title="Pot", price=Decimal(30), weight=Decimal(2_000))
    odoo.people.sell([ware])
    for number in odoo.tables.rows["product.template"]:
        odoo.tables.write("product.template", number, {"weight_uom_name": unit})
    (item,) = (await sold(odoo, ware)).items
    assert item.weight == grams


async def test_products_are_asked_for_in_the_language_of_the_store_and_codes_in_english() -> None:
    odoo = office(language="de_DE")
    await sold(odoo, Ware(sku="POT", group="POT", title="Pot", price=Decimal(30)))
    asked = [json.loads(request.body or b"{}") for request in odoo.http.asked if "/json/2/" in request.url]
    spoken = {("specification" in each): each["context"]["lang"] for each in asked}
    assert spoken == {True: "de_DE", False: "en_US"}


async def test_a_language_that_odoo_does_not_have_is_said_when_it_is_entered() -> None:
    assert (await office(language="de_DE").host.check()).account
    with pytest.raises(Misconfigured) as raised:
        await office(language="de").host.check()
    assert raised.value.code == "form.malformed"
