"""Goods and refunds: whatever is cancelled, sent, returned or lost, no unit is made up and none vanishes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox import order_acts
from sandbox.app_config import AppConfig
from sandbox.server import build_world
from tests.drawing import tried

FIRST = 50
PRODUCT = {
    "title": "Lamp",
    "variants": [{"sku": "LAMP", "price": "5.00", "stock": {"Main": FIRST, "North": 0}}],
}
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["CANCEL", "RETURN", "NO_RESTOCK", None, "fulfil"]), st.integers(1, 4), st.booleans()
    ),
    max_size=7,
)


@tried(60)
@given(st.integers(1, 9), ACTS, st.sampled_from(["cancel", "keep", "lose"]))
def test_every_unit_is_on_a_shelf_promised_sent_or_lost(
    units: int, acts: list[tuple[str | None, int, bool]], end: str
) -> None:
    world = build_world(AppConfig())
    shop = world.add_shop("x.myshopify.com", "EUR")
    for name in ("Main", "North"):
        shop.add_location(name, world.minter, "2026-01-01T00:00:00Z")
    shop.add_product(PRODUCT, world.minter, "2026-01-01T00:00:00Z")
    order = order_acts.place(
        world, shop, {"lines": [{"sku": "LAMP", "quantity": units}], "transactions": [{}]}
    )
    back = 0
    for way, count, north in acts:
        if way == "fulfil":
            order_acts.perform(world, shop, order["id"], {"act": "fulfil"})
            continue
        line: dict[str, Any] = {"line": 0, "quantity": count} | ({"restock": way} if way else {})
        line |= {"location": "North"} if north and way == "RETURN" else {}
        try:
            order_acts.perform(world, shop, order["id"], {"act": "refund", "lines": [line]})
        except ValueError:
            continue
        made = order["refunds"][-1]["refundLineItems"]
        back += sum(entry["quantity"] for entry in made if entry["restockType"] == "RETURN")
    levels = list(shop.stock.levels.values())
    sent, owed = order["lineItems"][0]["_fulfilled"], sum(level.committed for level in levels)
    assert sum(level.available for level in levels) == FIRST - sent - owed + back
    assert owed == sum(order["_held"].values()) >= 0
    if end != "keep":
        lost = owed if end == "lose" else 0
        order_acts.perform(
            world, shop, order["id"], {"act": "cancel", "refund": True, "restock": end == "cancel"}
        )
        assert sum(level.committed for level in levels) == 0
        assert sum(level.available for level in levels) == FIRST - sent + back - lost
