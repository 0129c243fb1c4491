"""The door to an account: one sign-in for all, once more after a refusal, and answers that mean it is asked too much."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.errors import AccessLost, Misconfigured, Retry, Throttled, Unclear
from app.hosts.netsuite.access import access_of
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.spec import NETSUITE
from app.hosts.netsuite.sql import Named
from app.ports import Answer, Request
from tests.hosts.rig import StateInMemory

KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)
ASK = "SELECT id, name FROM location ORDER BY id"
FULL = {
    "title": "Bad Request",
    "o:errorDetails": [{"detail": "x", "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED"}],
}


def answer(status: int, body: object = None, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=json.dumps(body).encode() if body is not None else b"")


def rows(*items: dict[str, str], more: bool = False) -> Answer:
    return answer(200, {"items": list(items), "hasMore": more, "count": len(items)})


@dataclass
class Account:
    """Answers sign-ins with the next token, and everything else by `say`; keeps what it was asked."""

    say: Callable[[Request], Answer] = lambda request: rows()
    signed: int = 0
    refuses: bool = False
    asked: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Answer:
        await asyncio.sleep(0)
        if request.url.endswith("/token"):
            if self.refuses:
                return answer(401, {"error": "invalid_client"})
            self.signed += 1
            return answer(
                200, {"access_token": f"t{self.signed}", "expires_in": "3600", "token_type": "Bearer"}
            )
        self.asked.append(request)
        return self.say(request)


TOKENS = {
    "sign_in": "token", "consumer_key": "a", "consumer_secret": "b", "token_id": "c", "token_secret": "d",
}  # fmt: skip


def door(
    account: Account,
    state: StateInMemory | None = None,
    clock: Callable[[], float] = time.monotonic,
    **fields: str,
) -> NetSuite:
    form = {"account": "1234567", "client_id": "c", "certificate_id": "i", "private_key": KEY, **fields}
    return NetSuite(account, access_of(form), state or StateInMemory(), clock)  # type: ignore[arg-type]  # it streams nothing


async def test_many_calls_at_once_sign_in_once_and_the_next_opening_not_at_all() -> None:
    account, state = Account(), StateInMemory()
    netsuite = door(account, state)
    await asyncio.gather(*(netsuite.rows(Named, ASK) for _ in range(6)))
    await door(account, state).rows(Named, ASK)
    assert account.signed == 1
    assert {request.headers["authorization"] for request in account.asked} == {"Bearer t1"}


async def test_a_token_of_another_certificate_is_not_used_by_a_connection_that_was_changed() -> None:
    account, state = Account(), StateInMemory()
    await door(account, state).rows(Named, ASK)
    await door(account, state, certificate_id="new").rows(Named, ASK)
    assert [request.headers["authorization"] for request in account.asked] == ["Bearer t1", "Bearer t2"]


async def test_a_token_that_ended_is_replaced_once_and_the_call_made_again() -> None:
    account = Account(
        say=lambda request: (
            rows() if request.headers["authorization"] == "Bearer t2" else answer(401, {"title": "x"})
        )
    )
    assert await door(account).rows(Named, ASK) == []
    assert account.signed == 2
    account.say = lambda request: answer(401, {"title": "Unauthorized"})
    with pytest.raises(AccessLost):
        await door(account).rows(Named, ASK)


async def test_a_certificate_that_is_refused_is_lost_access() -> None:
    with pytest.raises(AccessLost) as raised:
        await door(Account(refuses=True)).rows(Named, ASK)
    assert raised.value.code == "access.refused"


async def test_a_form_without_a_key_says_so_before_anything_is_sent() -> None:
    account = Account()
    with pytest.raises(Misconfigured):
        await door(account, private_key="").rows(Named, ASK)
    assert not account.asked


@pytest.mark.parametrize("status", [429, 400])
async def test_a_full_account_makes_the_door_narrower_whatever_it_calls_that(status: int) -> None:
    netsuite = door(Account(say=lambda request: answer(status, FULL)))
    results = await asyncio.gather(*(netsuite.rows(Named, ASK) for _ in range(4)), return_exceptions=True)
    assert all(isinstance(each, Throttled) for each in results)
    assert netsuite.gate.width < 4


def refused(request: Request) -> Answer:
    return answer(401, {"title": "Unauthorized"})


async def test_a_signed_call_that_is_refused_once_is_signed_anew() -> None:
    answers = [refused, lambda request: rows()]
    account = Account(say=lambda request: answers.pop(0)(request))
    assert await door(account, **TOKENS).rows(Named, ASK) == []
    assert len({request.headers["authorization"] for request in account.asked}) == 2


async def test_signatures_that_stay_refused_are_throttling_at_first_and_then_lost_access() -> None:
    account, now = Account(say=refused), [100.0]
    netsuite = door(account, clock=lambda: now[0], **TOKENS)
    for times in (1, 2, 3):
        results = await asyncio.gather(*(netsuite.rows(Named, ASK) for _ in range(4)), return_exceptions=True)
        assert all(isinstance(each, Throttled) for each in results)
        before = len(account.asked)
        with pytest.raises(Throttled) as raised:
            await netsuite.rows(Named, ASK)
        assert (times, len(account.asked)) == (times, before)
        assert raised.value.after == timedelta(seconds=5)
        now[0] += 5
    with pytest.raises(AccessLost):
        await netsuite.rows(Named, ASK)


async def test_an_answer_in_between_makes_refused_signatures_throttling_again() -> None:
    account, now = Account(say=refused), [100.0]
    netsuite = door(account, clock=lambda: now[0], **TOKENS)
    for say in (refused, refused, lambda request: rows(), refused, refused, refused):
        account.say, now[0] = say, now[0] + 5
        with suppress(Throttled):
            await netsuite.rows(Named, ASK)


async def test_a_connection_test_says_at_once_that_tokens_are_refused() -> None:
    host = NETSUITE.open({"account": "1234567", **TOKENS}, Account(say=refused), StateInMemory())  # type: ignore[arg-type]
    with pytest.raises(AccessLost):
        await host.check()


@pytest.mark.parametrize(
    "said",
    [
        {"title": "Bad Request", "status": 429},
        {
            "title": "Bad Request",
            "status": 400,
            "o:errorDetails": [
                {"detail": "Concurrent request limit exceeded. Request blocked.", "o:errorCode": "USER_ERROR"}
            ],
        },
    ],
)
async def test_a_full_account_may_say_so_in_words_or_in_the_body_alone(said: object) -> None:
    netsuite = door(Account(say=lambda request: answer(400, said)))
    with pytest.raises(Throttled):
        await netsuite.rows(Named, ASK)
    with pytest.raises(Throttled):
        await netsuite.write("POST", "salesOrder", {})


async def test_a_question_is_asked_as_a_transient_one_and_read_to_its_end() -> None:
    pages = [rows({"id": "1", "name": "A"}, more=True), rows({"id": "2"})]
    account = Account(say=lambda request: pages.pop(0))
    assert [row.id for row in await door(account).rows(Named, ASK)] == ["1", "2"]
    assert all(request.headers["prefer"] == "transient" and not request.writes for request in account.asked)
    assert [request.url.partition("?")[2] for request in account.asked] == [
        "limit=1000&offset=0",
        "limit=1000&offset=1000",
    ]


async def test_a_list_that_goes_on_with_nothing_is_not_taken_for_its_end() -> None:
    with pytest.raises(Retry) as raised:
        await door(Account(say=lambda request: rows(more=True))).rows(Named, ASK)
    assert raised.value.code == "answer.unreadable"


async def test_a_list_without_an_end_is_given_up() -> None:
    with pytest.raises(Retry) as raised:
        await door(Account(say=lambda request: rows({"id": "1"}, more=True))).rows(Named, ASK)
    assert raised.value.code == "answer.too_many"


async def test_what_is_made_is_named_by_its_place_and_unclear_without_one() -> None:
    made = door(Account(say=lambda request: answer(204, location="https://x/record/v1/salesOrder/77")))
    assert await made.write("POST", "salesOrder", {}) == "77"
    unsaid = door(Account(say=lambda request: answer(200, {})))
    with pytest.raises(Unclear):
        await unsaid.write("POST", "salesOrder", {})


@pytest.mark.parametrize("page", [b"<html>Welcome back</html>", b"", b"OK"])
async def test_a_change_that_something_else_answered_is_not_taken_for_done(page: bytes) -> None:
    said = Answer(status=200, headers={"content-type": "text/html"}, body=page)
    with pytest.raises(Unclear) as raised:
        await door(Account(say=lambda request: said)).write("PATCH", "salesOrder/7", {})
    assert raised.value.code == "answer.unreadable"


@pytest.mark.parametrize("said", [answer(204), answer(200, {"id": "7"})])
async def test_a_change_is_done_that_netsuite_says_is_done(said: Answer) -> None:
    assert await door(Account(say=lambda request: said)).write("PATCH", "salesOrder/7", {}) is None


async def test_what_is_not_there_is_none_and_a_web_page_is_no_answer() -> None:
    gone = {"title": "Not Found", "o:errorDetails": [{"detail": "x", "o:errorCode": "NONEXISTENT_ID"}]}
    assert await door(Account(say=lambda request: answer(404, gone))).get(Named, "customer/1") is None
    page = Answer(status=404, headers={}, body=b"<html>")
    with pytest.raises(Misconfigured):
        await door(Account(say=lambda request: page)).get(Named, "customer/1")
