"""Unit prices of items, page by page."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.prices import CentralPrices
from app.ports import Answer, Host, Missing, PriceSource, Request
from sandbox.erps.businesscentral.staff import Staff
from sandbox.erps.office import Ware
from tests.hosts.businesscentral.rig import company
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


@pytest.fixture(scope="module")
def wide() -> tuple[Host, Staff]:
    """MANY-A, MANY-B and MANY-C have more variants between them than are ever read at once."""
    host, staff, _ = company()
    books = staff._books
    numbers = [f"MANY{letter}" for letter in "ABC"]
    staff.sell([Ware(sku=each, group=each, title=each, price=Decimal(3)) for each in (*numbers, "ZEBRA")])
    with books.change():
        for number in numbers:
            books.insert("itemVariants", {"itemNumber": number, "code": "00000"})
            (row,) = books.all("itemVariants", "itemNumber = ?", number)
            names = [name for name in row if name != "_row"]
            marks = ", ".join("?" * len(names))
            books.db.executemany(
                f'INSERT INTO "itemVariants" ({", ".join(names)}) VALUES ({marks})',
                [
                    [{**row, "id": str(uuid.uuid4()), "code": f"{place:05}"}[name] for name in names]
                    for place in range(1, 18_000)
                ],
            )
    return host, staff


def prices(host: Host) -> PriceSource:
    assert not isinstance(host.prices, Missing)
    return host.prices


async def test_items_that_stand_far_apart_are_priced_without_the_variants_between_them(
    wide: tuple[Host, Staff],
) -> None:
    host, _ = wide
    found = await prices(host).of(["FEE", "ZEBRA", "MUG"])
    assert {each.item: each.price for each in found} == {"FEE": 0, "ZEBRA": 3, "MUG": 4}


async def test_a_catalogue_of_many_variants_is_priced_to_its_end_and_each_of_them_once(
    wide: tuple[Host, Staff],
) -> None:
    host, _ = wide
    told: list[str] = []
    cursor = None
    for _ in range(10):
        page = await prices(host).page(cursor)
        told += [each.item for each in page.readings]
        cursor = page.next
        if cursor is None:
            break
    assert cursor is None
    assert len(told) == len(set(told))
    assert sum(each.startswith("MANY") for each in told) == 3 * 18_000
    assert {"MUG", "TEA", "ZEBRA", "ADJUSTMENT"} <= set(told)
