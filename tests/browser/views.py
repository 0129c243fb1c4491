"""Every view of the page with something in it, and how to tell that it is all there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.async_api import Browser, FrameLocator, Locator, expect

from tests.browser.admin import open_admin
from tests.browser.steps import push_stock
from tests.browser.surroundings import Surroundings

HELD = {"lines": [{"vendor": "Nordlicht", "title": "Engraving", "price": "12.00", "quantity": 1}]}
"""An order that waits for a person: a product that is gone and never had a SKU."""

_PAGE = 25


@dataclass(frozen=True, kw_only=True)
class View:
    """`ready` finds what the view is there for. `looked_at`: its own test looks at both widths and asks axe."""

    name: str
    path: str
    ready: Callable[[FrameLocator], Locator]
    looked_at: bool = False


async def furnished(browser: Browser, place: Surroundings, *, orders: int = 30) -> list[View]:
    """A live connection with orders, one held and one refunded, and stock that was pushed; then where each view is."""
    await place.connect()
    await place.shelve({f"SKU-{number:04}": 40 + number * 7 % 60 for number in range(1, 51)})
    *_, refunded, _held = await place.place(*([{}] * (orders - 1)), HELD)
    async with open_admin(browser, place) as admin:
        await admin.open()
        await push_stock(admin)
        run = _path(admin.page.url)
        await admin.open("/orders?state=SETTLED")
        rows = min(orders - 1, _PAGE)
        await expect(admin.view.get_by_role("row")).to_have_count(rows + 1, timeout=120_000)
        await admin.view.get_by_role("link", name=refunded["name"]).click()
        await expect(admin.view.get_by_role("heading", name="Timeline")).to_be_visible()
        await place.refund(refunded["name"])
        await expect(admin.view.get_by_role("heading", name="Refunds")).to_be_visible(timeout=180_000)
        await expect(admin.view.get_by_text("CM-").first).to_be_visible(timeout=180_000)
        order = _path(admin.page.url)
        await admin.open("/orders?kind=REFUND&state=SETTLED")
        await admin.view.get_by_role("row").nth(1).get_by_role("link").first.click(timeout=60_000)
        await expect(admin.view.get_by_role("heading", name="Timeline")).to_be_visible()
        refund = _path(admin.page.url)
    return _views(order, run, refund)


def _looked_at(name: str, path: str, ready: Callable[[FrameLocator], Locator]) -> View:
    """One whose own test looks at it."""
    return View(name=name, path=path, ready=ready, looked_at=True)


def _views(order: str, run: str, refund: str) -> list[View]:
    return [
        View(name="overview", path="", ready=lambda at: at.get_by_role("heading", name="What needs you")),
        View(name="connect", path="/connect", ready=lambda at: at.get_by_label("Payments")),
        View(name="setup", path="/setup", ready=lambda at: at.get_by_text("of 6 done")),
        View(
            name="setup-skus",
            path="/setup?step=SKUS",
            ready=lambda at: at.get_by_role("button", name="Read both sides"),
        ),
        View(
            name="setup-map", path="/setup?step=MAP", ready=lambda at: at.get_by_label("Taxes: anything else")
        ),
        View(name="setup-flows", path="/setup?step=FLOWS", ready=lambda at: at.get_by_label("Refunds")),
        View(
            name="setup-dry-run",
            path="/setup?step=DRY_RUN",
            ready=lambda at: at.get_by_role("button", name="Try it"),
        ),
        View(
            name="setup-live",
            path="/setup?step=GO_LIVE",
            ready=lambda at: at.get_by_text("This connection is live"),
        ),
        View(name="refund", path=refund, ready=lambda at: at.get_by_role("heading", name="Timeline")),
        View(name="orders", path="/orders", ready=lambda at: at.get_by_role("link", name="#10").first),
        View(name="order", path=order, ready=lambda at: at.get_by_role("heading", name="Timeline")),
        View(name="problems", path="/problems", ready=lambda at: at.get_by_role("heading", name="By cause")),
        View(
            name="buyer",
            path=order.replace("/orders/", "/buyers/"),
            ready=lambda at: at.get_by_text("Asked of the shop and the ERP just now"),
        ),
        View(name="held", path="/orders?state=HELD", ready=lambda at: at.get_by_text("All that match")),
        View(name="stock", path="/stock", ready=lambda at: at.get_by_text("SKU-0001")),
        View(name="runs", path="/runs", ready=lambda at: at.get_by_text("A person").first),
        _looked_at("reports", "/reports", lambda at: at.get_by_role("heading", name="Comparisons")),
        _looked_at(
            "products", "/reports/products", lambda at: at.get_by_role("heading", name="SKUs that do not fit")
        ),
        _looked_at("settings", "/settings", lambda at: at.get_by_text("Owners and schedules")),
        _looked_at("schedules", "/settings/flows", lambda at: at.get_by_label("Orders: owner")),
        _looked_at("connections", "/settings/connections", lambda at: at.get_by_role("button", name="Pause")),
        _looked_at("shops", "/settings/shops", lambda at: at.get_by_text("You are here")),
        _looked_at("alerts", "/settings/alerts", lambda at: at.get_by_text("Nobody yet")),
        _looked_at("privacy", "/settings/privacy", lambda at: at.get_by_text("30 days").first),
        _looked_at("help", "/help", lambda at: at.get_by_role("button", name="Make it")),
        View(name="mapping", path="/mapping", ready=lambda at: at.get_by_text("Published by").first),
        View(
            name="versions",
            path="/mapping/versions",
            ready=lambda at: at.get_by_role("link", name="Version 1"),
        ),
        View(
            name="version",
            path="/mapping/versions/1",
            ready=lambda at: at.get_by_role("heading", name="Field rules"),
        ),
        View(
            name="changes",
            path="/mapping/changes?was=1&now=current",
            ready=lambda at: at.get_by_role("heading", name="Nothing differs"),
        ),
        View(name="preview", path="/mapping/preview", ready=lambda at: at.get_by_text("Nothing was written")),
        View(name="what-if", path="/mapping/what-if?version=1", ready=lambda at: at.get_by_text("None yet.")),
        View(name="tables", path="/mapping/tables", ready=lambda at: at.get_by_role("link", name="Taxes")),
        View(
            name="table",
            path="/mapping/tables/special",
            ready=lambda at: at.get_by_label("What the ERP is told for Roundings"),
        ),
        View(name="rates", path="/mapping/rates", ready=lambda at: at.get_by_text("No rates yet")),
        View(name="team", path="/settings/team", ready=lambda at: at.get_by_text("Olivia Winter")),
        View(name="tokens", path="/settings/tokens", ready=lambda at: at.get_by_text("No tokens yet")),
        View(
            name="audit",
            path="/settings/audit",
            ready=lambda at: at.get_by_role("cell", name="Gave a role").first,
        ),
        View(name="run", path=run, ready=lambda at: at.get_by_text("50 of 50 levels written")),
    ]


def _path(url: str) -> str:
    """The app's own part of the admin's address."""
    return url.partition("/apps/stockbridge")[2]
