"""Flows and runs on the page: stopped with one press, nothing lost; one SKU pushed with its diff; older orders sent."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.activations import Activations, counted
from tests.browser.admin import Admin
from tests.browser.drafts import settled
from tests.browser.steps import SLOW, push_stock
from tests.browser.surroundings import Surroundings
from tests.browser.test_views import CUT_OFF, RAW
from tests.patience import FAR

pytestmark = pytest.mark.browser

OLD = {"created_days_ago": 2, "processed_days_ago": 2}


@pytest.fixture(scope="module")
async def live(place: Surroundings) -> Surroundings:
    """Live since now, with three orders that are older."""
    await place.place(*[OLD] * 3)
    await place.connect()
    return place


async def opened(admin: Admin) -> Activations:
    """The overview, once it is there; what is done from here on counts."""
    did = await counted(admin)
    await admin.open()
    await expect(admin.view.get_by_role("heading", name="What needs you")).to_be_visible(timeout=SLOW)
    did.begin()
    return did


async def documents(place: Surroundings, count: int) -> int:
    """How many the ERP has, once there are so many."""
    async with asyncio.timeout(FAR):
        while True:
            if len(found := await place.documents()) >= count:
                return len(found)
            await asyncio.sleep(0.3)


async def looked_at(admin: Admin) -> None:
    """At a phone's width and at a desk's nothing is cut off, all of it is words, and axe has nothing to say."""
    await admin.page.set_viewport_size({"width": 390, "height": 900})
    frame = await admin.frame()
    assert await frame.evaluate(CUT_OFF) == []
    assert await admin.violations() == []
    text = await frame.inner_text("#page")
    assert not [word for word in RAW if word in text]
    await admin.page.set_viewport_size({"width": 1280, "height": 900})
    assert await frame.evaluate(CUT_OFF) == []
    assert await admin.violations() == []


async def test_orders_are_stopped_with_one_press_from_the_overview_and_go_on_with_nothing_lost(
    live: Surroundings, admin: Admin
) -> None:
    did = await opened(admin)
    await admin.view.get_by_role("button", name="Stop orders").click()
    await expect(admin.view.get_by_text("Orders: Stopped since")).to_be_visible(timeout=SLOW)
    assert did.count == 1, did.seen
    await live.place({}, {})
    await asyncio.sleep(3)
    assert await live.documents() == []
    await looked_at(admin)
    go_on = admin.view.get_by_role("button", name="Let orders go on")
    did.begin()
    await did.tab_to(go_on)
    await did.press("Enter")
    assert await documents(live, 2) == 2
    assert did.count == 1, did.seen
    await settled(live, 2)


async def test_older_orders_are_counted_and_then_sent_in_three_activations(
    live: Surroundings, admin: Admin
) -> None:
    before = len(await live.documents())
    did = await opened(admin)
    view = admin.view
    await admin.page.get_by_role("link", name="Runs", exact=True).click()
    await expect(view.get_by_role("row").filter(has_text="Orders").first).to_be_visible(timeout=SLOW)
    await view.get_by_role("button", name="Count orders").click()
    await expect(view.get_by_text("3 of them are older than the go-live.")).to_be_visible(timeout=SLOW)
    assert len(await live.documents()) == before
    await view.get_by_role("button", name="Send 3 orders").click()
    assert did.count <= 3, did.seen
    assert await documents(live, before + 3) == before + 3
    await expect(view.get_by_text("3 of 3 orders done")).to_be_visible(timeout=SLOW)
    await looked_at(admin)
    await view.get_by_role("link", name="Runs").click()
    await view.get_by_label("State").select_option("FAILED")
    await expect(view.get_by_text("No run matches")).to_be_visible()
    await view.get_by_label("State").select_option("DONE")
    await expect(view.get_by_role("row").filter(has_text="Older orders")).to_be_visible()
    await looked_at(admin)


async def test_one_sku_is_pushed_now_in_two_activations_and_its_difference_is_seen_before_and_after(
    live: Surroundings, admin: Admin
) -> None:
    await live.shelve({f"SKU-{number:04}": number for number in range(1, 51)})
    did = await counted(admin)
    await admin.open()
    await push_stock(admin)
    await live.shelve({"SKU-0007": 70})
    await admin.page.get_by_role("link", name="Stockbridge").click()
    await expect(admin.view.get_by_role("heading", name="What needs you")).to_be_visible(timeout=SLOW)
    did.begin()
    await admin.page.get_by_role("link", name="Stock", exact=True).click()
    await admin.view.get_by_role("searchbox").fill("sku-0007")
    row = admin.view.get_by_role("row").filter(has_text="SKU-0007")
    await expect(row).to_contain_text("7", timeout=SLOW)
    await row.get_by_role("button", name="Push now: SKU-0007").click()
    await expect(row).to_contain_text("7 → 70", timeout=SLOW)
    await expect(row).to_contain_text("Written", timeout=SLOW)
    assert did.count <= 2, did.seen
    await expect(row.get_by_role("cell", name="70", exact=True)).to_have_count(2, timeout=SLOW)
    await looked_at(admin)


async def test_prices_are_turned_on_planned_and_written_once_somebody_approved_what_would_change(
    live: Surroundings, admin: Admin
) -> None:
    asked = {"SKU-0001": "99.99", "SKU-0002": "7.50"}
    prices = [{"item": sku, "currency": "EUR", "price": price} for sku, price in asked.items()]
    await live.told("PUT", "/control/prices", {"prices": prices})
    await admin.open("/settings/flows")
    view = admin.view
    await view.get_by_role("button", name="Turn on: Prices").click()
    await expect(view.get_by_label("Prices: how often")).to_be_visible(timeout=SLOW)
    await admin.page.get_by_role("link", name="Runs", exact=True).click()
    row = view.get_by_role("row").filter(has_text="Prices").first
    await expect(row.get_by_role("button", name="Run now")).to_be_visible(timeout=SLOW)
    planned = view.get_by_role("row").filter(has_text="Prices").filter(has_text="Planned")
    await expect(planned).to_be_visible(timeout=180_000)
    await planned.get_by_role("link").click()
    await expect(view.get_by_text("It is the first push of this connection.")).to_be_visible(timeout=SLOW)
    line = view.get_by_role("row").filter(has_text="SKU-0002")
    await expect(line).to_contain_text("7.50", timeout=SLOW)
    await looked_at(admin)
    await view.get_by_role("button", name="SKU-0001: the ERP's price is right").click()
    await expect(admin.page.locator(".toast").last).to_contain_text("Decided", timeout=SLOW)
    await view.get_by_role("button", name="Approve and push").click()
    await expect(line).to_contain_text("Written", timeout=180_000)
