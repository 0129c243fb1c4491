"""What the Admin API answers besides data: refusals, THROTTLED, errors, and what a call has cost."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import JSONResponse, Response

from sandbox.cost import MAX_SINGLE
from sandbox.shop import Shop


@dataclass(kw_only=True)
class Turn:
    """One call on its way through."""

    shop: Shop
    version: str
    # Where this world was reached.
    address: str = ""
    scope: str = ""
    started: float = field(default_factory=time.time)
    document: str = "(unnamed)"
    requested: float | None = None
    actual: float | None = None
    # What the bucket held when the call came to it.
    level: float | None = None
    throttled: str | None = None
    fault: str | None = None
    errors: tuple[str, ...] = ()


def refusal(shop: Shop, *, known: bool) -> Response | None:
    if shop.frozen:
        return JSONResponse({"errors": "Unavailable Shop"}, 402)
    if not known:
        message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
        return JSONResponse({"errors": message}, 401)
    return None


def as_json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def broken() -> Response:
    """No word on whether anything was done."""
    return JSONResponse({"errors": "Internal Server Error"}, 502)


def cost(turn: Turn) -> dict[str, Any]:
    return {
        "requestedQueryCost": points(turn.requested),
        "actualQueryCost": points(turn.actual),
        "throttleStatus": turn.shop.bucket.status(),
    }


def points(spent: float | None) -> int | None:
    return None if spent is None else round(spent)


def throttled(turn: Turn) -> Response:
    error = {
        "message": "Throttled",
        "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
    }
    return as_json({"errors": [error], "extensions": {"cost": cost(turn)}})


def too_dear(turn: Turn) -> Response:
    message = f"Query cost is {points(turn.requested)}, which exceeds the single query max cost limit ({MAX_SINGLE})."
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": points(turn.requested), "maxCost": MAX_SINGLE}
    turn.errors = ("MAX_COST_EXCEEDED",)
    return as_json(
        {"errors": [{"message": message, "extensions": extensions}], "extensions": {"cost": cost(turn)}}
    )


def failed(turn: Turn, *errors: GraphQLError) -> Response:
    turn.errors = tuple(code(error) for error in errors)
    return as_json({"errors": [formatted(error) for error in errors]})


def code(error: GraphQLError) -> str:
    return str((error.extensions or {}).get("code", "GRAPHQL_VALIDATION_FAILED"))


def formatted(error: GraphQLError) -> dict[str, Any]:
    shown: dict[str, Any] = dict(error.formatted)
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        shown["message"] = f"{type(error.original_error).__name__}: {error.original_error}"
        shown["extensions"] = {"code": "SANDBOX_BUG"}
    return shown
