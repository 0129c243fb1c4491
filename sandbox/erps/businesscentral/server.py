"""The doors: Entra's token, the entities of API v2.0 with their actions, batches, and the description of it all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.erps.businesscentral import acting, company, metadata
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.entra import Entra, NoToken
from sandbox.erps.businesscentral.reading import (
    Asked,
    Found,
    asked,
    instance,
    left_of,
    part_of,
    rows_of,
    shown,
)
from sandbox.erps.businesscentral.refusals import (
    NOTHING_SUCH,
    Refused,
    bad,
    no_method,
    no_segment,
    not_let_in,
    not_permitted,
)
from sandbox.erps.businesscentral.schema import ENTITIES, Entity, Part
from sandbox.erps.calls import page_of

_SEGMENT = re.compile(r"([A-Za-z.]+)(?:\(([0-9a-fA-F-]{36})\))?")
_ROOT = "/api/v2.0"
_MOST_CALLS = 100
_ACTS = {"GET": "Read", "POST": "Insert", "PATCH": "Modify", "DELETE": "Delete"}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call, by itself or inside a batch. `root` is the address of the API as the caller knows it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    root: str
    page: Callable[[list[Row]], list[Row]]

    @property
    def address(self) -> str:
        return f"{self.root}/{self.path}"


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Desk:
    books: Books
    entra: Entra

    def app(self) -> Starlette:
        methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
        return Starlette(
            routes=[
                Route("/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"]),
                Route("/v2.0/{tenant}/{environment}/api/v2.0/{rest:path}", self.api, methods=methods),
                Route("/v2.0/{environment}/api/v2.0/{rest:path}", self.api, methods=methods),
            ]
        )

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        try:
            return JSONResponse(self.entra.token(request.path_params["tenant"], form))
        except NoToken as refusal:
            return JSONResponse(refusal.body, refusal.status)

    async def api(self, request: Request) -> Response:
        rest: str = request.path_params["rest"]
        call = Call(
            method=request.method,
            path=rest,
            query=dict(request.query_params),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.body(),
            root=str(request.url).partition(_ROOT)[0] + _ROOT,
            page=lambda rows: page_of(request, rows),
        )
        try:
            self._let_in(request, call)
            reply = self._batch(call) if rest == "$batch" else self.answered(call)
        except Refused as refusal:
            reply = Reply(status=refusal.status, body=refusal.body)
        return _response(reply)

    # --- one call ------------------------------------------------------------------------------------------------------

    def answered(self, call: Call) -> Reply:
        """What it changes is changed whole, or not at all."""
        if call.path in {"", "$metadata"}:
            return Reply(status=200, body=metadata.described(call.path, call.root))
        with self.books.change():
            return self._walked(call, call.path.split("/"))

    def _walked(self, call: Call, segments: list[str]) -> Reply:
        name, id = _segment(segments[0])
        if name != "companies":
            raise no_segment(name)
        entity = ENTITIES["companies"]
        if id is None or len(segments) == 1:
            if call.method != "GET" or len(segments) > 1:
                raise no_method(call.method, name)
            return self._listed(call, entity) if id is None else self._one(call, entity, id)
        if self.books.get("companies", id.lower()) is None:
            raise Refused(404, "Internal_CompanyNotFound", "Cannot find the company.")
        return self._inside(call, segments[1:])

    def _inside(self, call: Call, segments: list[str]) -> Reply:
        name, id = _segment(segments[0])
        entity = _entity(name)
        self._permitted(call, entity)
        if len(segments) == 1:
            return self._collection(call, entity) if id is None else self._instance(call, entity, id)
        if id is None or len(segments) > 2 or (entity.set == "journals" and call.method == "DELETE"):
            raise Refused(404, "BadRequest_NotFound", NOTHING_SUCH)
        row = instance(self.books, entity, id, stored=_stored(entity))
        if segments[1].startswith("Microsoft.NAV."):
            return self._acted(call, entity, row, segments[1].removeprefix("Microsoft.NAV."))
        below, inner = _segment(segments[1])
        part = part_of(entity, below)
        self._permitted(call, ENTITIES[part.set])
        if inner is not None:
            return self._instance(call, ENTITIES[part.set], inner)
        return self._part(call, row, part)

    def _collection(self, call: Call, entity: Entity) -> Reply:
        if call.method == "GET":
            return self._listed(call, entity)
        if call.method != "POST" or "POST" not in entity.writes:
            raise no_method(call.method, entity.set)
        return self._created(call, entity, acting.create(self.books, entity, _body(call)))

    def _part(self, call: Call, row: Row, part: Part) -> Reply:
        entity = ENTITIES[part.set]
        if call.method == "POST" and "POST" in entity.writes and part.many:
            made = acting.create(self.books, entity, _body(call), within=str(row["id"]))
            return self._created(call, entity, made)
        if call.method != "GET":
            raise no_method(call.method, entity.set)
        if part.many:
            return self._listed(call, entity, within=(part.theirs, str(row[part.ours])))
        return self._one(call, entity, str(row[part.ours]))

    def _instance(self, call: Call, entity: Entity, id: str) -> Reply:
        match call.method:
            case "GET":
                return self._one(call, entity, id)
            case "PATCH" | "DELETE" if call.method in entity.writes:
                row = instance(self.books, entity, id)
                acting.claimed(row, call.headers.get("if-match"))
                if call.method == "DELETE":
                    acting.remove(self.books, entity, row)
                    return Reply(status=204)
                acting.change(self.books, entity, row, _body(call))
                return self._one(call, entity, id)
            case _:
                raise no_method(call.method, entity.set)

    def _acted(self, call: Call, entity: Entity, row: Row, action: str) -> Reply:
        """There is nothing to show: the address of what it came to says where to look."""
        if call.method != "POST":
            raise no_method(call.method, entity.set)
        if action not in entity.actions:
            raise Refused(404, "BadRequest_NotFound", NOTHING_SUCH)
        if entity.table not in self.books.company.role.edit:
            raise not_permitted(entity.table, "Modify")
        set, id = acting.act(self.books, entity, row, action)
        above = call.address.partition(f"/{entity.set}(")[0]
        return Reply(status=204, headers={"location": f"{above}/{set}({id})"})

    # --- answers -------------------------------------------------------------------------------------------------------

    def _listed(self, call: Call, entity: Entity, within: tuple[str, str] | None = None) -> Reply:
        wanted = self._asked(call, entity)
        if wanted.token:
            wanted = replace(wanted, top=left_of(wanted.token))
        there = (
            Found(rows=[], count=0)
            if entity.set == "journals"
            else rows_of(self.books, entity, wanted, within=within)
        )
        told = [shown(self.books, entity, row, wanted) for row in call.page(there.rows)]
        body: dict[str, Any] = {"@odata.context": f"{call.root}/$metadata#{call.path}"}
        if wanted.count:
            body["@odata.count"] = there.count
        body["value"] = told
        if there.token:
            kept = {name: value for name, value in call.query.items() if name not in {"$skiptoken", "$skip"}}
            body["@odata.nextLink"] = (
                f"{call.address}?{urlencode({**kept, '$skiptoken': there.token}, safe='$')}"
            )
        return Reply(status=200, body=body)

    def _one(self, call: Call, entity: Entity, id: str) -> Reply:
        row = instance(self.books, entity, id, stored=_stored(entity))
        if entity.set == "journals":
            row = {**row, "templateDisplayName": "CASHRCPT"}
        told = shown(self.books, entity, row, self._asked(call, entity))
        context = f"{call.root}/$metadata#{call.path.partition('(')[0]}/{entity.set}/$entity"
        return Reply(status=200, body={"@odata.context": context, **told})

    def _created(self, call: Call, entity: Entity, row: Row) -> Reply:
        answer = self._one(call, entity, str(row["id"]))
        return Reply(status=201, body=answer.body, headers={"location": f"{call.address}({row['id']})"})

    def _asked(self, call: Call, entity: Entity) -> Asked:
        wanted = asked(entity, call.query, prefer=call.headers.get("prefer", ""))
        for inner in wanted.expand:
            table = ENTITIES[entity.parts[inner].set].table
            if table not in self.books.company.role.view:
                raise not_permitted(table, "Read")
        return wanted

    # --- many calls ----------------------------------------------------------------------------------------------------

    def _batch(self, call: Call) -> Reply:
        """One after the other, until one fails, unless the caller wants to go on."""
        if call.method != "POST":
            raise no_method(call.method, "$batch")
        told = _body(call)
        requests = told.get("requests") if isinstance(told, dict) else None
        if not isinstance(requests, list) or not requests or len(requests) > _MOST_CALLS:
            raise bad(f"A batch has between 1 and {_MOST_CALLS} requests.", "BadRequest_InvalidBatch")
        goes_on = "continue-on-error" in call.headers.get("prefer", "")
        if call.headers.get("isolation", "").lower() != "snapshot":
            return Reply(status=200, body={"responses": self._each(call, requests, goes_on=goes_on)})
        answers: list[dict[str, Any]] = []
        try:
            with self.books.change():
                answers = self._each(call, requests, goes_on=False, whole=True)
                if answers[-1]["status"] >= 400:
                    raise _Undone
        except _Undone:
            answers = answers[-1:]
        return Reply(status=200, body={"responses": answers})

    def _each(
        self, call: Call, requests: list[Any], *, goes_on: bool, whole: bool = False
    ) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for at, told in enumerate(requests):
            one = _inner(call, told)
            try:
                reply = self.answered(one)
            except Refused as refusal:
                reply = Reply(status=refusal.status, body=refusal.body)
            if whole and reply.status < 400 and "/Microsoft.NAV." in one.path:
                self.books.commit()
            headers = {"content-type": "application/json; odata.metadata=minimal", "odata-version": "4.0"}
            answer = {
                "id": str(told.get("id", at)),
                "status": reply.status,
                "headers": {**headers, **reply.headers},
            }
            answers.append(answer if reply.body is None else {**answer, "body": reply.body})
            if reply.status >= 400 and not goes_on:
                break
        return answers

    # --- the door ------------------------------------------------------------------------------------------------------

    def _let_in(self, request: Request, call: Call) -> None:
        if not self.entra.opens(call.headers.get("authorization", "")) or not self.books.company.registered:
            raise not_let_in()
        tenant = request.path_params.get("tenant", company.TENANT)
        if tenant.lower() != company.TENANT:
            raise not_let_in()
        if request.path_params["environment"].lower() != company.ENVIRONMENT.lower():
            raise Refused(404, "NoEnvironment", "Environment does not exist.")

    def _permitted(self, call: Call, entity: Entity) -> None:
        role = self.books.company.role
        held = role.view if call.method == "GET" else role.view & role.edit
        if entity.table not in held:
            raise not_permitted(entity.table, _ACTS.get(call.method, "Modify"))


class _Undone(Exception):
    """One of a whole failed."""


def _inner(call: Call, told: Any) -> Call:
    if not isinstance(told, dict) or not isinstance(told.get("url"), str):
        raise bad("A request of the batch has no url.", "BadRequest_InvalidBatch")
    path, _, query = told["url"].removeprefix(call.root).lstrip("/").partition("?")
    headers = {str(name).lower(): str(value) for name, value in (told.get("headers") or {}).items()}
    body = told.get("body")
    return replace(
        call,
        method=str(told.get("method", "GET")).upper(),
        path=path,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=b"" if body is None else json.dumps(body, default=_number).encode(),
    )


def _number(value: Any) -> float:
    return float(value)


def _body(call: Call) -> Any:
    kind = call.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":
        raise Refused(415, "BadRequest_UnsupportedMediaType", "Send application/json.")
    try:
        return json.loads(call.body, parse_float=Decimal)
    except ValueError as cause:
        raise bad("Invalid Request Body") from cause


def _segment(text: str) -> tuple[str, str | None]:
    found = _SEGMENT.fullmatch(text)
    if found is None:
        raise Refused(404, "BadRequest_NotFound", "Bad Request - Error in query syntax")
    return found[1], found[2]


def _entity(name: str) -> Entity:
    found = ENTITIES.get(name)
    if found is None or name == "companies":
        raise no_segment(name)
    return found


def _stored(entity: Entity) -> str:
    return "customerPaymentJournals" if entity.set == "journals" else entity.set


def _response(reply: Reply) -> Response:
    headers = {"odata-version": "4.0", **reply.headers}
    if isinstance(reply.body, str):
        return Response(reply.body, reply.status, headers, media_type="application/xml")
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    kind = "application/json; odata.metadata=minimal; odata.streaming=true"
    return Response(json.dumps(reply.body), reply.status, headers, media_type=kind)
