"""One browser and one set of processes for the browser tests of a process of the run; they end with those tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_hex

import pytest
from playwright.async_api import Browser, expect

from app.embedded import temporary_home
from tests.browser.admin import Admin, open_admin, open_browser
from tests.browser.surroundings import Surroundings, surroundings

expect.set_options(timeout=60_000)
"""A machine that does other work as well is slow, not wrong: what never comes is waited for a little longer."""


@pytest.fixture(scope="package")
async def processes() -> AsyncIterator[Surroundings]:
    """The document names Shopify's own scripts: what the tests open is what a merchant opens, on a machine that may be slower."""
    with temporary_home() as home:
        async with surroundings(home, scripts_of_shopify=True, TIMING_FIRST_ANSWERS="20") as found:
            yield found


@pytest.fixture(scope="module")
async def place(processes: Surroundings) -> Surroundings:
    """A shop for each file, as no merchant has touched it yet."""
    return await processes.beside(f"test-{token_hex(4)}.myshopify.com")


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as found:
        yield found


@pytest.fixture
async def admin(browser: Browser, place: Surroundings) -> AsyncIterator[Admin]:
    """A tab whose scripts must not have failed."""
    async with open_admin(browser, place) as found:
        yield found
        assert found.troubles == []
