"""A change that is asked for twice under one key is made once: told twice, told apart, raced, cut off, and let go after a day."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.errors import Retry
from app.graphql.door import PATH
from app.graphql.request_keys import HEADER
from app.models import request_keys, upkeep
from app.models.database import ending
from tests.graphql.conftest import Api

ADD = """mutation ($address: String!) { alertRecipientAdd(channel: WEBHOOK, address: $address, kinds: [HELD]) {
    recipient { id } secret userErrors { code } } }"""
RETRY = (
    "mutation ($ids: [ID!]!) { orderRetry(ids: $ids) { orders { name retryRequested } userErrors { code } } }"
)
HOOK = "https://told.example/hook"


async def sent(
    api: Api, document: str, key: str, *, token: str | None = None, **variables: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or api.mine.session}", HEADER: key}
    return await api.client.post(PATH, json={"query": document, "variables": variables}, headers=headers)


async def add(api: Api, key: str, *, token: str | None = None, address: str = HOOK) -> dict[str, Any]:
    return dict((await sent(api, ADD, key, token=token, address=address)).json())


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


async def made(api: Api) -> int:
    """How many times it was done: each time the one recipient gets another secret."""
    return int(
        await api.owner.fetchval("SELECT count(*) FROM audit_log WHERE action = 'alert.recipient_add'")
    )


async def test_the_second_call_gets_the_first_ones_answer_and_does_nothing(api: Api) -> None:
    key = str(uuid4())
    first, second = await add(api, key), await add(api, f'"{key}"')
    assert first == second
    assert first["data"]["alertRecipientAdd"]["secret"]
    assert await made(api) == 1
    assert await add(api, str(uuid4())) != first
    kept = await api.owner.fetchval("SELECT answer FROM request_key WHERE key = $1", key)
    assert first["data"]["alertRecipientAdd"]["secret"].encode() not in kept


async def test_without_a_key_it_is_another_call(api: Api) -> None:
    for _ in range(2):
        await api.ask(ADD, address=HOOK)
    assert await made(api) == 2
    assert await api.owner.fetchval("SELECT count(*) FROM request_key") == 0


async def test_a_key_is_for_one_body_one_caller_and_what_that_caller_may_do(api: Api) -> None:
    key, token = str(uuid4()), await api.mine.token("admin")
    assert codes(await add(api, key, token=token)) == []
    assert codes(await add(api, key, token=token, address="https://else.example/hook")) == ["api.key_reused"]
    assert codes(await add(api, key)) == ["api.key_reused"]
    assert codes(await add(api, key, token=api.theirs.session)) == [], (
        "another organisation's keys are its own"
    )
    await api.owner.execute("UPDATE api_token SET scopes = '{admin,read_status}'")
    assert codes(await add(api, key, token=token)) == ["api.key_reused"]
    assert await made(api) == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, '""'])
async def test_what_is_no_key_is_refused(api: Api, key: str) -> None:
    assert codes(await add(api, key)) == ["api.key_malformed"]
    assert await made(api) == 0


async def test_of_calls_at_once_one_is_made_and_the_others_are_told(api: Api) -> None:
    key = str(uuid4())
    answers = await asyncio.gather(*(add(api, key) for _ in range(6)))
    done = [answer for answer in answers if not codes(answer)]
    assert done
    assert all(answer == done[0] for answer in done)
    assert {code for answer in answers for code in codes(answer)} <= {"api.key_in_use"}
    assert await made(api) == 1
    assert await add(api, key) == done[0]


async def test_a_call_that_did_nothing_leaves_its_key_free(api: Api) -> None:
    key, viewer = str(uuid4()), await api.mine.token("read_status")
    unknown = f"gid://stockbridge/Order/{uuid4()}"
    refused = (await sent(api, RETRY, key, ids=[unknown])).json()
    assert refused["data"]["orderRetry"]["userErrors"] == [{"code": "order.unknown"}]
    assert codes((await sent(api, RETRY, key, token=viewer, ids=[unknown])).json()) == ["api.scope_missing"]
    (record,) = await api.orders(1)
    known = f"gid://stockbridge/Order/{record}"
    done = (await sent(api, RETRY, key, ids=[known])).json()
    assert done["data"]["orderRetry"] == {
        "orders": [{"name": "#1001", "retryRequested": True}],
        "userErrors": [],
    }
    assert await api.owner.fetchval("SELECT count(*) FROM audit_log WHERE action = 'access.denied'") == 1


async def test_a_process_that_died_after_the_change_leaves_no_second_one(api: Api) -> None:
    """What stands in the tables between the last commit of a change and the keeping of its answer."""
    key = str(uuid4())
    await add(api, key)
    left = "UPDATE request_key SET answer = NULL, lease_until = now() + interval '{}' WHERE key = $1"
    await api.owner.execute(left.format("9 seconds"), key)
    assert codes(await add(api, key)) == ["api.key_in_use"]
    await api.owner.execute(left.format("-1 second"), key)
    assert codes(await add(api, key)) == ["api.key_unfinished"]
    assert await made(api) == 1


async def test_a_process_that_died_before_the_change_leaves_it_to_the_next_call(api: Api) -> None:
    key = str(uuid4())
    await add(api, key)
    await api.owner.execute("TRUNCATE alert_recipient, audit_log")
    await api.owner.execute(
        "UPDATE request_key SET answer = NULL, took_effect = false, lease_until = now() - interval '1 second'"
    )
    again = await add(api, key)
    assert (codes(again), await made(api)) == ([], 1)
    assert await add(api, key) == again


async def test_who_was_thought_dead_writes_nothing_more(api: Api) -> None:
    tenant, database = api.mine.joined.tenant, api.core.database
    async with database.tenant(tenant) as tx:
        first = await request_keys.take(tx, tenant=tenant, key="k", digest=b"d")
    await api.owner.execute("UPDATE request_key SET lease_until = now() - interval '1 second'")
    async with database.tenant(tenant) as tx:
        second = await request_keys.take(tx, tenant=tenant, key="k", digest=b"d")
    assert first.held is not None
    assert second.held is not None

    async def change(held: request_keys.Held) -> None:
        ending.set(lambda tx: request_keys.mark(tx, held))
        async with database.tenant(tenant) as tx:
            await tx.run("UPDATE tenant SET name = name || '!' WHERE id = $1", tenant)

    with pytest.raises(Retry):
        await asyncio.create_task(change(first.held))
    assert "!" not in await api.owner.fetchval("SELECT name FROM tenant WHERE id = $1", tenant)
    await asyncio.create_task(change(second.held))
    assert "!" in await api.owner.fetchval("SELECT name FROM tenant WHERE id = $1", tenant)
    assert await api.owner.fetchval("SELECT took_effect FROM request_key")


async def test_after_a_day_the_key_is_anybodys_again(api: Api) -> None:
    key = str(uuid4())
    await add(api, key)
    await api.owner.execute("UPDATE request_key SET made_at = now() - interval '25 hours'")
    assert codes(await add(api, key, address="https://else.example/hook")) == []
    await api.owner.execute("UPDATE request_key SET made_at = now() - interval '25 hours'")
    day = timedelta(days=1)
    await upkeep.keep_house(api.core.database, seen_for=day, bodies_for=day, timeline_for=day)
    assert await api.owner.fetchval("SELECT count(*) FROM request_key") == 0


async def test_a_question_has_no_use_for_a_key(api: Api) -> None:
    for _ in range(2):
        answer = await sent(api, "{ shop { domain } }", "k")
        assert answer.json()["data"]["shop"]["domain"] == api.mine.joined.domain
    assert await api.owner.fetchval("SELECT count(*) FROM request_key") == 0
