"""How each call shows who calls: the connection document says in which way, the form holds the secret."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote, urlencode

import msgspec

from app.errors import AccessLost, Misconfigured
from app.hosts.rest.parts import Auth as AuthPart
from app.hosts.rest.parts import BasicAuth, BearerAuth, HeaderAuth, OAuth
from app.outbound import failure_of, in_a_line, is_key, read_as, used_for
from app.ports import Http, Request

_UNTOLD = 150.0
"""For how many seconds a token is used whose life is not told; one that ends before is refused, and replaced."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the form says."""

    address: str
    user: str = ""
    secret: str = field(default="", repr=False)


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float | str | None = None


@dataclass
class Signer:
    """Gives each call its header. A token is fetched once for all calls of an opened connection, and anew when it is refused."""

    auth: AuthPart
    access: Access
    http: Http
    deadline: timedelta
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def headers(self) -> Mapping[str, str]:
        match self.auth:
            case BasicAuth():
                return {"authorization": _basic(self.access.user, self._secret())}
            case BearerAuth():
                return {"authorization": f"Bearer {self._secret()}"}
            case HeaderAuth(name=name, prefix=prefix):
                return {name.lower(): f"{prefix}{self._secret()}"}
            case OAuth():
                return {"authorization": f"Bearer {await self._current(self.auth)}"}
            case _:
                return {}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Whether a call that was refused with these may be made again with a token that is new."""
        if not isinstance(self.auth, OAuth):
            return False
        if headers.get("authorization") == f"Bearer {self._token}":
            self._token = ""
        return True

    def _secret(self) -> str:
        secret = self.access.secret
        if not secret:
            raise Misconfigured("form.incomplete", "The connection document asks for a secret; enter it.")
        if not in_a_line(secret):
            raise AccessLost("access.refused", "The secret holds signs that no header may have.")
        return secret

    async def _current(self, auth: OAuth) -> str:
        async with self._lock:
            if not self._token or time.monotonic() >= self._until:
                token = await self._fetched(auth)
                self._token = token.access_token
                self._until = time.monotonic() + (used_for(token.expires_in or "") or _UNTOLD)
            return self._token

    async def _fetched(self, auth: OAuth) -> _Token:
        asked = {"grant_type": "client_credentials", "scope": auth.scope, "audience": auth.audience}
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if auth.sends == "basic":
            user, secret = quote(self.access.user, safe=""), quote(self._secret(), safe="")
            headers["authorization"] = _basic(user, secret)
        else:
            asked |= {"client_id": self.access.user, "client_secret": self._secret()}
        answer = await self.http.send(
            Request(
                method="POST",
                url=auth.token if "://" in auth.token else f"{self.access.address}{auth.token}",
                headers=headers,
                body=urlencode({name: value for name, value in asked.items() if value}).encode(),
                deadline=self.deadline,
                most_bytes=100_000,
                writes=False,
                counts=False,
            )
        )
        if answer.status in {400, 401, 403}:
            raise AccessLost("access.refused", "The client id or its secret was refused.")
        if failure := failure_of(answer, writes=False):
            raise failure
        if answer.status >= 400:
            raise Misconfigured(
                "address.wrong", "There is no token end point at the address the document names."
            )
        token = read_as(_Token, answer)
        if not is_key(token.access_token):
            raise AccessLost("access.refused", "The ERP gave a token that can't be used.")
        return token


def _basic(user: str, secret: str) -> str:
    return "Basic " + b64encode(f"{user}:{secret}".encode()).decode()
