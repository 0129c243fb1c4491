"""Shopify's token endpoint: what is asked, what is accepted, and what each refusal means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import AccessLost, Misconfigured, Refused, Retry, StockbridgeError, Unclear
from app.ports import Answer
from app.shopify.oauth import TokenEndpoint
from tests.shopify.fakes import CLIENT_ID, NOW, SECRET, SHOP, Network, answer, pair

GRANTED = {
    "access_token": "shpat_new",
    "scope": "read_orders,write_orders",
    "expires_in": 3600,
    "refresh_token": "shprt_new",
    "refresh_token_expires_in": 7_776_000,
}


def endpoint(network: Network, template: str = "https://{shop}") -> TokenEndpoint:
    return TokenEndpoint(
        http=network, client_id=CLIENT_ID, client_secret=SECRET, template=template, now=lambda: NOW
    )


async def test_an_id_token_becomes_a_pair_that_expires() -> None:
    network = Network().will_say(answer(GRANTED))
    got = await endpoint(network).exchange(SHOP, "the-id-token")
    assert (got.access_token, got.refresh_token) == ("shpat_new", "shprt_new")
    assert (got.expires_at, got.refresh_expires_at) == (NOW + timedelta(hours=1), NOW + timedelta(days=90))
    assert got.scopes == {"read_orders", "write_orders"}
    assert network.sent[0].url == f"https://{SHOP}/admin/oauth/access_token"
    assert network.bodies[0] == {
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": "the-id-token",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
        "expiring": 1,
    }


ONLINE = {
    "access_token": "shpat_of_a_person",
    "scope": "read_orders",
    "expires_in": 86_399,
    "associated_user_scope": "read_orders",
    "associated_user": {
        "id": 548380009,
        "first_name": "Olivia",
        "last_name": "Winter",
        "email": "olivia@goods.example",
        "email_verified": True,
        "account_owner": True,
        "locale": "de",
        "collaborator": False,
    },
}


async def test_an_id_token_says_who_it_is_of_and_their_own_token_is_let_go() -> None:
    network = Network().will_say(answer(ONLINE))
    user = await endpoint(network).staff_user(SHOP, "the-id-token")
    assert (user.key, user.name, user.account_owner) == ("548380009", "Olivia Winter", True)
    assert "shpat" not in repr(user) + repr(vars(user))
    asked = network.bodies[0]
    assert asked["requested_token_type"] == "urn:shopify:params:oauth:token-type:online-access-token"
    assert (asked["subject_token"], "expiring" in asked) == ("the-id-token", False)


async def test_of_whom_nothing_more_is_told_is_nobody_in_particular() -> None:
    network = Network().will_say(answer({"associated_user": {"id": 5, "first_name": None}}))
    user = await endpoint(network).staff_user(SHOP, "the-id-token")
    assert (user.key, user.name, user.account_owner) == ("5", "", False)


async def test_an_answer_without_a_person_or_a_refusal_names_nobody() -> None:
    with pytest.raises(Unclear):
        await endpoint(Network().will_say(answer(GRANTED))).staff_user(SHOP, "the-id-token")
    stale = answer({"error": "invalid_subject_token"}, 400)
    with pytest.raises(Refused) as refused:
        await endpoint(Network().will_say(stale)).staff_user(SHOP, "the-id-token")
    assert refused.value.code == "session.stale"


async def test_a_code_asks_for_a_pair_that_expires_too() -> None:
    network = Network().will_say(answer(GRANTED))
    await endpoint(network).redeem(SHOP, "the-code")
    assert (network.bodies[0]["code"], network.bodies[0]["expiring"]) == ("the-code", 1)


async def test_a_renewal_sends_the_refresh_token() -> None:
    network = Network().will_say(answer(GRANTED))
    got = await endpoint(network, "http://127.0.0.1:9/shops/{shop}").renew(SHOP, pair(1))
    assert got.refresh_token == "shprt_new"
    assert network.sent[0].url == f"http://127.0.0.1:9/shops/{SHOP}/admin/oauth/access_token"
    assert (network.bodies[0]["grant_type"], network.bodies[0]["refresh_token"]) == (
        "refresh_token",
        "refresh-1",
    )


@pytest.mark.parametrize("missing", [{"refresh_token": None}, {"refresh_token": ""}])
async def test_a_token_that_never_expires_is_refused(missing: dict[str, None]) -> None:
    permanent = {name: value for name, value in (GRANTED | missing).items() if value is not None}
    with pytest.raises(Misconfigured, match=r"shopify\.token_permanent"):
        await endpoint(Network().will_say(answer(permanent))).exchange(SHOP, "t")


async def test_a_missing_end_is_an_hour_and_an_alarm() -> None:
    heard: list[str] = []
    endless = {name: value for name, value in GRANTED.items() if name != "expires_in"}
    got = await replace(endpoint(Network().will_say(answer(endless))), count=heard.append).renew(
        SHOP, pair(1)
    )
    assert got.expires_at == NOW + timedelta(hours=1)
    assert heard == ["granted", "token_without_end"]


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        (answer({"error": "invalid_subject_token"}, 400), Refused, "session.stale"),
        (answer({"error": "invalid_client"}, 400), AccessLost, "shopify.client_refused"),
        (answer({"error": "invalid_grant"}, 400), AccessLost, "shopify.grant_refused"),
        (answer({}, 402), AccessLost, "shopify.shop_frozen"),
        (answer({}, 423), AccessLost, "shopify.shop_frozen"),
        (answer({}, 403), AccessLost, "shopify.access_refused"),
        (answer({}, 404), AccessLost, "shopify.access_refused"),
        (answer(b"", 429), Retry, "shopify.token_throttled"),
        (answer(b"<html>", 502), Unclear, "shopify.token_unanswered"),
        (answer(b"<html>"), Unclear, "shopify.token_unreadable"),
        (answer({"scope": "x"}), Unclear, "shopify.token_unreadable"),
    ],
)
async def test_a_refusal_says_what_happens_next(
    said: Answer, kind: type[StockbridgeError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        await endpoint(Network().will_say(said)).exchange(SHOP, "t")
    assert caught.value.code == code
    assert "t" not in caught.value.facts.values()


async def test_a_renewal_is_never_a_stale_session() -> None:
    for word in ("invalid_subject_token", "invalid_request", "invalid_grant"):
        with pytest.raises(AccessLost, match=r"shopify\.grant_refused"):
            await endpoint(Network().will_say(answer({"error": word}, 400))).renew(SHOP, pair(1))


@pytest.mark.parametrize(
    "shop", ["evil.com", "evil.com/.myshopify.com", "goods.myshopify.com:1", "x@goods.myshopify.com"]
)
async def test_the_secret_is_never_sent_to_what_is_no_shop(shop: str) -> None:
    network = Network().will_say(answer(GRANTED))
    with pytest.raises(Refused, match=r"shop\.malformed"):
        await endpoint(network).exchange(shop, "t")
    assert network.sent == []


def test_the_endpoint_never_shows_its_secret() -> None:
    assert SECRET not in repr(endpoint(Network()))
