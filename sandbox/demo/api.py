"""What the product itself says waits for a person, asked over its API as an outside tool would."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from sandbox.demo.store import PLAIN

_TRIES = 30
_REFUNDS = """
query ($after: String) {
  orders(first: 100, after: $after) {
    nodes { refunds { storeKey state reason { code } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


_POWERS = "{ hosts { key powers { flow available reason } } }"


class Api:
    def __init__(self, app: str, token: str, *, through: httpx.BaseTransport | None = None) -> None:
        headers = {"authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=app, headers=headers, timeout=60.0, transport=through, **PLAIN)

    def held_refunds(self) -> Mapping[str, str]:
        """Why each refund that is held is held, by the store's key."""
        return {
            refund["storeKey"]: (refund["reason"] or {}).get("code", "")
            for order in self._pages("orders", _REFUNDS)
            for refund in order["refunds"]
            if refund["state"] == "HELD"
        }

    def lacks(self, host: str) -> Mapping[str, str]:
        """The flows that this ERP takes no part in, and why, as the product says it of its own adapter."""
        powers = next(each["powers"] for each in self._ask(_POWERS)["hosts"] if each["key"] == host)
        return {power["flow"].lower(): power["reason"] for power in powers if not power["available"]}

    def _pages(self, name: str, query: str) -> Iterator[dict[str, Any]]:
        after: str | None = None
        while True:
            page = self._ask(query, after=after)[name]
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self._asked({"query": query, "variables": variables})
        if answer.get("errors"):
            raise RuntimeError(f"the app's API refused: {answer['errors'][0].get('message')}")
        found: dict[str, Any] = answer["data"]
        return found

    def _asked(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A web process that dies while it answers is asked again, as any tool would."""
        for left in reversed(range(_TRIES)):
            try:
                answer: dict[str, Any] = self._client.post("/graphql", json=body).raise_for_status().json()
                return answer
            except (httpx.TransportError, httpx.HTTPStatusError):
                if not left:
                    raise
                time.sleep(1.0)
        raise AssertionError
