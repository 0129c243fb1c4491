"""The people of the demo ERP who send goods, over its own calls."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import httpx

from sandbox.demo.ends import key_of
from sandbox.demo.shipping import CARRIERS, Left, Names
from sandbox.demo.store import PLAIN

_PAGE = 200
_READY = frozenset({"confirmed", "invoiced", "posted"})


class DemoDispatch:
    """Implements `Dispatch`: what is ordered is sent, now and then in two parcels; the demo ERP keeps the store's lines."""

    names: Names = "lines"
    bare: str = ""

    def __init__(self, credentials: Mapping[str, str], shop: str, *, seed: int) -> None:
        self._shop = shop
        self._chance = random.Random(seed)
        headers = {"authorization": f"Bearer {credentials['key']}"}
        self._client = httpx.Client(
            base_url=credentials["address"].rstrip("/"), headers=headers, timeout=60.0, **PLAIN
        )
        self._parcels = 0

    def send(self, orders: Mapping[str, Mapping[str, str]]) -> int:
        before = self._parcels
        for document in self._documents():
            key = key_of("order", document["external_id"], self._shop)
            if key in orders:
                self._send(document, orders[key])
        return self._parcels - before

    def ready(self) -> Mapping[str, Collection[str]]:
        """Orders with a document from which goods can leave, and the store's lines that it holds."""
        found: dict[str, set[str]] = {}
        for document in self._documents():
            key = key_of("order", document["external_id"], self._shop)
            if key is not None and document["status"] in _READY:
                found[key] = {line["key"] for line in document["lines"] if line["kind"] == "item"}
        return found

    def correct(self, share: float = 0.1) -> int:
        changed = 0
        for shipment in [each for each in self._shipments() if not each["key"]]:
            draw = self._chance.random()
            if draw < share:
                self._client.put(
                    f"/v1/shipments/{shipment['id']}/track", json=self._track(f"C{shipment['id']}")
                ).raise_for_status()
            elif draw < share * 1.5:
                self._client.post(f"/v1/shipments/{shipment['id']}/cancel").raise_for_status()
            changed += draw < share * 1.5
        return changed

    def left(self) -> list[Left]:
        return [
            Left(
                key=str(one["id"]),
                order=key,
                alive=one["state"] == "sent",
                numbers=tuple(one["track"]["numbers"]),
                units=_units(one["lines"]),
                origin=key_of("parcel", one["key"], self._shop) if one["key"] else None,
            )
            for one in self._shipments()
            if (key := key_of("order", one["external_id"], self._shop)) is not None
        ]

    def _send(self, document: Mapping[str, Any], keys: Collection[str]) -> None:
        lines = [
            {"line": line["key"], "item": line["item"], "quantity": line["quantity"]}
            for line in document["lines"]
            if line["kind"] == "item" and line["key"] in keys and float(line["quantity"]) > 0
        ]
        if not lines or document["status"] not in _READY:
            return
        parts = [lines[:1], lines[1:]] if len(lines) > 1 and self._chance.random() < 0.3 else [lines]
        for part in parts:
            self._parcels += 1
            wanted = {"lines": part, "track": self._track(f"P{document['id']}-{self._parcels}")}
            self._client.post(f"/v1/documents/{document['id']}/shipments", json=wanted).raise_for_status()

    def _track(self, number: str) -> dict[str, Any]:
        return {"numbers": [number], "carrier": self._chance.choice(CARRIERS)}

    def _documents(self) -> Iterator[dict[str, Any]]:
        after: int | None = 0
        while after is not None:
            page = self._get("/v1/documents", after=after)
            yield from (row for row in page["documents"] if row["against"] is None)
            after = page["next"]

    def _shipments(self) -> Iterator[dict[str, Any]]:
        after, more = 0, True
        while more:
            page = self._get("/v1/shipments", after=after)
            yield from page["shipments"]
            after, more = page["last"], page["more"]

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self._client.get(path, params={"limit": _PAGE, **query})
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def _units(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for line in lines:
        found[str(line["line"])] += int(float(line["quantity"]))
    return dict(found)
