"""The authorisation-code grant, for a merchant who starts outside the admin: there with a state, back with a code."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from app.errors import Refused, StockbridgeError
from app.shopify.addresses import address, app_home, shop_name
from app.shopify.install import Installer
from app.shopify.signed_query import parsed, verified

_COOKIE = "stockbridge_state"
_STATE_LIVES = timedelta(minutes=10)
_HEADERS = {"Content-Security-Policy": "frame-ancestors 'none'", "Cache-Control": "no-store"}


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Two endpoints. `app_url` is our own origin, `template` a shop's address with `{shop}` in it."""

    installer: Installer
    client_id: str
    secrets: Sequence[str] = field(repr=False)
    scopes: tuple[str, ...]
    app_url: str
    template: str = "https://{shop}"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def routes(self) -> list[Route]:
        return [Route("/auth", self.begin), Route("/auth/callback", self.finish)]

    async def begin(self, request: Request) -> Response:
        """Sends the merchant to Shopify's approval page, with a state that only this browser can bring back."""
        try:
            shop = shop_name(parsed(request.url.query).get("shop", ""))
        except Refused as refusal:
            return _refuse(refusal)
        nonce = random.token_urlsafe(24)
        response = RedirectResponse(self._approval(shop, nonce), status_code=302, headers=_HEADERS)
        response.set_cookie(
            _COOKIE,
            self._sealed(shop, nonce, int(self.now().timestamp())),
            max_age=int(_STATE_LIVES.total_seconds()),
            path="/auth",
            secure=self.app_url.startswith("https://"),
            httponly=True,
            samesite="lax",
        )
        return response

    async def finish(self, request: Request) -> Response:
        """Checks signature, age, state and shop, in this order; then trades the code and sends the merchant home."""
        try:
            query = verified(request.url.query, secrets=self.secrets, now=self.now())
            shop = shop_name(query.get("shop", ""))
            self._check_state(shop, query.get("state", ""), request.cookies.get(_COOKIE, ""))
            if not query.get("code"):
                raise Refused("grant.no_code", "Shopify sent no approval.")
            await self.installer.redeem(shop, query["code"])
        except StockbridgeError as refusal:
            return _refuse(refusal)
        home = app_home(self.template, shop, self.client_id)
        response = RedirectResponse(home, status_code=302, headers=_HEADERS)
        response.delete_cookie(_COOKIE, path="/auth")
        return response

    def _approval(self, shop: str, nonce: str) -> str:
        query = urlencode(
            {
                "client_id": self.client_id,
                "scope": ",".join(self.scopes),
                "redirect_uri": f"{self.app_url}/auth/callback",
                "state": nonce,
            },
            quote_via=quote,
        )
        return f"{address(self.template, shop)}/admin/oauth/authorize?{query}"

    def _sealed(self, shop: str, nonce: str, issued: int) -> str:
        return f"{nonce}.{issued}.{_sign(self.secrets[0], shop, nonce, issued)}"

    def _check_state(self, shop: str, state: str, cookie: str) -> None:
        nonce, _, rest = cookie.partition(".")
        issued, _, given = rest.partition(".")
        when = int(issued) if issued.isascii() and issued.isdigit() and len(issued) < 12 else 0
        signed = any(_equal(given, _sign(secret, shop, nonce, when)) for secret in self.secrets)
        young = 0 <= self.now().timestamp() - when <= _STATE_LIVES.total_seconds()
        if not (nonce and signed and young and _equal(nonce, state)):
            raise Refused("grant.wrong_state", "The approval was not started in this browser; start again.")


def _sign(secret: str, shop: str, nonce: str, issued: int) -> str:
    message = f"state|{shop}|{nonce}|{issued}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _refuse(refusal: StockbridgeError) -> Response:
    status = 400 if isinstance(refusal, Refused) else 502
    return PlainTextResponse(f"{refusal.sentence} ({refusal.code})", status_code=status, headers=_HEADERS)
