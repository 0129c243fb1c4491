"""The switch “no outgoing writes” over the whole product: the simulators count no write while it is on, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.surroundings import Surroundings, surroundings
from tests.patience import FAR

pytestmark = pytest.mark.long

EVERY = ("REFUNDS", "CUSTOMERS", "PRODUCTS", "PRICES", "INVENTORY", "FULFILLMENTS")
SWITCH = """mutation ($id: ID!, $on: Boolean!) { connectionUpdate(id: $id, input: {noWrites: $on}) {
    connection { noWrites } userErrors { message } } }"""
FLOWS = """mutation ($id: ID!, $flows: [FlowChoiceInput!]!) { setupFlows(connection: $id, flows: $flows) {
    userErrors { message } } }"""
STANDING = "{ orders(first: 50) { nodes { name state reason { code } attempts } } }"
A_WHILE = 12.0
"""Seconds: several turns of every clock, by the profile that demos have."""


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Surroundings]:
    async with surroundings(tmp_path) as made:
        await made.connect()
        yield made


async def test_nothing_is_written_to_either_side_and_everything_goes_on_afterwards(
    place: Surroundings,
) -> None:
    (connection,) = (await place.ask("{ connections { id } }"))["connections"]
    flows = [{"flow": flow, "on": True} for flow in EVERY]
    await place.ask(FLOWS, id=connection["id"], flows=flows)
    (first,) = await place.place()
    await _until(place, {first["name"]: "SETTLED"})
    await asyncio.sleep(3)
    await place.ask(SWITCH, id=connection["id"], on=True)
    await asyncio.sleep(2)

    placed = [order["name"] for order in await place.place(*[{}] * 3)]
    await place.refund(first["name"])
    (document,) = [each for each in await place.documents() if each["reference"] == first["name"]]
    await place.told("POST", f"/v1/documents/{document['id']}/ship", {})
    await _the_erp_has_news(place)
    before = await place.written(), await place.shop_writes()
    await _until(place, dict.fromkeys(placed, "WAITING"))
    await asyncio.sleep(A_WHILE)
    assert (await place.written(), await place.shop_writes()) == before
    for order in (await place.ask(STANDING))["orders"]["nodes"]:
        if order["name"] in placed:
            assert (order["state"], order["reason"]["code"], order["attempts"]) == (
                "WAITING",
                "connection.no_writes",
                0,
            )

    await place.ask(SWITCH, id=connection["id"], on=False)
    await _until(place, dict.fromkeys([first["name"], *placed], "SETTLED"))
    kinds = [each["type"] for each in await place.documents()]
    assert sum(kind == "sales_order" for kind in kinds) == 4
    await _goes_on(place, before[1])


async def _the_erp_has_news(place: Surroundings) -> None:
    await place.shelve({f"SKU-{number:04}": 70 for number in range(1, 51)})
    ware = {"sku": "SKU-0900", "group": "G 900", "title": "New", "price": "9.00", "active": True}
    await place.told("PUT", "/control/products", {"wares": [ware]})
    price = {"item": "SKU-0001", "price": "77.00", "currency": "EUR"}
    await place.told("PUT", "/control/prices", {"prices": [price]})


async def _goes_on(place: Surroundings, before: dict[str, int]) -> None:
    """The shop is written to again: shipments and notes at the least."""
    async with asyncio.timeout(FAR):
        for _ in range(200):
            after = await place.shop_writes()
            if len(after) >= 2 and after != before:
                return
            await asyncio.sleep(0.25)
    raise AssertionError(f"the shop was sent {after} and no more")


async def _until(place: Surroundings, wanted: dict[str, str]) -> None:
    states: dict[str, Any] = {}
    try:
        async with asyncio.timeout(FAR):
            while any(states.get(name) != state for name, state in wanted.items()):
                nodes = (await place.ask(STANDING))["orders"]["nodes"]
                states = {each["name"]: each["state"] for each in nodes}
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise AssertionError(f"wanted {wanted}, found {states}") from None
