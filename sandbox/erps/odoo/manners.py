"""How a simulated Odoo says what every ERP says in its own way, and what its calls are called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

_READS = frozenset(
    {"read", "search", "search_read", "search_count", "web_search_read", "fields_get", "context_get"}
)
_FOUND: Mapping[str, str] = {
    "product.product": "items",
    "product.template": "items",
    "product.pricelist.item": "prices",
    "res.partner": "customers",
    "stock.picking": "shipments",
    "account.payment": "find",
}
_DONE: Mapping[tuple[str, str], str] = {
    ("sale.order", "create"): "create",
    ("sale.order", "write"): "line",
    ("sale.order", "action_confirm"): "confirm",
    ("sale.order", "action_cancel"): "cancel",
    ("account.move", "action_post"): "invoice",
    ("account.move", "create"): "credit",
    ("account.payment", "create"): "payment",
    ("account.payment", "action_post"): "payment",
    ("account.payment", "unlink"): "discard",
    ("stock.picking", "button_validate"): "ship",
    ("res.partner", "create"): "customers",
    ("res.partner", "write"): "customers",
    ("sale.advance.payment.inv", "create"): "invoice",
    ("sale.advance.payment.inv", "create_invoices"): "invoice",
}


class OdooManners:
    """`rpc`: errors come as 200 with the error inside."""

    def __init__(self, *, rpc: bool) -> None:
        self._rpc = rpc

    def verb(self, method: str, path: str, body: bytes) -> tuple[str, bool]:
        if method == "GET":
            return "token", False
        parts = path.strip("/").split("/")
        if parts[:2] == ["json", "2"] and len(parts) == 4:
            return _called(parts[2], parts[3], body)
        try:
            said = json.loads(body)["params"]
            if said["service"] == "common":
                return "token", False
            return _called(said["args"][3], said["args"][4], body)
        except (ValueError, LookupError, TypeError):
            return "find", False

    def throttled(self, wait: float) -> Response:
        """Odoo itself has no limit; the proxy that its cloud stands behind does."""
        return Response(
            "<html><h1>429 Too Many Requests</h1></html>",
            429,
            headers={"retry-after": f"{max(1, round(wait))}"},
            media_type="text/html",
        )

    def broken(self) -> Response:
        return Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")

    def expired(self) -> Response:
        name = "odoo.exceptions.AccessDenied" if self._rpc else "werkzeug.exceptions.Unauthorized"
        return self._trouble(name, "Invalid apikey", 401)

    def failed(self) -> Response:
        """Another transaction was quicker, and Odoo has given up trying."""
        name = "psycopg2.errors.SerializationFailure"
        said = "could not serialize access due to concurrent update"
        return self._trouble(name, said, 500)

    def _trouble(self, name: str, message: str, status: int) -> Response:
        data: dict[str, Any] = {
            "name": name,
            "message": message,
            "arguments": [message],
            "debug": "Traceback ...",
        }
        if self._rpc:
            return JSONResponse(
                {
                    "jsonrpc": "2.0",
                    "id": 1,
                    "error": {"code": 200, "message": "Odoo Server Error", "data": data},
                }
            )
        return JSONResponse({**data, "context": {}}, status)


def _called(model: str, name: str, body: bytes) -> tuple[str, bool]:
    if name not in _READS:
        return _DONE.get((model, name), "line"), True
    if model == "product.product" and b"free_qty" in body:
        return "stock", False
    if model == "product.product" and b"lst_price" in body:
        return "prices", False
    return _FOUND.get(model, "find"), False
