"""Sends the event stream's requests and turns its answers into data or into our errors."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from app.errors import Rejected
from app.outbound import failure_of, read_as
from app.ports import Http, Json, Request

T = TypeVar("T")


class Caller:
    def __init__(self, *, address: str, key: str, http: Http) -> None:
        self._address, self._key, self._http = address, key, http

    async def ask(self, kind: type[T], path: str, body: Json = None, *, writes: bool = False) -> T:
        answer = await self._http.send(
            Request(
                method="GET" if body is None else "POST",
                url=self._address + path,
                headers={"x-key": self._key, "content-type": "application/json"},
                body=None if body is None else msgspec.json.encode(body),
                writes=writes,
            )
        )
        failure = failure_of(answer, writes=writes)
        if failure:
            raise failure
        if answer.status != 200:
            raise Rejected("store.refused", "The event stream refused this.")
        return read_as(kind, answer, writes=writes)
