"""The Admin API's door: token, version, price, bucket, faults, execution, and a line in the ledger for each call."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from sandbox.cost import MAX_SINGLE, Pricer
from sandbox.documents import Document, Documents
from sandbox.ledger import THROTTLED_INJECTED, THROTTLED_NATURAL, Call
from sandbox.resolve import Request
from sandbox.schema import AdminSchema, schema_for, served_version
from sandbox.shop import Shop
from sandbox.world import World


@dataclass(kw_only=True)
class _Turn:
    """One call on its way through."""

    shop: Shop
    version: str
    scope: str = ""
    started: float = field(default_factory=time.time)
    document: str = "(unnamed)"
    requested: float | None = None
    actual: float | None = None
    throttled: str | None = None
    fault: str | None = None
    errors: tuple[str, ...] = ()


class AdminApi:
    def __init__(self, world: World, schemas: dict[str, AdminSchema]) -> None:
        self._world, self._schemas = world, schemas
        self._documents = {version: Documents(admin) for version, admin in schemas.items()}

    async def handle(self, http: HttpRequest) -> Response:
        shop = self._world.shops.get(http.path_params["shop"])
        version = served_version(http.path_params["version"])
        if shop is None:
            return JSONResponse({"errors": "Not Found"}, 404)
        turn = _Turn(shop=shop, version=version)
        token = shop.tokens.check(http.headers.get("X-Shopify-Access-Token", "")) if shop.installed else None
        turn.scope = token.scope if token else ""
        refusal = _refusal(shop, known=token is not None)
        answer = refusal or await self._answered(http, turn)
        answer.headers["X-Shopify-API-Version"] = version
        answer.headers["X-Request-Id"] = str(uuid.uuid4())
        self._note(turn, answer.status_code)
        return answer

    async def _answered(self, http: HttpRequest, turn: _Turn) -> Response:
        try:
            sent = orjson.loads(await http.body())
            text, variables = str(sent["query"]), dict(sent.get("variables") or {})
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return JSONResponse({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        documents = self._documents[schema_for(turn.version, self._schemas).version]
        document = await self._world.run(documents.read, text)
        if document.errors:
            return _failed(turn, *document.errors)
        operation = document.operation(sent.get("operationName"))
        if operation is None:
            return _failed(turn, GraphQLError("An operation name is required"))
        turn.document = operation.name.value if operation.name else "(unnamed)"
        pricer = documents.pricer(document, operation, variables)
        return await self._charged(
            turn,
            documents=documents,
            document=document,
            operation=operation,
            variables=variables,
            pricer=pricer,
        )

    async def _charged(
        self,
        turn: _Turn,
        *,
        documents: Documents,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        pricer: Pricer,
    ) -> Response:
        turn.requested = pricer.requested(operation)
        if turn.requested > MAX_SINGLE:
            return _too_dear(turn)
        fault = self._fault(turn)
        if fault == "before":
            return _broken()
        if fault == "throttled" or not turn.shop.bucket.take(turn.requested):
            turn.throttled = THROTTLED_INJECTED if fault == "throttled" else THROTTLED_NATURAL
            return _throttled(turn)
        await self._dawdle(turn)
        name = operation.name.value if operation.name else None
        request = Request(
            world=self._world,
            shop=turn.shop,
            admin=documents.admin,
            scope=turn.scope,
            denied=documents.admin.denied(turn.scope),
        )
        result = await self._world.run(documents.execute, document, name, variables, request)
        turn.actual = pricer.actual(operation, result.data)
        turn.shop.bucket.give_back(turn.requested - turn.actual)
        if fault == "after":
            return _broken()
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            turn.errors = tuple(_code(error) for error in result.errors)
            body["errors"] = [_formatted(error) for error in result.errors]
        return _json(body | {"extensions": {"cost": _cost(turn)}})

    def _fault(self, turn: _Turn) -> str | None:
        faults = self._world.faults
        ordered = faults.next_ordered("graphql", turn.document)
        if ordered is not None and ordered.kind != "slow":
            turn.fault = ordered.kind
        elif faults.happens("api_error_before"):
            turn.fault = "before"
        elif faults.happens("api_error_after"):
            turn.fault = "after"
        elif faults.happens("api_throttled"):
            turn.fault = "throttled"
        return turn.fault

    async def _dawdle(self, turn: _Turn) -> None:
        faults = self._world.faults
        ordered = faults.next_ordered("slow", turn.document)
        if ordered is not None:
            await asyncio.sleep(ordered.seconds)
        elif faults.happens("api_slow"):
            await asyncio.sleep(faults.rates.api_slow_seconds)

    def _note(self, turn: _Turn, status: int) -> None:
        self._world.ledger.note(
            Call(
                at=turn.started,
                shop=turn.shop.domain,
                document=turn.document,
                version=turn.version,
                status=status,
                requested=turn.requested,
                actual=turn.actual,
                throttled=turn.throttled,
                fault=turn.fault,
                errors=turn.errors,
                milliseconds=round((time.time() - turn.started) * 1000, 2),
            )
        )


def _refusal(shop: Shop, *, known: bool) -> Response | None:
    if shop.frozen:
        return JSONResponse({"errors": "Unavailable Shop"}, 402)
    if not known:
        message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
        return JSONResponse({"errors": message}, 401)
    return None


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _broken() -> Response:
    return JSONResponse({"errors": "Internal Server Error"}, 502)


def _cost(turn: _Turn) -> dict[str, Any]:
    return {
        "requestedQueryCost": _points(turn.requested),
        "actualQueryCost": _points(turn.actual),
        "throttleStatus": turn.shop.bucket.status(),
    }


def _points(points: float | None) -> int | None:
    return None if points is None else round(points)


def _throttled(turn: _Turn) -> Response:
    error = {
        "message": "Throttled",
        "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
    }
    return _json({"errors": [error], "extensions": {"cost": _cost(turn)}})


def _too_dear(turn: _Turn) -> Response:
    message = f"Query cost is {_points(turn.requested)}, which exceeds the single query max cost limit ({MAX_SINGLE})."
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": _points(turn.requested), "maxCost": MAX_SINGLE}
    turn.errors = ("MAX_COST_EXCEEDED",)
    return _json(
        {"errors": [{"message": message, "extensions": extensions}], "extensions": {"cost": _cost(turn)}}
    )


def _failed(turn: _Turn, *errors: GraphQLError) -> Response:
    turn.errors = tuple(_code(error) for error in errors)
    return _json({"errors": [_formatted(error) for error in errors]})


def _code(error: GraphQLError) -> str:
    return str((error.extensions or {}).get("code", "GRAPHQL_VALIDATION_FAILED"))


def _formatted(error: GraphQLError) -> dict[str, Any]:
    shown: dict[str, Any] = dict(error.formatted)
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        shown["message"] = f"{type(error.original_error).__name__}: {error.original_error}"
        shown["extensions"] = {"code": "SANDBOX_BUG"}
    return shown
