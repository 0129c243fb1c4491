"""A seeded plan of mixed orders: what each one contains, what happens to it later, and how it must end.

The plan is made before anything runs. Expected totals come from pricing the description alone, so that what the
store shows and what the ERP books can both be compared with it. Kinds that a certain ERP cannot express are
listed in its tables (`sandbox/demo/NAME.json`) with the code they must be held with. What further flows do to the
orders is laid over them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from sandbox.demo.tables import known, tables_of
from sandbox.draw import Described, Draw
from sandbox.money import graphql_amount
from sandbox.plan_edits import after_edits, edit_acts
from sandbox.plan_exceptions import EDITED, HELD, SKIPPED, UNSETTLED
from sandbox.plan_kinds import SETTLED
from sandbox.plan_refunds import Refundable, count, refund_acts
from sandbox.pricing import price

CURRENCY = "EUR"
LOCATIONS = ("Main warehouse", "Store Hamburg")
FALLBACK_SKU = "FALLBACK"
ALL_KINDS_FROM = 60
UNSETTLED_SHARE = 0.15
FLOWS = ("refunds", "orders")
"""Whose further acts there are: what is given back, and what is edited and paid late."""


@dataclass(frozen=True, kw_only=True)
class PlannedOrder:
    ref: str
    kind: str
    described: Described
    acts: tuple[Described, ...]
    end: str
    code: str | None
    total_shop: str
    total_presentment: str
    presentment_currency: str
    # The kind of refund that was laid over the order.
    refund: str | None = None
    # The kind of edit; the totals are then those after it, where the ERP follows it.
    edit: str | None = None

    def shown(self) -> Described:
        refunds = {"refund": self.refund, "refunds": count(self.acts)} if self.refund else {}
        edits = {"edit": self.edit} if self.edit else {}
        return (
            refunds
            | edits
            | {
                "ref": self.ref,
                "kind": self.kind,
                "expected": self.end,
                "code": self.code,
                "total_shop": self.total_shop,
                "shop_currency": CURRENCY,
                "total_presentment": self.total_presentment,
                "presentment_currency": self.presentment_currency,
                "waves": sorted({act["wave"] for act in self.acts if "wave" in act} | {1}),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    seed: int
    erp: str
    currency: str
    locations: tuple[str, ...]
    # What the shop sells; and what the ERP must know before the plan runs.
    products: list[Described]
    erp_items: list[Described]
    orders: list[PlannedOrder]

    def shown(self) -> Described:
        ends = Counter(order.end for order in self.orders)
        return {
            "seed": self.seed,
            "erp": self.erp,
            "currency": self.currency,
            "locations": list(self.locations),
            "erp_items": self.erp_items,
            "waves": sorted({wave for order in self.orders for wave in order.shown()["waves"]}),
            "expected": {"settled": ends["settled"], SKIPPED: ends[SKIPPED], HELD: ends[HELD]},
            "kinds": dict(Counter(order.kind for order in self.orders)),
            "orders": [order.shown() for order in self.orders],
        }


def make_plan(seed: int, orders: int, skus: int, erp: str = "memory", flows: Iterable[str] = ()) -> Plan:
    items = _items(seed, max(skus, 2))
    draw = Draw(seed, items)
    kinds = _kinds(draw, orders)
    planned = [_planned(draw, f"plan-{seed}-{i:05d}", kind, erp) for i, kind in enumerate(kinds, 1)]
    unknown = set(flows) - set(FLOWS)
    if unknown:
        raise ValueError(f"no acts are planned for {', '.join(sorted(unknown))}")
    if "orders" in flows:
        planned = _with_edits(seed, items, planned, erp)
    if "refunds" in flows:
        planned = _with_refunds(seed, items, planned)
    return Plan(
        seed=seed,
        erp=erp,
        currency=CURRENCY,
        locations=LOCATIONS,
        products=_products(items),
        erp_items=_erp_items(items),
        orders=planned,
    )


def _items(seed: int, skus: int) -> list[Described]:
    draw = Draw(seed + 1, ())
    return [
        {
            "sku": f"SKU-{i:05d}",
            "title": f"Item {i:05d}",
            "price": f"{draw.random.randint(2, 180)}.{draw.random.choice(('00', '49', '90', '95', '99'))}",
            "barcode": f"40{i:011d}",
        }
        for i in range(1, skus + 1)
    ]


def _products(items: list[Described]) -> list[Described]:
    products = [{"title": item["title"], "variants": [item | {"title": "Default Title"}]} for item in items]
    card = {"title": "Gift card 25", "gift_card": True, "variants": [{"sku": "GIFT-25", "price": "25.00"}]}
    unknown = {"title": "Not in the ERP", "variants": [{"sku": "UNKNOWN-1", "price": "17.00"}]}
    return [*products, card, unknown]


def _erp_items(items: list[Described]) -> list[Described]:
    return [
        *items,
        {"sku": "GIFT-25", "title": "Gift card 25", "price": "25.00", "gift_card": True},
        {"sku": "GONE-1", "title": "Discontinued lamp", "price": "39.00"},
        {"sku": FALLBACK_SKU, "title": "Item without a number", "price": "0.00", "fallback": True},
    ]


def _kinds(draw: Draw, orders: int) -> list[str]:
    """Every kind once where there is room, the rest by weight, unsettled ones only up to their share."""
    weights = {name: weight for name, (_, weight) in SETTLED.items()}
    odd_weights = {name: weight for name, (_, weight, _, _) in UNSETTLED.items()}
    chosen = [*SETTLED, *UNSETTLED] if orders >= ALL_KINDS_FROM else []
    while len(chosen) < orders:
        odd = sum(1 for kind in chosen if kind in UNSETTLED)
        room = odd + 1 <= orders * UNSETTLED_SHARE
        pool = weights | odd_weights if room else weights
        chosen += draw.random.choices(list(pool), list(pool.values()))
    draw.random.shuffle(chosen)
    return chosen


def _planned(draw: Draw, ref: str, kind: str, erp: str) -> PlannedOrder:
    make = SETTLED[kind][0] if kind in SETTLED else UNSETTLED[kind][0]
    described = make(draw) | {"ref": ref, "kind": kind}
    basket = price(described, CURRENCY)
    end, code = _end(kind, erp)
    planned = PlannedOrder(
        ref=ref,
        kind=kind,
        described=described,
        acts=tuple(described.get("acts", ())),
        end=end,
        code=code,
        total_shop=graphql_amount(basket.total.shop),
        total_presentment=graphql_amount(basket.total.presentment),
        presentment_currency=basket.exchange.presentment,
    )
    if kind not in EDITED or not tables_of(erp).changes_paid:
        return planned
    whole = price(after_edits(described), CURRENCY).total
    followed = replace(planned, end="settled", code=None)
    return _edited(followed, kind, [], f"{whole.shop:f}", f"{whole.presentment:f}", erp)


def _settled(planned: list[PlannedOrder]) -> list[Refundable]:
    """What is held or skipped has no document to take anything from, or to change."""
    return [
        Refundable(ref=order.ref, kind=order.kind, described=order.described, shop_currency=CURRENCY)
        for order in planned
        if order.end == "settled" and order.edit is None
    ]


def _with_edits(
    seed: int, items: list[Described], planned: list[PlannedOrder], erp: str
) -> list[PlannedOrder]:
    chosen = edit_acts(seed, items, _settled(planned))
    return [_edited(order, *chosen[order.ref], erp) if order.ref in chosen else order for order in planned]


def _edited(
    order: PlannedOrder, kind: str, acts: list[Described], shop: str, presentment: str, erp: str
) -> PlannedOrder:
    changed = replace(order, edit=kind, acts=(*order.acts, *acts))
    if not tables_of(erp).follows_edits:
        return replace(changed, end=HELD, code="order.edited")
    totals = {"total_shop": Decimal(shop), "total_presentment": Decimal(presentment)}
    return replace(changed, **{name: graphql_amount(total) for name, total in totals.items()})


def _with_refunds(seed: int, items: list[Described], planned: list[PlannedOrder]) -> list[PlannedOrder]:
    chosen = refund_acts(seed, items, _settled(planned))
    return [
        replace(order, refund=chosen[order.ref][0], acts=(*order.acts, *chosen[order.ref][1]))
        if order.ref in chosen
        else order
        for order in planned
    ]


def _end(kind: str, erp: str) -> tuple[str, str | None]:
    if kind in UNSETTLED:
        _, _, end, code = UNSETTLED[kind]
        return end, code
    held = tables_of(erp).holds.get(kind)
    return (HELD, held) if held else ("settled", None)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.plan", description="Print a seeded plan as JSON."
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--skus", type=int, default=500)
    parser.add_argument("--erp", choices=known(), default="memory")
    parser.add_argument(
        "--flows", nargs="*", choices=FLOWS, default=[], help="lay further acts over the orders"
    )
    options = parser.parse_args()
    plan = make_plan(options.seed, options.orders, options.skus, options.erp, options.flows)
    print(json.dumps(plan.shown(), indent=1))


if __name__ == "__main__":
    main()
