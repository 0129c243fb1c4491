"""The server process: route table, middleware, lifespan; no logic."""

from __future__ import annotations

import contextlib
import gc
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.types import ASGIApp

from app import logs, probes
from app.condition import Condition
from app.counting import counted
from app.deliveries import Deliveries
from app.feeds import TableFeeds
from app.graphql import downloads, graphiql
from app.graphql.door import Api
from app.graphql.first import First
from app.hooks import ErpHooks
from app.inbox import Inbox
from app.operations import table_feeds
from app.pages import BUILT, Bundle, Pages
from app.probes import Metrics
from app.settings import Settings
from app.shopify.grant import Grant
from app.shopify.install import still_installed
from app.shopify.session import SessionCheck
from app.shopify.webhooks import Front, Webhooks
from app.steps import barrier
from app.wiring import Core, open_core, open_inbox


@contextlib.asynccontextmanager
async def open_web(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The application with everything behind it open."""
    barrier.install(settings.crash_barrier)
    metrics = probes.metrics(CollectorRegistry())

    def batched(rows: int, seconds: float) -> None:
        metrics.inbox_batch_rows.observe(rows)
        metrics.inbox_commit_seconds.observe(seconds)

    def away(part: str) -> None:
        metrics.redis_away.labels(part=part).inc()

    async with open_core(settings, away=away) as core, open_inbox(core, batched=batched) as inbox:
        yield application(counted(core, metrics), inbox, metrics)


def application(core: Core, inbox: Inbox, metrics: Metrics, *, page: Path = BUILT) -> ASGIApp:
    """Every door of the web process. `page`: the folder that the page was built into."""
    settings = core.settings
    installer = replace(core.installer, works=lambda shop: still_installed(core.client(shop)))
    sessions = SessionCheck(client_id=settings.shopify_api_key, secrets=settings.secrets)
    hooks = Webhooks(
        secrets=[secret.encode() for secret in settings.secrets],
        intake=inbox,
        most_bytes=settings.webhook_most_bytes,
        count=lambda result: metrics.webhooks.labels(result=result).inc(),
    )
    deliveries = Deliveries(
        stores=core.stores,
        entered=core.entered,
        receive=inbox.receive,
        most_bytes=settings.webhook_most_bytes,
    )
    stock = core.stock("web")
    grant = Grant(
        installer=core.installer,
        client_id=settings.shopify_api_key,
        secrets=settings.secrets,
        scopes=settings.scopes,
        app_url=settings.app_url,
        template=settings.shopify_address,
    )
    api = Api(core, sessions, page=page)
    pages = Starlette(
        routes=[
            *grant.routes(),
            *deliveries.routes(),
            *ErpHooks(hook=stock.hook, hint=stock.hint).routes(),
            *TableFeeds(
                secret=partial(table_feeds.secret_of, core),
                take=partial(table_feeds.take, core),
                requests=core.requests,
            ).routes(),
            *api.routes(),
            *downloads.routes(api),
            *graphiql.routes(settings),
            *Pages(
                settings=settings,
                sessions=sessions,
                installer=installer,
                first=First.found(api, page, patience=settings.timing.first_answers).answers,
                bundle=Bundle.found(page),
            ).routes(),
            *probes.routes(Condition(database=core.database), metrics),
        ]
    )
    return Front(webhooks=hooks, rest=pages)


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT; several processes may share one port."""
    async with open_web(settings) as app:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            lifespan="off",
            # Proxies keep idle connections for a minute: one that we close under a webhook is a 502 to its sender.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=20,
            proxy_headers=False,
            server_header=False,
            date_header=False,
        )
        _spare_the_collector()
        logs.get("web").info("web.listening", host=host, port=listener.getsockname()[1])
        await uvicorn.Server(config).serve(sockets=[listener])


def _spare_the_collector() -> None:
    """What is open now stays. An event leaves no cycles behind and a page of the API some hundred objects: looking for
    them after each few is wasted, and a look at ten thousand is not yet felt by the request it falls on.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
