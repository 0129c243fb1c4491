"""Every view with something in it, wide and narrow: axe has nothing to say, nothing is cut off, and all of it is words."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.admin import open_admin
from tests.browser.surroundings import Surroundings
from tests.browser.views import View, furnished

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CUT_OFF = """() => {
  const wide = document.documentElement.clientWidth;
  const parts = [...document.querySelectorAll("body *")].filter((each) => each.getClientRects().length);
  const name = (each) => `${each.localName}: ${each.textContent.trim().slice(0, 40)}`;
  const shown = parts.filter((each) => !each.closest("s-table-header-row"));
  return shown.filter((each) => each.getBoundingClientRect().right > wide + 1).map(name);
}"""
"""Whatever reaches beyond the right edge of the frame. A table's head is there for readers alone where it is a list."""

RAW = ("undefined", "[object", "NaN", "null", "{", "}", "Lorem", "TODO")


@pytest.fixture(scope="module")
async def views(browser: Browser, place: Surroundings) -> list[View]:
    return await furnished(browser, place, orders=8)


@pytest.mark.parametrize("width", [1280, 390])
async def test_every_view_is_whole_and_in_words(
    browser: Browser, place: Surroundings, views: list[View], width: int
) -> None:
    async with open_admin(browser, place, width=width) as admin:
        for view in [each for each in views if not each.looked_at]:
            await admin.open(view.path)
            await expect(view.ready(admin.view)).to_be_visible(timeout=30_000)
            frame = await admin.frame()
            assert await admin.violations() == [], view.name
            assert await frame.evaluate(CUT_OFF) == [], view.name
            text = await frame.inner_text("#page")
            assert not [word for word in RAW if word in text], view.name
            assert admin.troubles == [], view.name
