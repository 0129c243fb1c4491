"""Practising on the page: a demo ERP beside the real shop, marked, with its faults on a switch, and the shop is left alone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.admin import Admin
from tests.browser.steps import SLOW, plan

pytestmark = pytest.mark.browser


async def test_a_merchant_practises_with_faults_and_the_shop_is_never_written_to(admin: Admin) -> None:
    view, place = admin.view, admin.place
    (old,) = await place.place({"created_days_ago": 1, "processed_days_ago": 1})
    before = await place.shop_writes()
    await admin.open("/setup")
    await view.get_by_role("button", name="Start practising").click(timeout=SLOW)
    await expect(view.get_by_text("This connection is for practice")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await plan(admin)
    await view.get_by_role("checkbox", name=f"Send {old['name']}").check(timeout=SLOW)
    await view.get_by_role("button", name="Go live").click()
    await expect(view.get_by_text("This connection is live")).to_be_visible(timeout=SLOW)
    faults = view.get_by_role("switch", name="Let calls of the demo ERP fail now and then")
    await faults.check(timeout=SLOW)
    await expect(admin.page.locator(".toast").last).to_contain_text("Saved", timeout=SLOW)
    placed = await place.place(*[{}] * 5)
    await admin.page.get_by_role("link", name="Orders").click()
    for order in (old, *placed):
        row = view.get_by_role("row").filter(has_text=order["name"])
        await expect(row).to_contain_text("In the ERP", timeout=180_000)
    await admin.page.get_by_role("link", name="Stockbridge").click()
    await expect(view.get_by_text("Practice").first).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    assert await place.shop_writes() == before
    assert await place.documents() == [], "the other ERP has heard of nothing"
