"""The websocket for tools: its first message says who it is, and it carries what HTTP does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.graphql.door import PATH
from tests.graphql.conftest import Api
from tests.graphql.test_stock import WATCH, begun, said
from tests.patience import FAR

_PROTOCOL = "graphql-transport-ws"


class Socket:
    """A client's end, spoken to by the server's own interface."""

    def __init__(self) -> None:
        self.to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.to_client: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def say(self, **message: Any) -> None:
        await self.to_server.put({"type": "websocket.receive", "text": json.dumps(message)})

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(FAR):
            message = await self.to_client.get()
        return (
            {"closed": message["code"]}
            if message["type"] == "websocket.close"
            else json.loads(message["text"])
        )


@asynccontextmanager
async def opened(api: Api, origin: str | None = None) -> AsyncIterator[Socket]:
    socket = Socket()
    headers = [(b"host", b"app.example"), *([(b"origin", origin.encode())] if origin else [])]
    scope = {
        "type": "websocket", "path": PATH, "raw_path": PATH.encode(), "root_path": "", "scheme": "wss",
        "query_string": b"", "headers": headers, "subprotocols": [_PROTOCOL], "client": ("1.1.1.1", 1),
        "server": ("app.example", 443), "asgi": {"version": "3.0"},
    }  # fmt: skip
    await socket.to_server.put({"type": "websocket.connect"})
    serving = asyncio.create_task(api.app(scope, socket.to_server.get, socket.to_client.put))
    try:
        first = await asyncio.wait_for(socket.to_client.get(), FAR)
        if first["type"] != "websocket.accept":
            await socket.to_client.put(first)
        yield socket
    finally:
        await socket.to_server.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(serving, FAR)


async def test_a_tool_says_who_it_is_and_watches_a_run(api: Api) -> None:
    run = await begun(api, api.mine, state="done", concerns=())
    await api.owner.execute("UPDATE run SET ended_at = now()")
    await said(api, run, "one")
    token = await api.mine.token("read_status")
    async with opened(api) as socket:
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert (await socket.hear())["type"] == "connection_ack"
        variables = {"run": f"gid://stockbridge/Run/{run}"}
        await socket.say(type="subscribe", id="1", payload={"query": WATCH, "variables": variables})
        told = await socket.hear()
        progress = told["payload"]["data"]["runProgress"]
        assert (progress["over"], progress["events"]) == (True, [{"sentence": "one"}])
        assert await socket.hear() == {"type": "complete", "id": "1"}


async def test_who_says_nothing_true_is_shown_the_door(api: Api) -> None:
    for payload in ({}, {"Authorization": "Bearer sb_made_up"}, {"Authorization": 7}):
        async with opened(api) as socket:
            await socket.say(type="connection_init", payload=payload)
            assert await socket.hear() == {"closed": 4403}


async def test_a_scope_is_asked_for_on_a_socket_too(api: Api) -> None:
    run = await begun(api, api.mine)
    token = await api.mine.token("read_records")
    async with opened(api) as socket:
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert (await socket.hear())["type"] == "connection_ack"
        variables = {"run": f"gid://stockbridge/Run/{run}"}
        await socket.say(type="subscribe", id="1", payload={"query": WATCH, "variables": variables})
        refused = await socket.hear()
        errors = refused["payload"] if refused["type"] == "error" else refused["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "api.scope_missing"


async def test_a_page_of_another_origin_opens_no_socket(api: Api) -> None:
    async with opened(api, origin="https://elsewhere.example") as socket:
        assert (await socket.hear())["closed"] == 1008
