"""The judge of products: it must see each thing that can go wrong, and take what is right for right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.demo.products import ProductScene, ProductTrade, Wanted, judge_products

CUP = Wanted(key="G", title="Cup", category="Kitchen", skus=frozenset({"A", "B"}))


def shown(number: int = 1, *, skus: Sequence[str] = ("A", "B"), **said: Any) -> dict[str, Any]:
    usual = {"title": "Cup", "category": "Kitchen", "status": "ACTIVE"}
    return {"legacy_id": number, "variants": [{"sku": sku} for sku in skus], **usual, **said}


def judged(wanted: Wanted, *there: Mapping[str, Any]) -> dict[str, int]:
    found = judge_products(ProductScene(wanted=[wanted], shown=there))
    return {name: count for name, count in found.counts().items() if count and name != "placed"}


@pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        (CUP, [shown()], {"settled": 1}),
        (CUP, [shown(skus=("A", "B", "OWN"))], {"settled": 1}),
        (CUP, [], {"missing": 1}),
        (CUP, [shown(skus=("A",))], {"missing": 1}),
        (CUP, [shown(skus=("A", "B", ""))], {"wrong": 1}),
        (CUP, [shown(), shown(2, skus=("B",))], {"duplicates": 1}),
        (CUP, [shown(title="Mug")], {"wrong": 1}),
        (Wanted(key="G", title="Cup", category="Kitchen", skus=CUP.skus, asks=True), [shown(title="Mug")], {"held_expected": 1}),
        (Wanted(key="G", title="Cup", category="Kitchen", skus=CUP.skus, asks=True), [shown()], {"wrong": 1}),
        (Wanted(key="G", title="Cup", category="Kitchen", skus=CUP.skus, active=False), [shown()], {"wrong": 1}),
        (
            Wanted(key="G", title="Cup", category="Kitchen", skus=CUP.skus, active=False),
            [shown(status="ARCHIVED", title="whatever")],
            {"settled": 1},
        ),
        (Wanted(key="G", title="Cup", category="Kitchen", skus=CUP.skus, sent=False), [shown()], {"wrong": 1}),
        (Wanted(key="G", title="Cup", category="Kitchen", skus=CUP.skus, sent=False), [], {"settled": 1}),
    ],
)  # fmt: skip
def test_the_judge_sees_how_a_product_ended(
    wanted: Wanted, there: list[dict[str, Any]], said: dict[str, int]
) -> None:
    assert judged(wanted, *there) == said


def test_a_run_in_which_nothing_was_sold_is_not_clean() -> None:
    assert not judge_products(ProductScene(wanted=[], shown=[])).clean


@dataclass
class Erp:
    sold: dict[str, dict[str, Any]] = field(default_factory=dict)

    def sell(self, wares: Sequence[Mapping[str, Any]]) -> None:
        self.sold |= {ware["sku"]: dict(ware) for ware in wares}


@dataclass
class Shop:
    """Does at once what the product does in its time."""

    erp: Erp
    by_hand: dict[int, str] = field(default_factory=dict)

    def products(self) -> list[Mapping[str, Any]]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for ware in self.erp.sold.values():
            if "internal" not in ware["tags"]:
                groups.setdefault(ware["group"], []).append(ware)
        return [
            {
                "legacy_id": number,
                "title": self.by_hand.get(number, wares[0]["title"]),
                "category": wares[0]["category"],
                "status": "ACTIVE" if wares[0]["active"] else "ARCHIVED",
                "variants": [{"sku": ware["sku"]} for ware in wares],
            }
            for number, wares in enumerate(groups.values())
        ]

    def edit_product(self, product: int, **changed: Any) -> None:
        self.by_hand[product] = changed["title"]


def test_a_run_that_ends_well_is_clean_and_has_something_of_each_kind() -> None:
    erp = Erp()
    trade = ProductTrade(books=erp, shop=Shop(erp), groups=60, seed=3)
    trade.begin()
    trade.move()
    found = judge_products(trade.scene())
    assert found.clean, found.details
    assert found.placed == 60
    assert found.held_expected == len(trade.asks) > 0
    assert any(not ware["active"] for ware in erp.sold.values())
    assert trade.own
