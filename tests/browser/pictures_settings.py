"""Takes the pictures of stock, runs, reports, settings with all below, and help: `python -m tests.browser.pictures_settings`."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, expect

from app.embedded import temporary_home
from tests.browser.admin import Admin, open_admin, open_browser
from tests.browser.comparisons import note_comparison
from tests.browser.drafts import settled
from tests.browser.pictured import WIDTHS
from tests.browser.pictures import FOLDER, picture
from tests.browser.steps import SLOW, push_stock
from tests.browser.surroundings import Surroundings, surroundings

DAYS = (("59.97", "59.97"), ("119.94", "119.94"), ("79.96", "79.96"), ("39.98", "19.99"))
SHOWN = {
    "reports": ("/reports", "Do both sides agree?"),
    "products": ("/reports/products", "SKUs that do not fit"),
    "settings": ("/settings", "Settings"),
    "settings-flows": ("/settings/flows", "Orders"),
    "settings-connections": ("/settings/connections", "Connections"),
    "settings-alerts": ("/settings/alerts", "Who is told"),
    "settings-team": ("/settings/team", "People"),
    "settings-tokens": ("/settings/tokens", "Make a token"),
    "settings-shops": ("/settings/shops", "Shops"),
    "settings-audit": ("/settings/audit", "Audit log"),
    "settings-privacy": ("/settings/privacy", "What is kept, and for how long"),
    "help": ("/help", "A text to pass on"),
    "runs": ("/runs", "What ran"),
    "stock": ("/stock", "Stock"),
}
TOLD = """mutation { alertRecipientAdd(channel: EMAIL, address: "ops@example.org", kinds: [CRITICAL, HELD]) {
    userErrors { code } } }"""


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with temporary_home() as home:
        async with surroundings(home) as place, open_browser() as browser:
            await _furnished(browser, place)
            for width in WIDTHS:
                async with open_admin(browser, place, width=width) as admin:
                    await _taken(admin, width)


async def _furnished(browser: Browser, place: Surroundings) -> None:
    await place.connect()
    await place.shelve({f"SKU-{number:04}": 40 + number * 7 % 60 for number in range(1, 51)})
    await place.place(*[{}] * 2)
    async with open_admin(browser, place) as admin:
        await admin.open()
        await push_stock(admin)
    await settled(place, 2)
    await place.ask(TOLD)
    await note_comparison(place, *DAYS)
    await place.shelve({"SKU-0003": 9})


async def _taken(admin: Admin, width: int) -> None:
    view = admin.view
    for name, (path, heading) in SHOWN.items():
        await admin.open(path)
        await expect(view.get_by_role("heading", name=heading, exact=True).first).to_be_visible(timeout=SLOW)
        await admin.page.wait_for_timeout(1_500)
        await picture(admin, name, width)
    await admin.open("/reports")
    await view.get_by_role("link", name="Differs").click()
    await expect(view.get_by_role("button", name="Heal")).to_be_visible(timeout=SLOW)
    await picture(admin, "report", width)
    await admin.open("/runs")
    await view.get_by_role("row").filter(has_text="A person").last.get_by_role("link").click()
    await expect(view.get_by_role("heading", name="Plan", exact=True)).to_be_visible(timeout=SLOW)
    await picture(admin, "run", width)


if __name__ == "__main__":
    asyncio.run(main())
