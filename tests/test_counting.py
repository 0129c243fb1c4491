"""What is counted around the doors: calls, points, refusals for rate, and how each call to an ERP ended."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry

from app import probes, settings
from app.counting import CountedLimiter, CountedPermits, counted
from app.errors import Misconfigured, Rejected, Retry, Throttled, Unclear
from app.jobs.counting import CountedLeases, CountedWork
from app.ports import Lane
from app.wiring import open_core
from tests.conftest import Addresses


@pytest.fixture
def metrics() -> probes.Metrics:
    return probes.metrics(CollectorRegistry())


def value(metrics: probes.Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"stockbridge_{name}", labels)


class Bucket:
    """Lets everything through and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def take(self, *, document: str, lane: Lane) -> int:
        return 7

    async def settle(self, *, document: str, **_: float) -> None:
        self.told.append(f"settled {document}")

    async def throttled(self, *, document: str, **_: float) -> None:
        self.told.append(f"throttled {document}")


async def test_a_call_to_shopify_counts_once_with_what_it_cost(metrics: probes.Metrics) -> None:
    bucket = Bucket()
    limiter = CountedLimiter(inner=bucket, metrics=metrics)
    about = {"requested": 10, "available": 900, "maximum": 1000, "rate": 50.0}
    reserved = await limiter.take(document="order", lane=Lane.ORDERS)
    await limiter.settle(document="order", reserved=reserved, actual=4, **about)
    await limiter.throttled(document="order", reserved=reserved, **about)
    assert reserved == 7
    assert bucket.told == ["settled order", "throttled order"]
    assert value(metrics, "shopify_calls_total", document="order") == 2
    assert value(metrics, "shopify_points_total") == 4
    assert value(metrics, "shopify_throttled_total") == 1


class Room:
    """Permits for everyone, or for nobody."""

    def __init__(self, *, busy: bool = False) -> None:
        self.busy = busy

    @asynccontextmanager
    async def hold(self, account: str, most: int, *, first: bool = False) -> AsyncIterator[None]:
        if self.busy:
            raise Throttled("host.busy", "No permit came free.")
        yield


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Throttled("a.b", "s"), "throttled"),
        (Retry("a.b", "s"), "retry"),
        (Rejected("a.b", "s"), "rejected"),
        (Unclear("a.b", "s"), "unclear"),
        (Misconfigured("a.b", "s"), "failed"),
        (asyncio.CancelledError(), "cancelled"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
async def test_a_call_to_an_erp_counts_by_how_it_ended(
    error: BaseException, result: str, metrics: probes.Metrics
) -> None:
    permits = CountedPermits(inner=Room(), metrics=metrics)
    with pytest.raises(type(error)):
        async with permits.hold("tryton:erp.example.com/books", 2):
            raise error
    async with permits.hold("tryton:erp.example.com/books", 2):
        pass
    assert value(metrics, "host_calls_total", host="tryton", result=result) == 1
    assert value(metrics, "host_calls_total", host="tryton", result="ok") == 1
    assert value(metrics, "host_call_seconds_count", host="tryton") == 2


async def test_a_permit_that_never_came_is_no_call(metrics: probes.Metrics) -> None:
    with pytest.raises(Throttled):
        async with CountedPermits(inner=Room(busy=True), metrics=metrics).hold("memory:x", 1):
            pass
    assert value(metrics, "host_call_seconds_count", host="memory") is None


async def test_a_process_that_is_counted_works_as_before(
    addresses: Addresses, valkey_url: str, metrics: probes.Metrics
) -> None:
    environment = {
        "DATABASE_URL": addresses.app,
        "DATABASE_INTAKE_URL": addresses.intake,
        "REDIS_URL": valkey_url,
        "SHOPIFY_API_KEY": "key",
        "SHOPIFY_API_SECRET": "secret",
        "SEAL_KEYS": f"k1:{base64.b64encode(b'k' * 32).decode()}",
    }
    async with open_core(settings.read(environment), database_size=2) as opened:
        core = counted(opened, metrics)
        shop = f"{uuid4().hex}.myshopify.com"
        limiter = core.limiter(shop)
        reserved = await limiter.take(document="shop", lane=Lane.INTERACTIVE)
        told = {"requested": 1, "actual": 1, "available": 1999, "maximum": 2000, "rate": 100.0}
        await limiter.settle(document="shop", reserved=reserved, **told)
        async with core.permits.hold(f"memory:{shop}", 2):
            pass
        core.access(shop).alarm("api_version")
        core.installer.endpoint.count("granted")
    assert value(metrics, "shopify_calls_total", document="shop") == 1
    assert value(metrics, "host_calls_total", host="memory", result="ok") == 1
    assert value(metrics, "api_version_mismatch_total") == 1
    assert value(metrics, "tokens_refreshed_total", result="granted") == 1


class Chores:
    """Work that succeeds or fails as told."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails

    async def drain(self, tenant: UUID, shop: UUID) -> bool:
        await self.upkeep()
        return True

    async def sweep_once(self) -> int:
        await self.upkeep()
        return 3

    async def turns_due(self) -> None:
        await self.upkeep()

    async def tasks_due(self) -> None:
        await self.upkeep()

    async def listen_due(self) -> None:
        await self.upkeep()

    async def upkeep(self) -> None:
        if self.fails:
            raise OSError("the database is away")


async def test_work_that_fails_counts_and_still_fails(metrics: probes.Metrics) -> None:
    failing = CountedWork(inner=Chores(fails=True), metrics=metrics)
    chores = (
        failing.sweep_once,
        failing.turns_due,
        failing.listen_due,
        failing.tasks_due,
        failing.upkeep,
    )
    for chore in chores:
        with pytest.raises(OSError, match="away"):
            await chore()
    with pytest.raises(OSError, match="away"):
        await failing.drain(uuid4(), uuid4())
    for job in ("drain", "sweep", "turns", "tasks", "listen", "upkeep"):
        assert value(metrics, "jobs_failed_total", job=job) == 1


async def test_work_that_succeeds_counts_its_slices_alone(metrics: probes.Metrics) -> None:
    work = CountedWork(inner=Chores(fails=False), metrics=metrics)
    assert await work.drain(uuid4(), uuid4())
    assert await work.sweep_once() == 3
    assert value(metrics, "drain_seconds_count") == 1
    assert value(metrics, "jobs_failed_total", job="drain") is None


class Shelf:
    """Shards for whoever asks."""

    async def beat(self, worker: str) -> int:
        return 2

    async def claim(self, worker: str, most: int) -> set[int]:
        return set(range(most))

    async def release(self, worker: str) -> None:
        return


async def test_shards_are_counted_while_they_are_held(metrics: probes.Metrics) -> None:
    leases = CountedLeases(inner=Shelf(), metrics=metrics)
    assert await leases.beat("w") == 2
    await leases.claim("w", 3)
    assert value(metrics, "shards_held") == 3
    await leases.release("w")
    assert value(metrics, "shards_held") == 0
