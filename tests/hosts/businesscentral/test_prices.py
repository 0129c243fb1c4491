"""Unit prices of items, page by page."""

from __future__ import annotations

from decimal import Decimal

from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.prices import CentralPrices
from app.ports import Answer, Request
from tests.hosts.businesscentral.test_client import OTHER, Cloud, opened, rows

PAGES = {
    "skiptoken=1": rows(further="https://x/items?$skiptoken=2"),
    "skiptoken=2": rows({"id": OTHER, "number": "TEA", "unitPrice": 2.5}),
}


def say(request: Request) -> Answer:
    if "companyInformation" in request.url:
        return rows({"id": OTHER, "currencyCode": "EUR"})
    if "/items?" in request.url:
        first = rows(further="https://x/items?$skiptoken=1")
        return PAGES.get(request.url.rpartition("$")[2], first)
    return rows()


async def test_a_page_without_prices_is_not_the_end_while_others_follow() -> None:
    central = opened(Cloud(say))
    page = await CentralPrices(central, Directory(central)).page(None)
    assert [(each.item, each.price) for each in page.readings] == [("TEA", Decimal("2.5"))]
    assert page.next is None
