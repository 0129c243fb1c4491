"""GraphiQL in a real browser on a development server, from our own build under its own policy."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.surroundings import Surroundings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def development(place: Surroundings) -> Surroundings:
    found = await place.in_development()
    await found.install()
    return found


@pytest.fixture
async def page(browser: Browser, development: Surroundings) -> AsyncIterator[Page]:
    """A tab in which nothing may fail or come from elsewhere."""
    page = await browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    page.on(
        "request",
        lambda asked: (
            troubles.append(asked.url) if not asked.url.startswith((development.app, "data:")) else None
        ),
    )
    yield page
    await page.close()
    assert troubles == []


async def test_a_query_runs_with_a_token_that_was_typed_in(page: Page, development: Surroundings) -> None:
    token = await development.token("read_status")
    await page.goto(f"{development.app}/graphiql")
    headers = page.get_by_label("Headers", exact=True).locator(".graphiql-editor:not(.hidden) > .CodeMirror")
    await headers.click()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.insert_text(f'{{"Authorization": "Bearer {token}"}}')
    await page.get_by_role("button", name="Execute query").click()
    result = page.get_by_label("Result Window")
    await expect(result).to_contain_text(development.shop.partition(".")[0], timeout=180_000)
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await expect(page.get_by_text("StockLevelConnection", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Execute query")).to_be_visible()
    assert token not in await page.content()


async def test_without_a_token_the_answer_says_so(page: Page, development: Surroundings) -> None:
    await page.goto(f"{development.app}/graphiql")
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.get_by_label("Result Window")).to_contain_text("session.", timeout=180_000)
