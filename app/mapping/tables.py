"""Look-up tables of one mapping version: what the store calls a thing, and the host's code for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NAMES = ("locations", "payments", "shipping", "taxes", "items", "special", "codes", "carriers", "products")
"""special: gift_card, tip, duty, fee, shipping, custom, rounding, adjustment, unknown -> the host's item.

codes: further fields. carriers: what the host calls a carrier, and its name in the store. products: filters of the products
flow -> send or skip.
"""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """One immutable version. Keys are compared without case; the key `*` is the default of its table.

    `carriers_back`: `carriers` read the other way, for what the store sends: its name, and what the host calls it.
    """

    number: int = 0
    locations: Mapping[str, str] = field(default_factory=dict)
    payments: Mapping[str, str] = field(default_factory=dict)
    shipping: Mapping[str, str] = field(default_factory=dict)
    taxes: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    special: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    carriers: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    carriers_back: Mapping[str, str] = field(default_factory=dict)


def of(number: int, stored: Mapping[str, Mapping[str, str]]) -> Tables:
    """Builds a version from its stored form; raises ValueError for a table nobody knows."""
    unknown = set(stored) - set(NAMES)
    if unknown:
        raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
    folded = {name: _folded(stored.get(name, {})) for name in NAMES}
    return Tables(number=number, **folded, carriers_back=_backwards(stored.get("carriers", {})))


def look_up(table: Mapping[str, str], *keys: str | None) -> str | None:
    """The code of the first key that the table knows, else its default, else None."""
    for key in keys:
        if key is not None and key.casefold() in table:
            return table[key.casefold()]
    return table.get("*")


def _folded(table: Mapping[str, str]) -> dict[str, str]:
    return {key.casefold(): value for key, value in table.items()}


def _backwards(table: Mapping[str, str]) -> dict[str, str]:
    """As the host spells it. Of several that the store calls the same, the one that is spelled like that; else none."""
    named: dict[str, list[str]] = {}
    for code, name in table.items():
        if code != "*":
            named.setdefault(name.casefold(), []).append(code)
    alike = {name: [code for code in codes if code.casefold() == name] for name, codes in named.items()}
    return {
        name: (alike[name] or codes)[0] for name, codes in named.items() if alike[name] or len(codes) == 1
    }
