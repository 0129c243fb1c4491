"""Control verbs for the seeded plan: make it, see what is expected of each order, let its waves happen."""

from __future__ import annotations

from typing import Any

from sandbox import control_orders, control_shops
from sandbox.control_shops import ControlError
from sandbox.plan import Plan, make_plan
from sandbox.shop import Shop
from sandbox.world import World

Answer = dict[str, Any]


def make(world: World, wanted: Answer) -> Answer:
    """Make the shop with the plan's catalogue and keep the plan; nothing is placed yet."""
    plan = make_plan(
        seed=int(wanted.get("seed", 0)),
        orders=int(wanted["orders"]),
        skus=int(wanted["skus"]),
        erp=wanted.get("erp", "memory"),
        flows=wanted.get("flows", ()),
    )
    domain = str(wanted["shop"])
    made = {
        "shop": domain,
        "currency": plan.currency,
        "locations": list(plan.locations),
        "products": plan.products,
    }
    control_shops.create(world, wanted | made | {"skus": None})
    world.plans[domain] = plan
    return plan.shown()


def shown(world: World, shop: Shop, wanted: Answer) -> Answer:
    """The plan with the ids its orders got."""
    plan = _plan(world, shop)
    ids = {order["_ref"]: order for order in [*shop.orders.values(), *shop.deleted]}
    answer = plan.shown()
    for entry in answer["orders"]:
        placed = ids.get(entry["ref"])
        entry |= {"id": placed and placed["id"], "name": placed and placed["name"]}
    return answer


async def wave(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Wave 1 places the orders (`from` and `count` take a part), every later one lets its acts happen."""
    plan, number = _plan(world, shop), int(wanted["wave"])
    if number > 1:
        acts = [
            act | {"order": order.ref}
            for order in plan.orders
            for act in order.acts
            if act.get("wave") == number
        ]
        return await control_orders.act(world, shop, wanted | {"acts": acts})
    first = int(wanted.get("from", 0))
    chosen = plan.orders[first : first + int(wanted.get("count", len(plan.orders)))]
    return await control_orders.place(world, shop, wanted | {"orders": [order.described for order in chosen]})


def _plan(world: World, shop: Shop) -> Plan:
    if shop.domain not in world.plans:
        raise ControlError(f"no plan was made for {shop.domain}")
    plan: Plan = world.plans[shop.domain]
    return plan
