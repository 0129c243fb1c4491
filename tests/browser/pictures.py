"""Takes the pictures of docs/images: `python -m tests.browser.pictures`. Each view with data, wide and narrow."""

from __future__ import annotations

import asyncio
import sys

from playwright.async_api import Browser, expect

from app.cli.stage import ROOT
from app.embedded import temporary_home
from tests.browser.admin import Admin, open_admin, open_browser
from tests.browser.drafts import connection, draft, publish, settled
from tests.browser.pictured import SHOWS, WIDTHS
from tests.browser.steps import SLOW, connect, go_live, plan, push_stock
from tests.browser.surroundings import LINE, Surroundings, surroundings
from tests.browser.views import HELD

FOLDER = ROOT / "docs" / "images"
BOUGHT = {"customer": {"firstName": "Ada", "lastName": "Beispiel", "email": "ada@example.com"}}
RATE = """mutation ($connection: ID!) { ratesEnter(connection: $connection, input: [
    {fromCurrency: "USD", toCurrency: "EUR", rate: "0.9215", day: "2026-11-20", goodForDays: 14}]) { userErrors { code } } }"""
PAYPAL = {"transactions": [{"kind": "SALE", "gateway": "PayPal"}]}
RULES = {
    "fields": [
        {
            "id": "department",
            "target": "department",
            "start": {"field": "order.channel"},
            "steps": [
                {"do": "look_up", "table": "departments", "required": False},
                {"do": "default", "text": "WEB"},
            ],
        },
        {
            "id": "memo",
            "target": "memo",
            "start": {"text": "Online shop"},
            "steps": [{"do": "join", "parts": [{"field": "order.name"}], "separator": " "}],
            "when": {"tests": [{"field": "order.tags", "operator": "is_not", "values": ["wholesale"]}]},
        },
    ],
    "gates": [
        {
            "id": "dear",
            "when": {"tests": [{"field": "order.total", "operator": "above", "values": ["40"]}]},
            "do": "hold",
            "sentence": "Orders over 40 are looked at first.",
        }
    ],
}


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with temporary_home() as home:
        async with surroundings(home) as place, open_browser() as browser:
            await _taken(browser, place)


async def _taken(browser: Browser, place: Surroundings) -> None:
    (old,) = await place.place({"created_days_ago": 2, "processed_days_ago": 2})
    async with open_admin(browser, place) as admin:
        await admin.open()
        await connect(admin)
        await plan(admin)
        await expect(admin.view.get_by_role("checkbox", name="Send")).to_be_visible(timeout=SLOW)
    for width in WIDTHS:
        async with open_admin(browser, place, width=width) as admin:
            await admin.open("/connect")
            await admin.view.get_by_role("button", name="Show the plan").click()
            await expect(admin.view.get_by_role("checkbox", name="Send")).to_be_visible(timeout=SLOW)
            await picture(admin, "connect", width)
    await _setting_up(browser, place)
    async with open_admin(browser, place) as admin:
        await admin.open("/setup")
        await go_live(admin, approve=old["name"])
        await place.shelve({f"SKU-{number:04}": 40 + number * 7 % 60 for number in range(1, 51)})
        await push_stock(admin)
    await place.place(*([BOUGHT] * 6), HELD, *([{}] * 3))
    await settled(place, 10)
    await place.refund("#1003")
    for width in WIDTHS:
        async with open_admin(browser, place, width=width) as admin:
            await _of_orders(admin, width)
    await _mapping(browser, place)


async def _setting_up(browser: Browser, place: Surroundings) -> None:
    """The first hour: its checklist with names and codes, and a real order tried before anything is live."""
    for width in WIDTHS:
        async with open_admin(browser, place, width=width) as admin:
            await admin.open("/setup?step=MAP")
            await expect(admin.view.get_by_label("Taxes: anything else")).to_be_visible(timeout=SLOW)
            await picture(admin, "setup", width)
            await admin.open("/setup?step=DRY_RUN")
            await admin.view.get_by_role("button", name="Try it").click(timeout=SLOW)
            told = admin.view.get_by_role("heading", name="What the ERP would be told")
            await expect(told).to_be_visible(timeout=SLOW)
            await picture(admin, "setup-dry-run", width)


async def _mapping(browser: Browser, place: Surroundings) -> None:
    """A way of paying that is not mapped, a draft that says otherwise, and what it would do."""
    await publish(place, await draft(place, payments={"shopify_payments": "CASH"}))
    await place.place({"lines": [{**LINE, "quantity": 9}]}, *[PAYPAL] * 3)
    for width in WIDTHS:
        async with open_admin(browser, place, width=width) as admin:
            await admin.open()
            await expect(admin.view.get_by_text("3 orders wait")).to_be_visible(timeout=180_000)
            await picture(admin, "mapping-unmapped", width)
    await place.ask(RATE, connection=await connection(place))
    await draft(place, rules=RULES, locations={"*": "NORTH"}, departments={"web": "ECOM"})
    async with open_admin(browser, place) as admin:
        await admin.open("/mapping/what-if")
        await admin.view.get_by_role("button", name="Start").click()
        await expect(admin.view.get_by_text("Done", exact=True)).to_be_visible(timeout=180_000)
        what_if = admin.page.url.partition("/apps/stockbridge")[2]
    for width in WIDTHS:
        async with open_admin(browser, place, width=width) as admin:
            await _of_mapping(admin, width, what_if)


async def _of_orders(admin: Admin, width: int) -> None:
    view = admin.view
    await admin.open("/orders")
    rows = view.get_by_role("row")
    # The one that needs somebody names the ERP too.
    await expect(rows.filter(has_text="In the ERP")).to_have_count(11, timeout=180_000)
    await expect(rows.filter(has_text="Needs you")).to_have_count(1, timeout=180_000)
    await picture(admin, "orders", width)
    await view.get_by_role("link", name="#1002").click()
    await expect(view.get_by_role("heading", name="Timeline")).to_be_visible()
    await picture(admin, "order", width)
    await admin.open(admin.page.url.partition("/apps/stockbridge")[2].replace("/orders/", "/buyers/"))
    await expect(view.get_by_text("Asked of the shop and the ERP just now")).to_be_visible(timeout=SLOW)
    await picture(admin, "buyer", width)
    await admin.open("/orders?kind=REFUND&state=SETTLED")
    await view.get_by_role("row").nth(1).get_by_role("link").first.click(timeout=180_000)
    await expect(view.get_by_role("heading", name="Timeline")).to_be_visible()
    await picture(admin, "refund", width)
    await admin.open("/problems")
    await expect(view.get_by_role("heading", name="By cause")).to_be_visible(timeout=SLOW)
    await picture(admin, "problems", width)
    await admin.open()
    await expect(view.get_by_role("heading", name="What needs you")).to_be_visible()
    await picture(admin, "overview", width)


async def _of_mapping(admin: Admin, width: int, what_if: str) -> None:
    view = admin.view
    shown = {
        "rules": ("/mapping", view.get_by_role("heading", name="What the ERP is told")),
        "tables": ("/mapping/tables", view.get_by_role("link", name="Taxes")),
        "table": ("/mapping/tables/taxes", view.get_by_role("heading", name="Rows")),
        "rates": ("/mapping/rates", view.get_by_role("row").filter(has_text="USD")),
        "versions": ("/mapping/versions", view.get_by_role("link", name="Version 2")),
        "version": ("/mapping/versions/2", view.get_by_role("heading", name="Field rules")),
        "what-ifs": ("/mapping/what-if", view.get_by_text("Done", exact=True)),
        "changes": ("/mapping/changes", view.get_by_role("row").filter(has_text="NORTH")),
        "what-if": (what_if, view.get_by_role("row").filter(has_text="#10").first),
    }
    for name, (path, ready) in shown.items():
        await admin.open(path)
        await expect(ready).to_be_visible(timeout=SLOW)
        await admin.page.wait_for_timeout(1_200)
        await picture(admin, f"mapping-{name}", width)
    await view.get_by_role("row").filter(has_text="Changed").first.get_by_role("link").click()
    await expect(view.get_by_text("Nothing was written")).to_be_visible(timeout=SLOW)
    await picture(admin, "mapping-preview", width)


async def picture(admin: Admin, name: str, width: int) -> None:
    assert name in SHOWS, f"{name} is a view of tests.browser.pictured"
    await admin.page.wait_for_timeout(400)
    await admin.page.screenshot(path=FOLDER / f"{name}-{width}.png")
    sys.stdout.write(f"{name}-{width}.png\n")


if __name__ == "__main__":
    asyncio.run(main())
