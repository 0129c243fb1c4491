"""Tables that another system keeps: a good delivery is a version, a broken one changes nothing and is shown."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.graphql.conftest import Api
from tests.graphql.test_table_files import codes, did, tables
from tests.graphql.test_unmapped import held
from tests.models.world import TABLES

SET = """mutation ($id: ID!, $table: String!, $merge: Boolean! = false) {
    tableFeedSet(connection: $id, table: $table, merge: $merge) { address secret userErrors { code field } } }"""
REMOVE = """mutation ($id: ID!, $table: String!) {
    tableFeedRemove(connection: $id, table: $table) { userErrors { code } } }"""
LIST = """query ($id: ID!) { tableFeeds(connection: $id) {
    table address merge deliveredAt rows version problem { code sentence explanation { verdict } } } }"""


class Keeper:
    """The system that keeps a table."""

    def __init__(self, api: Api, made: dict[str, str]) -> None:
        self.api, self.secret = api, made["secret"]
        self.path = "/feeds/" + made["address"].rpartition("/feeds/")[2]
        self.at = int(time.time()) - 100

    async def posts(self, body: bytes | str, *, json: bool = False, **other: str) -> httpx.Response:
        raw = body.encode() if isinstance(body, str) else body
        self.at += 1
        at = other.get("at", str(self.at))
        signed = hmac.new(self.secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
        headers = {
            "x-stockbridge-timestamp": at,
            "x-stockbridge-signature": other.get("signature", signed),
            "content-type": "application/json" if json else "text/csv",
        }
        return await self.api.client.post(other.get("path", self.path), content=raw, headers=headers)


async def keeper(api: Api, table: str = "items", **more: Any) -> Keeper:
    made = await did(api, SET, table=table, **more)
    assert made["userErrors"] == []
    return Keeper(api, made)


async def test_a_delivery_takes_the_place_of_the_table_and_is_a_version(api: Api) -> None:
    erp = await keeper(api)
    first = await erp.posts("key,value\nSKU-1,A1\nSKU-2,A2\n")
    assert (first.status_code, first.json()) == (200, {"version": 2, "rows": 2, "changes": 2, "records": 0})
    assert await tables(api) == {**TABLES, "items": {"SKU-1": "A1", "SKU-2": "A2"}}
    second = await erp.posts('{"SKU-2": "A9"}', json=True)
    assert second.json() == {"version": 3, "rows": 1, "changes": 2, "records": 0}
    assert (await tables(api))["items"] == {"SKU-2": "A9"}
    same = await erp.posts('{"sku-2": "A9"}', json=True)
    assert same.json() == {"version": 3, "rows": 1, "changes": 0, "records": 0}
    rows = await api.owner.fetch("SELECT actor, action FROM audit_log ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("staff:7", "mapping.feed_set"),
        ("feed:items", "mapping.feed"),
        ("feed:items", "mapping.feed"),
    ]
    (shown,) = await did(api, LIST)
    assert (shown["table"], shown["rows"], shown["version"], shown["problem"]) == ("items", 1, 3, None)


async def test_what_waited_for_what_is_delivered_runs_again(api: Api) -> None:
    await held(api, "items", "SKU-1", 3)
    await held(api, "items", "SKU-9", 2, first=5001)
    erp = await keeper(api)
    assert (await erp.posts("key,value\nsku-1,A1\n")).json()["records"] == 3
    assert await api.owner.fetchval("SELECT count(*) FROM record WHERE wanted > done AND replay = 2") == 3


async def test_a_merging_feed_keeps_what_a_delivery_does_not_name(api: Api) -> None:
    erp = await keeper(api, "special", merge=True)
    assert (await erp.posts('{"TIP": "TIP2"}', json=True)).json()["changes"] == 1
    special = (await tables(api))["special"]
    assert (special["TIP"], special["gift_card"]) == ("TIP2", "GIFT")


@pytest.mark.parametrize(
    ("body", "json"),
    [
        ("key,value\nSKU-1,\n", False),
        ("SKU-1,A1\n", False),
        (b"key,value\n\xff\xfe,A\n", False),
        ("[]", True),
        ("{", True),
        ("{}", True),
        ("key,value\n", False),
    ],
)
async def test_a_broken_delivery_changes_nothing_and_is_shown(
    api: Api, body: bytes | str, json: bool
) -> None:
    erp = await keeper(api)
    refused = await erp.posts(body, json=json)
    assert (refused.status_code, refused.json()["code"]) == (422, "table.faulty")
    assert await tables(api) == TABLES
    (shown,) = await did(api, LIST)
    assert shown["problem"]["code"] == "table.faulty"
    assert shown["problem"]["sentence"].startswith("Line ")
    assert await api.owner.fetchval("SELECT count(*) FROM timeline WHERE kind = 'feed_refused'") == 1
    assert (await erp.posts("key,value\nSKU-1,A1\n")).status_code == 200
    (shown,) = await did(api, LIST)
    assert shown["problem"] is None


async def test_an_older_delivery_never_takes_the_place_of_a_newer_one(api: Api) -> None:
    erp = await keeper(api)
    old = str(erp.at - 50)
    await erp.posts("key,value\nSKU-1,NEW\n")
    late = await erp.posts("key,value\nSKU-1,OLD\n", at=old)
    assert (late.status_code, late.json()["code"]) == (409, "feed.overtaken")
    assert (await tables(api))["items"] == {"SKU-1": "NEW"}


async def test_who_did_not_sign_rightly_is_told_nothing(api: Api) -> None:
    erp, body = await keeper(api), "key,value\nSKU-1,A1\n"
    assert (await erp.posts(body, signature="0" * 64)).status_code == 401
    assert (await erp.posts(body, signature="")).status_code == 401
    assert (await erp.posts(body, at=str(int(time.time()) - 900))).status_code == 401
    assert (await erp.posts(body, at="soon")).status_code == 401
    nobody = await erp.posts(body, path=f"/feeds/{uuid4()}")
    assert (nobody.status_code, nobody.content) == (401, b"")
    other = await keeper(api, "taxes")
    assert (await erp.posts(body, path=other.path)).status_code == 401
    assert await tables(api) == TABLES


async def test_a_new_secret_ends_the_old_one_and_the_address_stays(api: Api) -> None:
    old = await keeper(api)
    new = await keeper(api)
    assert old.path == new.path
    assert (await old.posts("key,value\nSKU-1,A1\n")).status_code == 401
    assert (await new.posts("key,value\nSKU-1,A1\n")).status_code == 200
    assert codes(await did(api, REMOVE, table="items")) == []
    assert (await new.posts("key,value\nSKU-1,A2\n")).status_code == 401
    assert codes(await did(api, REMOVE, table="items")) == ["feed.unknown"]
    assert await did(api, LIST) == []
    assert (await tables(api))["items"] == {"SKU-1": "A1"}


async def test_too_much_is_not_read(api: Api) -> None:
    erp = await keeper(api)
    assert (await erp.posts(b"x" * 2_100_000)).status_code == 413


async def test_too_many_are_told_to_wait(api: Api) -> None:
    erp = await keeper(api)
    assert (await erp.posts('{"a": "b"}', json=True)).status_code == 200
    # At once: one after the other a slow machine gives them the time they ask for.
    posted = await asyncio.gather(*(erp.posts('{"a": "b"}', json=True) for _ in range(120)))
    assert 429 in {answer.status_code for answer in posted}


async def test_a_table_nobody_knows_has_no_feed(api: Api) -> None:
    assert codes(await did(api, SET, table="moods")) == ["mapping.no_table"]
    theirs = f"gid://stockbridge/Connection/{api.theirs.joined.connection}"
    assert codes(await did(api, SET, table="items", id=theirs)) == ["connection.unknown"]
    assert await did(api, LIST, id=theirs) is None
