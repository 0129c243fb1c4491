"""Two shops on the page: a code made in one, entered in the other by keyboard, and both seen together at either width."""

from __future__ import annotations

from secrets import token_hex

import pytest
from playwright.async_api import Browser, expect

from tests.browser.activations import counted
from tests.browser.admin import Admin, open_admin
from tests.browser.steps import SLOW
from tests.browser.surroundings import Surroundings
from tests.browser.views import HELD

pytestmark = pytest.mark.browser


async def test_an_owner_makes_a_code_and_the_other_shop_joins_with_it_by_keyboard(
    admin: Admin, browser: Browser
) -> None:
    await admin.place.connect()
    view, said = admin.view, admin.page.locator(".toast")
    await admin.open("/settings?staff=1")
    await view.get_by_role("link", name="One shop. Bring others in").click()
    await expect(view.get_by_role("row").filter(has_text=admin.place.shop)).to_contain_text(
        "You are here", timeout=SLOW
    )
    await expect(view.get_by_text("Only a shop without connections can join")).to_be_visible()
    await view.get_by_role("button", name="Make a code").click()
    shown = view.get_by_label("Code", exact=True)
    await expect(shown).to_be_visible(timeout=SLOW)
    code = await shown.input_value()
    await view.get_by_role("button", name="Copy", exact=True).click()
    await expect(said.last).to_contain_text("Copied")
    assert await admin.violations() == []

    other = await admin.place.beside(f"second-{token_hex(4)}.myshopify.com")
    await other.install()
    async with open_admin(browser, other, width=390) as second:
        at, told = second.view, second.page.locator(".toast")
        did = await counted(second)
        await second.open("/settings/shops?staff=1")
        field = at.get_by_label("Code from the other organisation")
        await expect(field).to_be_visible(timeout=SLOW)
        await did.tab_to(field)
        await did.type("WRONG-WRONG-WRONG-WRONG")
        await did.tab_to(at.get_by_role("button", name="Join", exact=True).first)
        await did.press("Enter")
        await did.tab_to(at.get_by_role("button", name="Join", exact=True).last)
        await did.press("Enter")
        await expect(at.get_by_text("There is no such code")).to_be_visible(timeout=SLOW)
        assert await second.violations() == []
        await field.fill(code)
        await did.tab_to(at.get_by_role("button", name="Join", exact=True).first)
        await did.press("Enter")
        await expect(at.get_by_text("This can't be taken back from here")).to_be_visible()
        await did.tab_to(at.get_by_role("button", name="Join", exact=True).last)
        await did.press("Enter")
        await expect(told.last).to_contain_text(f"This shop belongs to {admin.place.shop} now", timeout=SLOW)
        for shop, more in ((other.shop, "You are here"), (admin.place.shop, "Installed")):
            await expect(at.get_by_role("row").filter(has_text=shop)).to_contain_text(more, timeout=SLOW)
        await expect(at.get_by_role("button", name="Make a code")).to_be_enabled(timeout=SLOW)
        assert await second.violations() == []
        frame = await second.frame()
        assert await frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert second.troubles == []
    await admin.open("/settings/shops")
    await expect(view.get_by_role("row").filter(has_text=other.shop)).to_be_visible(timeout=SLOW)
    await _told_apart(admin, browser, other)


async def _told_apart(admin: Admin, browser: Browser, other: Surroundings) -> None:
    """Once the other shop has a connection too, lists say of which shop each thing is, and show one shop's alone."""
    await other.connect()
    names = [place.shop.partition(".")[0] for place in (admin.place, other)]
    for place in (admin.place, other):
        await place.place(HELD)
    for width in (1280, 390):
        async with open_admin(browser, admin.place, width=width) as tab:
            at = tab.view
            await tab.open("/orders?state=HELD")
            rows = at.get_by_role("row").filter(has_text="Needs you")
            await expect(rows).to_have_count(2, timeout=SLOW)
            for name in names:
                await expect(rows.filter(has_text=name)).to_have_count(1)
            await at.get_by_label("Shop", exact=True).select_option(label=names[1])
            await expect(rows).to_have_count(1, timeout=SLOW)
            await expect(rows).to_contain_text(names[1])
            assert await tab.violations() == []
            await tab.open("/problems")
            causes = at.get_by_role("row").filter(has_text="Show them")
            await expect(causes).to_contain_text(names[0], timeout=SLOW)
            await expect(causes).to_contain_text(names[1])
            await at.get_by_label("Shop", exact=True).select_option(label=names[0])
            await expect(causes).not_to_contain_text(names[1], timeout=SLOW)
            await expect(causes).to_contain_text(names[0])
            await causes.get_by_role("link", name="Show them").click()
            await expect(rows).to_have_count(1, timeout=SLOW)
            await expect(rows).to_contain_text(names[0])
            await tab.open("/problems")
            await expect(causes).to_be_visible(timeout=SLOW)
            assert await tab.violations() == []
            frame = await tab.frame()
            assert await frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert tab.troubles == []


async def test_who_is_no_owner_sees_the_shops_and_why_the_rest_is_not_theirs(admin: Admin) -> None:
    await admin.place.install()
    view = admin.view
    await admin.open("/settings/shops?staff=4")
    await expect(view.get_by_text("Your role, viewer, may not do this").first).to_be_visible(timeout=SLOW)
    await expect(view.get_by_role("row").filter(has_text=admin.place.shop)).to_be_visible()
    await expect(view.get_by_role("button", name="Make a code")).to_be_disabled()
