"""The server process: route table, middleware, lifespan; no logic."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from app import logs, probes
from app.errors import Misconfigured
from app.models import schema, workers
from app.models.database import Database
from app.pages import Pages
from app.settings import Settings
from app.shopify import webhooks
from app.shopify.grant import Grant
from app.shopify.session import SessionCheck
from app.shopify.webhooks import Webhooks
from app.steps import barrier
from app.wiring import open_core, open_inbox


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What the probes ask of this process."""

    database: Database

    async def ready(self) -> None:
        if not await schema.is_current(self.database):
            raise Misconfigured("database.schema_old", "The database still needs `stockbridge migrate`.")

    async def backlog(self) -> probes.Backlog:
        found = await workers.backlog(self.database)
        waits = [at for at in (found.oldest_event, found.oldest_record) if at is not None]
        oldest = datetime.now(UTC) - min(waits) if waits else timedelta(0)
        return probes.Backlog(oldest=oldest, overdue={"events": found.events, "records": found.records})


@contextlib.asynccontextmanager
async def open_web(settings: Settings) -> AsyncIterator[Starlette]:
    """The application with everything behind it open."""
    barrier.install(settings.crash_barrier)
    metrics = probes.metrics(CollectorRegistry())

    def batched(rows: int, seconds: float) -> None:
        metrics.inbox_batch_rows.observe(rows)
        metrics.inbox_commit_seconds.observe(seconds)

    async with open_core(settings) as core, open_inbox(core, batched=batched) as inbox:
        sessions = SessionCheck(client_id=settings.shopify_api_key, secrets=settings.secrets)
        hooks = Webhooks(
            secrets=[secret.encode() for secret in settings.secrets],
            intake=inbox,
            most_bytes=settings.webhook_most_bytes,
        )
        grant = Grant(
            installer=core.installer,
            client_id=settings.shopify_api_key,
            secrets=settings.secrets,
            scopes=settings.scopes,
            app_url=settings.app_url,
            template=settings.shopify_address,
        )
        yield Starlette(
            routes=[
                *webhooks.routes(hooks),
                *grant.routes(),
                *Pages(settings=settings, sessions=sessions, installer=core.installer).routes(),
                *probes.routes(Condition(database=core.database), metrics),
            ]
        )


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT; several processes may share one port."""
    async with open_web(settings) as app:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        config = uvicorn.Config(
            app, access_log=False, log_config=None, lifespan="off", timeout_graceful_shutdown=20
        )
        logs.get("web").info("web.listening", host=host, port=listener.getsockname()[1])
        await uvicorn.Server(config).serve(sockets=[listener])
