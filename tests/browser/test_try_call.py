"""One call of a connection document is tried on the form, before anything is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from app.hosts.rest.spec import REST
from app.ports import Fence
from tests.browser.admin import Admin
from tests.browser.relay import relayed
from tests.browser.steps import SLOW, paste
from tests.browser.surroundings import Surroundings
from tests.hosts.simulated import SimulatedUnderTest, running

pytestmark = pytest.mark.browser


@pytest.fixture
async def erp(place: Surroundings, tmp_path: Path) -> AsyncIterator[SimulatedUnderTest]:
    """Where the app may call it."""
    with running(REST, tmp_path, wrong={"secret": "no-such-secret"}, fence=Fence.UNIQUE) as under:
        async with relayed(int(under.address.rpartition(":")[2]), at=place.spare):
            yield under


async def test_a_call_of_the_document_shows_what_was_sent_and_found_and_a_wrong_name_is_told(
    admin: Admin, erp: SimulatedUnderTest
) -> None:
    view = admin.view
    await admin.open("/connect")
    await expect(view.get_by_role("heading", name="Try one call")).to_have_count(0)
    await view.get_by_label("ERP", exact=True).select_option(label="Custom REST API")
    given = erp.at(f"127.0.0.1:{admin.place.spare}")
    for field in REST.form:
        if (said := given.get(field.name)) and field.name == "document":
            await paste(view.get_by_label(field.label, exact=True), said)
        elif said and not field.choices:
            await view.get_by_label(field.label, exact=True).fill(said)
        elif said:
            await view.get_by_label(field.label, exact=True).select_option(said)
    tried = view.get_by_role("button", name="Try this call")
    await expect(tried).to_be_disabled()
    await view.get_by_label("Call", exact=True).fill("stock.of")
    await view.get_by_label("Values", exact=True).fill("items = TEA")
    await tried.click()
    await expect(view.get_by_text("Answered with 200, 1 thing found")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_text("TEA").last).to_be_visible()
    shown = await view.locator("body").inner_text()
    assert not any(secret in shown for secret in erp.secrets)
    assert not (found := await admin.violations()), found
    await view.get_by_label("Call", exact=True).fill("orders.create")
    # As long as it turns, the page looks again at what the first one may have changed, and nobody can press it.
    await expect(tried).not_to_have_attribute("aria-busy", "true", timeout=SLOW)
    await tried.click()
    await expect(view.get_by_role("alert")).to_contain_text("orders.create", timeout=SLOW)
    await expect(view.get_by_text("Answered with")).to_have_count(0)
    assert admin.troubles == []
