"""Shopify's cost bucket per shop, shared by all workers: takers wait for the exact time, in lanes, first come first.

Stands between the store's client and the network; the client asks before each call and tells what the answer said.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Mapping

from app.limits import scripts
from app.limits.local import STANDARD_MAXIMUM, STANDARD_RATE, LocalBucket
from app.limits.shared import Shared
from app.ports import Lane, Limiter

FLOORS: Mapping[Lane, float] = {Lane.INTERACTIVE: 0.0, Lane.ORDERS: 0.1, Lane.STOCK: 0.2, Lane.CATALOGUE: 0.3}
"""The part of the bucket that a lane leaves to those above it."""

ORDER: Mapping[Lane, int] = {lane: place for place, lane in enumerate(FLOORS)}

UNKNOWN_COST = 1_000
"""The most one request may cost; reserved for a document nobody has run yet."""

TRUST_AFTER_MS = 300
"""How old a new bucket must be before an answer's level is believed: what was under way at its birth has arrived."""

ASK_AGAIN_WITHIN = 1.0


class Buckets:
    """The limiters of all shops. `expected` are costs known beforehand, instead of 1,000 for the first call."""

    def __init__(self, shared: Shared, *, expected: Mapping[str, int] | None = None) -> None:
        self._shared = shared
        self._costs: dict[str, int] = dict(expected or {})
        self._shops: dict[str, ShopBucket] = {}

    def shop(self, shop: str) -> Limiter:
        """The one limiter of this shop in this process."""
        return self._shops.setdefault(shop, ShopBucket(shop, self._shared, self._costs))


class ShopBucket:
    """`ports.Limiter` of one shop; `costs` is what this process has learned, for when Redis has forgotten."""

    def __init__(self, shop: str, shared: Shared, costs: dict[str, int]) -> None:
        self._shared = shared
        self._costs = costs
        self._local = LocalBucket()
        self._maximum, self._rate = STANDARD_MAXIMUM, STANDARD_RATE
        self._turns = {lane: asyncio.Lock() for lane in Lane}
        self._keys = [
            f"{{bucket:{shop}}}",
            *(f"{{bucket:{shop}}}:{k}" for k in ("costs", "line", "seen", "wants")),
        ]
        self._take = shared.script(scripts.TAKE)
        self._settle = shared.script(scripts.SETTLE)

    @property
    def rate(self) -> float:
        return self._rate

    async def take(self, *, document: str, lane: Lane) -> int:
        """One taker per lane and process asks; the others queue behind it here and cost Redis nothing."""
        me = secrets.token_hex(8)
        async with self._turns[lane]:
            while True:
                cost, wait = await self._ask(me, document, lane)
                if wait <= 0:
                    return cost
                await asyncio.sleep(min(wait, ASK_AGAIN_WITHIN) + random.uniform(0, 0.005))

    async def settle(
        self,
        *,
        document: str,
        reserved: int,
        requested: int,
        actual: int,
        available: int,
        maximum: int,
        rate: float,
    ) -> None:
        self._learn(document, requested, maximum, rate)
        arguments = (document, reserved, requested, actual, available, maximum, rate)
        told = await self._shared.run(
            self._settle, self._keys[:2], (*arguments, FLOORS[Lane.ORDERS], TRUST_AFTER_MS)
        )
        if told is None:
            self._local.learn(
                refund=reserved - actual,
                available=available,
                maximum=maximum,
                rate=rate,
                share=self._shared.share,
            )

    async def throttled(
        self, *, document: str, reserved: int, requested: int, available: int, maximum: int, rate: float
    ) -> None:
        """A refused call was not charged; what is left is what the refusal said."""
        await self.settle(
            document=document,
            reserved=reserved,
            requested=requested,
            actual=0,
            available=available,
            maximum=maximum,
            rate=rate,
        )

    async def _ask(self, me: str, document: str, lane: Lane) -> tuple[int, float]:
        """The cost and the seconds to wait, 0 when it was taken."""
        hint = self._costs.get(document, 0)
        about = (me, ORDER[lane], FLOORS[lane], document, hint, UNKNOWN_COST, self._maximum, self._rate)
        answer = await self._shared.run(self._take, self._keys, about)
        if answer is None:
            return self._ask_locally(hint or UNKNOWN_COST, lane)
        self._local.forget()
        granted, cost, wait = (int(part) for part in answer[:3])
        self._maximum, self._rate = float(answer[3]), float(answer[4])
        return cost, 0.0 if granted else wait / 1000

    def _ask_locally(self, cost: int, lane: Lane) -> tuple[int, float]:
        self._local.maximum, self._local.rate = self._maximum, self._rate
        cost = min(cost, int(self._maximum))
        wait = self._local.ask(cost=cost, floor=FLOORS[lane], share=self._shared.share, now=time.monotonic())
        return cost, wait

    def _learn(self, document: str, requested: int, maximum: int, rate: float) -> None:
        self._maximum, self._rate = maximum, rate
        if requested > 0:
            self._costs[document] = max(
                requested, (self._costs.get(document, requested) + requested + 1) // 2
            )
