"""NetSuite's REST web services: token, system, record and query, each with its paths, headers, statuses and errors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.erps.calls import page_of
from sandbox.erps.netsuite import catalogue, keys, records, suiteql
from sandbox.erps.netsuite.books import Books
from sandbox.erps.netsuite.refusals import Refused, login, too_many
from sandbox.erps.netsuite.signing import TOKEN_PATH, Doorman, NoToken

BASE = "/services/rest"
_RECORD = f"{BASE}/record/v1"
_JSON = "application/vnd.oracle.resource+json"
_MOST_TEXT = 100_000
_CREATED = {
    "customer": "customers", "invoice": "invoice", "customerpayment": "payment", "customerdeposit": "deposit",
    "creditmemo": "credit",
    "cashrefund": "credit", "customerrefund": "refund", "itemfulfillment": "ship",
}  # fmt: skip
_TOLD = {
    "previoustransactionlinelink": "shipments",
    "aggregateitemlocation": "stock",
    "pricing": "prices",
    "currencyrate": "rates",
    "transaction": "find",
    "customer": "customers",
    "item": "items",
}
"""By the first of these that a query names."""


@dataclass(kw_only=True)
class Desk:
    """Implements `Manners`."""

    books: Books
    doorman: Doorman
    _turns: int = field(default=0)
    _signed: bool = False

    def app(self) -> Starlette:
        record = [
            Route(f"{_RECORD}/metadata-catalog", self._open(self.catalogue)),
            Route(f"{_RECORD}/metadata-catalog/{{type}}", self._open(self.catalogue)),
            Route(f"{_RECORD}/{{type}}", self._open(self.listed), methods=["GET"]),
            Route(f"{_RECORD}/{{type}}", self._open(self.create), methods=["POST"]),
            Route(f"{_RECORD}/{{type}}/{{id}}", self._open(self.read), methods=["GET"]),
            Route(f"{_RECORD}/{{type}}/{{id}}", self._open(self.put), methods=["PUT"]),
            Route(f"{_RECORD}/{{type}}/{{id}}", self._open(self.patch), methods=["PATCH"]),
            Route(f"{_RECORD}/{{type}}/{{id}}", self._open(self.delete), methods=["DELETE"]),
            Route(
                f"{_RECORD}/{{type}}/{{id}}/!transform/{{to}}", self._open(self.transform), methods=["POST"]
            ),
            Route(f"{_RECORD}/{{type}}/{{id}}/{{sublist}}", self._open(self.sublist), methods=["GET"]),
        ]
        return Starlette(
            routes=[
                Route(TOKEN_PATH, self.token, methods=["POST"]),
                Route(f"{BASE}/system/v1/serverTime", self._open(self.server_time)),
                Route(f"{BASE}/system/v1/governanceLimits", self._open(self.limits)),
                Route(f"{BASE}/query/v1/suiteql", self._open(self.query), methods=["POST"]),
                *record,
            ]
        )

    # --- the services --------------------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return JSONResponse({"error": "invalid_request"}, 400)
        try:
            return JSONResponse(self.doorman.token(dict(parse_qsl((await request.body()).decode()))))
        except NoToken as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status)

    async def server_time(self, request: Request) -> Response:
        now = datetime.now(UTC)
        return JSONResponse({"serverTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"})

    async def limits(self, request: Request) -> Response:
        raise Refused(403, "INSUFFICIENT_PERMISSION", "Only an administrator may see the governance limits.")

    async def query(self, request: Request) -> Response:
        if "transient" not in [part.strip() for part in request.headers.get("prefer", "").split(",")]:
            raise Refused(400, "INVALID_HEADER", "The header 'Prefer' must be 'transient'.", header="Prefer")
        body = await _body(request)
        text = body.get("q") if isinstance(body, dict) else None
        if not isinstance(text, str) or len(text) > _MOST_TEXT:
            raise Refused(400, "INVALID_CONTENT", "The request body has no query.", path="q")
        limit, offset = _number(request, "limit", suiteql.MOST_ROWS), _number(request, "offset", 0)
        if not 1 <= limit <= suiteql.MOST_ROWS:
            raise Refused(
                400, "INVALID_PARAMETER", f"'limit' is between 1 and {suiteql.MOST_ROWS}.", param="limit"
            )
        if offset % limit:
            raise Refused(400, "INVALID_PARAMETER", "'offset' must be divisible by 'limit'.", param="offset")
        found = suiteql.answer(self.books, text, limit=limit, offset=offset)
        found["items"] = page_of(request, found["items"])
        found["links"] = [{"rel": "self", "href": str(request.url)}]
        return Response(json.dumps(found), media_type=f"{_JSON}; type=collection")

    async def catalogue(self, request: Request) -> Response:
        select = request.path_params.get("type") or request.query_params.get("select", "")
        types = [records.type_of(word.strip()) for word in select.split(",") if word.strip()]
        accepted = request.headers.get("accept", "")
        return JSONResponse(
            catalogue.described(self.books.account, types, accepted), media_type=catalogue.media(accepted)
        )

    async def listed(self, request: Request) -> Response:
        """Ids and links, nothing more."""
        type = records.type_of(request.path_params["type"])
        records.allowed(self.books.account, type, edit=False)
        limit, offset = _number(request, "limit", 1000), _number(request, "offset", 0)
        rows, whole = catalogue.found(self.books, type, request.query_params.get("q", ""), limit, offset)
        items = [
            {"links": [{"rel": "self", "href": _link(request, type, id)}], "id": str(id)}
            for id in page_of(request, rows)
        ]
        answer = {
            "count": len(items),
            "hasMore": offset + limit < whole,
            "items": items,
            "offset": offset,
            "totalResults": whole,
        }
        return Response(json.dumps({"links": [], **answer}), media_type=f"{_JSON}; type=collection")

    async def create(self, request: Request) -> Response:
        type = records.type_of(request.path_params["type"])
        return _made(
            request, type, records.create(self.books, type, await _body(request), unknown=_unknown(request))
        )

    async def put(self, request: Request) -> Response:
        type, id = records.type_of(request.path_params["type"]), request.path_params["id"]
        if not id.startswith("eid:"):
            raise Refused(400, "INVALID_ID", "PUT takes an external id: eid:KEY.")
        body = await _body(request)
        made, _ = records.put(self.books, type, id[4:], body, _replaced(request), unknown=_unknown(request))
        return _made(request, type, made)

    async def patch(self, request: Request) -> Response:
        type, id = self._instance(request)
        records.change(
            self.books, type, id, await _body(request), _replaced(request), unknown=_unknown(request)
        )
        return _made(request, type, id)

    async def read(self, request: Request) -> Response:
        word, id = request.path_params["type"].lower(), request.path_params["id"]
        if word in records.LISTS:
            return _resource(catalogue.entry(self.books, records.LISTS[word], id))
        type, number = self._instance(request)
        expanded = request.query_params.get("expandSubResources", "").lower() == "true"
        found = records.shown(self.books, type, number, expanded=expanded)
        return _resource({"links": [{"rel": "self", "href": _link(request, type, number)}], **found})

    async def sublist(self, request: Request) -> Response:
        type, id = self._instance(request)
        found = records.shown(self.books, type, id, expanded=True).get(request.path_params["sublist"])
        if not isinstance(found, dict):
            raise Refused(404, "NONEXISTENT_ID", "There is no such sublist.")
        return _resource(found)

    async def delete(self, request: Request) -> Response:
        type, id = self._instance(request)
        records.remove(self.books, type, id)
        return Response(status_code=204)

    async def transform(self, request: Request) -> Response:
        type, id = self._instance(request)
        to = records.type_of(request.path_params["to"])
        raw = await request.body()
        body = await _body(request) if raw else {}
        made = records.transform(
            self.books, type, id, to, body, _replaced(request), unknown=_unknown(request)
        )
        return _made(request, to, made)

    # --- manners -------------------------------------------------------------------------------------------------------

    def verb(self, method: str, path: str, body: bytes) -> tuple[str, bool]:
        """What came by POST and only reads is a read."""
        tail = path.removeprefix(BASE).strip("/").split("/")
        match tail:
            case ["auth", *_]:
                return "token", False
            case ["query", *_]:
                return _asked(body), False
            case ["system", *_]:
                return "time", False
            case ["record", "v1", type] if method == "POST":
                return _CREATED.get(type.lower(), "create"), True
            case ["record", "v1", _, _, "!transform", to]:
                return _CREATED.get(to.lower(), "create"), True
            case ["record", "v1", "customer", *_] if method != "GET":
                return "customers", True
            case ["record", "v1", _, *_] if method in {"PUT", "PATCH"}:
                return ("create" if method == "PUT" else "line"), True
            case ["record", "v1", _, *_] if method == "DELETE":
                return "discard", True
            case _:
                return "get", False

    def throttled(self, wait: float) -> Response:
        """In one of the ways it is told; whoever signs each call by itself hears that the login was wrong."""
        self._turns += 1
        return _error(
            login("Invalid login attempt.", "INVALID_LOGIN_ATTEMPT")
            if self._signed
            else too_many(self._turns)
        )

    def broken(self) -> Response:
        return _error(Refused(500, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: kx81v0"))

    def expired(self) -> Response:
        self.doorman.forget()
        return _error(login("Invalid login attempt."))

    def failed(self) -> Response:
        """It never says yes and means no."""
        return self.broken()

    # --- the door ------------------------------------------------------------------------------------------------------

    def _open(
        self, act: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            try:
                given = request.headers.get("authorization", "")
                self._signed = self.doorman.checked(request.method, str(request.url), given)
                return await act(request)
            except Refused as refusal:
                return _error(refusal)

        return answered

    def _instance(self, request: Request) -> tuple[str, int]:
        type = records.type_of(request.path_params["type"])
        records.allowed(self.books.account, type, edit=False)
        return type, keys.instance(self.books, type, request.path_params["id"])


async def _body(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in {"application/json", _JSON}:
        raise Refused(415, "INVALID_CONTENT_TYPE", "Send application/json.", header="Content-Type")
    try:
        return json.loads(await request.body(), parse_float=Decimal)
    except ValueError as cause:
        raise Refused(
            400, "INVALID_CONTENT", "Invalid content in the request body: it is no JSON."
        ) from cause


def _asked(body: bytes) -> str:
    words = body.decode(errors="replace").lower()
    return next(
        (verb for table, verb in _TOLD.items() if f" {table} " in words or f' {table}"' in words), "get"
    )


def _unknown(request: Request) -> str:
    said = request.headers.get("x-netsuite-propertynamevalidation", "Error")
    if said not in {"Error", "Warning", "Ignore"}:
        raise Refused(
            400, "INVALID_HEADER", "Error, Warning or Ignore.", header="X-NetSuite-PropertyNameValidation"
        )
    return said


def _replaced(request: Request) -> frozenset[str]:
    return frozenset(
        name.strip() for name in request.query_params.get("replace", "").split(",") if name.strip()
    )


def _number(request: Request, name: str, default: int) -> int:
    said = request.query_params.get(name, str(default))
    if not said.isdigit():
        raise Refused(400, "INVALID_PARAMETER", f"'{name}' is a number.", param=name)
    return int(said)


def _link(request: Request, type: str, id: int) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{_RECORD}/{type.lower()}/{id}"


def _made(request: Request, type: str, id: int) -> Response:
    return Response(status_code=204, headers={"location": _link(request, type, id)})


def _resource(found: Any) -> Response:
    return Response(json.dumps(found), media_type=f"{_JSON}; type=singular")


def _error(refusal: Refused) -> Response:
    answer = Response(json.dumps(refusal.body), refusal.status, media_type=f"{_JSON}; type=error")
    if refusal.status == 401:
        answer.headers["www-authenticate"] = 'Bearer realm="NetSuite", error="invalid_token"'
    return answer
