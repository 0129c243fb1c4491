"""Reports on the page: does a month agree, what differs and is healed, and each report as a file for whoever may read it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.activations import counted
from tests.browser.admin import Admin
from tests.browser.comparisons import note_comparison
from tests.browser.drafts import settled
from tests.browser.steps import SLOW
from tests.browser.surroundings import Surroundings
from tests.browser.test_runs import looked_at

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def compared(place: Surroundings) -> Surroundings:
    """Live with two orders in the ERP, and a comparison of the last two days that found one document gone."""
    await place.connect()
    await place.place({}, {})
    await settled(place, 2)
    await note_comparison(place, ("39.98", "19.99"))
    return place


async def saved(admin: Admin, name: str) -> tuple[str, str]:
    """The file that a press of the button leaves: its name, and what is in it."""
    async with admin.page.expect_download(timeout=SLOW) as coming:
        await admin.view.get_by_role("button", name=f"Save as CSV: {name}").first.click()
    file = await coming.value
    path = await file.path()
    return file.suggested_filename, await asyncio.to_thread(Path(path).read_text)


async def test_whether_both_sides_agree_is_one_press_away_and_what_differs_is_healed(
    compared: Surroundings, admin: Admin
) -> None:
    did = await counted(admin)
    await admin.open()
    view = admin.view
    await expect(view.get_by_role("heading", name="What needs you")).to_be_visible(timeout=SLOW)
    did.begin()
    await view.get_by_role("link", name="Do both sides agree?").click()
    await expect(view.get_by_text("1 day differs")).to_be_visible(timeout=SLOW)
    assert did.count == 1, did.seen
    total = view.get_by_role("row").filter(has_text="Total EUR")
    await expect(total).to_contain_text("2 orders, €39.98")
    await expect(total).to_contain_text("1 document, €19.99")
    assert await admin.violations() == []
    await view.get_by_label("Days").select_option(label="The last 7 days")
    name, text = await saved(admin, "The last 7 days")
    assert name.startswith("both-sides-")
    assert ",EUR,2,39.98,1,19.99,no," in text
    assert "not compared" in text
    await looked_at(admin)
    await view.get_by_role("link", name="Differs").click()
    await expect(view.get_by_role("row").filter(has_text="Missing in the ERP")).to_be_visible(timeout=SLOW)
    await looked_at(admin)
    _, findings = await saved(admin, "What differs")
    assert findings.splitlines()[1].startswith("missing,")
    await view.get_by_role("button", name="Heal").click()
    await expect(admin.page.locator(".toast").last).to_contain_text("1 is made again", timeout=SLOW)
    await expect(view.get_by_role("button", name="Heal")).to_have_count(0)
    await settled(compared, 2)
    assert len(await compared.documents()) == 2, "its document was there, and none was made a second time"
    await view.get_by_role("link", name="Reports").click()
    await view.get_by_role("link", name="Products and SKUs").click()
    await expect(view.get_by_role("heading", name="SKUs that do not fit")).to_be_visible(timeout=SLOW)
    await saved(admin, "What the ERP told of its items")
    await looked_at(admin)
