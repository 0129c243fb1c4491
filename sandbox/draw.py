"""Draws the parts of made-up orders: lines, taxes, buyers and addresses, from one seeded generator."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.money import rounded

Described = dict[str, Any]
RATES = {"EUR": "1", "USD": "1.0843", "JPY": "163.27", "KWD": "0.3331"}
VAT = [{"title": "VAT", "rate": "0.19"}]
REDUCED_VAT = [{"title": "VAT", "rate": "0.07"}]
US_TAXES = [
    {"title": "State Tax", "rate": "0.0625"},
    {"title": "County Tax", "rate": "0.0075"},
    {"title": "City Tax", "rate": "0.01125"},
]
_FIRST = ("Anna", "Jonas", "Marie", "Luca", "Sofia", "Emil", "Nora", "Paul", "Ida", "Felix", "Clara", "Hugo")
_LAST = ("Weber", "Rossi", "Martin", "Novak", "Jansen", "Silva", "Larsen", "Kowalska", "Meyer", "Dubois")
_PLACES = (
    ("Germany", "DE", "Berlin", "10115", "Invalidenstrasse"),
    ("France", "FR", "Lyon", "69002", "Rue Mercière"),
    ("Italy", "IT", "Torino", "10121", "Via Roma"),
    ("Netherlands", "NL", "Utrecht", "3511 AB", "Oudegracht"),
    ("Austria", "AT", "Wien", "1010", "Kärntner Straße"),
)
_FOREIGN = {
    "USD": ("United States", "US", "Portland", "97204", "SW Alder Street"),
    "JPY": ("Japan", "JP", "Kyoto", "604-8005", "Sanjo-dori"),
    "KWD": ("Kuwait", "KW", "Kuwait City", "13001", "Abdullah Al-Salem Street"),
}


class Draw:
    """One seeded source for everything that is left to chance in a plan."""

    def __init__(self, seed: int, items: Sequence[Described]) -> None:
        self.random = random.Random(seed)
        self.items = items

    def lines(self, low: int = 1, high: int = 4, currency: str = "EUR", taxes: Any = VAT) -> list[Described]:
        count = min(self.random.randint(low, high), len(self.items))
        return [self.line(item, currency, taxes) for item in self.random.sample(list(self.items), count)]

    def line(self, item: Described, currency: str = "EUR", taxes: Any = VAT) -> Described:
        return {
            "sku": item["sku"],
            "title": item["title"],
            "quantity": self.random.choice((1, 1, 1, 2, 2, 3, 5)),
            "price": self.priced(item["price"], currency),
            "taxes": taxes,
        }

    def priced(self, euros: str, currency: str) -> str:
        return format(rounded(Decimal(euros) * Decimal(RATES[currency]), currency), "f")

    def shipping(self, euros: str = "4.90", currency: str = "EUR", taxes: Any = VAT) -> list[Described]:
        return [{"title": "Standard", "code": "STD", "price": self.priced(euros, currency), "taxes": taxes}]

    def address(self, currency: str = "EUR") -> Described:
        country, code, city, postcode, street = _FOREIGN.get(currency) or self.random.choice(_PLACES)
        return {
            "firstName": self.random.choice(_FIRST),
            "lastName": self.random.choice(_LAST),
            "address1": f"{street} {self.random.randint(1, 180)}",
            "city": city,
            "zip": postcode,
            "country": country,
            "countryCodeV2": code,
            "phone": f"+49 30 {self.random.randint(1000000, 9999999)}",
        }

    def buyer(self, address: Described) -> Described:
        name = f"{address['firstName']}.{address['lastName']}".lower()
        return {
            "firstName": address["firstName"],
            "lastName": address["lastName"],
            "email": f"{name}.{self.random.randint(1, 400)}@example.com",
            "address": address,
        }

    def order(self, *, currency: str = "EUR", lines: list[Described] | None = None, **more: Any) -> Described:
        """A paid order with an address and a customer; everything about it may be given instead."""
        address = self.address(currency)
        described: Described = {
            "currency": currency,
            "rate": RATES[currency],
            "taxes_included": False,
            "lines": lines if lines is not None else self.lines(currency=currency),
            "shipping": self.shipping(currency=currency),
            "customer": self.buyer(address),
            "shipping_address": address,
            "billing_address": address,
            "transactions": [{"kind": "SALE", "gateway": "shopify_payments"}],
        }
        return described | more
