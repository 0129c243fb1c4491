"""Pages asked for one after the other, as a person turns them: at the list's beginning, and at places deep within it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from app.graphql.paging import cursor
from bench.api.filling import Filled
from bench.children import BenchError

FIRST = 50
_ORDERS = """query Orders($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query) {
    nodes { id name storeKey placedAt state hostNumber total { amount currency } reason { sentence code }
      connection { name shop { domain } } links { url } }
    pageInfo { hasNextPage endCursor } } }"""
_CHANGES = """query Changes($first: Int!, $after: String) {
  changedSince(first: $first, after: $after) {
    nodes { kind storeKey name state hostNumber reason { sentence code } connection { name } }
    pageInfo { hasNextPage endCursor } } }"""


@dataclass(frozen=True, kw_only=True)
class Question:
    """`list_` is the field that answers; a full page must come."""

    name: str
    document: str
    list_: str
    variables: Mapping[str, Any]


Choice = Callable[[], Question]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Cursors somewhere between two fifths and nine tenths of the lists, by chance; beginnings of numbers that many have."""

    orders: list[str]
    changes: list[str]
    searches: list[str]

    @classmethod
    async def drawn(cls, owner_url: str, filled: Filled, *, seed: int, count: int) -> Places:
        luck = random.Random(seed)
        drawn = [luck.randrange(filled.rows * 2 // 5, filled.rows * 9 // 10) for _ in range(count)]
        owner = await asyncpg.connect(owner_url)
        try:
            found = await owner.fetch(
                "SELECT id, source_key::int AS n, changed_tx FROM record WHERE tenant_id = $1 AND connection_id = $2"
                " AND kind = 'order' AND source_key = ANY ($3::text[]) ORDER BY source_key",
                filled.tenant,
                filled.connection,
                [str(n) for n in drawn],
            )
        finally:
            await owner.close()
        return cls(
            orders=[cursor(_seen(filled, row["n"]), str(row["id"])) for row in found],
            changes=[cursor("1", str(row["changed_tx"]), str(UUID(int=0))) for row in found],
            searches=[str(row["n"])[: len(str(filled.rows)) - 4] for row in found],
        )


def _seen(filled: Filled, n: int) -> str:
    return (filled.newest - n * timedelta(seconds=20)).isoformat()


def questions(places: Places, *, seed: int) -> dict[str, Choice]:
    """By the name of their figure."""
    luck = random.Random(seed)

    def of(name: str, document: str, list_: str, **variables: Callable[[], str]) -> Choice:
        return lambda: Question(
            name=name,
            document=document,
            list_=list_,
            variables={"first": FIRST} | {key: made() for key, made in variables.items()},
        )

    return {
        "ms": of("ms", _ORDERS, "orders"),
        "ms_deep_page": of("ms_deep_page", _ORDERS, "orders", after=lambda: luck.choice(places.orders)),
        "ms_search": of("ms_search", _ORDERS, "orders", query=lambda: luck.choice(places.searches)),
        "ms_changes": of("ms_changes", _CHANGES, "changedSince"),
        "ms_changes_deep": of(
            "ms_changes_deep", _CHANGES, "changedSince", after=lambda: luck.choice(places.changes)
        ),
    }


def asked(client: httpx.Client, question: Question) -> float:
    """Milliseconds until the whole answer was there. Raises BenchError for anything but a full page."""
    began = time.perf_counter()
    answer = client.post("/graphql", json={"query": question.document, "variables": dict(question.variables)})
    took = (time.perf_counter() - began) * 1000
    body = answer.json()
    if answer.status_code != 200 or body.get("errors"):
        raise BenchError(f"{question.name}: {answer.status_code} {str(body)[:500]}")
    if len(body["data"][question.list_]["nodes"]) != FIRST:
        raise BenchError(f"{question.name}: a page of {len(body['data'][question.list_]['nodes'])}")
    return took
