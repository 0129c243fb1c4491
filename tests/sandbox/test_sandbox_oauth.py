"""Tokens: exchange of id tokens, the code grant with its signed way back, refresh with rotation and grace."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

from sandbox.oauth import host_of, query_hmac
from sandbox.tokens import GRACE, REFRESH_LIFE, TokenBook


async def test_an_exchange_answers_an_hour_and_ninety_days(store: Any) -> None:
    answer = (await store.exchange()).json()
    assert answer["expires_in"] == 3600
    assert answer["refresh_token_expires_in"] == 90 * 86400
    assert "write_orders" in answer["scope"]


async def test_without_expiring_the_token_never_expires(store: Any) -> None:
    answer = (await store.exchange(expiring="0")).json()
    assert "expires_in" not in answer
    assert "refresh_token" not in answer


async def test_an_online_token_names_its_user(store: Any) -> None:
    minted = await store.control("POST", "/id-token", shop=store.shop, user="42")
    kind = "urn:shopify:params:oauth:token-type:online-access-token"
    answer = (await store.exchange(subject_token=minted["id_token"], requested_token_type=kind)).json()
    assert answer["associated_user"]["id"] == 42


async def online(store: Any, user: str) -> Any:
    minted = await store.control("POST", "/id-token", shop=store.shop, user=user)
    kind = "urn:shopify:params:oauth:token-type:online-access-token"
    return (await store.exchange(subject_token=minted["id_token"], requested_token_type=kind)).json()


async def test_an_account_has_one_owner_and_may_be_handed_over(store: Any) -> None:
    first = await online(store, "1")
    assert (first["associated_user"]["account_owner"], first["associated_user"]["first_name"]) == (
        True,
        "Olivia",
    )
    assert (first["expires_in"], "refresh_token" in first) == (86_399, False)
    assert not (await online(store, "2"))["associated_user"]["account_owner"]
    await store.control("PUT", f"/shops/{store.shop}/staff/2", account_owner=True, locale="sv")
    second = (await online(store, "2"))["associated_user"]
    assert (second["account_owner"], second["locale"]) == (True, "sv")
    assert not (await online(store, "1"))["associated_user"]["account_owner"]


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"aud": "another-app"},
        {"dest": "https://evil.com/.myshopify.com"},
        {"dest": "https://other.myshopify.com"},
    ],
)
async def test_an_id_token_that_does_not_fit_is_refused(store: Any, claims: dict[str, Any]) -> None:
    minted = await store.control("POST", "/id-token", shop=store.shop, claims=claims)
    answer = await store.exchange(subject_token=minted["id_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_subject_token")


async def test_an_id_token_of_another_key_is_refused(store: Any) -> None:
    claims = {
        "aud": store.world.app.client_id,
        "dest": f"https://{store.shop}",
        "sub": "1",
        "exp": 4_000_000_000,
    }
    forged = jwt.encode(claims, "another-secret-that-is-long-enough-for-it", algorithm="HS256")
    assert (await store.exchange(subject_token=forged)).json()["error"] == "invalid_subject_token"


async def test_wrong_credentials_or_no_installation_are_an_invalid_client(store: Any) -> None:
    assert (await store.exchange(client_secret="wrong")).json()["error"] == "invalid_client"
    assert (await store.exchange(client_id="wrong")).json()["error"] == "invalid_client"
    await store.control("POST", f"/shops/{store.shop}/uninstall")
    assert (await store.exchange()).json()["error"] == "invalid_client"


async def test_the_previous_secret_is_still_taken_while_it_is_rotated(store: Any) -> None:
    old = store.world.app.client_secret
    await store.control(
        "PUT", "/app", client_secret="the-next-secret-that-is-long-enough", previous_secret=old
    )
    assert (await store.exchange(client_secret=old)).status_code == 200
    assert (await store.exchange()).status_code == 200


async def refreshed(store: Any, token: str) -> Any:
    return await store.grant(grant_type="refresh_token", refresh_token=token)


async def test_a_refresh_hands_out_a_new_pair(store: Any) -> None:
    first = (await store.exchange()).json()
    second = (await refreshed(store, first["refresh_token"])).json()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    store.token = second["access_token"]
    assert await store.ask("{ shop { id } }")


async def test_the_old_refresh_token_works_until_its_replacement_was_used(store: Any) -> None:
    first = (await store.exchange()).json()["refresh_token"]
    await refreshed(store, first)
    second = (await refreshed(store, first)).json()["refresh_token"]
    third = (await refreshed(store, second)).json()["refresh_token"]
    answer = await refreshed(store, first)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await refreshed(store, second)).status_code == 200
    assert (await refreshed(store, third)).status_code == 200
    assert (await refreshed(store, second)).json()["error"] == "invalid_grant"


async def test_a_refresh_whose_answer_was_lost_is_repeated_with_the_old_token(store: Any) -> None:
    first = (await store.exchange()).json()["refresh_token"]
    await store.control("POST", "/faults/next", where="token", kind="after")
    assert (await refreshed(store, first)).status_code == 520
    assert (await refreshed(store, first)).status_code == 200


def test_grace_ends_thirty_days_after_the_first_use_and_never_past_ninety() -> None:
    now = [0.0]
    book = TokenBook(clock=lambda: now[0])
    first = str(book.issue("read_orders", expiring=True)["refresh_token"])
    assert book.rotate(first)
    now[0] = GRACE
    assert book.rotate(first)
    now[0] = GRACE + 1
    assert book.rotate(first) is None
    late = str(book.issue("read_orders", expiring=True)["refresh_token"])
    now[0] += REFRESH_LIFE
    assert book.rotate(late) is None


async def test_an_access_token_lives_as_long_as_the_shop_says(store: Any) -> None:
    await store.control("PATCH", f"/shops/{store.shop}", access_token_seconds=0)
    answer = (await store.exchange()).json()
    assert answer["expires_in"] == 0
    store.token = answer["access_token"]
    assert (await store.send("{ shop { id } }")).status_code == 401


async def test_approval_sends_back_with_a_signed_query_and_a_code_that_works_once(store: Any) -> None:
    app = store.world.app
    await store.control("PUT", "/app", url="https://app.example")
    asked = {
        "client_id": app.client_id,
        "scope": "read_orders",
        "redirect_uri": "https://app.example/auth/callback",
        "state": "a b+c",
    }
    answer = await store.client.get(f"/shops/{store.shop}/admin/oauth/authorize", params=asked)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["location"])
    back = dict(parse_qsl(target.query))
    assert (target.netloc, target.path, back["state"]) == ("app.example", "/auth/callback", "a b+c")
    assert (back["shop"], back["host"]) == (store.shop, host_of(store.world.shops[store.shop]))
    assert back.pop("hmac") == query_hmac(back, app.client_secret)
    assert "%20" in target.query
    granted = (await store.grant(code=back["code"], expiring="1")).json()
    assert (granted["scope"], granted["expires_in"]) == ("read_orders", 3600)
    assert (await store.grant(code=back["code"])).status_code == 400


async def test_a_way_back_to_another_origin_is_refused(store: Any) -> None:
    await store.control("PUT", "/app", url="https://app.example")
    for target in ("https://evil.example/", "https://app.example.evil.example/"):
        asked = {"client_id": store.world.app.client_id, "redirect_uri": target, "state": "x"}
        answer = await store.client.get(f"/shops/{store.shop}/admin/oauth/authorize", params=asked)
        assert answer.status_code == 400


async def test_a_form_is_taken_like_json(store: Any) -> None:
    minted = await store.control("POST", "/id-token", shop=store.shop)
    app = store.world.app
    form = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": minted["id_token"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
    }
    answer = await store.client.post(f"/shops/{store.shop}/admin/oauth/access_token", data=form)
    assert answer.status_code == 200
