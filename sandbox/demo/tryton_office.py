"""The office of the demo's Tryton: products put in, changed and ended, prices changed, as its own people would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sandbox.tryton.rpc import Rpc, Values
from sandbox.tryton.server import ADMIN_PASSWORD

INNER = "Internal"
"""Tryton has no tags: what is for itself alone is in this category."""
_BATCH = 50
K = TypeVar("K")


def signed_in(credentials: Mapping[str, str]) -> Rpc:
    """The administrator of the sandbox's Tryton: the hub's own user may not do what these people do."""
    port = urlsplit(credentials["address"]).port
    assert port is not None
    rpc = Rpc(port, credentials["database"], ADMIN_PASSWORD)
    rpc.context["company"] = rpc.one("company.company")
    return rpc


class TrytonOffice:
    """Implements `ProductBooks` and `PriceBooks`. What it put in is its own: it knows it without asking."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._rpc = signed_in(credentials)
        self._known: dict[tuple[str, str], int] = {}
        self._templates: dict[str, int] = {}
        self._skus: set[str] = set()

    def sell(self, wares: Sequence[Mapping[str, Any]]) -> None:
        """A group is a template, its items are variants; what is there already is changed, and gets what is new."""
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for ware in wares:
            groups.setdefault(ware["group"], []).append(ware)
        new = [key for key in groups if key not in self._templates]
        for part in _parts(new):
            rows = [self._template(groups[key]) for key in part]
            self._templates |= zip(part, self._rpc.create_many("product.template", rows), strict=True)
        known = [key for key in groups if key not in new]
        self._change({self._templates[key]: self._changed(groups[key]) for key in known})
        self._skus |= {ware["sku"] for ware in wares}

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str = "") -> None:
        """List prices, which are in the company's currency; there are no tiers."""
        if tier:
            raise ValueError("Tryton has no prices of a tier")
        which = [["code", "in", sorted(prices)]]
        found = self._rpc.rows("product.product", which, "code", "template", "list_price_used")
        self._change(
            {
                row["template"]: {"list_price": prices[row["code"]]}
                for row in found
                if _amount(row["list_price_used"]) != prices[row["code"]]
            }
        )

    def _template(self, wares: Sequence[Mapping[str, Any]]) -> Values:
        first = wares[0]
        category = INNER if "internal" in first["tags"] else first["category"]
        unit = self._named("product.uom", "Unit")
        return self._changed(wares) | {
            "type": "goods",
            "default_uom": unit,
            "sale_uom": unit,
            "salable": True,
            "account_category": self._named("product.category", "Everything"),
            "lead_time": dt.timedelta(0),
            "list_price": Decimal(first["price"]),
            "categories": [["add", [self._named("product.category", category, make=True)]]],
        }

    def _changed(self, wares: Sequence[Mapping[str, Any]]) -> Values:
        """Its name, whether it is sold, and the items that it does not have yet."""
        new = [
            {
                "suffix_code": ware["sku"],
                "description": ware["description"],
                "list_price": Decimal(ware["price"]),
            }
            for ware in wares
            if ware["sku"] not in self._skus
        ]
        told: Values = {"name": wares[0]["title"], "active": any(ware["active"] for ware in wares)}
        return told | ({"products": [["create", new]]} if new else {})

    def _change(self, changes: Mapping[int, Values]) -> None:
        """Many templates with one call: each with values of its own."""
        for part in _parts(list(changes)):
            arguments = [each for template in part for each in ([template], changes[template])]
            self._rpc.call("model.product.template.write", *arguments)

    def _named(self, model: str, name: str, *, make: bool = False) -> int:
        """What carries this name, made if need be; asked for once."""
        if (model, name) not in self._known:
            found = self._rpc.find(model, ["name", "=", name])
            self._known[model, name] = self._rpc.create(model, name=name) if make and not found else found[0]
        return self._known[model, name]


def _parts(keys: Sequence[K]) -> Iterator[Sequence[K]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]


def _amount(value: Any) -> Decimal | None:
    return Decimal(value["decimal"]) if value else None
