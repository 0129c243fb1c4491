"""Control verbs for what goes on beside the app: sales, another process on the same bucket, bulk operations' luck."""

from __future__ import annotations

from typing import Any

from sandbox import drain, sales
from sandbox.sales import Counter
from sandbox.shop import Shop
from sandbox.world import World

Answer = dict[str, Any]


class Traffic:
    def __init__(self, world: World) -> None:
        self._world, self.counter = world, Counter(world)

    async def sell(self, world: World, shop: Shop, wanted: Answer) -> Answer:
        """`count` tries at `per_second`; with `background` they go on after the answer, `stop` ends them."""
        if wanted.get("stop"):
            self.counter.stop(shop)
        elif wanted.get("background"):
            self.counter.start(shop, wanted)
        else:
            await self.counter.run(shop, wanted)
        return sales.summary(shop) | {"running": self.counter.busy(shop)}

    def order_bulk(self, wanted: Answer) -> Answer:
        """What the next bulk operation suffers: type, start_seconds, seconds_per_line, fail_after, code, times."""
        self._world.bulk_orders += [dict(wanted)] * int(wanted.get("times", 1))
        return {"ordered": self._world.bulk_orders}


async def spend(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Another process of the app: `points` at once, or `per_second` for `seconds`."""
    taken = 0.0
    if "points" in wanted:
        taken = min(float(wanted["points"]), float(int(shop.bucket.available)))
        shop.bucket.take(taken)
        drain.note(world, shop, taken)
    else:
        pace, seconds = float(wanted["per_second"]), float(wanted["seconds"])
        world.background(drain.spend(world, shop, per_second=pace, seconds=seconds))
    return {"taken": taken, "bucket": shop.bucket.status()}


def rate(world: World, shop: Shop, wanted: Answer) -> Answer:
    """`since` and `until` (seconds of the epoch) frame it; `floor` is what the lane leaves in the bucket."""
    return world.ledger.rate(
        shop.domain,
        shop.bucket.restore_rate,
        since=float(wanted.get("since", 0)),
        until=float(wanted.get("until", "inf")),
        floor=float(wanted.get("floor", 0)),
    )


def operations(world: World, shop: Shop, wanted: Answer) -> Answer:
    return {
        "operations": [
            {name: value for name, value in operation.items() if not name.startswith("_")}
            for operation in shop.bulk.values()
        ]
    }
