"""Lists of ids in a query stay short, however much is asked about."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from app.hosts.netsuite.shipments import fulfilments
from app.hosts.netsuite.spec import NETSUITE
from app.ports import Answer, Request
from tests.hosts.netsuite.test_client import TOKENS, Account, answer, door, rows
from tests.hosts.rig import StateInMemory

CHILDREN = 40


def told(request: Request) -> Answer:
    """Fifty products of forty children each, whatever was asked of them: named by their parents or by their own ids."""
    if request.url.endswith("serverTime"):
        return answer(200, {"serverTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"})
    query = json.loads(request.body or b"")["q"]
    if "SYSDATE" in query:
        return rows({"now": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"})
    if "FROM pricing" in query:
        return rows(*({"item": item, "unitprice": "2.50"} for item in named(query)))
    if "FROM item i" in query:
        first, _, after = request.url.partition("offset=")
        assert first
        found = [
            {"id": str(1000 + n), "parent": parent, "matrixtype": "CHILD", "modified": "2026-01-01 00:00:00", "sku": f"S{n}"}
            for parent in dict.fromkeys(named(query))
            for n in range(int(parent) * CHILDREN, (int(parent) + 1) * CHILDREN)
        ]  # fmt: skip
        page = found[int(after) : int(after) + 1000]
        return rows(*page, more=int(after) + len(page) < len(found))
    return rows({"id": "1", "currency": "1", "symbol": "EUR"})


def named(query: str) -> list[str]:
    return [each.strip() for each in re.findall(r"IN \(([\d, ]+)\)", query)[0].split(",")]


def longest(account: Account) -> int:
    queries = [json.loads(request.body)["q"] for request in account.asked if request.body]
    return max(found.count(",") + 1 for query in queries for found in re.findall(r"IN \(([^)]*)\)", query))


async def test_products_of_many_children_are_read_with_all_their_prices() -> None:
    account = Account(say=told)
    host = NETSUITE.open({"account": "1234567", **TOKENS}, account, StateInMemory())  # type: ignore[arg-type]
    assert host.items is not None
    found = await host.items.many([str(n) for n in range(250)])  # type: ignore[attr-defined]
    assert {key: len(one.items) for key, one in found.items()} == {str(n): CHILDREN for n in range(250)}
    assert all(item.price is not None for one in found.values() for item in one.items)
    assert longest(account) == 200


async def test_tracking_numbers_of_many_shipments_are_asked_for_a_part_at_a_time() -> None:
    def say(request: Request) -> Answer:
        query = json.loads(request.body or b"")["q"]
        if "TrackingNumberMap" in query:
            return rows(
                *({"transaction": one, "id": one, "trackingnumber": f"T{one}"} for one in named(query))
            )
        return rows(
            *(
                {"id": str(n), "modified": "2026-01-01 00:00:00", "tranid": f"IF{n}", "status": "C", "orderkey": "order-1-2",
                 "line": "1", "sku": "A", "quantity": "1", "orderline": "1"}
                for n in range(1, 501)
            )
        )  # fmt: skip

    account = Account(say=say)
    made = await fulfilments(door(account), "1 = 1")
    assert [one.numbers for one in made] == [(f"T{one.id}",) for one in made]
    assert (len(made), longest(account)) == (500, 200)
