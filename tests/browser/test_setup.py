"""The first hour on the page, from an empty shop to a live connection: one checklist, by keyboard as well, reloaded midway."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.activations import counted
from tests.browser.admin import Admin, open_admin
from tests.browser.steps import SLOW, connect, plan, step
from tests.browser.surroundings import Surroundings

pytestmark = pytest.mark.browser


async def test_a_merchant_is_led_from_an_empty_shop_to_a_live_connection(
    admin: Admin, browser: Browser
) -> None:
    view, place = admin.view, admin.place
    (old,) = await place.place({"created_days_ago": 1, "processed_days_ago": 1})
    before = await place.written()
    await admin.open()
    await connect(admin)
    await _flows_by_keyboard(admin)
    await _skus(admin)
    await _another_person_goes_on(browser, place, old["name"])
    await admin.page.reload()
    await expect(admin.view.get_by_text("5 of 6 done")).to_be_visible(timeout=SLOW)
    assert await place.written() == before, "nothing was written to the ERP"
    await plan(admin)
    await view.get_by_role("checkbox", name=f"Send {old['name']}").check(timeout=SLOW)
    await view.get_by_role("button", name="Go live").click()
    await expect(view.get_by_text("This connection is live")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_text("6 of 6 done")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await _switch(admin)


async def _flows_by_keyboard(admin: Admin) -> None:
    view = admin.view
    keys = await counted(admin)
    await admin.open("/setup")
    await expect(view.get_by_role("checkbox", name="Refunds")).to_be_checked(timeout=SLOW)
    await expect(view.get_by_role("checkbox", name="Orders")).to_be_disabled()
    assert await admin.violations() == []
    await keys.tab_to(view.get_by_role("checkbox", name="Prices"))
    await keys.press("Space")
    await keys.tab_to(view.get_by_role("button", name="Save", exact=True))
    await keys.press("Enter")
    await expect(step(admin, "Choose what is kept in step", "Done")).to_be_visible(timeout=SLOW)


async def _skus(admin: Admin) -> None:
    view = admin.view
    await view.get_by_role("button", name="Read both sides").click()
    await expect(view.get_by_text("Only in the shop").first).to_be_visible(timeout=180_000)
    await expect(step(admin, "Compare the SKUs", r"\d+ to look at")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []


async def _another_person_goes_on(browser: Browser, place: Surroundings, name: str) -> None:
    """With the next step, on a telephone."""
    async with open_admin(browser, place, width=390) as other:
        await other.open("/setup")
        await other.view.get_by_role("button", name="Try it").click(timeout=SLOW)
        await expect(other.view.get_by_text(f"{name} would be sent")).to_be_visible(timeout=SLOW)
        await expect(other.view.get_by_role("heading", name="What the ERP would be told")).to_be_visible()
        await expect(step(other, "Try a real order", "Done")).to_be_visible(timeout=SLOW)
        assert await other.violations() == []


async def _switch(admin: Admin) -> None:
    """Nothing is written while it is on, and what waited goes on when it is off."""
    view, place = admin.view, admin.place
    switch = view.get_by_role("switch", name="No outgoing writes")
    await switch.check()
    await expect(admin.page.locator(".toast").last).to_contain_text(
        "Nothing is written any more", timeout=SLOW
    )
    (order,) = await place.place()
    await admin.page.get_by_role("link", name="Orders").click()
    row = view.get_by_role("row").filter(has_text=order["name"])
    await expect(row).to_contain_text("writes nothing while its switch is on", timeout=180_000)
    sent = [each["reference"] for each in await place.documents()]
    assert order["name"] not in sent
    await admin.page.get_by_role("link", name="Stockbridge").click()
    await expect(view.get_by_text("Writing is switched off")).to_be_visible(timeout=SLOW)
    await admin.open("/setup?step=GO_LIVE")
    await switch.uncheck(timeout=SLOW)
    await admin.page.get_by_role("link", name="Orders").click()
    await expect(row).to_contain_text("In the ERP", timeout=180_000)
