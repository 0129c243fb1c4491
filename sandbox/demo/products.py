"""Products that the ERP makes, changes and ends during the run, edits by people in the shop, and how it all ended.

The rule is written down here once more, on purpose: one product of the shop for each that the ERP sells, with its words and
its SKUs; a person's edit waits, what ended is archived. Nothing of the product's own reckoning is asked.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

OPTIONS: Mapping[str, str] = {
    "product_status": "active",
    "product_changed": "ask",
    "product_archived": "archive",
}
"""What the judged connection is set up with besides."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One group as the ERP has it in the end. `asks`: it is to wait for a person. `sent`: the filters choose it."""

    key: str
    title: str
    category: str
    skus: frozenset[str]
    active: bool = True
    asks: bool = False
    sent: bool = True


@dataclass(frozen=True, kw_only=True)
class ProductScene:
    """`shown`: every product of the shop, as its control place shows it. `others`: SKUs that are the shop's own."""

    wanted: Sequence[Wanted]
    shown: Sequence[Mapping[str, Any]]
    others: frozenset[str] = frozenset()


@dataclass(kw_only=True)
class ProductVerdict:
    """`details` name what went wrong."""

    placed: int = 0
    settled: int = 0
    held_expected: int = 0
    held_unexpected: int = 0
    missing: int = 0
    duplicates: int = 0
    wrong: int = 0
    details: list[dict[str, Any]] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return bool(self.placed) and not (
            self.held_unexpected or self.missing or self.duplicates or self.wrong
        )

    def counts(self) -> Mapping[str, int]:
        names = ("placed", "settled", "held_expected", "held_unexpected", "missing", "duplicates", "wrong")
        return {name: getattr(self, name) for name in names}


def judge_products(scene: ProductScene) -> ProductVerdict:
    found = ProductVerdict(placed=len(scene.wanted))
    by_sku: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for product in scene.shown:
        for sku in {variant["sku"] for variant in product["variants"]}:
            by_sku[sku].append(product)
    for wanted in scene.wanted:
        _judge(found, wanted, by_sku)
    return found


def _judge(found: ProductVerdict, wanted: Wanted, by_sku: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    there = {product["legacy_id"]: product for sku in wanted.skus for product in by_sku.get(sku, ())}
    if len(there) > 1:
        _note(found, "duplicates", wanted, f"{len(there)} products have its SKUs")
        return
    if not wanted.sent:
        _ended(found, wanted, right=not there, why="no filter chooses it, and it is in the shop")
    elif not there:
        if wanted.active:
            _note(found, "missing", wanted, "it is not in the shop")
        else:
            found.settled += 1
    else:
        _compare(found, wanted, next(iter(there.values())))


def _compare(found: ProductVerdict, wanted: Wanted, product: Mapping[str, Any]) -> None:
    if not wanted.active:
        _ended(found, wanted, right=product["status"] == "ARCHIVED", why="it ended, and is not archived")
        return
    skus = {variant["sku"] for variant in product["variants"]}
    same = (product["title"], product["category"]) == (wanted.title, wanted.category)
    if wanted.skus - skus:
        _note(found, "missing", wanted, f"the shop lacks {sorted(wanted.skus - skus)[:3]}")
    elif "" in skus or len(skus) != len(product["variants"]):
        _note(found, "wrong", wanted, "a variant has no SKU of its own")
    elif wanted.asks:
        found.held_expected += not same
        if same:
            _note(found, "wrong", wanted, "what a person changed was overwritten")
    else:
        _ended(found, wanted, right=same, why=f"the shop says {product['title']!r}, {product['category']!r}")


def _ended(found: ProductVerdict, wanted: Wanted, *, right: bool, why: str) -> None:
    if right:
        found.settled += 1
    else:
        _note(found, "wrong", wanted, why)


def _note(found: ProductVerdict, kind: str, wanted: Wanted, why: str) -> None:
    setattr(found, kind, getattr(found, kind) + 1)
    if len(found.details) < 50:
        found.details.append({"kind": kind, "product": wanted.key, "erp": wanted.title, "why": why})


# --- what happens ----------------------------------------------------------------------------------------------------


class ProductBooks(Protocol):
    def sell(self, wares: Sequence[Mapping[str, Any]]) -> None:
        """The ERP's people put these in, change them, or end them (`active`)."""
        ...


class ProductShop(Protocol):
    def products(self) -> Sequence[Mapping[str, Any]]:
        """Every product of the shop."""
        ...

    def edit_product(self, product: int, **changed: Any) -> None:
        """A person in the admin."""
        ...


_CATEGORIES = ("Kitchen", "Garden", "Office")


@dataclass(kw_only=True)
class ProductTrade:
    """Groups of one to four items under SKUs of their own; a run makes them, and later moves some of each kind."""

    books: ProductBooks
    shop: ProductShop
    groups: int
    seed: int
    wares: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asks: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """The ERP sells its products; one in twenty is for itself alone."""
        chance = random.Random(self.seed)
        for index in range(1, self.groups + 1):
            key = f"PRD-{index:04d}"
            inner = index % 20 == 0
            if inner:
                self.own.add(key)
            self.wares[key] = [
                {
                    "sku": f"{key}-{item}",
                    "group": key,
                    "title": f"Product {index}",
                    "variant": f"Size {item}",
                    "description": f"The {index}th thing that is sold.",
                    "category": chance.choice(_CATEGORIES),
                    "tags": ["internal"] if inner else ["web"],
                    "price": f"{chance.randint(100, 9900) / 100:.2f}",
                    "cost": f"{chance.randint(50, 4000) / 100:.2f}",
                    "barcode": f"{4_000_000_000_000 + index * 10 + item}",
                    "weight": str(chance.randint(10, 5000)),
                    "active": True,
                }
                for item in range(1, chance.randint(1, 4) + 1)
            ]
            for ware in self.wares[key][1:]:
                ware["category"] = self.wares[key][0]["category"]
        self._put(self.wares)

    def move(self) -> None:
        """In the ERP some are renamed, some get an item more, a few end; in the shop people rename some of the rest."""
        keys = [key for key in self.wares if key not in self.own]
        chance = random.Random(self.seed + 1)
        chance.shuffle(keys)
        some = max(1, len(keys) // 10)
        renamed, grown = keys[:some], keys[some : 2 * some]
        ended, edited = keys[2 * some : 2 * some + min(4, some)], keys[3 * some : 4 * some]
        for key in renamed:
            for ware in self.wares[key]:
                ware["title"] = f"{ware['title']} (new)"
        for key in grown:
            last = self.wares[key][-1]
            self.wares[key].append({**last, "sku": f"{key}-9", "variant": "Size 9", "barcode": None})
        for key in ended:
            for ware in self.wares[key]:
                ware["active"] = False
        there = {variant["sku"]: p for p in self.shop.products() for variant in p["variants"]}
        for key in edited:
            product = there.get(self.wares[key][0]["sku"])
            if product is not None:
                self.shop.edit_product(product["legacy_id"], title=f"{product['title']}, by hand")
                self.asks.add(key)
                for ware in self.wares[key]:
                    ware["title"] = f"{ware['title']} (moved too)"
        self._put([*renamed, *grown, *ended, *sorted(self.asks)])

    def scene(self) -> ProductScene:
        wanted = [
            Wanted(
                key=key,
                title=wares[0]["title"],
                category=wares[0]["category"],
                skus=frozenset(ware["sku"] for ware in wares),
                active=any(ware["active"] for ware in wares),
                asks=key in self.asks,
                sent=key not in self.own,
            )
            for key, wares in self.wares.items()
        ]
        return ProductScene(wanted=wanted, shown=self.shop.products())

    def _put(self, keys: Sequence[str] | Mapping[str, Any]) -> None:
        rows = [ware for key in keys for ware in self.wares[key]]
        for start in range(0, len(rows), 500):
            self.books.sell(rows[start : start + 500])
