"""What a merchant does on the page, step by step: joining the ERP and going live."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.browser.admin import Admin
from tests.browser.surroundings import KEY

SLOW = 120_000
CODES = {
    "Payments": "CASH",
    "Taxes": "VAT",
    "Shipping": "STANDARD",
    "Warehouse": "MAIN",
    "Item for shipping": "SHIPPING",
    "Item for rounding": "ROUNDING",
}


PLAIN = {"Locations": "MAIN", "Shipping": "STANDARD", "Taxes": "VAT"}


_PASTED = """(field, text) => {
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, text);
  field.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "insertFromPaste" }));
}"""


async def paste(field: Locator, text: str) -> None:
    """A long text all at once: Chromium takes seconds for thousands of lines that are typed, and the page none."""
    await field.evaluate(_PASTED, text)
    await expect(field).to_have_value(text)


async def connect(admin: Admin) -> None:
    """From the first page to a connection that is mapped and not live yet; a wrong key is tried on the way."""
    view = admin.view
    await view.get_by_role("link", name="Connect an ERP").click()
    await view.get_by_label("Address").fill(admin.place.erp)
    await view.get_by_label("Key", exact=True).fill("not-the-key")
    await view.get_by_role("button", name="Test connection").click()
    await expect(view.get_by_role("alert")).to_contain_text("That did not work", timeout=SLOW)
    assert not (found := await admin.violations()), found
    await view.get_by_label("Key", exact=True).fill(KEY)
    await view.get_by_role("button", name="Test connection").click()
    await expect(view.get_by_text("Connected to")).to_be_visible(timeout=SLOW)
    await view.get_by_role("button", name="Connect", exact=True).click()
    said = admin.page.locator(".toast")
    await expect(said).to_contain_text("Nothing is written until you go live", timeout=SLOW)
    for label, code in PLAIN.items():
        await view.get_by_label(f"{label}: anything else", exact=True).fill(code, timeout=SLOW)
    await view.get_by_label("Payments: anything else", exact=True).select_option("card")
    assert not (found := await admin.violations()), found
    await view.get_by_role("button", name="Save", exact=True).click()
    await expect(step(admin, "Say what your ERP calls things", "Done")).to_be_visible(timeout=SLOW)


def step(admin: Admin, name: str, standing: str = "") -> Locator:
    """A line of the checklist, by its name and how it stands."""
    return admin.view.get_by_role("link", name=re.compile(rf"{name}\s*{standing}"))


async def plan(admin: Admin) -> None:
    """On the view of setting up: what would become of the last days' orders."""
    await step(admin, "6. Go live").click()
    await admin.view.get_by_role("button", name="Show the plan").click()


async def go_live(admin: Admin, *, approve: str) -> None:
    """Approves the plan, and the sending of one order that is older than the cut-over."""
    view = admin.view
    await plan(admin)
    await view.get_by_role("checkbox", name=f"Send {approve}").check(timeout=SLOW)
    assert not (found := await admin.violations()), found
    await view.get_by_role("button", name="Go live").click()
    await expect(view.get_by_text("This connection is live")).to_be_visible(timeout=SLOW)


async def turn_on_stock(admin: Admin) -> None:
    """On the view of stock, until the shop's items were read."""
    await admin.view.get_by_role("button", name="Turn on stock").click()
    await expect(admin.view.get_by_role("row").filter(has_text="SKU-0001")).to_be_visible(timeout=180_000)


async def push_stock(admin: Admin) -> None:
    """Turns stock on, plans the first push, approves it and watches it come to its end."""
    view = admin.view
    await admin.page.get_by_role("link", name="Stock", exact=True).click()
    await turn_on_stock(admin)
    await view.get_by_role("button", name="Plan a push").click()
    await expect(view.get_by_text("It is the first push of this connection.")).to_be_visible(timeout=SLOW)
    assert not (found := await admin.violations()), found
    await admin.page.get_by_role("link", name="Stockbridge").click()
    await expect(view.get_by_text("A stock plan waits for your approval")).to_be_visible()
    await view.get_by_role("link", name="Look at the plan").click()
    await view.get_by_role("button", name="Approve and push").click()
    await expect(view.get_by_text("50 of 50 levels written")).to_be_visible(timeout=180_000)
