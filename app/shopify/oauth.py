"""Shopify's token endpoint: an id token, a code or a refresh token goes in, a pair that expires comes out.

The official package is not used here: it brings its own HTTP client past our address guard and deadlines, sleeps on
429, and can store neither half of a pair atomically.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import msgspec

from app.errors import AccessLost, Misconfigured, Refused, Retry, Unclear
from app.ports import Answer, Http, Request
from app.shopify.addresses import address
from app.shopify.alarms import Count, alarm, silent
from app.shopify.tokens import TokenPair

_EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
}
_ONLINE = "urn:shopify:params:oauth:token-type:online-access-token"
_HOUR = 3600
_NINETY_DAYS = 90 * 24 * 3600
_DEADLINE = timedelta(seconds=15)


class _Granted(msgspec.Struct, kw_only=True):
    access_token: str
    scope: str = ""
    expires_in: int | None = None
    refresh_token: str | None = None
    refresh_token_expires_in: int | None = None


class _User(msgspec.Struct, kw_only=True):
    id: int
    first_name: str | None = None
    last_name: str | None = None
    account_owner: bool = False


class _Online(msgspec.Struct, kw_only=True):
    associated_user: _User


class _Refusal(msgspec.Struct, kw_only=True):
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class StaffUser:
    """Somebody of the shop's staff, as Shopify knows them. `key` is what a session calls them."""

    key: str
    name: str = field(repr=False)
    account_owner: bool


@dataclass(frozen=True, kw_only=True)
class TokenEndpoint:
    """Asks for tokens with the app's own id and secret. `template` is the address of a shop with `{shop}` in it.

    `count` is told of each answer: `granted`, `refused`, or the name of an alarm.
    """

    http: Http
    client_id: str
    client_secret: str = field(repr=False)
    template: str = "https://{shop}"
    count: Count = silent
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def exchange(self, shop: str, id_token: str) -> TokenPair:
        """For a session token. Refused: it is stale, the browser must bring another one."""
        return await self._ask(shop, {**_EXCHANGE, "subject_token": id_token, "expiring": 1})

    async def staff_user(self, shop: str, id_token: str) -> StaffUser:
        """Who a session token is of. The online token that comes with the answer is let go unread."""
        form = {**_EXCHANGE, "requested_token_type": _ONLINE, "subject_token": id_token}
        answer = await self._answer(shop, form)
        if answer.status != 200:
            _refuse(answer)
        try:
            user = msgspec.json.decode(answer.body, type=_Online).associated_user
        except msgspec.DecodeError as cause:
            raise _unreadable() from cause
        name = " ".join(part.strip() for part in (user.first_name, user.last_name) if part and part.strip())
        return StaffUser(key=str(user.id), name=name, account_owner=user.account_owner)

    async def redeem(self, shop: str, code: str) -> TokenPair:
        """For the code of an approved authorisation. Refused: it is used up or not ours."""
        return await self._ask(shop, {"code": code, "expiring": 1})

    async def renew(self, shop: str, pair: TokenPair) -> TokenPair:
        """For a refresh token; this makes the endpoint a Renewal. AccessLost: the token renews nothing any more."""
        try:
            return await self._ask(shop, {"grant_type": "refresh_token", "refresh_token": pair.refresh_token})
        except Refused as cause:
            raise _grant_refused() from cause

    async def _ask(self, shop: str, form: Mapping[str, str | int]) -> TokenPair:
        answer = await self._answer(shop, form)
        return self._pair(shop, answer) if answer.status == 200 else _refuse(answer)

    async def _answer(self, shop: str, form: Mapping[str, str | int]) -> Answer:
        body = {"client_id": self.client_id, "client_secret": self.client_secret, **form}
        answer = await self.http.send(
            Request(
                method="POST",
                url=f"{address(self.template, shop)}/admin/oauth/access_token",
                headers={"content-type": "application/json", "accept": "application/json"},
                body=msgspec.json.encode(body),
                deadline=_DEADLINE,
            )
        )
        self.count("granted" if answer.status == 200 else "refused")
        return answer

    def _pair(self, shop: str, answer: Answer) -> TokenPair:
        try:
            granted = msgspec.json.decode(answer.body, type=_Granted)
        except msgspec.DecodeError as cause:
            raise _unreadable() from cause
        if not granted.refresh_token:
            raise Misconfigured(
                "shopify.token_permanent",
                "Shopify gave an access that never expires, which public apps may not use.",
            )
        if granted.expires_in is None:
            alarm(self.count, "token_without_end", shop=shop)
        return TokenPair(
            access_token=granted.access_token,
            expires_at=self.now() + timedelta(seconds=granted.expires_in or _HOUR),
            refresh_token=granted.refresh_token,
            refresh_expires_at=self.now()
            + timedelta(seconds=granted.refresh_token_expires_in or _NINETY_DAYS),
            scopes=frozenset(s.strip() for s in granted.scope.split(",") if s.strip()),
        )


def _unreadable() -> Unclear:
    return Unclear("shopify.token_unreadable", "Shopify's answer about access can't be read.")


def _refuse(answer: Answer) -> NoReturn:
    """A status and Shopify's error word become what happens next."""
    match answer.status, _word(answer):
        case 429 | 430, _:
            raise Retry("shopify.token_throttled", "Shopify asks to wait before access is renewed.")
        case (_, "invalid_subject_token" | "invalid_request"):
            raise Refused("session.stale", "The session ended; the page must be loaded again.")
        case (_, "invalid_client"):
            raise AccessLost(
                "shopify.client_refused",
                "Shopify does not accept this app for the shop; it may be uninstalled.",
            )
        case (_, "invalid_grant"):
            raise AccessLost(
                "shopify.grant_refused",
                "The access can't be renewed. Open the app in the Shopify admin once.",
            )
        case status, _ if status >= 500:
            raise Unclear("shopify.token_unanswered", "Shopify could not say whether access was given.")
        case 402 | 423, _:
            raise AccessLost("shopify.shop_frozen", "The shop is frozen or locked at Shopify.")
    raise AccessLost("shopify.access_refused", "Shopify refused access to the shop.")


def _grant_refused() -> AccessLost:
    return AccessLost(
        "shopify.grant_refused", "The access can't be renewed. Open the app in the Shopify admin once."
    )


def _word(answer: Answer) -> str:
    try:
        return msgspec.json.decode(answer.body, type=_Refusal).error
    except (msgspec.DecodeError, msgspec.ValidationError):
        return ""
