"""The probes as a load balancer, an alert and a scraper see them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from app import probes
from app.errors import Misconfigured


class Database:
    """Stands for the database: it may be away, slow, or of another schema, and may have work waiting."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.slow = False
        self.waiting = probes.Backlog()

    async def ready(self) -> None:
        if self.slow:
            await asyncio.sleep(3_600)
        if self.trouble:
            raise self.trouble

    async def backlog(self) -> probes.Backlog:
        await self.ready()
        return self.waiting


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def metrics() -> probes.Metrics:
    return probes.metrics(CollectorRegistry())


@pytest.fixture
async def client(database: Database, metrics: probes.Metrics) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(
        routes=probes.routes(
            database, metrics, oldest_allowed=timedelta(minutes=1), answer_within=timedelta(seconds=0.2)
        )
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://probes") as client:
        yield client


async def test_living_process_answers_even_without_its_database(
    client: httpx.AsyncClient, database: Database
) -> None:
    database.trouble = OSError("away")
    assert (await client.get("/healthz")).status_code == 200


async def test_ready_when_the_database_answers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problem": None})


async def test_not_ready_while_the_database_is_away_and_the_answer_tells_no_address(
    client: httpx.AsyncClient, database: Database
) -> None:
    database.trouble = OSError("connect to db.internal as app failed")
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["problem"]) == (503, "database.away (OSError)")
    assert "internal" not in answer.text


async def test_not_ready_with_another_schema(client: httpx.AsyncClient, database: Database) -> None:
    database.trouble = Misconfigured("database.not_migrated", "Run `stockbridge migrate` first.")
    assert (await client.get("/readyz")).json()["problem"] == "database.not_migrated"


async def test_slow_database_is_told_before_the_load_balancer_gives_up(
    client: httpx.AsyncClient, database: Database
) -> None:
    database.slow = True
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["problem"]) == (503, "database.slow")


async def test_backlog_says_nothing_about_readiness(client: httpx.AsyncClient, database: Database) -> None:
    database.waiting = probes.Backlog(oldest=timedelta(hours=5), overdue={"orders": 900})
    assert (await client.get("/readyz")).status_code == 200


@pytest.mark.parametrize(("age", "status"), [(None, 200), (59, 200), (60, 200), (61, 503)])
async def test_backlog_alarms_above_the_age_that_is_allowed(
    client: httpx.AsyncClient, database: Database, age: int | None, status: int
) -> None:
    oldest = None if age is None else timedelta(seconds=age)
    database.waiting = probes.Backlog(oldest=oldest, overdue={"orders": 3})
    answer = await client.get("/health/backlog")
    assert answer.status_code == status
    assert answer.json()["oldest_seconds"] == (age or 0)
    assert answer.json()["overdue"] == {"orders": 3}


async def test_backlog_that_cannot_be_read_alarms(client: httpx.AsyncClient, database: Database) -> None:
    database.trouble = OSError("away")
    assert (await client.get("/health/backlog")).status_code == 503


async def test_metrics_show_what_was_counted(client: httpx.AsyncClient, metrics: probes.Metrics) -> None:
    metrics.webhooks.labels(result="stored").inc(3)
    metrics.redis_away.labels(part="job_queue").inc()
    metrics.inbox_batch_rows.observe(20)
    metrics.shards_held.set(2)
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["stockbridge_webhooks_total"] == 3
    assert found["stockbridge_redis_away_total"] == 1
    assert found["stockbridge_inbox_batch_rows_sum"] == 20
    assert found["stockbridge_shards_held"] == 2


async def test_backlog_probe_also_feeds_the_gauges(
    client: httpx.AsyncClient, database: Database, metrics: probes.Metrics
) -> None:
    database.waiting = probes.Backlog(oldest=timedelta(seconds=7), overdue={"orders": 3})
    await client.get("/health/backlog")
    text = (await client.get("/metrics")).text
    assert "stockbridge_backlog_oldest_seconds 7.0" in text
    assert 'stockbridge_backlog_overdue{kind="orders"} 3.0' in text


def test_every_metric_says_what_it_means(metrics: probes.Metrics) -> None:
    families = list(metrics.registry.collect())
    assert len(families) == 18
    for family in families:
        assert family.name.startswith("stockbridge_")
        assert family.documentation.endswith(".")


def test_two_processes_worth_of_metrics_do_not_share_a_registry() -> None:
    first, second = probes.metrics(CollectorRegistry()), probes.metrics(CollectorRegistry())
    first.shopify_points.inc(10)
    assert second.registry.get_sample_value("stockbridge_shopify_points_total") == 0
