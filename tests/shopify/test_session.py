"""Who a session token is believed to be from, and every way of lying about it."""

from __future__ import annotations

import base64
import time

import jwt
import pytest

from app.errors import Refused
from app.shopify.session import RETRY_HEADERS, Session, SessionCheck, unauthorised
from tests.shopify.fakes import CLIENT_ID, PREVIOUS, SECRET, SHOP, session_token

CHECK = SessionCheck(client_id=CLIENT_ID, secrets=(SECRET, PREVIOUS))


def refusal(token: str) -> str:
    with pytest.raises(Refused) as caught:
        CHECK.verify(token)
    return caught.value.code


def test_a_good_token_names_the_shop_and_the_user() -> None:
    assert CHECK.verify(session_token()) == Session(shop=SHOP, user="7")


def test_the_previous_secret_is_still_believed() -> None:
    assert CHECK.verify(session_token(PREVIOUS)).shop == SHOP


def test_the_shop_is_lower_case_whatever_the_token_says() -> None:
    upper = session_token(dest="https://GOODS.myshopify.com", iss="https://goods.MYSHOPIFY.com/admin")
    assert CHECK.verify(upper).shop == SHOP


def test_a_foreign_secret_is_refused() -> None:
    assert refusal(session_token("some-other-secret-of-at-least-32-bytes")) == "session.invalid"


def test_without_a_signature_nothing_is_believed() -> None:
    assert refusal(session_token(algorithm="none")) == "session.invalid"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_only_one_algorithm_is_accepted(algorithm: str) -> None:
    assert refusal(session_token(SECRET * 3, algorithm)) == "session.invalid"


def test_a_header_that_says_none_over_a_good_signature_is_refused() -> None:
    _, claims, signature = session_token().split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    assert refusal(f"{head}.{claims}.{signature}") == "session.invalid"


@pytest.mark.parametrize(
    "audience", ["another-app", CLIENT_ID + "x", CLIENT_ID[:-1], "", [CLIENT_ID, "b"], [CLIENT_ID]]
)
def test_a_token_for_another_app_is_refused(audience: object) -> None:
    assert refusal(session_token(aud=audience)) == "session.wrong_app"


def test_ten_seconds_of_a_slow_clock_are_forgiven_and_no_more() -> None:
    at = int(time.time())
    assert CHECK.verify(session_token(exp=at - 5)).shop == SHOP
    assert refusal(session_token(exp=at - 15)) == "session.stale"
    assert CHECK.verify(session_token(nbf=at + 5)).shop == SHOP
    assert refusal(session_token(nbf=at + 30)) == "session.invalid"


@pytest.mark.parametrize("claim", ["exp", "nbf", "aud", "dest", "sub", "iss"])
def test_every_claim_we_stand_on_must_be_there(claim: str) -> None:
    assert refusal(session_token(**{claim: None})) == "session.invalid"


@pytest.mark.parametrize(
    "dest",
    [
        "https://evil.com/.myshopify.com",
        "https://evil.com#.myshopify.com",
        "https://evil.com?.myshopify.com",
        "https://evil.com\\.myshopify.com",
        "https://goods.myshopify.com@evil.com",
        "https://evil@goods.myshopify.com",
        "https://goods.myshopify.com:8443",
        "https://goods.myshopify.com/",
        "https://goods.myshopify.com/admin",
        "https://goods.myshopify.com.evil.com",
        "https://evil.com/goods.myshopify.com",
        "https://.myshopify.com",
        "https://-goods.myshopify.com",
        "https://a.b.myshopify.com",
        "https://goods_shop.myshopify.com",
        "https://goods.myshopify.com\n",
        "https://goods.myshopify.com\nevil",
        "https://g\u043eods.myshopify.com",
        "http://goods.myshopify.com",
        "//goods.myshopify.com",
        "goods.myshopify.com",
        "https://evilmyshopify.com",
        "https://" + "a" * 300 + ".myshopify.com",
        "",
        7,
        ["https://goods.myshopify.com"],
    ],
)
def test_a_dest_that_is_not_a_shop_is_refused(dest: object) -> None:
    assert refusal(session_token(dest=dest)) == "session.wrong_shop"


@pytest.mark.parametrize(
    "issuer",
    [
        "https://other.myshopify.com/admin",
        "https://goods.myshopify.com.evil.com/admin",
        "https://evil.com/goods.myshopify.com/admin",
        "https://goods.myshopify.com:1/admin",
        "https://goods.myshopify.com@evil.com/admin",
        "http://goods.myshopify.com/admin",
        "https://goods.myshopify.com?admin",
    ],
)
def test_an_issuer_of_another_host_is_refused(issuer: str) -> None:
    assert refusal(session_token(iss=issuer)) == "session.wrong_shop"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "token"])
def test_a_request_without_a_bearer_token_is_refused(header: str | None) -> None:
    with pytest.raises(Refused, match=r"session\.missing"):
        CHECK.bearer(header)
    assert CHECK.bearer(f"Bearer {session_token()}").shop == SHOP


@pytest.mark.parametrize("rubbish", ["", "a.b.c", "....", "\ud83d", "é.é.é"])
def test_rubbish_is_refused_and_not_a_fault(rubbish: str) -> None:
    assert refusal(rubbish) == "session.invalid"


def test_the_refusal_of_a_fetch_asks_app_bridge_for_a_new_token() -> None:
    answer = unauthorised(Refused("session.stale", "The session ended."))
    assert answer.status_code == 401
    assert all(answer.headers[name] == value for name, value in RETRY_HEADERS.items())


def test_a_token_of_no_secret_at_all_opens_nothing() -> None:
    with pytest.raises(Refused):
        SessionCheck(client_id=CLIENT_ID, secrets=()).verify(session_token())
    assert jwt.decode(session_token(), SECRET, algorithms=["HS256"], audience=CLIENT_ID)["sub"] == "7"
