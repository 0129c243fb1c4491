"""Speaks Tryton's JSON-RPC as one of its people: how the rig fills an empty database and the judge moves stock."""

from __future__ import annotations

import base64
import datetime as dt
import http.client
import json
from decimal import Decimal
from typing import Any

Values = dict[str, Any]


class TrytonRefused(RuntimeError):
    """The server answered a call with an error."""


class Rpc:
    """One who is signed in, the administrator unless named; `company` joins the context once there is one."""

    def __init__(
        self, port: int, database: str, password: str, *, user: str = "admin", timeout: float = 300.0
    ) -> None:
        self._port, self._path, self._timeout = port, f"/{database}/rpc/", timeout
        self._authorization: str | None = None
        self.context: Values = {"language": "en"}
        number, token, _ = self._post("common.db.login", user, {"password": password}, "en")
        self.user: int = number
        signed = base64.b64encode(f"{user}:{number}:{token}".encode()).decode()
        self._authorization = f"Session {signed}"

    def call(self, method: str, *arguments: Any) -> Any:
        return self._post(method, *arguments, dict(self.context))

    def create(self, model: str, **values: Any) -> int:
        return self.create_many(model, [values])[0]

    def create_many(self, model: str, rows: list[Values]) -> list[int]:
        ids: list[int] = self.call(f"model.{model}.create", rows)
        return ids

    def write(self, model: str, record: int, **values: Any) -> None:
        self.call(f"model.{model}.write", [record], values)

    def find(self, model: str, *domain: Any) -> list[int]:
        ids: list[int] = self.call(f"model.{model}.search", list(domain), 0, None, None)
        return ids

    def one(self, model: str, *domain: Any) -> int:
        found = self.find(model, *domain)
        if not found:
            raise TrytonRefused(f"no {model} matches {domain}")
        return found[0]

    def read(self, model: str, ids: list[int], *names: str) -> list[Values]:
        rows: list[Values] = self.call(f"model.{model}.read", ids, list(names))
        return rows

    def rows(self, model: str, domain: list[Any], *names: str) -> list[Values]:
        """What `find` finds, already read, in the order in which it was made."""
        arguments = (domain, 0, None, [["id", "ASC"]], list(names))
        rows: list[Values] = self.call(f"model.{model}.search_read", *arguments)
        return rows

    def _post(self, method: str, *parameters: Any) -> Any:
        body = json.dumps({"id": 0, "method": method, "params": parameters}, default=_wire)
        headers = {"Content-Type": "application/json"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            connection.request("POST", self._path, body.encode(), headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise TrytonRefused(f"{method} answered {response.status}: {answer[:300]!r}")
        decoded = json.loads(answer)
        if decoded.get("error"):
            raise TrytonRefused(f"{method}: {str(decoded['error'])[:500]}")
        return decoded["result"]


def _wire(value: Any) -> Values:
    """Tryton's JSON writes what JSON lacks as objects with a class name."""
    match value:
        case bytes():
            return {"__class__": "bytes", "base64": base64.b64encode(value).decode()}
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case dt.date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case dt.timedelta():
            return {"__class__": "timedelta", "seconds": value.total_seconds()}
    raise TypeError(f"no JSON for {type(value).__name__}")
