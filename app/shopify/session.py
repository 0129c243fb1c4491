"""The session token of the Shopify admin: who is asking, for which shop; believed for one request and never stored.

The official package is not used here: it takes the host out of `dest` without checking it, does not compare `iss`,
and cuts the suffix off the shop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from starlette.responses import PlainTextResponse, Response

from app.errors import Refused
from app.shopify.addresses import shop_name

RETRY_HEADERS: Mapping[str, str] = {"X-Shopify-Retry-Invalid-Session-Request": "1"}
"""Goes with every 401 to the page: App Bridge then fetches a new token and repeats the request once."""

_REQUIRED = ("exp", "nbf", "aud", "dest", "sub", "iss")
_LEEWAY = 10
_ORIGIN = re.compile(r"https://([^/?#@:\\\s]+)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A verified token: the shop it is for and the staff member's number there."""

    shop: str
    user: str


@dataclass(frozen=True, kw_only=True)
class SessionCheck:
    """Verifies tokens made for one app; `secrets` are the current client secret and, while rotating, the previous."""

    client_id: str
    secrets: Sequence[str]

    def verify(self, token: str) -> Session:
        """Raises Refused with `session.stale`, `session.wrong_app`, `session.wrong_shop` or `session.invalid`."""
        claims = self._claims(token)
        if claims["aud"] != self.client_id:
            raise Refused("session.wrong_app", "The session belongs to another app.")
        shop, issuer = _host(claims["dest"], whole=True), _host(claims["iss"], whole=False)
        if shop != issuer:
            raise Refused("session.wrong_shop", "The session does not name one Shopify shop.")
        return Session(shop=shop, user=str(claims["sub"]))

    def bearer(self, authorization: str | None) -> Session:
        """Verifies the token of an `Authorization` header."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused("session.missing", "The request carries no session.")
        return self.verify(token.strip())

    def _claims(self, token: str) -> dict[str, Any]:
        failure: jwt.PyJWTError | None = None
        for secret in self.secrets if token.isascii() else ():
            try:
                return self._decode(token, secret)
            except jwt.ExpiredSignatureError as cause:
                raise Refused("session.stale", "The session ended; the page must be loaded again.") from cause
            except jwt.PyJWTError as cause:
                failure = cause
        raise Refused("session.invalid", "The session is not valid.") from failure

    def _decode(self, token: str, secret: str) -> dict[str, Any]:
        """The audience is compared by the caller, exactly: a list that merely contains us is not ours."""
        return jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            leeway=_LEEWAY,
            options={"require": list(_REQUIRED), "verify_aud": False, "verify_iat": False},
        )


def unauthorised(refusal: Refused) -> Response:
    """The 401 for a request of the page; the sentence and the code, never the token."""
    return PlainTextResponse(
        f"{refusal.sentence} ({refusal.code})", status_code=401, headers=dict(RETRY_HEADERS)
    )


def _host(claim: object, *, whole: bool) -> str:
    """The shop in an `https://` URL; `whole`: the URL is nothing but scheme and host."""
    text = claim.lower() if isinstance(claim, str) else ""
    found = _ORIGIN.fullmatch(text) if whole else _ORIGIN.match(text)
    if not found or not (whole or text[found.end() :].startswith("/") or found.end() == len(text)):
        raise Refused("session.wrong_shop", "The session does not name one Shopify shop.")
    try:
        return shop_name(found[1])
    except Refused as cause:
        raise Refused("session.wrong_shop", "The session does not name one Shopify shop.") from cause
