"""Puts the simulated Shopify together: Admin API, token endpoint, approval page and control place in one server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from sandbox.admin.page import AdminPage
from sandbox.admin_api import AdminApi
from sandbox.app_config import AppConfig
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.oauth import OAuth
from sandbox.persistence import Persistence
from sandbox.schema import AdminSchema
from sandbox.staged_uploads import FilePlace
from sandbox.webhooks import Sender
from sandbox.world import World


def build_world(app: AppConfig, *, seed: int = 0, retry_base: float = 2.0) -> World:
    faults = Faults(seed=seed)
    return World(app=app, faults=faults, sender=Sender(app, faults, retry_base=retry_base))


def build_server(world: World, schemas: Mapping[str, AdminSchema], state: Path | None = None) -> Marked:
    persistence = Persistence(world, state) if state else None
    if persistence:
        persistence.restore()
    admin, oauth, control = AdminApi(world, schemas), OAuth(world), Control(world)
    routes = [
        Route("/shops/{shop}/admin/api/{version}/graphql.json", admin.handle, methods=["POST"]),
        Route("/shops/{shop}/admin/oauth/access_token", oauth.access_token, methods=["POST"]),
        Route("/shops/{shop}/admin/oauth/authorize", oauth.authorize, methods=["GET"]),
        *AdminPage(world).routes(),
        *FilePlace(world).routes(),
        *control.routes(),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        world.attach(asyncio.get_running_loop())
        await world.sender.start()
        keeping = asyncio.create_task(persistence.keep()) if persistence else None
        yield
        if persistence and keeping:
            keeping.cancel()
            await world.run(persistence.save)
        control.stop()
        await world.sender.stop()
        world.close()

    return Marked(Starlette(routes=routes, lifespan=lifespan))


class Marked:
    """Every answer says that it comes from a simulation."""

    def __init__(self, inner: Starlette) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-simulated-shopify", b"1")]
            await send(message)

        await self.inner(scope, receive, marked if scope["type"] == "http" else send)
