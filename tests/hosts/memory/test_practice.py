"""The room for practice: books for each connection, behind a key that fits no other, for four weeks and no longer."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.hosts.memory.books import credentials_of
from app.hosts.memory.practice import LIFE, PracticeRoom

SECRET = "practice-s3cret"


@pytest.fixture
def room(tmp_path: Path) -> PracticeRoom:
    return PracticeRoom(folder=tmp_path / "rooms", secret=SECRET)


@pytest.fixture
async def web(room: PracticeRoom) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=room)
    async with httpx.AsyncClient(transport=transport, base_url="http://room") as client:
        yield client
    room.close()


class Books:
    """One connection's."""

    def __init__(self, web: httpx.AsyncClient, name: str | None = None, secret: str = SECRET) -> None:
        self.web, self.name = web, name or uuid4().hex
        self.given = credentials_of("http://room/", secret, self.name)

    async def ask(self, path: str, method: str = "GET", **sent: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.given['key']}"}
        return await self.web.request(method, self.given["address"] + path, headers=headers, **sent)

    async def items(self) -> list[str]:
        return [each["code"] for each in (await self.ask("/v1/items")).json()["items"]]


async def test_each_connection_has_books_of_its_own(web: httpx.AsyncClient) -> None:
    mine, theirs = Books(web), Books(web)
    items = {"items": [{"code": "TEA", "title": "Tea"}]}
    assert (await mine.ask("/v1/items", "PUT", json=items)).status_code < 300
    assert (await mine.items(), await theirs.items()) == (["TEA"], [])


async def test_a_key_opens_its_own_books_and_none_other(room: PracticeRoom, web: httpx.AsyncClient) -> None:
    mine, theirs = Books(web), Books(web)
    await mine.items()
    mine.given = {**mine.given, "address": theirs.given["address"]}
    for wrong in (mine, Books(web, secret="another")):
        assert (await wrong.ask("/v1/status")).status_code == 401
    assert len(list(room.folder.iterdir())) == 1, "nothing is made for a key that does not fit"


@pytest.mark.parametrize(
    "path", ["/", "/books/", "/books/..%2f..%2fetc/v1/status", "/v1/status", "/books/x/v1/status"]
)
async def test_nothing_else_is_there(room: PracticeRoom, web: httpx.AsyncClient, path: str) -> None:
    assert (await web.get(path)).status_code == 401
    assert not room.folder.exists()


async def test_faults_are_switched_for_these_books_alone_and_outlast_a_restart(
    room: PracticeRoom, web: httpx.AsyncClient
) -> None:
    mine, theirs = Books(web), Books(web)
    assert (await mine.ask("/faults")).json() == {"on": False}
    assert (await mine.ask("/faults", "PUT", json={"on": True})).json() == {"on": True}
    room.close()
    assert (await mine.ask("/faults")).json() == {"on": True}
    assert [(await theirs.ask("/v1/status")).status_code for _ in range(30)] == [200] * 30
    answers = [(await mine.ask("/control/state")).json(), *[await _status(mine) for _ in range(40)]]
    assert any(each != 200 for each in answers[1:])
    await mine.ask("/faults", "PUT", json={"on": False})
    assert [await _status(mine) for _ in range(30)] == [200] * 30


async def _status(books: Books) -> int:
    try:
        return (await books.ask("/v1/status")).status_code
    except (httpx.HTTPError, AssertionError):  # an answer that never ends
        return 0


async def test_books_begin_anew_when_their_time_is_over(room: PracticeRoom, web: httpx.AsyncClient) -> None:
    mine = Books(web)
    await mine.ask("/v1/items", "PUT", json={"items": [{"code": "TEA", "title": "Tea"}]})
    old = time.time() - LIFE - 5
    os.utime(room.folder / mine.name / "begun", (old, old))
    room.opened[mine.name].begun = old
    assert await mine.items() == []


async def test_books_that_nobody_comes_for_any_more_are_removed(
    room: PracticeRoom, web: httpx.AsyncClient
) -> None:
    mine, theirs = Books(web), Books(web)
    for each in (mine, theirs):
        await each.items()
    room.close()
    old = time.time() - LIFE - 5
    os.utime(room.folder / mine.name / "begun", (old, old))
    room.sweep()
    assert [path.name for path in room.folder.iterdir()] == [theirs.name]
