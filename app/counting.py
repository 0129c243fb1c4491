"""Puts counters around the doors a process was built with: whoever uses them does not know that it is counted."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

from app.errors import Rejected, Retry, Throttled, Unclear
from app.ports import Lane, Limiter, Permits
from app.probes import Metrics
from app.wiring import Core


def counted(core: Core, metrics: Metrics) -> Core:
    """The same core; what goes to Shopify, to an ERP or for a token through it is counted."""

    def token(result: str) -> None:
        metrics.tokens_refreshed.labels(result=result).inc()

    def alarm(_name: str) -> None:
        metrics.api_version_mismatch.inc()

    endpoint = replace(core.installer.endpoint, count=token)
    return replace(
        core,
        limiter=_limiters(core.limiter, metrics),
        permits=CountedPermits(inner=core.permits, metrics=metrics),
        installer=replace(core.installer, endpoint=endpoint),
        alarm=alarm,
    )


def _limiters(inner: Callable[[str], Limiter], metrics: Metrics) -> Callable[[str], Limiter]:
    return lambda shop: CountedLimiter(inner=inner(shop), metrics=metrics)


@dataclass(frozen=True, kw_only=True)
class CountedLimiter:
    """`ports.Limiter`: each answer that comes back to it is one call."""

    inner: Limiter
    metrics: Metrics

    @property
    def rate(self) -> float:
        return self.inner.rate

    async def take(self, *, document: str, lane: Lane) -> int:
        return await self.inner.take(document=document, lane=lane)

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
        self.metrics.shopify_calls.labels(document=document).inc()
        self.metrics.shopify_points.inc(actual)
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
        self.metrics.shopify_calls.labels(document=document).inc()
        self.metrics.shopify_throttled.inc()
        await self.inner.throttled(
            document=document,
            reserved=reserved,
            requested=requested,
            available=available,
            maximum=maximum,
            rate=rate,
        )


@dataclass(frozen=True, kw_only=True)
class CountedPermits:
    """`ports.Permits`: what happens under a permit is one call to the ERP, or one step of a few."""

    inner: Permits
    metrics: Metrics

    def hold(self, account: str, most: int, *, first: bool = False) -> AbstractAsyncContextManager[None]:
        return self._hold(account, most, first=first)

    @asynccontextmanager
    async def _hold(self, account: str, most: int, *, first: bool) -> AsyncIterator[None]:
        host = account.partition(":")[0]
        async with self.inner.hold(account, most, first=first):
            began, result = time.monotonic(), "ok"
            try:
                yield
            except BaseException as error:
                result = result_of(error)
                raise
            finally:
                self.metrics.host_calls.labels(host=host, result=result).inc()
                self.metrics.host_call_seconds.labels(host=host).observe(time.monotonic() - began)


def result_of(error: BaseException) -> str:
    """A fixed word for how a call ended."""
    match error:
        case Throttled():
            return "throttled"
        case Retry():
            return "retry"
        case Rejected():
            return "rejected"
        case Unclear():
            return "unclear"
        case Exception():
            return "failed"
        case _:
            return "cancelled"
