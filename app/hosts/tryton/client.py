"""The door to one Tryton database: REST with a key, and JSON-RPC with a sign-in for what REST lacks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote, urlencode

from app.errors import AccessLost, Misconfigured, Rejected
from app.hosts.tryton.records import Row, Shop
from app.hosts.tryton.refusals import refusal_of, rpc_refusal_of
from app.hosts.tryton.wire import quoted
from app.outbound import json_of, read_as
from app.ports import Answer, HostState, Http, Json, Request

T = TypeVar("T", bound=Row)

CALL_DEADLINE = timedelta(seconds=20)
_SESSION = "session"


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the form asks for."""

    address: str
    database: str
    key: str
    user: str
    password: str
    web_shop: str


class Tryton:
    """REST calls answer with a record of the asked kind; whatever is no success raises one of our errors."""

    def __init__(self, http: Http, access: Access, state: HostState) -> None:
        self._http = http
        self._access = access
        self._state = state
        self._shop: Shop | None = None
        self._root = f"{access.address.rstrip('/')}/{quote(access.database, safe='')}"

    async def shop(self) -> Shop:
        """The web shop of the form; its company is the context of every other call."""
        if self._shop is None:
            fields = ("name", "company.rec_name", "warehouses.code", "warehouses.name")
            domain: Json = [["name", "=", self._access.web_shop]]
            found = await self._find(Shop, "web.shop", fields, domain, {"language": "en"}, "")
            if not found:
                raise Misconfigured(
                    "shop.unknown",
                    f"Tryton has no web shop named “{self._access.web_shop}” (module web_shop).",
                )
            self._shop = found[0]
        return self._shop

    # --- REST ----------------------------------------------------------------------------------------------------

    async def find(
        self,
        kind: type[T],
        model: str,
        fields: Sequence[str],
        domain: Json,
        *,
        order: str = "id",
        most: int = 0,
        context: Mapping[str, Json] | None = None,
    ) -> list[T]:
        """`context` joins the company's: what computed fields are computed for."""
        tail = f"&s={most}" if most else ""
        full = {**await self._context(), **(context or {})}
        return await self._find(kind, model, fields, domain, full, _order(order) + tail)

    async def get(self, kind: type[T], model: str, record: int, fields: Sequence[str]) -> T | None:
        found = await self.find(kind, model, fields, [["id", "=", record]])
        return found[0] if found else None

    async def create(self, kind: type[T], model: str, values: Mapping[str, Json], fields: Sequence[str]) -> T:
        return await self._write(kind, "POST", f"{model}?{_fields(fields)}", values)

    async def update(
        self, kind: type[T], model: str, record: int, values: Mapping[str, Json], fields: Sequence[str]
    ) -> T:
        return await self._write(kind, "PUT", f"{model}/{record}?{_fields(fields)}", values)

    async def press(self, kind: type[T], model: str, record: int, button: str, fields: Sequence[str]) -> T:
        """Presses a button. Rejected when the record's state doesn't have it, which a repeat of ours may meet."""
        return await self._write(kind, "POST", f"{model}/{record}/{button}?{_fields(fields)}", {})

    async def _find(
        self,
        kind: type[T],
        model: str,
        fields: Sequence[str],
        domain: Json,
        context: dict[str, Json],
        tail: str,
    ) -> list[T]:
        url = f"{self._root}/rest/model/{model}?{_fields(fields)}&d={quoted(domain)}{tail}"
        answer = await self._rest("GET", url, context, None)
        return read_as(list[kind], answer)  # type: ignore[valid-type]  # msgspec takes the type at run time

    async def _write(self, kind: type[T], method: str, path: str, values: Mapping[str, Json]) -> T:
        # Warnings would stop us where a person is asked "are you sure": the store's taxes and prices are sure.
        context = {**await self._context(), "_skip_warnings": True}
        answer = await self._rest(method, f"{self._root}/rest/model/{path}", context, dict(values))
        return read_as(kind, answer, writes=True)

    async def _rest(self, method: str, url: str, context: dict[str, Json], body: Json) -> Answer:
        headers = {
            "authorization": f"Bearer {self._access.key}",
            "x-tryton-context": quoted(context),
            "content-type": "application/json",
        }
        writes = method != "GET"
        answer = await self._http.send(
            Request(
                method=method,
                url=url,
                headers=headers,
                body=json.dumps(body).encode() if writes else None,
                deadline=CALL_DEADLINE,
                writes=writes,
            )
        )
        if error := refusal_of(answer, writes=writes, personal="/party." in url):
            raise error
        return answer

    async def _context(self) -> dict[str, Json]:
        return {"company": (await self.shop()).company.id, "language": "en"}

    # --- JSON-RPC ------------------------------------------------------------------------------------------------

    async def write_guarded(
        self, model: str, record: int, timestamp: str, values: Mapping[str, Json]
    ) -> None:
        """Writes only if nothing wrote the record since `timestamp` was read; Retry when something did.

        This is what makes a repeat safe while an earlier request of ours may still be on its way.
        """
        context: dict[str, Json] = {"_timestamp": {f"{model},{record}": timestamp}}
        await self.call(f"model.{model}.write", [record], dict(values), context=context)

    async def run_wizard(self, name: str, model: str, record: int) -> None:
        """Runs a wizard that asks nothing on one record."""
        context: dict[str, Json] = {"active_model": model, "active_id": record, "active_ids": [record]}
        opened = await self.call(f"wizard.{name}.create", context=context)
        match opened:
            case [int(session), str(first), *_]:
                await self.call(f"wizard.{name}.execute", session, {}, first, context=context)
                await self.call(f"wizard.{name}.delete", session, context=context)
            case _:
                raise Rejected("host.unexpected_answer", f"Tryton's wizard {name} did not open.")

    async def call(self, method: str, *parameters: Json, context: dict[str, Json]) -> Json:
        """One JSON-RPC call that writes; signs in again once when the session has ended."""
        full: Json = {**await self._context(), "_skip_warnings": True, **context}
        session = await self._session(refused=None)
        answer = await self._rpc(method, [*parameters, full], session)
        if answer.status == 401:  # the session has ended; nothing was done
            answer = await self._rpc(method, [*parameters, full], await self._session(refused=session))
        return _result(answer, writes=True)

    async def sign_in(self) -> None:
        """Raises AccessLost unless the user's name and password are good, now."""
        stored = await self._state.read(_SESSION)
        await self._sign_in(stored[1] if stored else 0)

    async def _session(self, *, refused: str | None) -> str:
        stored = await self._state.read(_SESSION)
        if stored and stored[0] != refused:
            return stored[0]
        return await self._sign_in(stored[1] if stored else 0)

    async def _sign_in(self, version: int) -> str:
        """Two at once both get a session; the second to store its own loses nothing."""
        parameters: list[Json] = [self._access.user, {"password": self._access.password}, "en"]
        answer = await self._rpc("common.db.login", parameters, None, writes=False)
        if answer.status == 401:
            raise AccessLost("access.password_refused", "Tryton refused the user's name or password.")
        match _result(answer, writes=False):
            case [int(user), str(token), *_]:
                signed = base64.b64encode(f"{self._access.user}:{user}:{token}".encode()).decode()
            case _:
                raise AccessLost("access.password_refused", "Tryton refused the user's name or password.")
        await self._state.write(_SESSION, signed, version=version)
        return signed

    async def _rpc(
        self, method: str, parameters: Sequence[Json], session: str | None, *, writes: bool = True
    ) -> Answer:
        headers = {"content-type": "application/json"}
        if session:
            headers["authorization"] = f"Session {session}"
        body = json.dumps({"id": 0, "method": method, "params": list(parameters)}).encode()
        return await self._http.send(
            Request(
                method="POST",
                url=f"{self._root}/rpc/",
                headers=headers,
                body=body,
                deadline=CALL_DEADLINE,
                writes=writes,
            )
        )

    async def version(self) -> Answer:
        """What the server says of itself, before any sign-in."""
        body = json.dumps({"id": 0, "method": "common.server.version", "params": []}).encode()
        return await self._http.send(
            Request(
                method="POST",
                url=f"{self._access.address.rstrip('/')}/rpc/",
                headers={"content-type": "application/json"},
                body=body,
                deadline=CALL_DEADLINE,
                writes=False,
            )
        )


def _result(answer: Answer, *, writes: bool) -> Json:
    if error := refusal_of(answer, writes=writes):
        raise error
    match json_of(answer, writes=writes):
        case {"error": refused}:
            raise rpc_refusal_of(refused, writes=writes)
        case {"result": result}:
            return result
        case _:
            return None


def _fields(names: Sequence[str]) -> str:
    return urlencode([("f", name) for name in names])


def _order(name: str) -> str:
    return f"&o={quoted([[name, 'ASC']])}"
