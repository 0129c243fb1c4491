"""Who may call the simulated NetSuite, and what it says to those who call too often."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client

from sandbox.erps.netsuite.__main__ import make
from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.signing import integration
from sandbox.erps.serving import Chosen, built
from tests.sandbox.netsuite_calls import HOST, QUERY, NetSuite, netsuite

TIME = "/services/rest/system/v1/serverTime"


@pytest.fixture
async def there() -> AsyncIterator[NetSuite]:
    async with netsuite() as account:
        yield account


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"iss": "somebody"}, "invalid_client"),
        ({"kid": "another"}, "invalid_client"),
        ({"aud": "https://elsewhere.example/services/rest/auth/oauth2/v1/token"}, "invalid_request"),
        ({"exp": int(time.time()) + 90_000}, "invalid_request"),
        ({"iat": int(time.time()) - 900, "exp": int(time.time()) - 600}, "invalid_grant"),
        ({"scope": "restlets"}, "invalid_scope"),
    ],
)
async def test_an_assertion_must_be_right_in_every_part(
    there: NetSuite, changes: dict[str, Any], error: str
) -> None:
    answer = await there.login(there.assertion(**changes))
    assert answer.status_code in {400, 401}
    assert answer.json() == {"error": error}


async def test_only_certain_algorithms_and_only_the_certificates_own_key(there: NetSuite) -> None:
    assert (await there.login(there.assertion(alg="HS256", key="0" * 32))).json() == {
        "error": "invalid_request"
    }
    another = integration().private_key
    assert (await there.login(there.assertion(key=another))).json() == {"error": "invalid_client"}
    assert (await there.login(there.assertion())).status_code == 200


async def test_a_token_opens_the_services_and_nothing_else_does(there: NetSuite) -> None:
    assert (await there.login(there.assertion())).json()["token_type"] == "bearer"
    assert (await there.call("GET", TIME)).status_code == 200
    there.token = "another"
    status, code, _ = await there.refused("GET", TIME)
    assert (status, code) == (401, "INVALID_LOGIN")


async def test_a_signed_call_is_let_in_once_and_only_with_its_query_in_the_signature(there: NetSuite) -> None:
    told = there.told
    path, body = f"{QUERY}?limit=2&offset=0", b'{"q": "SELECT id FROM item ORDER BY id"}'
    client = Client(
        told["consumer_key"], told["consumer_secret"], told["token_id"], told["token_secret"], realm=told["account"],
        signature_method=SIGNATURE_HMAC_SHA256,
    )  # fmt: skip
    more = {"content-type": "application/json", "prefer": "transient"}
    _, signed, _ = client.sign(f"{HOST}{path}", "POST")
    headers = {**more, "authorization": signed["Authorization"]}
    first = await there.http.post(path, content=body, headers=headers)
    assert (first.status_code, first.json()["count"]) == (200, 2)
    assert (await there.http.post(path, content=body, headers=headers)).status_code == 401
    _, without, _ = client.sign(f"{HOST}{QUERY}", "POST")
    wrong = await there.http.post(
        path, content=body, headers={**more, "authorization": without["Authorization"]}
    )
    assert wrong.json()["o:errorDetails"][0]["o:errorCode"] == "INVALID_LOGIN_ATTEMPT"


async def test_more_calls_at_once_than_the_account_bears_are_refused_in_its_ways(there: NetSuite) -> None:
    simulator = make(Chosen(), Account(concurrency=2))
    transport = httpx.ASGITransport(app=built(simulator, latency=0.05))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        account = NetSuite(simulator=simulator, http=http)
        await account.login()
        answers = await asyncio.gather(*(account.call("GET", TIME) for _ in range(8)))
    refused = [each for each in answers if each.status_code != 200]
    assert len(refused) == 6
    assert {each.status_code for each in refused} == {400, 429}
    assert {each.json()["o:errorDetails"][0]["o:errorCode"] for each in refused} == {
        "CONCURRENCY_LIMIT_EXCEEDED"
    }
    assert not any("retry-after" in each.headers for each in refused)
    assert {(each.status_code, each.json()["title"]) for each in refused} >= {
        (429, "Bad Request"),
        (400, "Bad Request"),
    }


async def test_an_expired_token_is_refused_until_another_is_asked_for(there: NetSuite) -> None:
    await there.http.post("/control/next", json={"verb": "time", "fault": "expired", "times": 1})
    assert (await there.refused("GET", TIME))[0] == 401
    assert (await there.refused("GET", TIME))[0] == 401
    await there.login()
    assert (await there.call("GET", TIME)).status_code == 200
