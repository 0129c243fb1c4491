"""A press whose answer gets lost: pressed again it is done once and told what the first one was; a new press is a new deed."""

from __future__ import annotations

import pytest
from playwright.async_api import Route, expect

from tests.browser.admin import Admin
from tests.browser.steps import SLOW

pytestmark = pytest.mark.browser


async def test_a_press_is_done_once_though_its_answer_was_lost_and_it_was_pressed_again(admin: Admin) -> None:
    await admin.place.install()
    view, keys = admin.view, list[str | None]()

    async def lose(route: Route) -> None:
        making = "mutation ApiTokenCreate" in (route.request.post_data or "")
        if making:
            keys.append(route.request.headers.get("idempotency-key"))
        if making and len(keys) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.fallback()

    await admin.page.route("**/graphql", lose)
    await admin.open("/settings/tokens?staff=1")
    rows = view.get_by_role("row").filter(has_text="Reports")
    await view.get_by_label("What will use it").fill("Reports", timeout=SLOW)
    press = view.get_by_role("button", name="Make the token")
    await press.click()
    await expect(admin.page.locator(".toast").last).to_contain_text("did not answer", timeout=SLOW)
    await press.click()
    await expect(view.get_by_label("Token", exact=True)).to_be_visible(timeout=SLOW)
    assert keys[0]
    assert keys == [keys[0]] * 2
    await expect(rows).to_have_count(1, timeout=SLOW)

    await view.get_by_label("What will use it").fill("Reports 2")
    await press.click()
    await expect(rows).to_have_count(2, timeout=SLOW)
    assert len(keys) == 3
    assert keys[2] != keys[0]
