"""Access tokens of Microsoft Entra for the application itself, kept for all processes until they run out."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from urllib.parse import urlencode

from app.errors import Retry
from app.hosts.businesscentral.access import SCOPE, Access
from app.hosts.businesscentral.refusals import not_signed_in
from app.outbound import failure_of, is_key, json_of, used_for
from app.ports import HostState, Http, Request

_TOKEN = "token"  # noqa: S105 - a name


class Tokens:
    """Implements `ports.TokenProvider`."""

    def __init__(self, http: Http, access: Access, state: HostState, deadline: timedelta) -> None:
        self._http, self._access, self._state, self._deadline = http, access, state, deadline
        self._bearer: tuple[str, float] | None = None
        self._signing = asyncio.Lock()

    async def token(self) -> str:
        async with self._signing:
            if self._bearer is None or self._bearer[1] <= time.time():
                self._bearer = await self._kept() or await self._exchanged()
            return self._bearer[0]

    async def refused(self, token: str) -> None:
        async with self._signing:
            if self._bearer is None or self._bearer[0] != token:
                return
            self._bearer = None
            kept = await self._state.read(_TOKEN)
            if kept is not None and kept[0].partition(" ")[0] == token:
                await self._state.write(_TOKEN, "", version=kept[1])

    async def _kept(self) -> tuple[str, float] | None:
        """What another process got, while it is good and of the same application."""
        kept = await self._state.read(_TOKEN)
        match kept[0].split(" ") if kept else []:
            case [token, until, client] if client == self._access.client_id and float(until) > time.time():
                return token, float(until)
            case _:
                return None

    async def _exchanged(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._access.client_id,
            "client_secret": self._access.client_secret,
            "scope": SCOPE,
        }
        request = Request(
            method="POST",
            url=self._access.sign_in,
            headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
            body=urlencode(form).encode(),
            deadline=self._deadline,
            writes=False,
            counts=False,
        )
        answer = await self._http.send(request)
        if answer.status in {400, 401}:
            raise not_signed_in(answer)
        if error := failure_of(answer, writes=False):
            raise error
        match json_of(answer):
            case {"access_token": str(token), "expires_in": (int() | str()) as life} if is_key(token):
                bearer = token, time.time() + used_for(life)
            case _:
                raise Retry("answer.unreadable", "Microsoft Entra answered a sign-in with something else.")
        kept = await self._state.read(_TOKEN)
        value = f"{bearer[0]} {bearer[1]} {self._access.client_id}"
        await self._state.write(_TOKEN, value, version=kept[1] if kept else 0)
        return bearer
