"""A shop's bucket as one run sees it: counts what the run spends, and may keep it in a lower lane."""

from __future__ import annotations

from dataclasses import dataclass

from app.ports import Lane, Limiter, Meter


@dataclass(frozen=True, kw_only=True)
class Metered:
    """Implements `Limiter`. `lane`: whatever a call asks for, it goes in this one."""

    inner: Limiter
    meter: Meter
    lane: Lane | None = None

    @property
    def rate(self) -> float:
        return self.inner.rate

    async def take(self, *, document: str, lane: Lane) -> int:
        return await self.inner.take(document=document, lane=self.lane or lane)

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
        self.meter.calls += 1
        self.meter.points += actual
        await self.inner.settle(
            document=document,
            reserved=reserved,
            requested=requested,
            actual=actual,
            available=available,
            maximum=maximum,
            rate=rate,
        )

    async def throttled(
        self, *, document: str, reserved: int, requested: int, available: int, maximum: int, rate: float
    ) -> None:
        await self.inner.throttled(
            document=document,
            reserved=reserved,
            requested=requested,
            available=available,
            maximum=maximum,
            rate=rate,
        )
