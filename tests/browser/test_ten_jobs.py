"""The common jobs of an operator, each from the overview, with its activations counted and its outcome looked up elsewhere.

A confirmation of something that can't be taken back does not count; picking in a list and typing are none.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.activations import Activations, counted
from tests.browser.admin import Admin
from tests.browser.steps import SLOW
from tests.browser.surroundings import LINE, TABLES, Surroundings
from tests.patience import FAR

pytestmark = pytest.mark.browser

MOST = {"map a payment method": 2, "add a location": 2}
"""Activations that each job may take."""


@pytest.fixture(scope="module")
async def place_at_work(place: Surroundings) -> Surroundings:
    """Live, its codes named one by one: what is new in the shop is nobody's yet."""
    main = (await place.act("GET", f"/shops/{place.shop}"))["locations"]["Main warehouse"]
    named = {
        "payments": {"shopify_payments": "card"},
        "locations": {main.rpartition("/")[2]: "MAIN"},
    }
    await place.connect(TABLES | named)
    return place


@pytest.fixture
async def at_work(admin: Admin, place_at_work: Surroundings) -> tuple[Admin, Activations]:
    return admin, await counted(admin)


async def sent(place: Surroundings, name: str) -> dict[str, Any]:
    """The ERP's own document of an order, once it is there and paid."""
    async with asyncio.timeout(FAR):
        while True:
            found = [each for each in await place.documents() if each["reference"] == name]
            if found and found[0]["payments"]:
                return found[0]
            await asyncio.sleep(0.3)


def done(job: str, did: Activations) -> None:
    assert 1 <= did.count <= MOST[job], did.seen


async def test_a_new_payment_method_is_mapped_from_the_problem(at_work: tuple[Admin, Activations]) -> None:
    admin, did = at_work
    (order,) = await admin.place.place(
        {"lines": [LINE], "transactions": [{"kind": "SALE", "gateway": "Twint"}]}
    )
    await admin.open()
    code = admin.view.get_by_label("Payment method “Twint”: the ERP's code")
    await expect(code).to_be_visible(timeout=180_000)
    did.begin()
    await code.select_option("bank")
    await admin.view.get_by_role("button", name="Map and send: Payment method “Twint”").click()
    document = await sent(admin.place, order["name"])
    done("map a payment method", did)
    assert [payment["method"] for payment in document["payments"]] == ["bank"]


async def test_a_location_that_is_new_in_the_shop_is_added(at_work: tuple[Admin, Activations]) -> None:
    admin, did = at_work
    place, view = admin.place, admin.view
    await place.act("PUT", f"/shops/{place.shop}/locations/Outlet")
    await admin.open(
        "/setup?step=MAP"
    )  # what the shop has is read when somebody looks, and by the stock flow
    await expect(view.get_by_label("Outlet", exact=True)).to_be_visible(timeout=SLOW)
    await admin.open()
    mapped = view.get_by_role("link", name="Map it")
    await expect(mapped).to_be_visible(timeout=SLOW)
    did.begin()
    await mapped.click()
    await view.get_by_label("Outlet", exact=True).fill("SHOP", timeout=SLOW)
    await view.get_by_role("button", name="Save", exact=True).click()
    await expect(admin.page.locator(".toast").last).to_contain_text("are saved", timeout=SLOW)
    done("add a location", did)
    (order,) = await place.place({"lines": [{**LINE, "location": "Outlet"}]})
    assert "SHOP" in str(await sent(place, order["name"]))
