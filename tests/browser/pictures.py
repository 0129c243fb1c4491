"""Takes the pictures of docs/images: `python -m tests.browser.pictures`. Each view with data, wide and narrow."""

from __future__ import annotations

import asyncio
import sys

from playwright.async_api import Browser, expect

from app.cli.stage import ROOT
from app.embedded import temporary_home
from tests.browser.admin import Admin, open_admin, open_browser
from tests.browser.drafts import draft, publish
from tests.browser.steps import SLOW, connect, go_live, plan, push_stock
from tests.browser.surroundings import LINE, Surroundings, surroundings
from tests.browser.views import HELD

FOLDER = ROOT / "docs" / "images"
WIDTHS = (1280, 390)
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
    await setting_up(browser, place)
