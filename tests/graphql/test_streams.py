"""A stream ends when whoever opened it may something else by now, whichever process it is open in; every other goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from app import probes
from app.domain.access import Role
from app.graphql.door import PATH
from app.main import application
from app.wiring import open_inbox
from tests.graphql.conftest import Api
from tests.graphql.test_socket import opened
from tests.graphql.test_stock import WATCH, begun
from tests.graphql.test_team import DECIDE, REMOVE, SET
from tests.patience import FAR


@asynccontextmanager
async def beside(api: Api) -> AsyncIterator[Api]:
    """Another web process as far as doors go: it shares the database with the first, and nothing else."""
    async with open_inbox(api.core) as inbox:
        app = application(api.core, inbox, probes.metrics(CollectorRegistry()))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="https://app.example", timeout=FAR
        ) as client:
            yield replace(api, app=app, client=client)


async def heard(api: Api, token: str, run: str) -> list[dict[str, Any]]:
    """All that a stream says until it ends."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    body = {"query": WATCH, "variables": {"run": run}}
    answer = await api.client.post(PATH, json=body, headers=headers)
    assert "event: complete" in answer.text
    lines = [line for line in answer.text.splitlines() if line.startswith("data: {")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


async def test_streams_end_with_a_code_when_their_callers_may_something_else(
    api: Api,
) -> None:
    run = f"gid://stockbridge/Run/{await begun(api, api.mine)}"
    raised, removed, decided = [
        await api.mine.member(role) for role in (Role.VIEWER, Role.MANAGER, Role.OPERATOR)
    ]
    revoked, expired, kept = [await api.mine.token("read_status") for _ in range(3)]
    async with beside(api) as other:
        ending = {
            name: asyncio.create_task(heard(other, token, run))
            for name, token in {
                "raised": raised.session,
                "removed": removed.session,
                "decided": decided.session,
                "revoked": revoked,
                "expired": expired,
            }.items()
        }
        going = [asyncio.create_task(heard(other, token, run)) for token in (api.mine.session, kept)]
        await asyncio.sleep(0.5)
        assert not any(task.done() for task in [*ending.values(), *going])
        await api.ask(SET, member=raised.id, role="OPERATOR")
        await api.ask(REMOVE, member=removed.id)
        await api.ask(DECIDE, role="OPERATOR", permissions=["READ_STATUS"])
        await api.owner.execute(
            "UPDATE api_token SET revoked_at = now() WHERE id = (SELECT id FROM api_token ORDER BY made_at, id LIMIT 1)"
        )
        await api.owner.execute(
            "UPDATE api_token SET expires_at = now() WHERE revoked_at IS NULL AND id <>"
            " (SELECT id FROM api_token ORDER BY made_at DESC, id DESC LIMIT 1)"
        )
        async with asyncio.timeout(FAR):
            for name, task in ending.items():
                *before, last = await task
                assert before[0]["data"]["runProgress"]["run"]["state"] == "PLANNED", name
                assert [error["extensions"]["code"] for error in last["errors"]] == ["access.changed"], name
        assert not any(task.done() for task in going), "nothing changed for these"
        for task in going:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_socket_is_closed_when_its_caller_may_something_else(api: Api) -> None:
    run = await begun(api, api.mine)
    token = await api.mine.token("read_status")
    async with opened(api) as socket:
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert (await socket.hear())["type"] == "connection_ack"
        variables = {"run": f"gid://stockbridge/Run/{run}"}
        await socket.say(type="subscribe", id="1", payload={"query": WATCH, "variables": variables})
        assert (await socket.hear())["type"] == "next"
        await api.owner.execute("UPDATE api_token SET revoked_at = now()")
        told = await socket.hear()
        assert told["payload"]["errors"][0]["extensions"]["code"] == "access.changed"
        assert await socket.hear() == {"type": "complete", "id": "1"}
        assert await socket.hear() == {"closed": 4403}


async def test_a_socket_that_only_waited_does_nothing_more_for_whoever_lost_their_role(api: Api) -> None:
    mats = await api.mine.member(Role.MANAGER)
    pause = "mutation ($id: ID!) { connectionPause(id: $id) { userErrors { code } } }"
    variables = {"id": f"gid://stockbridge/Connection/{api.mine.joined.connection}"}
    async with opened(api) as socket:
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {mats.session}"})
        assert (await socket.hear())["type"] == "connection_ack"
        await api.ask(SET, member=mats.id, role="VIEWER")
        await socket.say(type="subscribe", id="1", payload={"query": pause, "variables": variables})
        refused = await socket.hear()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "access.changed")
        assert await socket.hear() == {"closed": 4403}
    assert await api.owner.fetchval("SELECT count(*) FROM connection WHERE state = 'paused'") == 0
