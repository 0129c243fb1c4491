"""Look-up tables of one mapping version: what the store calls a thing, and the host's code for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.mapping.rates import NONE, Rate, Rates
from app.mapping.ruleset import EMPTY, RuleSet

NAMES = (
    "locations",
    "payments",
    "shipping",
    "taxes",
    "items",
    "special",
    "codes",
    "carriers",
    "products",
    "subsidiaries",
    "departments",
    "classes",
    "currencies",
    "customer_groups",
)
"""special: gift_card, tip, duty, fee, shipping, custom, rounding, adjustment, unknown -> the host's item.

codes: further fields. carriers: what the host calls a carrier, and its name in the store. products: filters of the products
flow -> send or skip. subsidiaries to customer_groups: for the steps of field rules, which say what is looked up in them.
"""
FREE = "free:"
"""What a merchant's own table begins with in the stored form, so that a name of ours misspelt is none."""
MOST_FREE = 50
_FREE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Tables:
    """One immutable version. Keys are compared without case and spaces around them; the key `*` is the default of its table.

    `free`: the merchant's own tables, by name. `carriers_back`: `carriers` read the other way, for what the store sends: its
    name, and what the host calls it. `rates` are the connection's of today, whatever the version: they change daily.
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
    subsidiaries: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)
    customer_groups: Mapping[str, str] = field(default_factory=dict)
    free: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    carriers_back: Mapping[str, str] = field(default_factory=dict)
    rules: RuleSet = EMPTY
    rates: Rates = NONE

    def table(self, name: str) -> Mapping[str, str] | None:
        """One table by its name, `free:NAME` or a free table's bare name; None: there is none. Keys are folded."""
        if name in NAMES:
            found: Mapping[str, str] = getattr(self, name)
            return found
        return self.free.get(name.removeprefix(FREE))

    def rate(self, source: str, target: str, at: datetime) -> Rate:
        """What an amount of that instant's day is converted by. Raises Rejected where there is none, or none new enough."""
        return self.rates.on(source, target, at)

    def every(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Every table under its name in the stored form, ours first."""
        for name in NAMES:
            yield name, getattr(self, name)
        for name, table in sorted(self.free.items()):
            yield FREE + name, table


def of(
    number: int, stored: Mapping[str, Mapping[str, str]], rules: RuleSet = EMPTY, rates: Rates = NONE
) -> Tables:
    """Builds a version from its stored form; raises ValueError for a table nobody knows."""
    unknown = [name for name in stored if not known(name)]
    if unknown:
        raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
    folded = {name: _folded(stored.get(name, {})) for name in NAMES}
    free = {name.removeprefix(FREE): _folded(stored[name]) for name in stored if name.startswith(FREE)}
    if len(free) > MOST_FREE:
        raise ValueError(f"more than {MOST_FREE} tables of your own")
    back = _backwards(stored.get("carriers", {}))
    return Tables(number=number, **folded, free=free, carriers_back=back, rules=rules, rates=rates)


def known(name: str) -> bool:
    """Whether a stored form may hold a table of this name."""
    return name in NAMES or (
        name.startswith(FREE) and _FREE_NAME.fullmatch(name.removeprefix(FREE)) is not None
    )


def fold(key: str) -> str:
    """A key as tables are searched: neither capitals nor spaces around it make a difference."""
    return key.strip().casefold()


def look_up(table: Mapping[str, str], *keys: str | None) -> str | None:
    """The code of the first key that the table knows, else its default, else None."""
    for key in keys:
        if key is not None and fold(key) in table:
            return table[fold(key)]
    return table.get("*")


def _folded(table: Mapping[str, str]) -> dict[str, str]:
    """An entry that says nothing is none: what it stands beside is not mapped."""
    return {fold(key): value for key, value in table.items() if value.strip()}


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
