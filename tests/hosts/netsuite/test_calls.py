"""What an order costs NetSuite in calls, past what is asked for once: an account has few at a time."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

from app.domain.document import DocumentKind, SalesDocument
from app.hosts.netsuite.spec import NETSUITE
from app.ports import Host
from sandbox.erps.netsuite.__main__ import make
from sandbox.erps.office import Item
from sandbox.erps.serving import Chosen
from tests.examples import ITEMS, document, line
from tests.hosts.inside import Inside
from tests.hosts.rig import StateInMemory, converge, orders


def opened() -> tuple[Host, Inside]:
    items = (
        *(Item(sku=sku, title=sku.title(), stock=1000) for sku in ITEMS),
        Item(sku="CUP", title="Cup", stock=9),
    )  # type: ignore[arg-type]
    http = Inside(simulator=make(Chosen(items=items, dialect="suitetax")))
    form = {**http.simulator.credentials, "address": "http://127.0.0.1:9"}
    return NETSUITE.open(form, http, StateInMemory()), http  # type: ignore[arg-type]  # it streams nothing


def calls(http: Inside) -> dict[str, int]:
    """How many, by the table that is read or the record that is written."""
    found: Counter[str] = Counter()
    for request in http.asked:
        query = json.loads(request.body)["q"] if b'"q"' in (request.body or b"") else ""
        found[query.partition(" FROM ")[2].partition(" ")[0] or request.url.rpartition("/")[2]] += 1
    return dict(found)


def unpaid(item: str) -> SalesDocument:
    made = document([line(item, "20.00", "VAT20")], paid="0", kind=DocumentKind.SALES_ORDER)
    return replace(made, location="1")


async def test_an_order_of_a_known_customer_takes_three_calls_and_one_more_for_an_item_not_met_before() -> (
    None
):
    host, http = opened()
    await converge(orders(host), unpaid("TEA"))
    http.asked.clear()
    await converge(orders(host), unpaid("TEA"))
    assert calls(http) == {"transaction": 2, "salesOrder": 1}
    http.asked.clear()
    await converge(orders(host), unpaid("CUP"))
    assert calls(http) == {"transaction": 2, "item": 1, "salesOrder": 1}
