"""A run watched over a bad line: a stream that is cut goes on by its cursor, and one that never comes is asked instead."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Request, Route, expect

from tests.browser.admin import Admin, open_admin
from tests.browser.relay import Relay, relayed
from tests.browser.steps import SLOW, turn_on_stock
from tests.browser.surroundings import Surroundings

pytestmark = pytest.mark.browser

STEPS = ["The run is over.", "The plan was approved; it is written next.", "The plan waits for approval."]


@pytest.fixture(scope="module")
async def stocked(browser: Browser, place: Surroundings) -> Surroundings:
    """Live, with stock turned on and the shop's items read."""
    await place.connect()
    async with open_admin(browser, place) as admin:
        await admin.open("/stock")
        await turn_on_stock(admin)
    return place


@pytest.fixture
async def line(stocked: Surroundings) -> AsyncIterator[Relay]:
    """What the browser and the app are joined by; the admin frames the app at its end."""
    async with relayed(stocked.stage.port) as relay:
        await stocked.frame(relay.address)
        yield relay
        await stocked.frame(stocked.app)


@pytest.fixture
async def tab(browser: Browser, line: Relay, stocked: Surroundings) -> AsyncIterator[Admin]:
    async with open_admin(browser, stocked) as admin:
        yield admin


async def plan(tab: Admin, *, more: int) -> None:
    """Opens the page of a plan that waits for its approval: every level is to change."""
    await tab.place.shelve({f"SKU-{number:04}": number + more for number in range(1, 51)})
    await tab.open("/stock")
    await tab.view.get_by_role("button", name="Plan a push").click()
    await expect(tab.view.get_by_text("This plan waits for you")).to_be_visible(timeout=SLOW)


def asked_after(request: Request) -> str | None:
    variables: dict[str, Any] = json.loads(request.post_data or "{}")["variables"]
    found: str | None = variables["after"]
    return found


def is_stream(request: Request) -> bool:
    return request.headers.get("accept") == "text/event-stream"


async def told(admin: Admin) -> list[str]:
    """The lines of “What happened”, the latest first, without their times."""
    section = admin.view.locator("s-section").filter(has_text="What happened")
    return [line.strip() for line in await section.locator("s-grid > s-text:last-child").all_inner_texts()]


async def test_a_stream_that_is_cut_goes_on_by_its_cursor_and_shows_every_step_once(
    tab: Admin, line: Relay
) -> None:
    view, streams = tab.view, list[Request]()
    await plan(tab, more=1000)
    tab.page.on("request", lambda request: streams.append(request) if is_stream(request) else None)
    await tab.page.reload()
    await expect(view.get_by_text(STEPS[-1])).to_be_visible(timeout=SLOW)
    async with tab.page.expect_request(is_stream, timeout=SLOW):
        line.cut()
    await tab.place.slow("StockSet", 1.5)
    await view.get_by_role("button", name="Approve and push").click()
    await expect(view.get_by_text(STEPS[1])).to_be_visible(timeout=SLOW)
    line.cut()
    await expect(view.get_by_text("50 of 50 levels written")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_text(STEPS[0])).to_be_visible(timeout=SLOW)
    assert await told(tab) == STEPS
    cursors = [asked_after(request) for request in streams]
    assert cursors[0] is None
    assert all(cursors[1:])
    assert len(set(cursors)) == len(cursors) >= 3
    await tab.page.reload()
    await expect(view.get_by_text(STEPS[0])).to_be_visible(timeout=SLOW)
    assert await told(tab) == STEPS


async def test_without_any_stream_the_page_asks_by_itself(tab: Admin) -> None:
    async def refuse(route: Route) -> None:
        await (route.abort() if is_stream(route.request) else route.continue_())

    view = tab.view
    await plan(tab, more=2000)
    await tab.page.route("**/graphql", refuse)
    await tab.page.reload()
    await expect(view.get_by_text("This plan waits for you")).to_be_visible(timeout=SLOW)
    await view.get_by_role("button", name="Approve and push").click()
    await expect(view.get_by_text("50 of 50 levels written")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_text("Done", exact=True)).to_be_visible(timeout=SLOW)
    assert await tab.violations() == []


async def test_while_the_api_is_away_what_was_shown_stays_and_says_so(tab: Admin) -> None:
    sentence = "Nothing is lost; try again shortly."

    async def away(route: Route) -> None:
        error = {"message": sentence, "extensions": {"code": "api.unavailable"}}
        await route.fulfill(status=503, json={"errors": [error]})

    view = tab.view
    await tab.open("/orders")
    await expect(view.get_by_role("heading", name="No orders yet")).to_be_visible(timeout=SLOW)
    await tab.page.route("**/graphql", away)
    await expect(view.get_by_text("This may be out of date.")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_text(sentence)).to_be_visible()
    await expect(view.get_by_role("heading", name="No orders yet")).to_be_visible()
    assert await tab.violations() == []
    await tab.page.unroute("**/graphql", away)
    await expect(view.get_by_text("This may be out of date.")).to_be_hidden(timeout=SLOW)
