"""What operators and load balancers ask a process: is it alive, is it ready, is work waiting too long, what it counted.

Stands beside the API; what it asks is injected. The metrics are made here once and handed to whoever counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import logs
from app.errors import StockbridgeError

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Work that waits: the age of the oldest undone event, and how much of each kind is past its time."""

    oldest: timedelta | None = None
    overdue: Mapping[str, int] = field(default_factory=dict)


Told = Callable[[], None]


class Condition(Protocol):
    """What the probes ask of the process; reads only."""

    async def ready(self) -> None:
        """Returns when the database answers and its schema is the one this code needs; raises otherwise."""
        ...

    async def backlog(self) -> Backlog:
        """How much waits, over all tenants."""
        ...


def routes(
    condition: Condition,
    metrics: Metrics,
    *,
    oldest_allowed: timedelta = timedelta(minutes=10),
    answer_within: timedelta = timedelta(seconds=2),
) -> list[Route]:
    """The four probes, without authentication: they name nobody and no shop."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readyz(_request: Request) -> Response:
        problem = await _problem(condition.ready, answer_within)
        return JSONResponse({"ready": problem is None, "problem": problem}, 200 if problem is None else 503)

    async def health_backlog(_request: Request) -> Response:
        return await _backlog(condition, metrics, oldest_allowed, answer_within)

    async def counted(_request: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/health/backlog", health_backlog),
        Route("/metrics", counted),
    ]


async def _backlog(condition: Condition, metrics: Metrics, allowed: timedelta, within: timedelta) -> Response:
    found: list[Backlog] = []

    async def look() -> None:
        found.append(await condition.backlog())

    problem = await _problem(look, within)
    if problem is not None:
        return JSONResponse({"ok": False, "problem": problem}, 503)
    oldest = (found[0].oldest or timedelta(0)).total_seconds()
    metrics.backlog_oldest_seconds.set(oldest)
    for kind, count in found[0].overdue.items():
        metrics.backlog_overdue.labels(kind=kind).set(count)
    fine = oldest <= allowed.total_seconds()
    answer = {
        "ok": fine,
        "oldest_seconds": round(oldest, 3),
        "allowed_seconds": allowed.total_seconds(),
        "overdue": dict(found[0].overdue),
    }
    return JSONResponse(answer, 200 if fine else 503)


async def _problem(ask: Callable[[], Awaitable[None]], within: timedelta) -> str | None:
    """A stable code of what is wrong: our error's own, or the type of anything else."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            await ask()
    except StockbridgeError as error:
        return error.code
    except TimeoutError:
        return "database.slow"
    except Exception as error:  # noqa: BLE001  whatever the driver raises means not ready
        logs.get("probes").warning("probe.failed", exc_info=error)
        return f"database.away ({type(error).__name__})"
    return None


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Every number we publish; `metrics(registry)` makes them. Labels hold fixed words, never a shop or a person."""

    registry: CollectorRegistry
    webhooks: Counter
    inbox_batch_rows: Histogram
    inbox_commit_seconds: Histogram
    drain_seconds: Histogram
    records: Counter
    host_calls: Counter
    host_call_seconds: Histogram
    shopify_calls: Counter
    shopify_points: Counter
    shopify_throttled: Counter
    api_version_mismatch: Counter
    tokens_refreshed: Counter
    jobs_failed: Counter
    redis_away: Counter
    backlog_oldest_seconds: Gauge
    backlog_overdue: Gauge
    shards_held: Gauge
    workers_live: Gauge


def metrics(registry: CollectorRegistry) -> Metrics:
    """Registers all metrics in the given registry (one per process and test; never the library's global one)."""
    make = _Maker(registry)
    return Metrics(
        registry=registry,
        webhooks=make.counter(
            "webhooks",
            "Webhooks by how they were answered: stored, refused, oversized, malformed or busy.",
            "result",
        ),
        inbox_batch_rows=make.histogram(
            "inbox_batch_rows", "Webhooks committed together in one insert.", ROWS
        ),
        inbox_commit_seconds=make.histogram(
            "inbox_commit_seconds", "Time from insert to commit of a batch.", SECONDS
        ),
        drain_seconds=make.histogram("drain_seconds", "Time of one slice that a poke began.", SECONDS),
        records=make.counter("records", "Runs by flow and the state they ended in.", "flow", "outcome"),
        host_calls=make.counter(
            "host_calls", "Calls to ERPs, or steps of a few calls, by how they ended.", "host", "result"
        ),
        host_call_seconds=make.histogram(
            "host_call_seconds",
            "Time of one call to an ERP, or step of a few, our own rows included.",
            SECONDS,
            "host",
        ),
        shopify_calls=make.counter("shopify_calls", "Calls to Shopify's Admin API by document.", "document"),
        shopify_points=make.counter("shopify_points", "Points that Shopify charged."),
        shopify_throttled=make.counter(
            "shopify_throttled", "Answers THROTTLED, which our own pacing should avoid."
        ),
        api_version_mismatch=make.counter(
            "api_version_mismatch", "Answers of another API version than the pinned one."
        ),
        tokens_refreshed=make.counter("tokens_refreshed", "Access tokens exchanged or refreshed.", "result"),
        jobs_failed=make.counter(
            "jobs_failed", "Jobs and loops of the worker that ended in an error.", "job"
        ),
        redis_away=make.counter("redis_away", "Times that Redis did not answer.", "part"),
        backlog_oldest_seconds=make.gauge(
            "backlog_oldest_seconds", "Age of the oldest event that is not done."
        ),
        backlog_overdue=make.gauge("backlog_overdue", "Rows past their time.", "kind"),
        shards_held=make.gauge("shards_held", "Queue shards this worker listens to."),
        workers_live=make.gauge("workers_live", "Workers whose heartbeat is fresh."),
    )


@dataclass(frozen=True)
class _Maker:
    """Gives every metric our prefix and registry; counters get `_total` from the library."""

    registry: CollectorRegistry

    def counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"stockbridge_{name}", says, labels, registry=self.registry)

    def gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"stockbridge_{name}", says, labels, registry=self.registry)

    def histogram(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"stockbridge_{name}", says, labels, registry=self.registry, buckets=buckets)
