"""The token endpoint and the approval page: code grant, token exchange with its id token, refresh with rotation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jwt
import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandbox.shop import Shop
from sandbox.staff import known
from sandbox.world import World

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
_ONLINE = "urn:shopify:params:oauth:token-type:online-access-token"


def host_of(shop: Shop) -> str:
    """The `host` parameter: where the admin shows this shop, without padding."""
    store = shop.domain.removesuffix(".myshopify.com")
    return base64.urlsafe_b64encode(f"admin.shopify.com/store/{store}".encode()).decode().rstrip("=")


def query_hmac(parameters: Mapping[str, str], secret: str) -> str:
    """Hex over the sorted query with `%20` for a space, `hmac` itself left out."""
    text = urlencode(sorted(parameters.items()), quote_via=quote)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def id_token(world: World, shop: Shop, user: str = "1", life: float = 60.0, **changed: Any) -> str:
    """A session token as App Bridge hands it out; `changed` overrides claims for tests of refusals."""
    at = int(time.time())
    claims = {
        "iss": f"https://{shop.domain}/admin",
        "dest": f"https://{shop.domain}",
        "aud": world.app.client_id,
        "sub": user,
        "exp": at + int(life),
        "nbf": at,
        "iat": at,
        "jti": secrets.token_hex(16),
        "sid": secrets.token_hex(16),
    } | changed
    return jwt.encode(claims, world.app.client_secret, algorithm="HS256")


class OAuth:
    def __init__(self, world: World) -> None:
        self._world = world

    async def authorize(self, http: HttpRequest) -> Response:
        """The merchant approves at once and is sent back with a code, signed."""
        shop = self._world.shops.get(http.path_params["shop"])
        asked = http.query_params
        redirect = asked.get("redirect_uri", "")
        if shop is None or asked.get("client_id") != self._world.app.client_id or not redirect:
            return JSONResponse({"error": "invalid_request"}, 400)
        if self._world.app.url and _origin(redirect) != _origin(self._world.app.url):
            return JSONResponse(
                {"error": "invalid_request", "error_description": "redirect_uri not whitelisted"}, 400
            )
        code = secrets.token_hex(16)
        self._world.codes[code] = shop.domain
        shop.installed = True
        shop.scopes = asked.get("scope") or shop.scopes
        back = {"code": code, "host": host_of(shop), "shop": shop.domain, "timestamp": str(int(time.time()))}
        if asked.get("state"):
            back["state"] = asked["state"]
        back["hmac"] = query_hmac(back, self._world.app.client_secret)
        return RedirectResponse(f"{redirect}?{urlencode(back, quote_via=quote)}", 302)

    async def access_token(self, http: HttpRequest) -> Response:
        shop = self._world.shops.get(http.path_params["shop"])
        if shop is None:
            return JSONResponse({"errors": "Not Found"}, 404)
        sent = await _sent(http)
        faults = self._world.faults
        online = sent.get("requested_token_type") == _ONLINE
        ordered = faults.next_ordered("token", "online" if online else sent.get("grant_type"))
        kind = ordered.kind if ordered else None
        if kind == "before" or faults.happens("token_error_before"):
            return JSONResponse({"errors": "Internal Server Error"}, 502)
        answer = self._granted(shop, sent)
        if kind == "after" or faults.happens("token_error_after"):
            return JSONResponse({"errors": "Internal Server Error"}, 520)
        return answer

    def _granted(self, shop: Shop, sent: Mapping[str, str]) -> Response:
        if shop.frozen:
            return JSONResponse({"errors": "Unavailable Shop"}, 402)
        if not self._world.app.knows_secret(sent.get("client_id", ""), sent.get("client_secret", "")):
            return _error("invalid_client", "Client authentication failed")
        if not shop.installed:
            return _error("invalid_client", "The app is not installed on this shop")
        match sent.get("grant_type") or ("authorization_code" if "code" in sent else None):
            case "authorization_code":
                return self._by_code(shop, sent)
            case "refresh_token":
                return self._by_refresh(shop, sent)
            case grant if grant == _EXCHANGE:
                return self._by_exchange(shop, sent)
            case _:
                return _error("unsupported_grant_type", "The grant type is not supported")

    def _by_code(self, shop: Shop, sent: Mapping[str, str]) -> Response:
        if self._world.codes.pop(sent.get("code", ""), None) != shop.domain:
            return _error("invalid_request", "The authorization code was not found or was already used")
        return JSONResponse(shop.tokens.issue(shop.scopes, expiring=_expiring(sent)))

    def _by_refresh(self, shop: Shop, sent: Mapping[str, str]) -> Response:
        answer = shop.tokens.rotate(sent.get("refresh_token", ""))
        return (
            JSONResponse(answer)
            if answer
            else _error("invalid_grant", "This refresh token is not valid any more")
        )

    def _by_exchange(self, shop: Shop, sent: Mapping[str, str]) -> Response:
        subject, wanted = sent.get("subject_token", ""), sent.get("requested_token_type")
        if wanted not in (_OFFLINE, _ONLINE):
            return _error("invalid_request", "requested_token_type is not known")
        if sent.get("subject_token_type") == _OFFLINE:
            return self._converted(shop, subject, sent)
        user = self._user_of(shop, subject) if sent.get("subject_token_type") == _ID_TOKEN else None
        if user is None:
            return _error("invalid_subject_token", "The id token is not valid")
        if wanted == _ONLINE:
            return JSONResponse(shop.tokens.issue_online(shop.scopes, known(shop.staff, user)))
        return JSONResponse(shop.tokens.issue(shop.scopes, expiring=_expiring(sent)))

    def _converted(self, shop: Shop, subject: str, sent: Mapping[str, str]) -> Response:
        """A permanent token becomes an expiring one, once and for all."""
        old = shop.tokens.check(subject)
        if old is None or old.expires_at is not None or not _expiring(sent):
            return _error("invalid_subject_token", "The token cannot be converted")
        del shop.tokens.access[subject]
        return JSONResponse(shop.tokens.issue(shop.scopes, expiring=True))

    def _user_of(self, shop: Shop, token: str) -> str | None:
        app = self._world.app
        for secret in filter(None, (app.client_secret, app.previous_secret)):
            try:
                claims = jwt.decode(token, secret, algorithms=["HS256"], audience=app.client_id, leeway=10)
            except jwt.InvalidTokenError:
                continue
            return str(claims["sub"]) if claims.get("dest") == f"https://{shop.domain}" else None
        return None


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


async def _sent(http: HttpRequest) -> dict[str, str]:
    """JSON and form bodies are both taken."""
    if "json" in http.headers.get("content-type", ""):
        try:
            body = orjson.loads(await http.body())
        except orjson.JSONDecodeError:
            return {}
        return {str(key): str(value) for key, value in body.items()} if isinstance(body, dict) else {}
    raw = (await http.body()).decode()
    return dict(parse_qsl(raw))


def _expiring(sent: Mapping[str, str]) -> bool:
    return sent.get("expiring") in ("1", "true", "True")


def _error(code: str, description: str) -> Response:
    return JSONResponse({"error": code, "error_description": description}, 400)
