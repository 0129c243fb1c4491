"""NetSuite's levels and kits are told by item, so that two items of one SKU are two things."""

from __future__ import annotations

import json

from app.domain.inventory import told_once
from app.hosts.netsuite.directory import Directory
from app.hosts.netsuite.stock import NetSuiteStock
from app.ports import Answer, Request
from tests.hosts.netsuite.test_client import Account, door, rows

LEVELS = [
    {"item": "1", "location": "1", "sku": "RED", "quantityonhand": "9", "quantityavailable": "9"},
    {"item": "2", "location": "1", "sku": "Hat : RED", "quantityonhand": "4", "quantityavailable": "4"},
    {"item": "3", "location": "1", "sku": "BLUE", "quantityonhand": "6", "quantityavailable": "6"},
]
KITS = [
    {"parentitem": "7", "item": "1", "sku": "SET", "quantity": "2"},
    {"parentitem": "8", "item": "3", "sku": "SET", "quantity": "1"},
    {"parentitem": "9", "item": "3", "sku": "BOX", "quantity": "3"},
]


def stock(kits: list[dict[str, str]] | None = None) -> NetSuiteStock:
    def say(request: Request) -> Answer:
        query = json.loads(request.body or b"")["q"]
        return rows(*(kits or [] if "kititemmember" in query else LEVELS))

    netsuite = door(Account(say=say))
    return NetSuiteStock(netsuite, Directory(netsuite))


async def test_two_items_of_one_sku_are_told_apart_by_their_own_ids() -> None:
    page = await stock().page(None)
    assert {each.item: each.several for each in told_once(page.readings)} == {"RED": True, "BLUE": False}


async def test_two_kits_of_one_sku_are_not_one_kit_of_both_parts() -> None:
    page = await stock(KITS).page("kits:0")
    assert {(each.own, each.item, each.available) for each in page.readings} >= {
        ("7", "SET", 4),
        ("8", "SET", 6),
    }
    assert {each.item: each.several for each in told_once(page.readings)} == {"SET": True, "BOX": False}


async def test_a_part_that_nobody_counts_sets_no_bound_to_its_kit() -> None:
    wrapped = [
        {"parentitem": "7", "item": "1", "sku": "GIFT", "quantity": "2", "parttype": "InvtPart"},
        {"parentitem": "7", "item": "50", "sku": "GIFT", "quantity": "1", "parttype": "Service"},
        {"parentitem": "8", "item": "50", "sku": "WRAP", "quantity": "1", "parttype": "Service"},
        {"parentitem": "9", "item": "1", "sku": "RARE", "quantity": "1", "parttype": "InvtPart"},
        {"parentitem": "9", "item": "51", "sku": "RARE", "quantity": "1", "parttype": "InvtPart"},
    ]
    page = await stock(wrapped).page("kits:0")
    assert {each.item: each.available for each in page.readings} == {"GIFT": 4}
