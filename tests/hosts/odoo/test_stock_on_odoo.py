"""What Odoo has of a product: counted, or put together from what is counted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.ports import Missing
from sandbox.erps.odoo.fields import flag
from tests.hosts.odoo.rig import office


@pytest.mark.parametrize("dialect", ["json2", "jsonrpc"])
async def test_a_kit_has_as_many_as_odoo_says_could_be_put_together(dialect: str) -> None:
    """With the manufacturing module a product may be a kit, which nobody counts itself.

    Versions before 18 can't look for kits: asked to, they would give services and whatever else there is.
    """
    odoo = office(dialect)
    odoo.tables.fields["product.product"]["is_kits"] = flag()
    counted = "is_storable" if dialect == "json2" else "type"
    for row in odoo.tables.rows["product.product"].values():
        row["is_kits"] = False
    known = {row["default_code"]: row["id"] for row in odoo.tables.rows["product.product"].values()}
    kit = known["MUG"]
    template = odoo.tables.get("product.product", kit)["product_tmpl_id"]
    odoo.tables.write("product.template", template, {counted: False if dialect == "json2" else "consu"})
    stock = odoo.host.inventory
    assert not isinstance(stock, Missing)

    async def told() -> dict[str, Decimal]:
        page = await stock.page(None)
        return {reading.item: reading.available for reading in page.readings}

    assert "MUG" not in await told()
    odoo.tables.write("product.product", kit, {"is_kits": True})
    assert ("MUG" in await told()) is (dialect == "json2")
    assert dialect == "jsonrpc" or (await told())["MUG"] == 1000
