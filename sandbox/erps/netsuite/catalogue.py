"""What the account says of its records: their properties, their collections by a simple question, entries of its lists."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.analytics import TYPES
from sandbox.erps.netsuite.books import Books
from sandbox.erps.netsuite.fields import FIELDS, Fields
from sandbox.erps.netsuite.refusals import Refused, nowhere

_SWAGGER, _SCHEMA = "application/swagger+json", "application/schema+json"
_SEARCHED = {
    "externalid": "externalid",
    "email": "email",
    "entityid": "entityid",
    "otherrefnum": "otherrefnum",
    "tranid": "tranid",
}
_ASKED = re.compile(r'(\w+)\s+(IS|EQUAL)\s+"([^"]*)"', re.IGNORECASE)
_KINDS: Mapping[str, Mapping[str, str]] = {
    "number": {"type": "number", "format": "double"},
    "integer": {"type": "integer", "format": "int64"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "text": {"type": "string"},
}


def media(accepted: str) -> str:
    return _SCHEMA if _SCHEMA in accepted else _SWAGGER if _SWAGGER in accepted else "application/json"


def described(account: Account, types: Sequence[str], accepted: str) -> dict[str, Any]:
    """As OpenAPI, as a JSON schema of one record, or as links to either."""
    if media(accepted) == _SWAGGER:
        chosen = types or list(FIELDS)
        return {
            "openapi": "3.0.1",
            "info": {"title": "NetSuite REST Record API", "version": "v1"},
            "paths": {f"/{each}": {} for each in chosen},
            "components": {"schemas": {each: _schema(account, FIELDS[each]) for each in chosen}},
        }
    if media(accepted) == _SCHEMA and len(types) == 1:
        return _schema(account, FIELDS[types[0]])
    return {"items": [{"name": each, "links": []} for each in types or FIELDS]}


def found(books: Books, type: str, asked: str, limit: int, offset: int) -> tuple[list[int], int]:
    """The ids of a collection, and how many there are in all."""
    table, where, values = "_customer", "1 = 1", list[Any]()
    if type != "customer":
        table, where, values = "_tran", "type = ?", [TYPES[type]]
    if asked:
        said = _ASKED.fullmatch(asked.strip())
        column = _SEARCHED.get(said[1].lower()) if said else None
        if said is None or column is None or (table == "_tran") is (column in {"email", "entityid"}):
            raise Refused(400, "NONEXISTENT_FIELD", "The search field or operator is not known.", param="q")
        where, values = f"{where} AND {column} = ?", [*values, said[3]]
    rows = books.all(f"SELECT id FROM {table} WHERE {where} ORDER BY id", *values)
    return [row["id"] for row in rows[offset : offset + limit]], len(rows)


def entry(books: Books, kind: str, id: str) -> dict[str, Any]:
    row = books.listed(kind, int(id)) if id.isdigit() else None
    if row is None:
        raise nowhere(kind, id)
    said = json.loads(row["more"] or "{}")
    if "currency" in said:
        said["currency"] = {"id": str(said["currency"])}
    return {"id": id, "name": row["name"], "isInactive": row["inactive"] == "T", **said}


def _schema(account: Account, fields: Fields) -> dict[str, Any]:
    """Payment Instruments give documents `paymentOption`; without the feature it is `paymentMethod`."""
    other = "paymentMethod" if account.payment_instruments else "paymentOption"
    hidden = {other} | (
        set() if account.suite_tax else {"taxDetails", "taxDetailsOverride", "taxDetailsReference"}
    )
    hidden |= account.lacks
    properties = {name: _property(account, kind) for name, kind in fields.items() if name not in hidden}
    return {"type": "object", "properties": properties}


def _property(account: Account, kind: str | Fields) -> Any:
    if not isinstance(kind, str):
        return {"type": "object", "properties": {"items": {"type": "array", "items": _schema(account, kind)}}}
    if kind == "ignored":
        return {"readOnly": True}
    if kind in _KINDS:
        return _KINDS[kind]
    return {"type": "object", "properties": {"id": {"type": "string"}, "refName": {"type": "string"}}}
