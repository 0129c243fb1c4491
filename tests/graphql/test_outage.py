"""A database that is away: the API says so with a code that stays, and goes on by itself when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.embedded import EmbeddedPostgres
from app.models import schema
from tests.conftest import Addresses
from tests.graphql.conftest import Api, serving
from tests.graphql.test_socket import opened
from tests.graphql.test_stock import WATCH, begun

SHOP = "{ shop { domain } }"


@pytest.fixture(scope="module")
def own(server_home: Path) -> Any:
    """A server of this file alone, so that it may be killed."""
    with EmbeddedPostgres(server_home / "killed") as server:
        yield server


@pytest.fixture
async def api(own: EmbeddedPostgres, valkey_url: str) -> AsyncIterator[Api]:
    names = ("postgres", "stockbridge_web", "stockbridge_door")
    owner, app, intake = (own.dsn(name) for name in names)
    await schema.migrate(owner_url=owner, app_url=app, intake_url=intake)
    places = Addresses(name="stockbridge", owner=owner, app=app, intake=intake)
    async with serving(places, valkey_url) as made:
        yield made


async def test_a_database_that_is_away_is_said_with_a_code_and_comes_back(
    api: Api, own: EmbeddedPostgres
) -> None:
    token = await api.mine.token("read_status")
    assert (await api.post(SHOP)).status_code == 200
    own.kill()
    for asked_with in (None, token):
        answer = await api.post(SHOP, token=asked_with)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["code"]) == (503, "api.unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert "postgres" not in answer.text.lower()
        assert "connect" not in answer.text.lower()
    own.start()
    for _ in range(2_400):
        if (await api.post(SHOP)).status_code == 200:
            break
        await asyncio.sleep(0.1)
    assert (await api.ask(SHOP, token=token))["shop"]["domain"] == api.mine.joined.domain


async def test_a_stream_says_so_too_so_that_its_client_comes_back_with_its_cursor(
    api: Api, own: EmbeddedPostgres
) -> None:
    run = await begun(api, api.mine)
    variables = {"run": f"gid://stockbridge/Run/{run}"}
    async with opened(api) as socket:
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {api.mine.session}"})
        assert (await socket.hear())["type"] == "connection_ack"
        await socket.say(type="subscribe", id="1", payload={"query": WATCH, "variables": variables})
        assert (await socket.hear())["payload"]["data"]["runProgress"]["cursor"]
        own.kill()
        told = await socket.hear()
        errors = told["payload"] if told["type"] == "error" else told["payload"]["errors"]
        assert [error["extensions"]["code"] for error in errors] == ["api.unavailable"]
    own.start()
