"""NetSuite's own records out of a step's payload and the ids that its codes stand for; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from app.errors import Rejected, Verdict
from app.hosts.netsuite.directory import CUSTOM_LEVEL, SHIP_ITEM, ItemRow, TaxRow

Payload: TypeAlias = Mapping[str, Any]
"""A step's payload as it comes back from its row; who reads a key knows who wrote it (payload.py)."""

NOT_TAXABLE = "-8"
"""The tax code of accounts with legacy tax for what no tax is charged on, unless the form names another one."""
_LONGEST: Mapping[str, int] = {
    "addressee": 83,
    "attention": 83,
    "addr1": 150,
    "addr2": 150,
    "city": 50,
    "state": 30,
    "zip": 36,
    "companyName": 83,
    "firstName": 32,
    "lastName": 32,
}
_LONGEST_PHONE = 21
"""Accounts have been met that take 32 signs; what is longer has words or an extension in it."""
_MOST_DIGITS = 17
"""Of any telephone number (15, ITU-T E.164), with the zeros that stand for a plus."""
_NUMBER = re.compile(r"\+?[0-9 ()./-]+")
_RATE = Decimal("0.00000001")
_PERCENT = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What the codes of some lines stand for."""

    items: Mapping[str, ItemRow]
    taxes: Mapping[str, TaxRow]
    places: Mapping[str, str]
    suite_tax: bool
    line_field: str = ""
    untaxed: str = NOT_TAXABLE


def lines_body(rows: Sequence[Payload], meant: Meant, *, sign: int = 1) -> dict[str, Any]:
    """The part of a record that its lines make: the item lines, what shipping costs, and taxes as this account takes them."""
    header = [row for row in rows if _is_header(row, meant)]
    listed = [row for row in rows if row not in header]
    made: dict[str, Any] = {
        "item": {"items": [_line(n, row, meant, sign) for n, row in enumerate(listed, 1)]},
        **_shipping(header, meant),
    }
    if meant.suite_tax:
        details = [each for n, row in enumerate(listed, 1) for each in _details(n, row, meant, sign)]
        made |= {"taxDetailsOverride": True, "taxDetails": {"items": details}}
    return made


def _is_header(row: Payload, meant: Meant) -> bool:
    return meant.items[row["item"]].itemtype == SHIP_ITEM


def _shipping(header: Sequence[Payload], meant: Meant) -> dict[str, Any]:
    """A shipping item can't be a line: it is the order's way of shipping, with its cost."""
    if not header:
        return {}
    first = header[0]
    if len({row["item"] for row in header}) > 1:
        raise Rejected(
            "shipping.several_items",
            "Shipping and another charge are both mapped to shipping items; NetSuite takes one of them on an order.",
            verdict=Verdict.NEEDS_MAPPING,
        )
    made: dict[str, Any] = {
        "shipMethod": {"id": str(meant.items[first["item"]].id)},
        "shippingCost": sum((Decimal(row["net"]) for row in header), start=Decimal(0)),
    }
    taxed = [tax for row in header for tax in row["taxes"] if Decimal(tax["amount"])]
    if taxed and meant.suite_tax:
        raise Rejected(
            "tax.not_on_shipping",
            "With SuiteTax exact taxes are sent for lines alone: map shipping to an item for services or other charges.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"table": "special", "value": "shipping"},
        )
    if taxed:
        made["shippingTaxCode"] = {"id": _only(taxed, meant)}
    return made


def _line(number: int, row: Payload, meant: Meant, sign: int) -> dict[str, Any]:
    quantity, net = Decimal(row["quantity"]), Decimal(row["net"])
    if quantity < 0:
        # A line of a credit that goes the other way: NetSuite has no negative quantities there, but negative amounts.
        quantity = -quantity
    made: dict[str, Any] = {
        "item": {"id": str(meant.items[row["item"]].id)},
        "quantity": quantity,
        "price": {"id": CUSTOM_LEVEL},
        "rate": _plain((sign * net / quantity).quantize(_RATE, ROUND_HALF_UP)),
        "amount": sign * net,
        "description": row["title"][:900],
    }
    for name in ("location", "department", "class"):
        if row[name]:
            made[name] = {"id": meant.places[row[name]]}
    if meant.line_field and row["key"]:
        made[meant.line_field] = row["key"]
    if meant.suite_tax:
        made["taxDetailsReference"] = _reference(number)
    else:
        made["taxCode"] = {"id": _only(row["taxes"], meant) if row["taxes"] else meant.untaxed}
    return made


def _only(taxes: Sequence[Payload], meant: Meant) -> str:
    """Legacy tax knows one code for each line; two taxes at once are a tax group there."""
    codes = sorted({tax["code"] for tax in taxes})
    if len(codes) > 1:
        raise Rejected(
            "tax.several",
            f"A line has several taxes ({', '.join(codes)}); without SuiteTax NetSuite takes one tax code for a line.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"table": "taxes", "codes": ", ".join(codes)},
        )
    return str(meant.taxes[codes[0]].id)


def _details(number: int, row: Payload, meant: Meant, sign: int) -> list[dict[str, Any]]:
    net = Decimal(row["net"])
    return [
        {
            "taxDetailsReference": {"id": _reference(number)},
            "taxType": str(meant.taxes[tax["code"]].taxtype or ""),
            "taxCode": {"id": str(meant.taxes[tax["code"]].id)},
            "taxBasis": sign * net,
            "taxRate": _percent(tax, net),
            "taxAmount": sign * Decimal(tax["amount"]),
            "netAmount": sign * net,
        }
        for tax in row["taxes"]
    ]


def _percent(tax: Payload, net: Decimal) -> Decimal:
    if tax["rate"] is not None:
        return _plain(Decimal(tax["rate"]) * 100)
    return (Decimal(tax["amount"]) * 100 / net).quantize(_PERCENT) if net else Decimal(0)


def _plain(value: Decimal) -> Decimal:
    """Without zeros behind it and without an exponent."""
    return Decimal(f"{value.normalize():f}")


def _reference(number: int) -> str:
    return f"L{number}"


def bounded(texts: Mapping[str, str | None]) -> dict[str, Any]:
    """Those that are told, each as long as its field takes: NetSuite refuses a record for one that is longer."""
    cut = {name: (text or "").strip()[: _LONGEST.get(name)].strip() for name, text in texts.items()}
    return {name: text for name, text in cut.items() if text}


def telephone(told: str | None) -> str | None:
    """A number that is too long as it is written is told by its digits; one that is none is left out, as half of it is wrong."""
    plain = " ".join((told or "").split())
    if len(plain) > _LONGEST_PHONE:
        number = _NUMBER.match(plain)
        plain = re.sub(r"[^+0-9]", "", number[0].replace("(0)", "")) if number else ""
        if len(plain.removeprefix("+")) > _MOST_DIGITS:
            # No number has so many: these are several.
            return None
    return plain if 0 < len(plain) <= _LONGEST_PHONE else None


def address_body(address: Payload) -> dict[str, Any]:
    """A name and a company are two lines of one address: who it is for, and at whose attention."""
    name, company = address.get("name"), address.get("company")
    fields = {
        "addressee": company or name,
        "attention": name if company else None,
        "addr1": address.get("street"),
        "addr2": address.get("street2"),
        "city": address.get("city"),
        "state": address.get("province_code"),
        "zip": address.get("postal_code"),
    }
    made = bounded({**fields, "addrPhone": telephone(address.get("phone"))})
    if address.get("country_code"):
        made["country"] = {"id": address["country_code"].upper()}
    return made
