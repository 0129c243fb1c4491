"""Look-up tables on the page: what orders wait for is mapped where it is seen, by mouse and by keyboard alone."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.activations import counted
from tests.browser.admin import Admin
from tests.browser.steps import SLOW
from tests.browser.surroundings import LINE, TABLES, Surroundings
from tests.patience import FAR

pytestmark = pytest.mark.browser

ORDERS = 37
AT_REST = 6
"""Looks in a row, half a second apart: what a held order is marked with goes out after a second, and comes back as an event."""
FEWEST = 3
"""So many activations at the most, from the overview on."""


def paid_by(gateway: str) -> dict[str, object]:
    return {"lines": [LINE], "transactions": [{"kind": "SALE", "gateway": gateway}]}


@pytest.fixture(scope="module")
async def waiting(place: Surroundings) -> Surroundings:
    """Live, with two ways of paying that no table names, 37 orders each."""
    await place.connect({**TABLES, "payments": {"shopify_payments": "CASH"}})
    await place.place(*[paid_by(gateway) for _ in range(ORDERS) for gateway in ("PayPal", "Klarna")])
    await at_rest(place, held=2 * ORDERS)
    return place


async def at_rest(place: Surroundings, *, held: int) -> None:
    """So many at least wait for a person, and nothing is on its way that would have one of them run just when it is counted:

    no event, and no rules that were published for others.
    """
    count = "query($s: [OrderState!]) { orders(first: 100, states: $s) { nodes { id } } }"
    still = 0
    async with asyncio.timeout(FAR):
        while still < AT_REST:
            found = [
                len((await place.ask(count, s=states))["orders"]["nodes"])
                for states in (["HELD"], ["WAITING", "RUNNING"])
            ]
            quiet = (
                found[0] >= held and found[1] == 0 and not (await place.act("GET", "/webhooks"))["pending"]
            )
            still = still + 1 if quiet else 0
            await asyncio.sleep(0.5)


async def in_the_erp(place: Surroundings, method: str) -> list[str]:
    """What each of this shop's documents was paid by, once so many as wait are paid like that."""
    async with asyncio.timeout(FAR):
        while True:
            found = [each["method"] for document in await place.documents() for each in document["payments"]]
            if found.count(method) >= ORDERS:
                return found
            await asyncio.sleep(0.3)


async def test_what_waits_for_a_payment_method_is_mapped_and_sent_from_the_overview_by_mouse(
    waiting: Surroundings, admin: Admin
) -> None:
    did = await counted(admin)
    await admin.open()
    code = admin.view.get_by_label("Payment method “PayPal”: the ERP's code")
    row = admin.view.locator("s-grid").filter(has=code).first
    await expect(row).to_contain_text(f"{ORDERS} orders wait", timeout=180_000)
    await expect(code).to_have_value("paypal", timeout=SLOW)
    assert await admin.violations() == []
    did.begin()
    await code.select_option("card")
    await admin.view.get_by_role("button", name="Map and send: Payment method “PayPal”").click()
    said = admin.page.locator(".toast").last
    await expect(said).to_contain_text(f"Mapped. {ORDERS} orders run again.", timeout=SLOW)
    await expect(admin.view.get_by_text("Payment method “PayPal”", exact=True)).to_have_count(
        0, timeout=180_000
    )
    assert 1 <= did.count <= FEWEST, did.seen
    assert (await in_the_erp(waiting, "card")).count("card") == ORDERS
    await expect(admin.view.get_by_text("Payment method “Klarna”", exact=True)).to_be_visible()


async def test_what_waits_for_a_payment_method_is_mapped_and_sent_from_the_overview_by_keyboard_alone(
    waiting: Surroundings, admin: Admin
) -> None:
    await at_rest(waiting, held=ORDERS)
    did = await counted(admin)
    await admin.open()
    code = admin.view.get_by_label("Payment method “Klarna”: the ERP's code")
    row = admin.view.locator("s-grid").filter(has=code).first
    await expect(row).to_contain_text(f"{ORDERS} orders wait", timeout=180_000)
    await expect(code).to_have_value("", timeout=SLOW)
    did.begin()
    await did.tab_to(code)
    await did.type("bank")
    await expect(code).to_have_value("bank")
    await did.tab_to(admin.view.get_by_role("button", name="Map and send: Payment method “Klarna”"))
    await did.press("Enter")
    await expect(admin.page.locator(".toast").last).to_contain_text(f"{ORDERS} orders", timeout=SLOW)
    await expect(admin.view.get_by_text("Payment method “Klarna”", exact=True)).to_have_count(
        0, timeout=180_000
    )
    assert 1 <= did.count <= FEWEST, did.seen
    assert (await in_the_erp(waiting, "bank")).count("bank") == ORDERS
    await expect(admin.view.get_by_text("Nothing needs you")).to_be_visible()
