"""A simulated Odoo's doors: JSON-2 where the version has it, JSON-RPC, and the page that says the version."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.erps.calls import page_of
from sandbox.erps.odoo.methods import Desk
from sandbox.erps.odoo.trouble import (
    AccessDenied,
    BadRequest,
    NoDatabase,
    NoModel,
    NotThere,
    OdooError,
    Unauthorized,
    UnknownField,
    Unprocessable,
)

FIRST_JSON2 = 19
_LISTS = {"search_read": None, "web_search_read": "records"}
_NO_PAGE = "<!DOCTYPE html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
_TRACE = 'Traceback (most recent call last):\n  File "/opt/odoo/odoo/http.py", line 2210, in dispatch\n'


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Who may come in."""

    database: str
    login: str
    key: str
    user: int = 6


def application(desk: Desk, keys: Keys, version: str) -> Starlette:
    newest = desk.tables.version >= FIRST_JSON2

    async def told(_request: Request) -> Response:
        if not newest:
            return _page(404)
        return JSONResponse({"version": version, "version_info": _info(version)})

    async def json2(request: Request) -> Response:
        if not newest or request.headers.get("x-odoo-database", keys.database) != keys.database:
            return _page(404)
        try:
            _let_in(request, keys)
            answer = _named(desk, request, _object(await request.body()))
            return JSONResponse(_paged(request, request.path_params["method"], answer))
        except OdooError as error:
            return JSONResponse(_said(error), error.status)

    async def rpc(request: Request) -> Response:
        try:
            call = _object(await request.body())
        except BadRequest:
            return _page(400)
        try:
            method, answer = _service(desk, keys, version, call.get("params") or {})
            result = _paged(request, method, answer)
            return JSONResponse({"jsonrpc": "2.0", "id": call.get("id"), **_result(result)})
        except OdooError as error:
            return JSONResponse({"jsonrpc": "2.0", "id": call.get("id"), "error": _fault(error, newest)})

    return Starlette(
        routes=[
            Route("/web/version", told, methods=["GET"]),
            Route("/json/2/{model}/{method}", json2, methods=["POST"]),
            Route("/jsonrpc", rpc, methods=["POST"]),
        ],
        exception_handlers={404: lambda _request, _error: _page(404)},
    )


# --- JSON-2 ------------------------------------------------------------------------------------------------------------


def _let_in(request: Request, keys: Keys) -> None:
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.lower().removeprefix("bearer ").strip(), keys.key.lower()):
        raise Unauthorized("Invalid apikey")


def _named(desk: Desk, request: Request, said: dict[str, Any]) -> Any:
    model, method = request.path_params["model"], request.path_params["method"]
    if method.startswith("_"):
        raise NotThere(f"The method '{model}.{method}' does not exist")
    ids = said.pop("ids", None)
    if ids is not None and not all(isinstance(each, int) for each in ids):
        raise Unprocessable("ids must be a list of integers")
    return _guarded(lambda: desk.call(model, method, ids, said))


def _said(error: OdooError) -> dict[str, Any]:
    message = str(error)
    return {
        "name": error.name,
        "message": message,
        "arguments": [message],
        "context": {},
        "debug": f"{_TRACE}{error.name}: {message}\n",
    }


# --- JSON-RPC ----------------------------------------------------------------------------------------------------------


def _service(desk: Desk, keys: Keys, version: str, said: Mapping[str, Any]) -> tuple[str, Any]:
    words = list(said.get("args") or [])
    if words and words[0] != keys.database:
        raise NoDatabase(f'connection to server failed: FATAL:  database "{words[0]}" does not exist\n')
    match said.get("service"), said.get("method"):
        case "common", "version":
            return "version", {
                "server_version": version,
                "server_version_info": _info(version),
                "protocol_version": 1,
            }
        case "common", "authenticate":
            return "authenticate", keys.user if _known(keys, words[:3]) else False
        case "object", "execute_kw":
            if words[:1] != [keys.database] or words[1:2] != [keys.user] or words[2:3] != [keys.key]:
                raise AccessDenied("Access Denied")
            model, method, place = words[3], words[4], list(words[5])
            named = dict(words[6]) if len(words) > 6 else {}
            return method, _guarded(lambda: _placed(desk, model, method, place, named))
        case service, method:
            raise NotThere(f"Method not found: {service}.{method}")


def _placed(desk: Desk, model: str, name: str, place: list[Any], named: dict[str, Any]) -> Any:
    """Positional arguments, of which the first are the numbers where the method is about records.

    Before JSON-2 wants them by name, modules call what is written by names of their own: `sale_stock` and `base_vat` say
    `values`, so that nobody can rely on one.
    """
    method = desk.method(model, name)
    for written, known in (("create", "vals_list"), ("write", "vals")):
        if name == written and known in named:
            raise UnknownField(f"{name}() got an unexpected keyword argument {known!r}")
    if name == "create" and not place:
        raise UnknownField("create() missing 1 required positional argument: 'vals_list'")
    ids = place.pop(0) if method.records else None
    if isinstance(ids, int):
        ids = [ids]
    named |= dict(zip((*method.needs, *method.takes), place, strict=False))
    return desk.call(model, name, ids, named)


def _result(result: Any) -> dict[str, Any]:
    """Of a method that gave nothing back Odoo's answer has no `result` at all."""
    return {} if result is None else {"result": result}


def _known(keys: Keys, words: list[Any]) -> bool:
    return words == [keys.database, keys.login, keys.key]


def _fault(error: OdooError, newest: bool) -> dict[str, Any]:
    """Its code differs by version; the name is what can be relied on."""
    message = str(error)
    other = {NoModel: "odoo.exceptions.UserError", NotThere: "builtins.AttributeError"}
    return {
        "code": 0 if newest else 200,
        "message": "Odoo Server Error",
        "data": {
            "name": other.get(type(error), error.name),
            "message": message,
            "arguments": [message],
            "context": {},
            "debug": f"{_TRACE}{error.name}: {message}\n",
        },
    }


# --- both --------------------------------------------------------------------------------------------------------------


def _guarded(work: Callable[[], Any]) -> Any:
    """What Python itself objects to comes back as an internal error, as Odoo's own methods would raise it."""
    try:
        return work()
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise UnknownField(str(error)) from error


def _paged(request: Request, method: str, answer: Any) -> Any:
    if method not in _LISTS:
        return answer
    inside = _LISTS[method]
    return {**answer, inside: page_of(request, answer[inside])} if inside else page_of(request, answer)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError as cause:
        raise BadRequest("could not parse the body as json: ...") from cause
    if not isinstance(found, dict):
        raise BadRequest("the body must be a json object")
    return found


def _info(version: str) -> list[Any]:
    major, _, minor = version.partition(".")
    return [int(major), int(minor or 0), 0, "final", 0, ""]


def _page(status: int) -> Response:
    return Response(_NO_PAGE, status, media_type="text/html")
