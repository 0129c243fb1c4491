"""How often a tool may ask: too often is a 429 that says how long to wait; over a websocket too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.errors import Throttled
from app.graphql.context import Watching
from app.limits import Requests, Shared, connect
from app.wiring import Core
from tests.conftest import Addresses
from tests.graphql.conftest import Api, serving
from tests.graphql.test_socket import Socket, opened
from tests.graphql.test_stock import WATCH, begun

SHOP = "{ shop { domain } }"


@pytest.fixture
async def hasty(addresses: Addresses, valkey_url: str) -> AsyncIterator[Api]:
    """A token may ask three times at once here."""
    redis = connect(valkey_url)
    await redis.flushdb()

    def few(core: Core) -> Core:
        return replace(core, requests=Requests(Shared(redis), per_minute=18))

    async with serving(addresses, valkey_url, few) as api:
        yield api
    await redis.aclose()


async def test_a_tool_that_asks_too_often_is_told_how_long_to_wait(hasty: Api) -> None:
    token = await hasty.mine.token("read_status")
    answers = [await hasty.post(SHOP, token=token) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    (error,) = answers[-1].json()["errors"]
    assert error["extensions"]["code"] == "api.rate_limited"
    assert 0 < error["extensions"]["retryAfter"] <= 60 / 18
    assert int(answers[-1].headers["retry-after"]) >= error["extensions"]["retryAfter"]
    assert "data" not in answers[-1].json()


async def test_each_answer_says_how_many_requests_are_left(hasty: Api) -> None:
    token = await hasty.mine.token("read_status")
    answers = [await hasty.post(SHOP, token=token) for _ in range(4)]
    names = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
    seen = [tuple(int(answer.headers[name]) for name in names) for answer in answers]
    assert [(most, left) for most, left, _ in seen] == [(3, 2), (3, 1), (3, 0), (3, 0)]
    assert all(0 < reset <= 10 for *_, reset in seen)
    page = await hasty.post(SHOP)
    assert not any(name in page.headers for name in names)


async def test_another_token_and_the_page_go_on(hasty: Api) -> None:
    token, other = [await hasty.mine.token("read_status") for _ in range(2)]
    for _ in range(4):
        await hasty.post(SHOP, token=token)
    assert (await hasty.post(SHOP, token=other)).status_code == 200
    assert [(await hasty.post(SHOP)).status_code for _ in range(6)] == [200] * 6


async def test_what_runs_over_a_socket_counts_as_well(hasty: Api) -> None:
    token = await hasty.mine.token("read_status")
    heard: list[str] = []
    async with opened(hasty) as socket:
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert (await socket.hear())["type"] == "connection_ack"
        for number in range(3):
            await socket.say(type="subscribe", id=str(number), payload={"query": SHOP})
            told = await socket.hear()
            heard.append(told["type"])
            if told["type"] == "next":
                assert await socket.hear() == {"type": "complete", "id": str(number)}
    assert heard == ["next", "next", "error"]
    assert told["payload"][0]["extensions"]["code"] == "api.rate_limited"


def test_a_caller_watches_so_many_runs_at_once_and_no_more() -> None:
    watching = Watching(most=2)
    with watching.one("token:a"), watching.one("token:a"):
        with pytest.raises(Throttled, match=r"api\.rate_limited"), watching.one("token:a"):
            pass
        with watching.one("token:b"):
            assert watching.open == {"token:a": 2, "token:b": 1}
    assert watching.open == {}


async def test_streams_beyond_that_are_refused_and_those_that_end_make_room(api: Api) -> None:
    run = await begun(api, api.mine)
    token = await api.mine.token("read_status")
    asked = {"query": WATCH, "variables": {"run": f"gid://stockbridge/Run/{run}"}}

    async def watched(socket: Socket, times: int) -> list[bool]:
        """Which of so many streams tell something."""
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert (await socket.hear())["type"] == "connection_ack"
        found: list[bool] = []
        for number in range(times):
            await socket.say(type="subscribe", id=str(number), payload=asked)
            told = await socket.hear()
            found.append(told["type"] == "next" and "errors" not in told["payload"])
        return found

    async with opened(api) as one, opened(api) as other:
        assert await watched(one, 16) + await watched(other, 15) == [True] * 30 + [False]
    async with opened(api) as again:
        assert await watched(again, 1) == [True]
