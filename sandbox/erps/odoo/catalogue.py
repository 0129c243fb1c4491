"""What a simulated Odoo sells, as its people change it: products with variants, their list prices, and fixed prices of a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.erps.odoo import seed
from sandbox.erps.odoo.tables import Tables
from sandbox.erps.office import Ware

_GRAMS = Decimal(1000)


def by_sku(tables: Tables) -> dict[str, int]:
    return {
        row["default_code"]: number
        for number, row in tables.rows["product.product"].items()
        if row["default_code"]
    }


def revalue(tables: Tables, product: int, title: str | None, price: Decimal) -> None:
    """The template's price is its first variant's; what another one costs more is told beside it."""
    row = tables.get("product.product", product)
    template = tables.get("product.template", row["product_tmpl_id"])
    if title is not None and template["name"] != title:
        tables.write("product.template", template["id"], {"name": title})
    if template["product_variant_ids"][0] == product:
        others = template["product_variant_ids"][1:]
        full = {n: template["list_price"] + tables.get("product.product", n)["price_extra"] for n in others}
        tables.write("product.template", template["id"], {"list_price": price})
        for number, value in full.items():
            tables.write("product.product", number, {"price_extra": value - price})
        price_extra = Decimal(0)
    else:
        price_extra = price - template["list_price"]
    tables.write("product.product", product, {"price_extra": price_extra})


def sell(tables: Tables, wares: Sequence[Ware]) -> None:
    groups: defaultdict[str, list[Ware]] = defaultdict(list)
    for ware in wares:
        groups[ware.group].append(ware)
    for group in groups.values():
        known = by_sku(tables)
        for ware in group:
            product = known.get(ware.sku)
            if product is None:
                siblings = [known[each.sku] for each in group if each.sku in known] or _of_group(tables, ware)
                template = tables.get("product.product", siblings[0])["product_tmpl_id"] if siblings else None
                product = seed.product(tables, ware.sku, ware.title, ware.price, template=template)
                known[ware.sku] = product
            revalue(tables, product, ware.title, ware.price)
            _describe(tables, product, ware)


def _of_group(tables: Tables, ware: Ware) -> list[int]:
    """Variants that were put in by an earlier call: their template says the group."""
    return [
        number
        for number, row in tables.rows["product.product"].items()
        if tables.get("product.template", row["product_tmpl_id"])["default_code"] == ware.group
    ]


def _describe(tables: Tables, product: int, ware: Ware) -> None:
    template = tables.get("product.product", product)["product_tmpl_id"]
    told: dict[str, Any] = {
        "default_code": ware.group,
        "description_sale": ware.description or None,
        "product_tag_ids": [[6, 0, [_named(tables, "product.tag", tag) for tag in ware.tags]]],
    }
    if ware.category:
        told["categ_id"] = _named(tables, "product.category", ware.category)
    tables.write("product.template", template, told)
    values = [_named(tables, "product.template.attribute.value", ware.variant)] if ware.variant else []
    own: dict[str, Any] = {
        "active": ware.active,
        "barcode": ware.barcode,
        "product_template_variant_value_ids": [[6, 0, values]],
    }
    if ware.cost is not None:
        own["standard_price"] = ware.cost
    if ware.weight is not None:
        own["weight"] = ware.weight / _GRAMS
    tables.write("product.product", product, own)
    variants = [
        tables.get("product.product", n)
        for n in tables.get("product.template", template)["product_variant_ids"]
    ]
    tables.write("product.template", template, {"active": any(row["active"] for row in variants)})


def _named(tables: Tables, model: str, name: str) -> int:
    found = next((n for n, row in tables.rows[model].items() if row["name"] == name), None)
    return found if found is not None else tables.create(model, {"name": name})


def price(tables: Tables, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
    known = by_sku(tables)
    if not tier:
        for sku, amount in prices.items():
            revalue(tables, known[sku], None, amount)
        return
    pricelist = _pricelist(tables, tier, currency)
    rows = tables.rows["product.pricelist.item"].values()
    there = {row["product_id"]: row["id"] for row in rows if row["pricelist_id"] == pricelist}
    for sku, amount in prices.items():
        product = known[sku]
        if product in there:
            tables.write("product.pricelist.item", there[product], {"fixed_price": amount})
        else:
            values = {
                "pricelist_id": pricelist,
                "product_id": product,
                "product_tmpl_id": tables.get("product.product", product)["product_tmpl_id"],
                "applied_on": "0_product_variant",
                "fixed_price": amount,
            }
            tables.create("product.pricelist.item", values)


def _pricelist(tables: Tables, name: str, currency: str) -> int:
    money = next(n for n, row in tables.rows["res.currency"].items() if row["name"] == currency)
    rows = tables.rows["product.pricelist"]
    for number, row in rows.items():
        if (row["name"], row["currency_id"]) == (name, money):
            return number
    return tables.create("product.pricelist", {"name": name, "currency_id": money, "company_id": 1})
