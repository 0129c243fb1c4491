"""What a call to Business Central is called, and how it says what every ERP says in its own way."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.responses import JSONResponse, Response

from sandbox.erps.businesscentral.entra import Entra
from sandbox.erps.businesscentral.refusals import not_let_in

ROOT = "/api/v2.0/"
_MADE = {
    "salesOrders": "create", "salesInvoices": "create", "salesCreditMemos": "credit", "customers": "customers",
    "customerPayments": "payment", "journalLines": "refund",
}  # fmt: skip
_READ = {
    "salesOrders": "find", "salesInvoices": "find", "salesCreditMemos": "find", "salesOrderLines": "find",
    "salesInvoiceLines": "find", "salesCreditMemoLines": "find", "customerPayments": "find", "customerPaymentJournals": "find",
    "generalLedgerEntries": "find", "journalLines": "find", "salesShipments": "shipments", "salesShipmentLines": "shipments",
    "itemLedgerEntries": "stock",
    "customers": "customers", "currencyExchangeRates": "rates", "itemVariants": "items",
}  # fmt: skip
_DONE = {
    ("salesOrders", "shipAndInvoice"): "invoice",
    ("salesInvoices", "post"): "invoice",
    ("salesInvoices", "cancel"): "cancel",
    ("salesInvoices", "makeCorrectiveCreditMemo"): "credit",
    ("salesCreditMemos", "post"): "confirm",
    ("salesCreditMemos", "cancel"): "cancel",
    ("journals", "post"): "payment",
}


@dataclass(kw_only=True)
class BusinessCentralManners:
    """Implements `Manners` and `ByAddress`."""

    entra: Entra

    def verb(self, method: str, path: str, body: bytes) -> tuple[str, bool]:
        return self.verb_at(method, path, body)

    def verb_at(self, method: str, address: str, body: bytes) -> tuple[str, bool]:
        """A batch is called as what it writes first, or as its first call where it writes nothing."""
        before, found, rest = address.partition(ROOT)
        if not found:
            return ("token", False) if before.endswith("/token") else ("get", False)
        if rest.partition("?")[0] != "$batch":
            return _called(method, rest)
        calls = [_called(each["method"], each["url"].lstrip("/")) for each in _batch(body)]
        writes = [call for call in calls if call[1]]
        return (writes or calls or [("get", False)])[0]

    def throttled(self, wait: float) -> Response:
        error = {
            "code": "Application_TooManyRequests",
            "message": "Too many requests reached. Actual (101). Maximum (100).",
        }
        return JSONResponse({"error": error}, 429, headers={"retry-after": str(max(1, math.ceil(wait)))})

    def broken(self) -> Response:
        """The gateway before it gave up."""
        error = {
            "code": "ServiceUnavailable",
            "message": "The service is temporarily unable to process the request.",
        }
        return JSONResponse({"error": error}, 503)

    def expired(self) -> Response:
        self.entra.forget()
        return JSONResponse(not_let_in().body, 401, headers={"www-authenticate": "Bearer"})

    def failed(self) -> Response:
        """It never says yes and means no."""
        error = {
            "code": "Internal_ServerError",
            "message": "We can't save your changes right now because a record in the database is being updated by another "
            "session.",
        }
        return JSONResponse({"error": error}, 500)


def _called(method: str, rest: str) -> tuple[str, bool]:
    path, _, query = rest.partition("?")
    parts = [part.partition("(")[0] for part in path.split("/") if part]
    at = parts[1:] if parts[:1] == ["companies"] else parts
    if not at:
        return "get", False
    last, writes = at[-1], method != "GET"
    if last.startswith("Microsoft.NAV."):
        return _DONE.get((at[0], last.removeprefix("Microsoft.NAV.")), "confirm"), True
    if not writes:
        return _reads(last, unquote(query)), False
    if at[0] == "customers":
        return "customers", True
    if last.endswith("Lines") and last != "journalLines":
        return "line", True
    if method == "POST":
        return _MADE.get(last, "create"), True
    if method == "DELETE":
        return "discard", True
    return ("confirm" if last == "salesOrders" else "line"), True


def _reads(set: str, query: str) -> str:
    """Items are asked for by three flows, told apart by what they look at; shipments by the order they look for."""
    if set == "salesShipments" and "externalDocumentNumber" in query and "lastModified" not in query:
        return "find"
    if set != "items":
        return _READ.get(set, "get")
    chosen = query.partition("$select=")[2].partition("&")[0].split(",")
    if "inventory" in chosen and "displayName" not in chosen:
        return "stock"
    return "prices" if "unitPrice" in chosen and "displayName" not in chosen else "items"


def _batch(body: bytes) -> list[dict[str, Any]]:
    try:
        told = json.loads(body)["requests"]
    except (ValueError, LookupError, TypeError):
        return []
    return [
        each
        for each in told
        if isinstance(each, dict) and isinstance(each.get("url"), str) and isinstance(each.get("method"), str)
    ]
