"""A what-if over rules, gates, tables of one's own and rates shows exactly the orders that change when they are published."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.ids import StoreKey
from app.domain.order import Order
from app.mapping.rates import Rate
from app.models import mapping_versions, rates
from tests.fakes.orders import BUYER, PLACED, line, order, tax
from tests.fakes.world import World
from tests.models.world import TABLES
from tests.sync.test_what_if import became, begun, drafted, drained, forgotten, lines, tasks

TAGS = ("VIP", "vip", "Wholesale", "leave-out", "slow")


def tagged(tag: str) -> dict[str, Any]:
    return {"tests": [{"field": "order.tags", "operator": "is", "values": [tag]}]}


def above(amount: str) -> dict[str, Any]:
    return {"tests": [{"field": "order.total", "operator": "above", "values": [amount]}]}


def below(amount: str) -> dict[str, Any]:
    return {"tests": [{"field": "order.total", "operator": "below", "values": [amount]}]}


def both(*conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {"tests": [test for each in conditions for test in each["tests"]]}


def asked(field: str, operator: str, *values: str) -> dict[str, Any]:
    return {"tests": [{"field": field, "operator": operator, "values": list(values)}]}


def gate(name: str, when: Mapping[str, Any], do: str) -> dict[str, Any]:
    return {"id": name, "when": when, "do": do, "sentence": f"Because of {name}."}


MEMO = {
    "id": "memo",
    "target": "memo",
    "start": {"field": "order.name"},
    "steps": [{"do": "change", "how": "downcase"}],
}
BEFORE_TABLES = {**TABLES, "free:teams": {"vip": "A"}}
BEFORE: dict[str, Any] = {
    "fields": [
        MEMO,
        {
            "id": "team", "target": "department", "start": {"field": "order.po_number"},
            "steps": [{"do": "look_up", "table": "teams"}], "when": tagged("wholesale"),
        },
    ],
    "gates": [gate("dear", above("100"), "hold"), gate("slow", tagged("SLOW"), "skip")],
}  # fmt: skip
AFTER_TABLES = {**TABLES, "free:teams": {"VIP": "A", "b2b": "B"}}
AFTER: dict[str, Any] = {
    "fields": [
        MEMO,
        {
            "id": "team", "target": "department", "when": tagged("wholesale"),
            "liquid": "{{ order.po_number | look_up: 'teams', true }}",
        },
        {
            "id": "trade", "target": "document", "start": {"text": "sales_order"},
            "when": asked("order.buyer.tags", "is", "trade"),
        },
        {
            "id": "abroad", "target": "payment.method", "start": {"text": "ABROAD"},
            "when": both(asked("order.markets", "is_not", "Germany"), asked("payment.method", "is", "card")),
        },
        {
            "id": "dollars", "target": "priority", "start": {"field": "order.total"},
            "steps": [{"do": "currency", "to": "USD"}, {"do": "round", "places": 2}], "when": tagged("vip"),
        },
    ],
    "gates": [
        gate("known", both(tagged("vip"), above("160")), "hold"),
        gate("small", both(tagged("Vip"), below("30")), "hold"),
        gate("dear", above("150"), "hold"),
        gate("out", tagged("LEAVE-OUT"), "skip"),
        gate("closed", asked("order.markets", "is", "Closed"), "skip"),
    ],
}  # fmt: skip


def drawn(number: int) -> Order:
    luck, other = random.Random(number), random.Random(-2 * number)
    net = Decimal(luck.choice([20, 50, 110, 140]))
    return replace(
        order(
            key=StoreKey(str(number)),
            name=f"#{number}",
            lines=(line("TEA", str(net), tax(str(net / 5))),),
        ),
        buyer=replace(BUYER, tags=("trade",) if other.random() < 0.1 else ()),
        markets=other.choices([("Germany",), ("Bavaria", "Germany"), ("France",), ("Closed",)], [6, 2, 1, 1])[
            0
        ],
        tags=tuple(tag for tag in TAGS if luck.random() < 0.2),
        po_number=luck.choice(["VIP", "B2B", "vip", None]),
    )


async def in_force(world: World, tables: dict[str, dict[str, str]], rules: dict[str, Any]) -> None:
    tenant = world.joined.tenant
    async with world.database.tenant(tenant) as tx:
        await mapping_versions.publish(
            tx, tenant=tenant, connection=world.joined.connection, tables=tables, rules=rules, note="", by="t"
        )


async def heard(world: World, keys: list[str]) -> dict[str, Any]:
    for key in keys:
        await world.hear(key)
    await drained(world)
    return await became(world, keys)


async def test_rules_gates_and_rates_change_exactly_what_was_shown(world: World) -> None:
    rate = Rate(source="EUR", target="USD", rate=Decimal("1.25"), day=PLACED.date(), good_for=366)
    async with world.database.tenant(world.joined.tenant) as tx:
        await rates.save(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, entered=[rate], by="t"
        )
    await in_force(world, BEFORE_TABLES, BEFORE)
    keys = [str(number) for number in range(1001, 1061)]
    for key in keys:
        world.store.place(drawn(int(key)))
    before = await heard(world, keys)
    run = await begun(world, await drafted(world, AFTER_TABLES, AFTER))
    await tasks(world).due()
    shown = {row["reference"]: row["outcome"] for row in await lines(world, run)}
    await forgotten(world)
    await in_force(world, AFTER_TABLES, AFTER)
    after = await heard(world, keys)
    changed = {name for name in before if before[name] != after[name]}
    assert {name: shown[name] for name in changed if shown[name] == "same"} == {}
    assert {name for name, outcome in shown.items() if outcome != "same"} == changed
    assert {
        "same", "changed", "newly_held", "no_longer_held", "held_otherwise", "newly_skipped", "no_longer_skipped",
        "skipped_otherwise",
    } <= set(shown.values())  # fmt: skip
