"""The rule builder when something is missing: a save that never arrives, no orders yet, and one that the store can't show."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.browser.admin import Admin
from tests.browser.mapping_steps import Beside, bar, beside, saved
from tests.browser.steps import SLOW
from tests.browser.surroundings import Surroundings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def api(place: Surroundings) -> Beside:
    """A live connection without any order."""
    await place.connect()
    return await beside(place)


async def answered(admin: Admin, operation: str, data: dict[str, Any] | None) -> None:
    """The API answers one operation like that; with None the line breaks."""

    async def answer(route: Route) -> None:
        if f" {operation}(" not in (route.request.post_data or ""):
            await route.fallback()
        elif data is None:
            await route.abort()
        else:
            await route.fulfill(json={"data": data})

    await admin.page.route("**/graphql", answer)


async def test_a_save_that_never_arrives_loses_nothing(api: Beside, admin: Admin) -> None:
    await admin.open("/mapping")
    view = admin.view
    await view.get_by_role("button", name="Add a rule for Memo", exact=True).click(timeout=SLOW)
    await view.get_by_label("Starts from", exact=True).select_option(label="Order name")
    await expect(view.get_by_text("No orders yet")).to_be_visible()
    assert await admin.violations() == []
    await answered(admin, "RulesSave", None)
    await view.get_by_role("button", name="Save draft").click()
    await expect(view.get_by_text("Stockbridge did not answer.")).to_be_visible(timeout=SLOW)
    await expect(bar(admin)).to_be_visible()
    await expect(view.get_by_label("Starts from", exact=True)).to_have_value("order.name")
    assert (await api.rules()).get("fields", []) == []
    await admin.page.unroute_all()
    await view.get_by_role("button", name="Save draft").click()
    await saved(admin)
    await expect(view.get_by_text("Stockbridge did not answer.")).to_have_count(0)
    await api.starts({"memo": {"field": "order.name"}})


async def test_an_order_that_can_not_be_read_says_why_and_the_rules_stay_usable(
    api: Beside, admin: Admin
) -> None:
    order = {"id": "gid://stockbridge/Order/1", "name": "#1001", "storeKey": "1", "placedAt": None}
    await admin.open()
    await answered(admin, "OrderChoices", {"orders": {"nodes": [order]}})
    error = {"message": "The shop does not answer.", "code": "x"}
    held = {"order": None, "values": [], "lines": [], "userErrors": [error]}
    await answered(admin, "OrderHeld", {"mappingOrderValues": held})
    await admin.page.get_by_role("link", name="Mapping").click()
    await expect(admin.view.get_by_text("The shop does not answer.")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await admin.view.get_by_role("button", name="Add a rule for Memo", exact=True).click()
    await expect(admin.view.get_by_label("Starts from", exact=True)).to_be_focused()
