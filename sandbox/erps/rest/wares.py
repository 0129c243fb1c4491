"""What Kontor deals in: articles, what of them lies where, what they cost, and what its own currency buys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sandbox.erps.office import Item, Quote, Ware

CURRENCY = "EUR"


@dataclass(frozen=True, kw_only=True)
class Offered:
    """An article that is offered in the catalogue, or was."""

    ware: Ware
    stamp: int


@dataclass(kw_only=True)
class Wares:
    """`shelves`: what lies there, by article and depot. `tariffs`: by tier (empty: everybody's) and article."""

    articles: dict[str, str] = field(default_factory=dict)
    offered: dict[str, Offered] = field(default_factory=dict)
    shelves: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    tariffs: dict[tuple[str, str], tuple[Decimal, str]] = field(default_factory=dict)
    quotes: dict[tuple[date, str], Decimal] = field(default_factory=dict)

    def list_items(self, items: Sequence[Item], depot: str) -> None:
        for item in items:
            self.articles[item.sku] = item.title
            if item.price > 0:
                self.tariffs["", item.sku] = item.price, CURRENCY
            if item.stock is not None:
                self.shelves[item.sku, depot] = item.stock

    def move(self, article: str, depot: str, units: Decimal) -> None:
        """Only where it is stocked: a service has no shelf."""
        if (article, depot) in self.shelves:
            self.shelves[article, depot] += units

    def offer(self, wares: Sequence[Ware], stamp: int) -> None:
        for ware in wares:
            self.articles.setdefault(ware.sku, ware.title)
            self.offered[ware.sku] = Offered(ware=ware, stamp=stamp)

    def family(self, name: str) -> list[Offered]:
        found = [each for each in self.offered.values() if each.ware.group == name]
        return sorted(found, key=lambda each: each.ware.sku)

    def families(self, since: int, *, all: bool) -> list[tuple[str, int]]:
        """Families of which something changed, oldest first; without `all` those that are still sold."""
        latest: dict[str, int] = {}
        sold: set[str] = set()
        for each in self.offered.values():
            latest[each.ware.group] = max(latest.get(each.ware.group, 0), each.stamp)
            if each.ware.active:
                sold.add(each.ware.group)
        found = [(name, stamp) for name, stamp in latest.items() if stamp >= since and (all or name in sold)]
        return sorted(found, key=lambda each: (each[1], each[0]))

    def price(self, prices: dict[str, Decimal], *, currency: str, tier: str) -> None:
        for article, price in prices.items():
            self.tariffs[tier, article] = price, currency

    def tiers(self) -> list[str]:
        return sorted({tier for tier, _ in self.tariffs if tier})

    def quote(self, quotes: Sequence[Quote]) -> None:
        for each in quotes:
            self.quotes[each.day, each.currency] = each.rate

    def stocked(self, articles: Sequence[str]) -> Iterator[tuple[str, str]]:
        wanted = set(articles)
        return (shelf for shelf in sorted(self.shelves) if not wanted or shelf[0] in wanted)
