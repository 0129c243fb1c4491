"""What a simulated Odoo is set up with: a company in euros, its taxes, journals, price lists, warehouse and services."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sandbox.erps.odoo.tables import Tables

_CURRENCIES: Mapping[str, int] = {
    "EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0, "KWD": 3, "DKK": 2, "CAD": 2, "AUD": 2, "SEK": 2, "NOK": 2, "PLN": 2,
}  # fmt: skip
_COUNTRIES = (
    "AT", "AU", "BE", "CA", "CH", "DE", "DK", "ES", "FR", "GB", "IE", "IT", "JP", "KW", "LU", "NL", "NO", "PL", "SE", "US",
)  # fmt: skip
_STATES: Mapping[str, str] = {"US": "CA NY TX WA", "CA": "ON QC BC", "IT": "MI RM TO", "ES": "B M V"}
_TAXES: Mapping[str, str] = {
    "VAT20": "20", "VAT7": "7", "Tax 19 %": "19", "Tax 7 %": "7", "Tax 10 %": "10", "Tax 20 %": "20", "Tax 8 %": "8",
    "Tax 6.25 %": "6.25", "Tax 0.75 %": "0.75", "Tax 1.125 %": "1.125", "Tax 0.33 %": "0.33",
}  # fmt: skip
_JOURNALS: Mapping[str, tuple[str, str]] = {
    "CSH1": ("Cash", "cash"), "BNK1": ("Bank", "bank"), "CARD": ("Cards", "bank"), "PAYP": ("PayPal", "bank"),
    "GIFT": ("Gift cards", "bank"),
}  # fmt: skip
SERVICES = (
    "SHIPPING", "GIFT-CARD", "TIP", "DUTY", "FEE", "ROUNDING", "CUSTOM", "ADJUSTMENT", "FALLBACK", "GIFT-25",
)  # fmt: skip
CARRIERS = ("Standard", "Express")
TIER = "Wholesale"
COMPANY = "Beispiel Handel GmbH"
_BARE = "PAYP"
"""A journal without an outstanding account: its payments have no entry until the bank tells of them."""


def seed(tables: Tables) -> int:
    """The settings; answers with the fiscal position of buyers from abroad."""
    tables.names["product.product"] = lambda row: str(row["default_code"] or row["id"])
    tables.names["res.currency"] = lambda row: str(row["name"])
    currencies = {
        name: tables.create("res.currency", {"name": name, "decimal_places": places})
        for name, places in _CURRENCIES.items()
    }
    tables.create("res.company", {"name": COMPANY, "currency_id": currencies["EUR"]})
    tables.create("res.users", {"name": "Integration", "login": "hub", "company_id": 1})
    tables.create("decimal.precision", {"name": "Product Price", "digits": 3})
    _places(tables)
    for name, amount in _TAXES.items():
        tables.create("account.tax", {"name": name, "amount": amount, "company_id": 1})
    tables.create(
        "account.tax", {"name": "VAT20 incl", "amount": "20", "price_include": True, "company_id": 1}
    )
    tables.create(
        "account.account", {"name": "Receivable", "code": "1400", "account_type": "asset_receivable"}
    )
    for code, (name, kind) in _JOURNALS.items():
        told = {"name": name, "code": code, "type": kind, "company_id": 1, "books_at_once": code != _BARE}
        tables.create("account.journal", told)
    for name, number in currencies.items():
        tables.create(
            "product.pricelist", {"name": f"Default {name}", "currency_id": number, "company_id": 1}
        )
    tables.create("product.pricelist", {"name": TIER, "currency_id": currencies["EUR"], "company_id": 1})
    for name in CARRIERS:
        tables.create("delivery.carrier", {"name": name})
    tables.create("crm.team", {"name": "Online"})
    tables.create("uom.uom", {"name": "Units"})
    _warehouse(tables)
    services(tables)
    return tables.create("account.fiscal.position", {"name": "Foreign Trade", "company_id": 1})


def services(tables: Tables) -> None:
    """What charges are booked on."""
    for code in SERVICES:
        product(tables, code, code.title(), Decimal(0), service=True)


def product(
    tables: Tables,
    sku: str,
    title: str,
    price: Decimal,
    *,
    service: bool = False,
    template: int | None = None,
) -> int:
    """A product of one variant, or another variant of a template."""
    if template is None:
        values: dict[str, object] = {"name": title, "list_price": price, "type": "service"}
        if not service:
            values |= (
                {"type": "consu", "is_storable": True}
                if tables.version >= 18
                else {"type": "product", "detailed_type": "product"}
            )
        template = tables.create("product.template", values)
    extra = Decimal(price) - tables.get("product.template", template)["list_price"]
    row = {"product_tmpl_id": template, "default_code": sku, "price_extra": extra, "uom_id": 1}
    return tables.create("product.product", row)


def _places(tables: Tables) -> None:
    for code in ("en_US", "de_DE"):
        tables.create("res.lang", {"name": code, "code": code})
    for code in _COUNTRIES:
        country = tables.create("res.country", {"name": code, "code": code})
        for state in _STATES.get(code, "").split():
            tables.create("res.country.state", {"name": state, "code": state, "country_id": country})


def _warehouse(tables: Tables) -> None:
    tables.create("stock.location", {"name": "Customers", "usage": "customer"})
    warehouse(tables, "WH", "Main warehouse")


def warehouse(tables: Tables, code: str, name: str) -> int:
    made = tables.create("stock.warehouse", {"name": name, "code": code, "company_id": 1})
    shelf = tables.create("stock.location", {"name": f"{code}/Stock", "warehouse_id": made})
    out, into = (
        tables.create("stock.picking.type", {"name": kind, "code": kind, "warehouse_id": made})
        for kind in ("outgoing", "incoming")
    )
    tables.write("stock.warehouse", made, {"lot_stock_id": shelf, "out_type_id": out, "in_type_id": into})
    return made
