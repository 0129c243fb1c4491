"""What the prices bench stands on: a simulated shop and a demo ERP with the same prices, joined, linked and at rest."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench.ground import Ground
from bench.stock.floor import KEY, StockFloor, chosen_settings, declare, standing
from bench.stock.words import SHOP

_AT_ONCE = 5_000


@dataclass(kw_only=True)
class PriceFloor(StockFloor):
    """`cents`: what each SKU costs in the ERP; the shop must show the same in the end."""

    of_a_product: int
    levels: int = 0
    cents: dict[str, int] = field(default_factory=dict)
    flow: str = "prices"

    def price_anew(self, skus: Sequence[str]) -> None:
        for start in range(0, len(skus), _AT_ONCE):
            prices = [
                {"item": sku, "currency": "EUR", "price": _amount(self.cents[sku])}
                for sku in skus[start : start + _AT_ONCE]
            ]
            put = self.http.put(
                f"{self.erp}/control/prices",
                headers={"authorization": f"Bearer {KEY}"},
                json={"prices": prices},
            )
            put.raise_for_status()

    def raise_prices(self, count: int, *, seed: int) -> int:
        """So many go up by a tenth or less; answers with how many did."""
        chance = random.Random(seed)
        chosen = sorted(chance.sample(sorted(self.cents), count))
        for sku in chosen:
            self.cents[sku] += chance.randint(1, self.cents[sku] // 10)
        self.price_anew(chosen)
        return len(chosen)

    def wrong_prices(self) -> int:
        found: dict[str, str] = {}
        after: int | None = 0
        while after is not None:
            page = self.ask("GET", f"/control/shops/{SHOP}/prices?after={after}&limit={_AT_ONCE}")
            found |= {row["sku"]: row["price"] for row in page["prices"]}
            after = page["next"]
        return sum(found.get(sku) != _amount(cents) for sku, cents in self.cents.items())


@contextmanager
def price_floor(ground: Ground, *, prices: int, of_a_product: int, seed: int) -> Iterator[PriceFloor]:
    """Both sides in step, and every later plan that changes anything waits for a word."""
    make, furnish = (
        partial(PriceFloor, of_a_product=of_a_product),
        partial(_furnish, prices=prices, seed=seed),
    )
    with standing(
        ground, make, furnish, env={**chosen_settings(by_files=True), "TIMING_BULK_LOOK": "5"}
    ) as made:
        _link(made, ground.home)
        yield made


def _furnish(made: PriceFloor, *, prices: int, seed: int) -> None:
    shop = declare(made, muted=["products/update"])
    chance, skus = random.Random(seed), [f"PRC-{n:06}" for n in range(prices)]
    made.cents.update({sku: chance.randint(500, 20_000) for sku in skus})
    for start in range(0, len(skus), _AT_ONCE):
        some = skus[start : start + _AT_ONCE]
        made.ask("POST", "/control/shops", {**shop, "products": _products(made, some)})
    made.price_anew(skus)


def _products(made: PriceFloor, skus: Sequence[str]) -> list[dict[str, Any]]:
    size = made.of_a_product
    return [
        {
            "title": skus[start],
            "variants": [
                {"sku": sku, "price": _amount(made.cents[sku]), "stock": None}
                for sku in skus[start : start + size]
            ],
        }
        for start in range(0, len(skus), size)
    ]


def _link(made: PriceFloor, home: Path) -> None:
    """The product's own link; the first plan changes nothing and is approved."""
    (home / "prices.json").write_text(json.dumps({"changed": 0.000_001}))
    made.say("prices", "set-up", "--shop", SHOP, "--settings", str(home / "prices.json"))
    said = made.say("prices", "plan", "--shop", SHOP)
    plan = json.loads(said.splitlines()[-1])
    made.say("prices", "push", "--shop", SHOP, "--run", plan["run"], "--yes")


def _amount(cents: int) -> str:
    return f"{cents / 100:.2f}"
