"""The feed of changes over the API: by page, and watched by a client that goes away and comes back, at any web process."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.graphql.pace import LONGEST, Pace
from app.graphql.paging import cursor
from tests.graphql.conftest import Api
from tests.graphql.test_socket import Socket, opened

FEED = """
query ($first: Int, $after: String, $connection: ID, $kinds: [RecordKind!]) {
  changedSince(first: $first, after: $after, connection: $connection, kinds: $kinds) {
    nodes { kind storeKey state connection { name } order { name } } pageInfo { hasNextPage endCursor } goneConnectionIds
  }
}
"""
WATCH = """
subscription ($after: String) { recordChanges(after: $after) { nodes { storeKey state } pageInfo { endCursor } } }
"""
PROBLEMS = "subscription ($after: String) { problemChanges(after: $after) { cursor changes { turn code problem { count } } } }"


async def page(api: Api, **asked: Any) -> dict[str, Any]:
    return dict((await api.ask(FEED, **asked))["changedSince"])


def keys(page: dict[str, Any]) -> list[str]:
    return [node["storeKey"] for node in page["nodes"]]


async def test_a_copy_is_kept_by_asking_again_with_the_last_cursor(api: Api) -> None:
    await api.orders(5)
    seen, after, more = [], None, True
    while more:
        found = await page(api, first=2, after=after)
        seen += keys(found)
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    assert sorted(seen) == ["1001", "1002", "1003", "1004", "1005"]
    nothing = await page(api, after=after)
    assert (keys(nothing), nothing["pageInfo"]["hasNextPage"]) == ([], False)
    await api.owner.execute("UPDATE record SET state = 'held' WHERE source_key = '1003'")
    again = await page(api, after=nothing["pageInfo"]["endCursor"])
    assert [(node["storeKey"], node["state"]) for node in again["nodes"]] == [("1003", "HELD")]


async def test_only_what_is_asked_for_comes(api: Api) -> None:
    await api.orders(2)
    await api.orders(2, of=api.theirs, first=2001)
    mine, theirs = (
        f"gid://stockbridge/Connection/{each.joined.connection}" for each in (api.mine, api.theirs)
    )
    assert sorted(keys(await page(api))) == ["1001", "1002"]
    assert sorted(keys(await page(api, connection=mine, kinds=["ORDER", "REFUND"]))) == ["1001", "1002"]
    assert keys(await page(api, connection=theirs)) == []
    assert keys(await page(api, kinds=["CUSTOMER"])) == []


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ("made-up", "page.cursor"),
        (cursor("1", "x", str(UUID(int=0))), "page.cursor"),
        (cursor("1", "1", "no-id"), "page.cursor"),
        (cursor("2", "1", str(UUID(int=0))), "page.cursor_lost"),
        (cursor("1", "999999999999999", str(UUID(int=0))), "page.cursor_lost"),
    ],
)
async def test_a_cursor_of_nobodys_or_of_before_a_restore_is_refused(api: Api, after: str, code: str) -> None:
    assert await api.refused(FEED, after=after) == [code]


async def test_fifty_changes_take_as_many_statements_as_five(api: Api) -> None:
    await api.orders(50)
    spent = {}
    for first in (5, 50):
        api.counted.said.clear()
        assert len((await page(api, first=first))["nodes"]) == first
        spent[first] = len(api.counted.said)
    assert spent[5] == spent[50] <= 8


async def begun(socket: Socket, token: str, document: str, **variables: Any) -> None:
    await socket.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
    assert (await socket.hear())["type"] == "connection_ack"
    await socket.say(type="subscribe", id="1", payload={"query": document, "variables": variables})


async def told(socket: Socket, field: str) -> dict[str, Any]:
    message = await socket.hear()
    assert message["type"] == "next", message
    assert not message["payload"].get("errors"), message
    return dict(message["payload"]["data"][field])


async def test_who_watches_records_loses_nothing_while_away(api: Api) -> None:
    await api.orders(3)
    token = await api.mine.token("read_records")
    async with opened(api) as socket:
        await begun(socket, token, WATCH)
        first = await told(socket, "recordChanges")
        assert first["nodes"] == [], "what was before is no news"
        await api.owner.execute("UPDATE record SET state = 'held' WHERE source_key = '1002'")
        heard = await told(socket, "recordChanges")
        assert heard["nodes"] == [{"storeKey": "1002", "state": "HELD"}]
    await api.owner.execute("UPDATE record SET state = 'skipped' WHERE source_key = '1001'")
    await api.owner.execute("UPDATE record SET state = 'settled' WHERE source_key = '1002'")
    async with opened(api) as socket:
        await begun(socket, token, WATCH, after=heard["pageInfo"]["endCursor"])
        missed = await told(socket, "recordChanges")
        assert missed["nodes"] == [
            {"storeKey": "1001", "state": "SKIPPED"},
            {"storeKey": "1002", "state": "SETTLED"},
        ]
    assert keys(await page(api, after=heard["pageInfo"]["endCursor"])) == ["1001", "1002"]


async def test_problems_are_told_when_they_appear_grow_and_are_resolved(api: Api) -> None:
    await api.orders(2, state="held", code="item.unknown", sentence="No item.", verdict="needs_mapping")
    token = await api.mine.token("read_status")
    async with opened(api) as socket:
        await begun(socket, token, PROBLEMS)
        standing = await told(socket, "problemChanges")
        assert standing["changes"] == [{"turn": "NEW", "code": "item.unknown", "problem": {"count": 2}}]
        await api.orders(
            1, first=2001, state="held", code="order.edited", sentence="Edited.", verdict="look_first"
        )
        heard = await told(socket, "problemChanges")
        assert heard["changes"] == [{"turn": "NEW", "code": "order.edited", "problem": {"count": 1}}]
    await api.owner.execute("UPDATE record SET state = 'settled' WHERE source_key IN ('1001', '2001')")
    async with opened(api) as socket:
        await begun(socket, token, PROBLEMS, after=heard["cursor"])
        missed = await told(socket, "problemChanges")
        assert missed["changes"] == [
            {"turn": "RESOLVED", "code": "order.edited", "problem": None},
            {"turn": "CHANGED", "code": "item.unknown", "problem": {"count": 1}},
        ]


async def test_a_stream_lasts_ten_minutes() -> None:
    pace = Pace()
    assert pace.lasts()
    assert LONGEST == 600
    assert not Pace(began=pace.began - LONGEST).lasts()
